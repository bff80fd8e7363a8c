import { expect } from 'vitest';
import { DailyLife } from '../../../bench/daily-life.ts';
import { LargePeer } from '../../../bench/large-peer.ts';
import { readUnitsByQuestion } from '../../../bench/read-units.ts';
import { costsOfImport, writeUnitsAround, writeUnitsOfManyPeers } from '../../../bench/write-units.ts';
import { test } from '../../support/fixture.ts';

test.for([
  { channels: 1, sealing: 9, lateByADay: 8 },
  { channels: 4, sealing: 18, lateByADay: 8 },
  // The snapshots of three weeks of twenty channels take more than 1 KB, those of a few days do not.
  { channels: 20, sealing: 68, lateByADay: 10 },
])(
  'sealing a day of $channels channels costs $sealing write units, a message late by a day $lateByADay, by months 8',
  async ({ channels, ...units }, { database }) => {
    expect(await writeUnitsAround(database, channels)).toEqual({
      openingPeersDay: 3,
      ...(channels > 1 && { openingChannelsDay: 2 }),
      ...units,
      lateBySixtyDays: 8,
      hourAfter: 0,
    });
  },
);

test('a message of many peers costs few units with all that its day costs, fewer where its peer is known', async ({
  database,
}) => {
  expect(await writeUnitsOfManyPeers(database, 20)).toEqual([2.6, 1.85625]);
});

test('a history of 40 days and four channels that is imported late costs a transaction for 48 counters', async ({
  database,
}) => {
  // Each of 160 counters costs 2 units, and its conversation 1; the rest is for the totals and the months.
  const { calls, ...costs } = await costsOfImport(database, 40);
  expect(costs).toEqual({ messages: 480, transactions: 4, writeUnits: 498 });
  // 160 of them make markers. How many reads come together depends a little on which answers come first.
  expect(calls).toBeLessThanOrEqual(200);
});

test('figures of a day, a month or ever cost 3 read units at most, counted as days pass or imported', async ({
  database,
}) => {
  const passed = await DailyLife.begin(database, 4, 60);
  await passed.live('2026-11-19', '2026-11-21');
  await passed.count('2026-11-22');
  const imported = await DailyLife.begin(database, 4, 60);
  for (const day of ['2026-11-19', '2026-11-20', '2026-11-21', '2026-11-22']) await imported.count(day);
  imported.dependencies.setClock('2026-11-22T12:05:00.000Z');
  await imported.seal('2026-11-21');
  for (const life of [passed, imported]) {
    expect(await readUnitsByQuestion(life)).toEqual({
      'channel-stats, all-time': 1,
      'channel-stats, last 30 days': 1.5,
      // These are read consistently, which costs twice as much.
      'history, last 30 days': 3,
      'growth, 4 weeks': 3,
      'health, without its settings': 3,
      'report of a month, beside the one before': 3,
    });
  }
});

test('a late message of a peer with 500 channels and 400 days costs 150 write units at most', async ({
  database,
}) => {
  const peer = await LargePeer.store(database, 500, 400);
  expect(await peer.writeUnitsOfLateMessage()).toBeLessThanOrEqual(150);
});

test('391 days of 200 channels cost 60 read units, or 120 read consistently, and three calls at most', async ({
  database,
}) => {
  const peer = await LargePeer.store(database, 200, 391);
  for (const consistent of [false, true]) {
    const { units, calls } = await peer.read({ ...peer.range, consistent });
    expect(units).toBeLessThanOrEqual(consistent ? 120 : 60);
    expect(calls).toBeLessThanOrEqual(3);
  }
});
