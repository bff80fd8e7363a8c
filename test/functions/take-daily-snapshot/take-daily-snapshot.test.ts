import { BatchWriteCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect } from 'vitest';
import * as z from 'zod';
import { counterOf } from '../../../bench/large-peer.ts';
import { buildCounter } from '../../../functions/shared/counting/build-counter.ts';
import { NOTHING_ARCHIVED } from '../../../functions/shared/domain/archive.ts';
import type { UserMessage } from '../../../functions/shared/domain/message.ts';
import { addDays, type UtcDay } from '../../../functions/shared/domain/utc-day.ts';
import { METRIC } from '../../../functions/shared/runtime/metric-names.ts';
import { DailyCounterStore } from '../../../functions/shared/store/daily-counter-store.ts';
import type { Table } from '../../../functions/shared/store/dynamodb.ts';
import { dailyCounterItem } from '../../../functions/shared/store/items/daily-counter.ts';
import { TotalsStore } from '../../../functions/shared/store/totals-store.ts';
import { UsageReader } from '../../../functions/shared/store/usage-reader.ts';
import { DIRTY_DAYS_INDEX, laneOf } from '../../../functions/shared/store/usage-table.ts';
import {
  DEFAULT_SEALING_LIMITS,
  type SealingLimits,
} from '../../../functions/take-daily-snapshot/peer-sealer.ts';
import { takeDailySnapshot } from '../../../functions/take-daily-snapshot/take-daily-snapshot.ts';
import { metered } from '../../support/database/capacity.ts';
import { intercepted } from '../../support/database/intercepted-client.ts';
import { writesTotals } from '../../support/database/transactions.ts';
import { test as fixture } from '../../support/fixture.ts';
import type { TestDependencies } from '../../support/service/test-dependencies.ts';
import { type StoredSnapshot, storedSnapshots } from '../../support/usage/stored-snapshots.ts';

const FIRST_RUN = { scheduledAt: '2026-11-22T00:05:00Z' };
const never = () => false;

const test = fixture
  .extend(
    'snapshotsOf',
    ({ table }) =>
      (peerId = 'p') =>
        storedSnapshots(table, peerId),
  )
  .extend('totalsOf', ({ table }) => (peerId = 'p') => {
    return new TotalsStore(table, new DailyCounterStore(table)).read(peerId);
  })
  /** The messages of a peer, all-time and added up by day. */
  .extend('readOf', ({ table }) => async (peerId = 'p') => {
    const { channels, days } = await new UsageReader(table).read(peerId, '2026-11-22', {
      from: '2026-01-01',
    });
    const sum = (counts: { messageCount: number }[]) =>
      counts.reduce((all, { messageCount }) => all + messageCount, 0);
    return [sum(channels.map(({ allTime }) => allTime)), sum(days)];
  });

function message(day: string, messageId: string, changes: Partial<UserMessage> = {}): UserMessage {
  const sentAt = Date.parse(`${day}T12:00:00.000Z`);
  return { peerId: 'p', channelId: 'c', conversationId: messageId, messageId, sentAt, ...changes };
}

async function count(dependencies: TestDependencies, ...messages: UserMessage[]): Promise<void> {
  await (await buildCounter(dependencies)).count(messages);
}

test('every day with a message is sealed, and the totals are the sum of those days', async ({
  dependencies,
  snapshotsOf,
  totalsOf,
}) => {
  await count(
    dependencies,
    message('2026-11-18', '1'),
    message('2026-11-18', '2', { channelId: 'd' }),
    message('2026-11-20', '3'),
    message('2026-11-22', '4'),
  );
  const run = await takeDailySnapshot(dependencies)(FIRST_RUN, never);
  expect(run).toEqual({
    through: '2026-11-21',
    peers: 1,
    daysSealed: 2,
    daysResealed: 0,
    leftOver: 0,
    failed: 0,
    inconsistent: 0,
    durationMs: 0,
  });
  expect(await snapshotsOf()).toEqual([
    ['2026-11-18', ['c', 1], ['d', 1]],
    ['2026-11-20', ['c', 1]],
  ]);
  const { channels, sealedThrough } = await totalsOf();
  expect(sealedThrough).toBe('2026-11-20');
  // Which of two channels that come at once is the first one is not said.
  expect([...channels.values()].map(({ messageCount }) => messageCount).sort()).toEqual([1, 2]);
});

test('a run that comes again finds nothing to do', async ({ dependencies }) => {
  await count(dependencies, message('2026-11-20', '1'));
  const job = takeDailySnapshot(dependencies);
  await job(FIRST_RUN, never);
  expect(await job(FIRST_RUN, never)).toMatchObject({ peers: 0, daysSealed: 0, daysResealed: 0 });
});

test('a run that was missed is made up for by the next one', async ({ dependencies, snapshotsOf }) => {
  dependencies.setClock('2026-11-20T10:00:00.000Z');
  await count(dependencies, message('2026-11-20', '1'));
  dependencies.setClock('2026-11-21T10:00:00.000Z');
  await count(dependencies, message('2026-11-21', '2'));
  dependencies.setClock('2026-11-25T00:05:00.000Z');
  await takeDailySnapshot(dependencies)({ scheduledAt: '2026-11-25T00:05:00Z' }, never);
  expect(await snapshotsOf()).toEqual([
    ['2026-11-20', ['c', 1]],
    ['2026-11-21', ['c', 1]],
  ]);
});

test('a late message is in its own day’s snapshot at once, and leaves nothing to the next run', async ({
  dependencies,
  snapshotsOf,
  readOf,
}) => {
  await count(dependencies, message('2026-11-18', '1'), message('2026-11-20', '2'));
  const job = takeDailySnapshot(dependencies);
  await job(FIRST_RUN, never);
  await count(dependencies, message('2026-11-17', 'late'), message('2026-11-18', 'late too'));
  const expected: StoredSnapshot[] = [
    ['2026-11-17', ['c', 1]],
    ['2026-11-18', ['c', 2]],
    ['2026-11-20', ['c', 1]],
  ];
  expect(await snapshotsOf()).toEqual(expected);
  expect(await job(FIRST_RUN, never)).toMatchObject({ peers: 0, daysSealed: 0, daysResealed: 0 });
  expect(await snapshotsOf()).toEqual(expected);
  expect(await readOf()).toEqual([4, 4]);
});

test('a run for an earlier day seals up to there, and the next one the rest', async ({
  dependencies,
  snapshotsOf,
}) => {
  await count(dependencies, message('2026-11-18', '1'), message('2026-11-20', '2'));
  const job = takeDailySnapshot(dependencies);
  expect(await job({ through: '2026-11-19' }, never)).toMatchObject({ daysSealed: 1 });
  expect(await snapshotsOf()).toEqual([['2026-11-18', ['c', 1]]]);
  expect(await job(FIRST_RUN, never)).toMatchObject({ daysSealed: 1 });
  expect(await snapshotsOf()).toEqual([
    ['2026-11-18', ['c', 1]],
    ['2026-11-20', ['c', 1]],
  ]);
});

test('days of different months are in the snapshots of theirs', async ({
  dependencies,
  snapshotsOf,
  readOf,
}) => {
  await count(
    dependencies,
    message('2026-10-31', '1'),
    message('2026-11-01', '2'),
    message('2026-11-02', '3'),
  );
  await takeDailySnapshot(dependencies)(FIRST_RUN, never);
  expect(await snapshotsOf()).toEqual([
    ['2026-10-31', ['c', 1]],
    ['2026-11-01', ['c', 1]],
    ['2026-11-02', ['c', 1]],
  ]);
  expect(await readOf()).toEqual([3, 3]);
});

/** A client of a run, and what readers are given after each time that something was settled with it. */
function readingAfterEachSettling(
  dependencies: TestDependencies,
  readOf: () => Promise<number[]>,
  meanwhile: (settlings: number) => Promise<void> = async () => {},
) {
  const read: number[][] = [];
  const client = intercepted(dependencies.client, async (command, send) => {
    if (!writesTotals(command)) return send();
    const answer = await send();
    read.push(await readOf());
    await meanwhile(read.length);
    return answer;
  });
  return { client, read };
}

/** Stores a counter as it is left by whoever counted by a clock that was behind, and then ended. */
async function leaveOver(table: Table, day: UtcDay, messageCount: number, channelNumber = 1): Promise<void> {
  await new DailyCounterStore(table).apply({
    counter: {
      ...{ peerId: 'p', channelId: channelNumber === 1 ? 'c' : 'd', channelNumber, day, messageCount },
      ...{ conversationCount: 1, version: 1, keepUntil: Date.parse('2028-02-20'), archive: NOTHING_ARCHIVED },
      window: { fingerprints: ['00'.repeat(8)], from: 0, through: 0 },
    },
  });
}

test('counters that were left over are sealed before later days, so that nothing is said to be complete too early', async ({
  dependencies,
  table,
  snapshotsOf,
  totalsOf,
  readOf,
}) => {
  await count(dependencies, message('2026-11-18', '1'));
  const job = takeDailySnapshot(dependencies);
  await job(FIRST_RUN, never);
  await leaveOver(table, '2026-11-17', 5);
  await count(dependencies, message('2026-11-20', '2'));
  expect(await readOf()).toEqual([7, 7]);
  const { client, read } = readingAfterEachSettling(dependencies, readOf);
  expect(await takeDailySnapshot({ ...dependencies, client })(FIRST_RUN, never)).toMatchObject({
    ...{ peers: 1, daysSealed: 1, daysResealed: 1 },
  });
  expect(read).toEqual([
    [7, 7],
    [7, 7],
  ]);
  expect(await snapshotsOf()).toEqual([
    ['2026-11-17', ['c', 5]],
    ['2026-11-18', ['c', 1]],
    ['2026-11-20', ['c', 1]],
  ]);
  expect(await totalsOf()).toMatchObject({ sealedThrough: '2026-11-20', completeThrough: '2026-11-18' });
  expect(await readOf()).toEqual([7, 7]);
});

test('counters that were left over are sealed also while the list does not have them yet', async ({
  dependencies,
  table,
  readOf,
}) => {
  await count(dependencies, message('2026-11-18', '1'));
  await takeDailySnapshot(dependencies)(FIRST_RUN, never);
  await leaveOver(table, '2026-11-17', 5);
  await count(dependencies, message('2026-11-20', '2'));
  const client = intercepted(dependencies.client, async (command, send) => {
    const answer = await send();
    if (!(command instanceof QueryCommand) || command.input.IndexName !== DIRTY_DAYS_INDEX.name)
      return answer;
    const found = z.looseObject({ Items: z.array(z.looseObject({ sk: z.string() })) }).parse(answer);
    return { ...found, Items: found.Items.filter(({ sk }) => !sk.includes('2026-11-17')) };
  });
  expect(await takeDailySnapshot({ ...dependencies, client })(FIRST_RUN, never)).toMatchObject({
    ...{ daysSealed: 1, daysResealed: 1 },
  });
  expect(await readOf()).toEqual([7, 7]);
});

test('a run for an earlier day than is sealed sees what was left over of the later ones', async ({
  dependencies,
  table,
  totalsOf,
  readOf,
}) => {
  await count(dependencies, message('2026-11-18', '1'));
  await count(dependencies, message('2026-11-18', '2', { channelId: 'd' }));
  await count(dependencies, message('2026-11-20', '3'));
  await takeDailySnapshot(dependencies)(FIRST_RUN, never);
  await leaveOver(table, '2026-11-19', 5);
  await leaveOver(table, '2026-11-20', 3, 2);
  // Readers are told that they need no counters wherever that spares them one.
  const job = takeDailySnapshot(dependencies, { ...DEFAULT_SEALING_LIMITS, manyCounters: 0 });
  expect(await job({ through: '2026-11-19' }, never)).toMatchObject({ daysSealed: 0, daysResealed: 2 });
  expect(await totalsOf()).toMatchObject({ sealedThrough: '2026-11-20', completeThrough: '2026-11-20' });
  expect(await readOf()).toEqual([11, 11]);
});

/** Runs the job, and something else between its reading and its first writing. */
async function runWithStall(dependencies: TestDependencies, meanwhile: () => Promise<unknown>) {
  let isStalled = false;
  const client = intercepted(dependencies.client, async (command, send) => {
    if (writesTotals(command) && !isStalled) {
      isStalled = true;
      await meanwhile();
    }
    return send();
  });
  return takeDailySnapshot({ ...dependencies, client })(FIRST_RUN, never);
}

test('a run that stalls while another one seals its days finds them sealed', async ({
  dependencies,
  snapshotsOf,
  readOf,
}) => {
  await count(dependencies, message('2026-11-20', '1'));
  const stalled = await runWithStall(dependencies, async () => {
    await takeDailySnapshot(dependencies)(FIRST_RUN, never);
    await count(dependencies, message('2026-11-20', 'late'));
  });
  expect(stalled).toMatchObject({ peers: 1, daysSealed: 0, daysResealed: 0, leftOver: 0 });
  expect(await snapshotsOf()).toEqual([['2026-11-20', ['c', 2]]]);
  expect(await takeDailySnapshot(dependencies)(FIRST_RUN, never)).toMatchObject({ peers: 0 });
  expect(await readOf()).toEqual([2, 2]);
});

test('a message that is counted while its day is sealed is sealed with it', async ({
  dependencies,
  snapshotsOf,
  readOf,
}) => {
  await count(dependencies, message('2026-11-20', '1'));
  const run = await runWithStall(dependencies, () => count(dependencies, message('2026-11-20', 'late')));
  expect(run).toMatchObject({ peers: 1, daysSealed: 1, daysResealed: 0 });
  expect(await snapshotsOf()).toEqual([['2026-11-20', ['c', 2]]]);
  expect(await readOf()).toEqual([2, 2]);
});

describe('a day of many channels', () => {
  const ofDay = (channels: number, day = '2026-11-20') =>
    Array.from({ length: channels }, (_, index) =>
      message(day, `${day} ${index}`, { channelId: `c${index}` }),
    );

  test('is sealed ninety channels at a time, and is whole for readers also while that is half done', async ({
    dependencies,
    totalsOf,
    readOf,
  }) => {
    await count(dependencies, ...ofDay(100), message('2026-11-19', 'before'));
    let settlings = 0;
    const client = intercepted(dependencies.client, (command, send) => {
      settlings += writesTotals(command) ? 1 : 0;
      return settlings === 2 ? Promise.reject(new Error('no connection')) : send();
    });
    const run = takeDailySnapshot({ ...dependencies, client })(FIRST_RUN, never);
    await expect(run).rejects.toThrow('1 peers could not be sealed');
    expect((await totalsOf()).sealedThrough).toBe('2026-11-20');
    expect((await totalsOf()).completeThrough).toBeUndefined();
    expect((await totalsOf()).channels.size).toBe(90);
    expect(await readOf()).toEqual([101, 101]);

    expect(await takeDailySnapshot(dependencies)(FIRST_RUN, never)).toMatchObject({
      ...{ peers: 1, daysSealed: 0, daysResealed: 1 },
    });
    expect(await totalsOf()).toMatchObject({ completeThrough: '2026-11-20', recent: new Map() });
    expect((await totalsOf()).channels.size).toBe(101);
    expect(await readOf()).toEqual([101, 101]);
  });

  test.for([
    { channels: 20, completeThrough: undefined },
    { channels: 21, completeThrough: '2026-11-20' },
  ])(
    'is told to be complete at once where readers would have many counters to read: $channels',
    async ({ channels, completeThrough }, { dependencies, totalsOf, readOf }) => {
      await count(dependencies, ...ofDay(channels));
      await takeDailySnapshot(dependencies)(FIRST_RUN, never);
      expect((await totalsOf()).completeThrough).toBe(completeThrough);
      expect(await readOf()).toEqual([channels, channels]);
    },
  );
});

describe('a peer with much to be sealed', () => {
  const SMALL: SealingLimits = {
    ...{ countersPerTransaction: 2, countersPerPage: 4, countersPerTurn: 8, manyCounters: 4, manyDays: 1 },
  };
  const DAYS = Array.from({ length: 20 }, (_, index) => addDays('2026-11-01', index));

  /** Two channels on each of twenty days: 40 counters, 20 transactions. */
  const history = (peerId = 'p') =>
    DAYS.flatMap((day) => [
      message(day, day, { peerId }),
      message(day, `${day} other`, { peerId, channelId: 'd' }),
    ]);

  /** A client, and whether so many settlings were made with it. */
  function timeFor(settlings: number, { client }: TestDependencies) {
    let made = 0;
    const counting = intercepted(client, (command, send) => {
      made += writesTotals(command) ? 1 : 0;
      return send();
    });
    return { client: counting, outOfTime: () => made >= settlings };
  }

  test('is left within its days when time is over, and the next run goes on there', async ({
    dependencies,
    totalsOf,
    snapshotsOf,
    readOf,
  }) => {
    await count(dependencies, ...history());
    const { client, outOfTime } = timeFor(7, dependencies);
    const first = await takeDailySnapshot({ ...dependencies, client }, SMALL)(FIRST_RUN, outOfTime);
    expect(first).toMatchObject({ peers: 0, daysSealed: 7, daysResealed: 0, leftOver: 1, failed: 0 });
    expect((await totalsOf()).sealedThrough).toBe(DAYS[6]);
    expect(await readOf()).toEqual([40, 40]);
    const second = await takeDailySnapshot(dependencies, SMALL)(FIRST_RUN, never);
    expect(second).toMatchObject({ peers: 1, daysSealed: 13, daysResealed: 0, leftOver: 0 });
    expect(await snapshotsOf()).toEqual(DAYS.map((day) => [day, ['c', 1], ['d', 1]]));
    expect(await totalsOf()).toMatchObject({ completeThrough: DAYS[19], recent: new Map() });
    expect(await readOf()).toEqual([40, 40]);
  });

  test('gives way to the other peers of its lane after a turn', async ({ dependencies, snapshotsOf }) => {
    const others = Array.from({ length: 200 }, (_, index) => `light-${index}`)
      .filter((peerId) => laneOf(peerId) === laneOf('p'))
      .slice(0, 10);
    await count(dependencies, ...history());
    await count(dependencies, ...others.map((peerId) => message('2026-11-21', '1', { peerId })));
    // Time for one turn of the peer, of four settlings, and one settling of each of the others; what is under way ends.
    const { client, outOfTime } = timeFor(4 + others.length, dependencies);
    const run = await takeDailySnapshot({ ...dependencies, client }, SMALL)(FIRST_RUN, outOfTime);
    expect(run).toMatchObject({ peers: others.length, leftOver: 1 });
    for (const peerId of others) expect(await snapshotsOf(peerId)).toEqual([['2026-11-21', ['c', 1]]]);
  });

  test('is whole for readers at every moment, whatever is stored behind the reads of a turn', async ({
    dependencies,
    table,
    readOf,
  }) => {
    await count(dependencies, message('2026-11-18', '1'), message('2026-11-19', '2'));
    await count(dependencies, message('2026-11-20', '3', { channelId: 'd' }));
    const { client, read } = readingAfterEachSettling(dependencies, readOf, async (settlings) => {
      // By whoever saw that the day was not sealed yet.
      if (settlings === 1) await leaveOver(table, '2026-11-18', 5, 2);
    });
    const limits = { ...SMALL, countersPerTransaction: 1, manyCounters: 0 };
    const run = await takeDailySnapshot({ ...dependencies, client }, limits)(FIRST_RUN, never);
    expect(run).toMatchObject({ peers: 1, daysSealed: 3, daysResealed: 1 });
    // The fourth brings in what was stored; the last one tells readers that all is in the totals.
    expect(read).toEqual([[3, 3], ...Array.from({ length: 4 }, () => [8, 8])]);
    expect(await readOf()).toEqual([8, 8]);
  });

  test('has another turn where others got in the way of one, and keeps what was settled in it', async ({
    dependencies,
    snapshotsOf,
    readOf,
  }) => {
    await count(dependencies, ...history());
    let settlings = 0;
    const client = intercepted(dependencies.client, async (command, send) => {
      settlings += writesTotals(command) ? 1 : 0;
      // Into a day that is sealed by then, and so into the totals.
      if (settlings === 3) {
        settlings += 1;
        await count(dependencies, message('2026-11-01', 'late'));
      }
      return send();
    });
    const run = await takeDailySnapshot({ ...dependencies, client }, SMALL)(FIRST_RUN, never);
    expect(run).toMatchObject({ peers: 1, daysSealed: 20, daysResealed: 0, failed: 0 });
    expect((await snapshotsOf())[0]).toEqual(['2026-11-01', ['c', 2], ['d', 1]]);
    expect(await readOf()).toEqual([41, 41]);
  });

  test('keeps the proof of its messages: none counts again', async ({ dependencies, readOf }) => {
    await count(dependencies, ...history());
    await takeDailySnapshot(dependencies)(FIRST_RUN, never);
    await count(dependencies, ...history());
    expect(await readOf()).toEqual([40, 40]);
  });
});

test('a run for some lanes seals the peers of these lanes, and no others', async ({
  dependencies,
  snapshotsOf,
}) => {
  const peers = Array.from({ length: 40 }, (_, index) => `peer-${index}`);
  await count(dependencies, ...peers.map((peerId) => message('2026-11-20', '1', { peerId })));
  const ofLane = (lane: number) => peers.filter((peerId) => laneOf(peerId) === lane);
  const run = await takeDailySnapshot(dependencies)({ ...FIRST_RUN, lanes: [1, 3] }, never);
  expect(run.peers).toBe(ofLane(1).length + ofLane(3).length);
  for (const peerId of ofLane(3)) expect(await snapshotsOf(peerId)).toHaveLength(1);
  for (const peerId of ofLane(2)) expect(await snapshotsOf(peerId)).toEqual([]);
});

test('a run that is out of time leaves the rest to the next one', async ({ dependencies }) => {
  const peers = ['a', 'b', 'd', 'e', 'f', 'g'];
  await count(dependencies, ...peers.map((peerId) => message('2026-11-20', '1', { peerId })));
  const job = takeDailySnapshot(dependencies);
  let asked = 0;
  const first = await job(FIRST_RUN, () => {
    asked += 1;
    return asked > 3;
  });
  expect(first.peers).toBeLessThan(peers.length);
  const second = await job(FIRST_RUN, never);
  expect(first.peers + second.peers).toBe(peers.length);
});

test('a peer that cannot be sealed does not keep the others from it, and the run fails', async ({
  dependencies,
  snapshotsOf,
}) => {
  await count(dependencies, message('2026-11-20', '1', { peerId: 'bad' }), message('2026-11-20', '1'));
  const client = intercepted(dependencies.client, async (command, send) => {
    if (JSON.stringify(command.input).includes('"pk":"PEER#bad","sk":"USAGE#TOTALS"'))
      throw new Error('no connection');
    return send();
  });
  const job = takeDailySnapshot({ ...dependencies, client });
  await expect(job(FIRST_RUN, never)).rejects.toThrow('1 peers could not be sealed');
  expect(await snapshotsOf()).toEqual([['2026-11-20', ['c', 1]]]);
  expect(dependencies.published).toEqual([
    {
      [METRIC.peersSealed]: 1,
      [METRIC.daysSealed]: 1,
      [METRIC.daysResealed]: 0,
      [METRIC.peersLeftOver]: 0,
      [METRIC.peersFailed]: 1,
      [METRIC.peersInconsistent]: 0,
    },
  ]);
});

describe('a run is refused', () => {
  test.for([
    { name: 'without a day', request: {}, problem: 'a run needs scheduledAt' },
    { name: 'for a day that does not exist', request: { through: '2026-02-30' }, problem: 'a run needs' },
    { name: 'for a day that is not over', request: { through: '2026-11-22' }, problem: 'is not over' },
    { name: 'for no lane', request: { ...FIRST_RUN, lanes: [] }, problem: 'lanes are from 0 to 7' },
    {
      name: 'for a lane that there is not',
      request: { ...FIRST_RUN, lanes: [8] },
      problem: 'lanes are from',
    },
    { name: 'at no instant', request: { scheduledAt: 'tomorrow' }, problem: 'a run needs scheduledAt' },
  ])('$name', async ({ request, problem }, { dependencies }) => {
    await expect(takeDailySnapshot(dependencies)(request, never)).rejects.toThrow(problem);
  });
});

describe('the cost of a run', () => {
  const sum = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((a, b) => a + b, 0);

  test('follows the days that changed, not the number of peers', async ({ database, dependencies }) => {
    const tableName = dependencies.settings.usageTableName;
    // Ten thousand peers that are sealed already.
    for (let first = 0; first < 10_000; first += 25) {
      const requests = Array.from({ length: 25 }, (_, index) => ({
        PutRequest: {
          Item: {
            pk: `PEER#sealed-${first + index}`,
            sk: 'USAGE#2026-11-20#c',
            ...{ messageCount: 1, conversationCount: 1, version: 2, archive: NOTHING_ARCHIVED, sealedIn: 1 },
            ...{ channelNumber: 1, keepUntil: Date.parse('2028-02-23') },
          },
        },
      }));
      await database.client.send(new BatchWriteCommand({ RequestItems: { [tableName]: requests } }));
    }
    const changed = Array.from({ length: 100 }, (_, index) =>
      message('2026-11-21', '1', { peerId: `changed-${index}` }),
    );
    await count(dependencies, ...changed);
    const meter = metered(database.client);
    const run = await takeDailySnapshot({ ...dependencies, client: meter.client })(FIRST_RUN, never);
    expect(run).toMatchObject({ peers: 100, daysSealed: 100 });
    // Of each peer totals, counters, its channel, as nobody has looked for it since the counter came, month and the
    // transaction.
    expect(sum(meter.calls)).toBe(100 * 5 + 8);
    expect(meter.writeUnits() / 100).toBe(8);
  });

  test('follows the counters, of which each is read twice and no proof, where all of a peer is new', async ({
    database,
    dependencies,
  }) => {
    const tableName = dependencies.settings.usageTableName;
    for (const days of [90, 180, 360]) {
      const peerId = `imported-${days}`;
      for (let index = 1; index <= days; index += 1) {
        const Item = dailyCounterItem(counterOf(peerId, 1, addDays('2026-11-22', -index)));
        await database.client.send(new PutCommand({ TableName: tableName, Item }));
      }
      let read = 0;
      const client = intercepted(database.client, async (command, send) => {
        const answer: { Count?: number } = Object(await send());
        if (!(command instanceof QueryCommand) || command.input.IndexName !== undefined) return answer;
        expect(command.input.Limit).toBe(DEFAULT_SEALING_LIMITS.countersPerPage);
        expect(command.input.ProjectionExpression?.split(', ')).not.toContain('#window');
        read += answer.Count ?? 0;
        return answer;
      });
      const meter = metered(client);
      await takeDailySnapshot({ ...dependencies, client: meter.client })(FIRST_RUN, never);
      expect(read).toBe(2 * days);
      // One transaction a month of at most 90 counters, or where a page ends.
      expect(meter.calls.get('TransactWriteCommand')).toBeLessThanOrEqual(Math.ceil(days / 28) + 2);
      expect(sum(meter.calls)).toBeLessThanOrEqual(14 + days / 12);
    }
  });

  test('is the same whatever late messages were counted: these are sealed already', async ({
    database,
    dependencies,
  }) => {
    const days = Array.from({ length: 20 }, (_, index) => `2026-11-${String(index + 1).padStart(2, '0')}`);
    await count(dependencies, ...days.map((day) => message(day, day)));
    await takeDailySnapshot(dependencies)(FIRST_RUN, never);
    await count(dependencies, message('2026-11-01', 'late'), message('2026-11-20', 'late'));
    const meter = metered(database.client);
    await takeDailySnapshot({ ...dependencies, client: meter.client })(FIRST_RUN, never);
    expect(meter.calls).toEqual(new Map([['QueryCommand', 8]]));
    expect(meter.writeUnits()).toBe(0);
  });
});
