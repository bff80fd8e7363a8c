import { join } from 'node:path';
import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect } from 'vitest';
import { countMessages } from '../../functions/shared/counting/count-messages.ts';
import { channelStats } from '../../functions/shared/domain/channel-stats.ts';
import type { Message } from '../../functions/shared/domain/message.ts';
import { HeartbeatStore } from '../../functions/shared/store/heartbeat-store.ts';
import { messageItem } from '../../functions/shared/store/items/message.ts';
import { UsageReader } from '../../functions/shared/store/usage-reader.ts';
import { readIfThere } from '../../local/support/durable-file.ts';
import { replayCommand } from '../../tools/commands/replay.ts';
import { snapshotCommand } from '../../tools/commands/snapshot.ts';
import { NO_FIGURES, PeerFigures } from '../../tools/support/replay-figures.ts';
import { peersInTable } from '../../tools/support/replay-report.ts';
import type { ToolContext } from '../../tools/support/tool.ts';
import { streamRecord } from '../faults/history.ts';
import { test as fixture } from '../support/fixture.ts';
import { Random } from '../support/random.ts';
import { ReplaySchedule } from './replay-schedule.ts';
import { bothTablesOf, runOn, usageTableOf } from './tool-run.ts';

const RETENTION_DAYS = 400;
const PEERS = ['p', 'q', 'peer_r'];

const test = fixture
  .extend('stateFile', ({ folder }) => join(folder, 'state.json'))
  .extend('store', ({ messagesTable: { client, tableName } }) => {
    return async (messages: readonly Message[], attributes: Record<string, unknown> = {}): Promise<void> => {
      for (const each of messages) {
        const item = { ...messageItem(each, RETENTION_DAYS), ...attributes };
        await client.send(new PutCommand({ TableName: tableName, Item: item }));
      }
    };
  })
  .extend('count', ({ dependencies }) => async (messages: readonly Message[]): Promise<void> => {
    const records = messages.map((each, index) => streamRecord(each, index + 1));
    expect(await countMessages(dependencies)({ Records: records })).toEqual({ batchItemFailures: [] });
  })
  .extend('replay', ({ database, dependencies, stateFile }) => {
    const named = ['--all-peers', '--yes', '--state', stateFile, ...bothTablesOf(database, dependencies)];
    return (options: readonly string[] = [], changed: Partial<ToolContext> = {}) =>
      runOn(dependencies, replayCommand, [...named, ...options], changed);
  })
  .extend('messagesCounted', ({ table }) => async (): Promise<Record<string, number>> => {
    const counts = PEERS.map(async (peerId) => {
      const { total } = channelStats(await new UsageReader(table).read(peerId, '2026-11-22'), {});
      return [peerId, total.messageCount] as const;
    });
    return Object.fromEntries(await Promise.all(counts));
  });

/** Messages of all peers in turn, of three channels and five days. */
function messagesOf(count: number): Message[] {
  return Array.from({ length: count }, (_, number) => messageOf(number));
}

function messageOf(number: number): Message {
  return {
    peerId: PEERS[number % PEERS.length] ?? '',
    channelId: `c${number % 2}`,
    conversationId: `conversation-${Math.floor(number / 4)}`,
    messageId: `message-${number}`,
    role: 'user',
    sentAt: Date.parse(`2026-11-1${number % 5}T09:00:00.000Z`) + number * 1_000,
  };
}

/** The lines that a tool wrote as JSON. */
function linesOf(stdout: string): unknown[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
}

describe('a replay for all peers', () => {
  test('counts what is missing of every peer, and tells of each', async ({
    store,
    count,
    replay,
    messagesCounted,
    messagesTable,
    stateFile,
  }) => {
    const all = messagesOf(30);
    await store(all);
    await new HeartbeatStore(messagesTable).put({ key: 0, sentAt: Date.parse('2026-11-22T09:00:00Z') });
    await count(all.filter(({ peerId }, number) => peerId === 'q' || number < 12));
    const { exitCode, stdout } = await replay();
    expect(exitCode).toBe(0);
    const [units, ...lines] = stdout.trimEnd().split('\n').reverse();
    expect(units).toMatch(/^read units used {13}\d+$/);
    expect(lines.reverse()).toEqual([
      'PEER    COUNTED  COUNTED BEFORE  SKIPPED  FAILED',
      'p       6        4               0        0',
      'peer_r  6        4               0        0',
      'Peers all of whose messages had been counted before: 1.',
      'counted                     12',
      'counted before              18',
      'of roles that do not count  0',
      'failed                      0',
    ]);
    expect(await messagesCounted()).toEqual({ p: 10, q: 10, peer_r: 10 });
    expect(await readIfThere(stateFile)).toBeUndefined();
  });

  test('tells of each in JSON', async ({ store, replay }) => {
    await store(messagesOf(6));
    const { stdout } = await replay(['--json']);
    const figures = { counted: 2, duplicate: 0, notCounted: 0, failed: 0, skipped: {} };
    const total = { ...figures, counted: 6, readUnits: expect.any(Number) };
    const lines = linesOf(stdout);
    expect(lines.slice(0, -1)).toHaveLength(3);
    expect(lines).toEqual(expect.arrayContaining(PEERS.map((peerId) => ({ peerId, ...figures }))));
    expect(lines.at(-1)).toEqual({ total });
  });

  test('counts only the days that were asked for', async ({ store, replay, messagesCounted }) => {
    await store(messagesOf(30));
    await replay(['--from', '2026-11-12']);
    expect(await messagesCounted()).toEqual({ p: 6, q: 6, peer_r: 6 });
    await replay(['--to', '2026-11-10']);
    expect(await messagesCounted()).toEqual({ p: 8, q: 8, peer_r: 8 });
  });

  test('goes on with the others where the items of a peer are malformed, and ends with 1', async ({
    store,
    replay,
    messagesCounted,
    table,
  }) => {
    await store(messagesOf(30));
    await store([{ ...messageOf(0), messageId: 'no version' }], { schemaVersion: 2 });
    const counter = { pk: 'PEER#q', sk: 'USAGE#2026-11-11#c1', version: 'malformed' };
    await table.client.send(new PutCommand({ TableName: table.tableName, Item: counter }));
    const { exitCode, stdout, stderr } = await replay();
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^q +9 +0 +1 +0$/m);
    expect(stdout).toMatch(/^p +10 +0 +1 +0$/m);
    expect(stdout).toMatch(/^skipped: an item of the usage table is malformed +1$/m);
    expect(stderr).toMatch(/error: messages that could not be counted: 1, of q\. Mend what keeps them/);
    await table.client.send(
      new DeleteCommand({ TableName: table.tableName, Key: { pk: counter.pk, sk: counter.sk } }),
    );
    expect((await replay()).exitCode).toBe(0);
    expect(await messagesCounted()).toEqual({ p: 10, q: 10, peer_r: 10 });
  });

  test('counts exactly beside live counting and sealing of the same messages', async ({
    store,
    count,
    replay,
    dependencies,
    database,
    messagesCounted,
  }) => {
    const all = messagesOf(60);
    await store(all);
    const sealing = () =>
      runOn(dependencies, snapshotCommand, [...usageTableOf(database, dependencies), '--day', '2026-11-21']);
    const runs = await Promise.all([
      replay(['--segments', '3']),
      ...[0, 20, 40].map((from) => count(all.slice(from, from + 20))),
      sealing(),
      sealing(),
    ]);
    expect(runs[0]).toMatchObject({ exitCode: 0 });
    expect(await messagesCounted()).toEqual({ p: 20, q: 20, peer_r: 20 });
    await sealing();
    expect(await messagesCounted()).toEqual({ p: 20, q: 20, peer_r: 20 });
  });

  test('keeps figures of a bounded number of peers, and tells the others together', () => {
    const figures = new PeerFigures(2);
    for (const peerId of ['p', 'q', 'r', 'p', 'r']) figures.add(peerId, { ...NO_FIGURES, counted: 1 });
    expect([...figures.byPeer.keys()]).toEqual(['p', 'q']);
    expect(peersInTable(figures)).toBe(
      [
        'PEER             COUNTED  COUNTED BEFORE  SKIPPED  FAILED',
        'p                2        0               0        0',
        'q                1        0               0        0',
        '(further peers)  2        0               0        0',
        '',
      ].join('\n'),
    );
    expect(figures.total.counted).toBe(5);
  });

  test('shows some of many peers', () => {
    const figures = new PeerFigures();
    for (let number = 0; number < 1_000; number += 1) {
      figures.add(`p${number}`, { ...NO_FIGURES, counted: 1, failed: number === 999 ? 1 : 0 });
    }
    const lines = peersInTable(figures).trimEnd().split('\n');
    expect(lines).toHaveLength(52);
    expect(lines[1]).toMatch(/^p999 /);
    expect(lines.at(-1)).toBe('and 950 more peers; --json has them.');
  });
});

describe('a dry run for all peers', () => {
  test('tells drift of all peers, of those without a stored message too', async ({
    store,
    count,
    replay,
  }) => {
    const all = messagesOf(30);
    await store(all.filter(({ peerId }) => peerId !== 'q'));
    await count(all.filter((_, number) => number > 0));
    const { exitCode, stdout } = await replay(['--dry-run']);
    expect(exitCode).toBe(0);
    const [head, ...lines] = stdout.trimEnd().split('\n');
    expect(head).toBe('PEER  DAY         CHANNEL  STORED  COUNTED  DRIFT');
    expect(lines).toHaveLength(1 + 10);
    expect(lines).toContain('p     2026-11-10  c0       1       0        +1');
    expect(lines.filter((line) => /^q .* -1$/.test(line))).toHaveLength(10);
    const json = linesOf((await replay(['--dry-run', '--json'])).stdout);
    expect(json).toHaveLength(12);
    expect(json).toContainEqual({ peerId: 'p', day: '2026-11-10', channelId: 'c0', stored: 1, counted: 0 });
    expect(json.at(-1)).toEqual({ total: { peers: 3, peersThatDiffer: 2, differences: 11, stored: 20 } });
  });

  test('says where there is none', async ({ store, count, replay }) => {
    await store(messagesOf(30));
    await count(messagesOf(30));
    expect((await replay(['--dry-run'])).stdout).toBe(
      'No drift: all 3 peers together have 30 user messages stored from 2025-10-19 to 2026-11-23, and all are counted.\n',
    );
  });
});

describe('killed anywhere, any number of times', () => {
  test.for(Array.from({ length: 12 }, (_, seed) => seed + 1))(
    'it ends with exact counts, and reads hardly anything twice: schedule %i',
    async (seed, { dependencies, messagesTable, store, count, stateFile, messagesCounted }) => {
      const random = new Random(seed);
      const all = messagesOf(60);
      await store(all);
      await count(all.filter(() => random.chance(0.3)));
      const segments = random.integer(1, 5);
      const pageSize = random.integer(1, 6);
      const schedule = new ReplaySchedule({ random, dependencies, messagesTable, stateFile, pageSize });
      let progress = await schedule.run(segments);
      while (progress === undefined) progress = await schedule.run(segments);
      expect(progress.examined).toBe(all.length);
      const { counted, duplicate, failed } = progress.peers.total;
      expect({ read: counted + duplicate, failed }).toEqual({ read: all.length, failed: 0 });
      expect(await messagesCounted()).toEqual({ p: 20, q: 20, peer_r: 20 });
      // A kill costs a page of each segment at most.
      expect(schedule.examined).toBeLessThanOrEqual(all.length + schedule.kills * segments * pageSize);
    },
  );

  test('it goes on in the segments in which it began', async ({ store, replay, dependencies, stateFile }) => {
    await store(messagesOf(24), { note: 'x'.repeat(160_000) });
    const pause = async () => {
      throw new Error('killed');
    };
    await replay(['--segments', '2'], { waiting: { ...dependencies.waiting, pause } });
    const before = await readIfThere(stateFile);
    expect(before).toMatch(/"segments":2/);
    const { stdout, stderr } = await replay(['--segments', '7', '--json']);
    expect(stderr).toMatch(/It goes on after \d+ messages/);
    expect(linesOf(stdout).at(-1)).toMatchObject({ total: { counted: 24, duplicate: 0 } });
  });
});
