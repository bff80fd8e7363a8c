import { expect } from 'vitest';
import { LargePeer } from '../../../bench/large-peer.ts';
import { AskedService } from '../../../bench/measure/asked-service.ts';
import { QUESTIONS } from '../../../bench/sections/reading.ts';
import { PeerDirectoryStore } from '../../../functions/shared/store/peer-directory-store.ts';
import { areUnitsBilled } from '../../support/database/capacity.ts';
import { test } from '../../support/fixture.ts';

// What an answer may take: calls of DynamoDB and read units, exactly, and the most bytes that are answered. Of times nothing
// is promised here; `npm run bench` measures them beside bare calls.

/** By the number of channels, of which each was used on 391 days: calls, read units, bytes at most. */
const BUDGETS: Readonly<Record<number, Readonly<Record<string, Budget>>>> = {
  5: {
    'channel-stats, all-time': [1, 1, 650],
    'channel-stats, 30 days': [2, 1.5, 650],
    'history by day, 30 days': [2, 3, 23_000],
    'growth, 4 weeks': [2, 3, 5_700],
    'channel-stats, 391 days': [2, 2.5, 670],
    'history by week, 391 days': [2, 5, 44_000],
    'growth, 52 weeks': [2, 5, 72_000],
    'report of a month': [2, 3, 1_400],
    health: [4, 4.5, 100],
    trust: [5, 5, 650],
    peers: [8, 4, 100],
    metrics: [6, 5.5, 2_900],
  },
  50: {
    'channel-stats, all-time': [1, 5, 6_000],
    'channel-stats, 30 days': [2, 6.5, 6_000],
    'history by day, 30 days': [2, 13, 178_000],
    'growth, 4 weeks': [2, 13, 47_000],
    'channel-stats, 391 days': [2, 15, 6_000],
    'history by week, 391 days': [2, 30, 337_000],
    'growth, 52 weeks': [2, 29, 615_000],
    'report of a month': [2, 15, 9_500],
    health: [4, 14.5, 100],
    trust: [5, 13, 4_300],
    peers: [8, 4, 100],
    metrics: [6, 15.5, 15_500],
  },
};

/** Of the only peer that there is. */
const METRICS = { name: 'metrics', target: `/api/v1/metrics?peer=${LargePeer.peerId}` };

type Budget = readonly [calls: number, readUnits: number, bytes: number];

test.runIf(areUnitsBilled).for(Object.entries(BUDGETS))(
  'answers of a peer with %s channels take as much as they may',
  async ([channels, budgets], { database }) => {
    const { dependencies } = await LargePeer.store(database, Number(channels), 391);
    const { client } = database;
    await new PeerDirectoryStore({ client, tableName: dependencies.settings.usageTableName }).add(
      LargePeer.peerId,
    );
    const service = await AskedService.begin(database, dependencies.settings, '2026-11-22T12:00:00.000Z');
    const taken: Record<string, Budget> = {};
    for (const { name, target } of [...QUESTIONS, METRICS]) {
      const { usage } = await service.callsOf(target);
      const [, , most = 0] = budgets[name] ?? [];
      // What is within its budget is written as that.
      taken[name] = [usage.calls, usage.readUnits, Math.max(await service.ask(target), most)];
    }
    service.end();
    expect(taken).toEqual(budgets);
  },
);
