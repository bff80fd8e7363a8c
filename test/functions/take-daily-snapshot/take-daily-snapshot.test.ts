import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect } from 'vitest';
import { buildCounter } from '../../../functions/shared/counting/build-counter.ts';
import type { UserMessage } from '../../../functions/shared/domain/message.ts';
import { METRIC } from '../../../functions/shared/runtime/metric-names.ts';
import { DailyCounterStore } from '../../../functions/shared/store/daily-counter-store.ts';
import { TotalsStore } from '../../../functions/shared/store/totals-store.ts';
import { UsageReader } from '../../../functions/shared/store/usage-reader.ts';
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
  // As it is left by whoever counted by a clock that was behind, and then ended.
  await new DailyCounterStore(table).apply({
    counter: {
      ...{ peerId: 'p', channelId: 'c', channelNumber: 1, day: '2026-11-17', messageCount: 5 },
      ...{ conversationCount: 1, version: 1, keepUntil: Date.parse('2028-02-20'), archivedWindows: 0 },
      window: { fingerprints: ['00'.repeat(8)], from: 0, through: 0 },
    },
  });
  await count(dependencies, message('2026-11-20', '2'));
  expect(await readOf()).toEqual([7, 7]);
  expect(await job(FIRST_RUN, never)).toMatchObject({ peers: 1, daysSealed: 1, daysResealed: 1 });
  expect(await snapshotsOf()).toEqual([
    ['2026-11-17', ['c', 5]],
    ['2026-11-18', ['c', 1]],
    ['2026-11-20', ['c', 1]],
  ]);
  expect(await totalsOf()).toMatchObject({ sealedThrough: '2026-11-20', completeThrough: '2026-11-18' });
  expect(await readOf()).toEqual([7, 7]);
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
      // The first one is of the day before.
      return settlings === 3 ? Promise.reject(new Error('no connection')) : send();
    });
    const run = takeDailySnapshot({ ...dependencies, client })(FIRST_RUN, never);
    await expect(run).rejects.toThrow('1 peers could not be sealed');
    expect(await totalsOf()).toMatchObject({ sealedThrough: '2026-11-20', completeThrough: '2026-11-19' });
    expect((await totalsOf()).channels.size).toBe(91);
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
    },
  ]);
});

describe('a run is refused', () => {
  test.for([
    { name: 'without a day', request: {}, problem: 'a run needs scheduledAt' },
    { name: 'for a day that does not exist', request: { through: '2026-02-30' }, problem: 'a run needs' },
    { name: 'for a day that is not over', request: { through: '2026-11-22' }, problem: 'is not over' },
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
            ...{ messageCount: 1, conversationCount: 1, version: 2, archivedWindows: 0, sealedIn: 1 },
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
    // Of each peer totals, counters, month, the transaction, and once more totals and counters.
    expect(sum(meter.calls)).toBe(100 * 6 + 8);
    expect(meter.writeUnits() / 100).toBe(8);
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
