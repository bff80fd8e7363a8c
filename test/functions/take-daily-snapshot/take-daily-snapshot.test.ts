import { BatchWriteCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect } from 'vitest';
import { buildCounter } from '../../../functions/shared/counting/build-counter.ts';
import type { UserMessage } from '../../../functions/shared/domain/message.ts';
import { METRIC } from '../../../functions/shared/runtime/metric-names.ts';
import { SnapshotStore } from '../../../functions/shared/store/snapshot-store.ts';
import { takeDailySnapshot } from '../../../functions/take-daily-snapshot/take-daily-snapshot.ts';
import { metered } from '../../support/database/capacity.ts';
import { intercepted } from '../../support/database/intercepted-client.ts';
import { test as fixture } from '../../support/fixture.ts';
import type { TestDependencies } from '../../support/service/test-dependencies.ts';

const FIRST_RUN = { scheduledAt: '2026-11-22T00:05:00Z' };
const never = () => false;

const test = fixture
  /** A peer's snapshots: for each day the channels, with cumulative and own messages. */
  .extend('snapshotsOf', ({ table }) => async (peerId = 'p') => {
    const snapshots = await new SnapshotStore(table).read(peerId, '0000-01-01', '9999-12-31');
    return snapshots.map(({ day, channels }) => [
      day,
      ...channels.map((channel) => [
        channel.channelId,
        channel.cumulative.messageCount,
        channel.day.messageCount,
      ]),
    ]);
  });

function message(day: string, messageId: string, changes: Partial<UserMessage> = {}): UserMessage {
  const sentAt = Date.parse(`${day}T12:00:00.000Z`);
  return { peerId: 'p', channelId: 'c', conversationId: messageId, messageId, sentAt, ...changes };
}

async function count(dependencies: TestDependencies, ...messages: UserMessage[]): Promise<void> {
  await (await buildCounter(dependencies)).count(messages);
}

test('every day with a message is sealed, with the sums of all days before it', async ({
  dependencies,
  snapshotsOf,
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
    ['2026-11-18', ['c', 1, 1], ['d', 1, 1]],
    ['2026-11-20', ['c', 2, 1], ['d', 1, 0]],
  ]);
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
    ['2026-11-20', ['c', 1, 1]],
    ['2026-11-21', ['c', 2, 1]],
  ]);
});

test('a late message is in its own day’s snapshot and in every later one after the next run', async ({
  dependencies,
  snapshotsOf,
}) => {
  await count(dependencies, message('2026-11-18', '1'), message('2026-11-20', '2'));
  const job = takeDailySnapshot(dependencies);
  await job(FIRST_RUN, never);
  await count(dependencies, message('2026-11-17', 'late'), message('2026-11-19', 'late too'));
  expect(await job(FIRST_RUN, never)).toMatchObject({ daysSealed: 2, daysResealed: 2 });
  expect(await snapshotsOf()).toEqual([
    ['2026-11-17', ['c', 1, 1]],
    ['2026-11-18', ['c', 2, 1]],
    ['2026-11-19', ['c', 3, 1]],
    ['2026-11-20', ['c', 4, 1]],
  ]);
});

test('a run for an earlier day brings the later snapshots up to date as well', async ({
  dependencies,
  snapshotsOf,
}) => {
  await count(dependencies, message('2026-11-18', '1'), message('2026-11-20', '2'));
  const job = takeDailySnapshot(dependencies);
  await job(FIRST_RUN, never);
  await count(dependencies, message('2026-11-17', 'late'));
  await job({ through: '2026-11-17' }, never);
  expect(await snapshotsOf()).toEqual([
    ['2026-11-17', ['c', 1, 1]],
    ['2026-11-18', ['c', 2, 1]],
    ['2026-11-20', ['c', 3, 1]],
  ]);
});

/** Runs the job, and something else between its reading and its first writing of a snapshot. */
async function runWithStall(dependencies: TestDependencies, meanwhile: () => Promise<unknown>) {
  let isStalled = false;
  const client = intercepted(dependencies.client, async (command, send) => {
    const isSnapshot =
      command instanceof TransactWriteCommand &&
      JSON.stringify(command.input.TransactItems).includes('"sk":"SNAPSHOT#');
    if (isSnapshot && !isStalled) {
      isStalled = true;
      await meanwhile();
    }
    return send();
  });
  return takeDailySnapshot({ ...dependencies, client })(FIRST_RUN, never);
}

test('a run that stalls while another one seals a late message does not write the older figure', async ({
  dependencies,
  snapshotsOf,
}) => {
  await count(dependencies, message('2026-11-20', '1'));
  const stalled = await runWithStall(dependencies, async () => {
    await count(dependencies, message('2026-11-20', 'late'));
    await takeDailySnapshot(dependencies)(FIRST_RUN, never);
  });
  expect(stalled).toMatchObject({ peers: 0, leftOver: 1 });
  expect(await snapshotsOf()).toEqual([['2026-11-20', ['c', 2, 2]]]);
  expect(await takeDailySnapshot(dependencies)(FIRST_RUN, never)).toMatchObject({ peers: 0 });
});

test('a message that comes while its day is sealed keeps the day on the list', async ({
  dependencies,
  snapshotsOf,
}) => {
  await count(dependencies, message('2026-11-20', '1'));
  await runWithStall(dependencies, () => count(dependencies, message('2026-11-20', 'late')));
  expect(await snapshotsOf()).toEqual([['2026-11-20', ['c', 1, 1]]]);
  await takeDailySnapshot(dependencies)(FIRST_RUN, never);
  expect(await snapshotsOf()).toEqual([['2026-11-20', ['c', 2, 2]]]);
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
    if (JSON.stringify(command.input).includes('"pk":"PEER#bad","sk":"FENCING_TOKEN"'))
      throw new Error('no connection');
    return send();
  });
  const job = takeDailySnapshot({ ...dependencies, client });
  await expect(job(FIRST_RUN, never)).rejects.toThrow('1 peers could not be sealed');
  expect(await snapshotsOf()).toEqual([['2026-11-20', ['c', 1, 1]]]);
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
            ...{ messageCount: 1, conversationCount: 1, version: 2, archivedWindows: 1, rolledUp: true },
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
    expect(sum(meter.calls)).toBeLessThanOrEqual(100 * 10 + 16);
    expect(meter.writeUnits() / 100).toBeLessThanOrEqual(20);
  });

  test('is one write more for each later snapshot that a late message changes', async ({
    database,
    dependencies,
  }) => {
    const days = Array.from({ length: 20 }, (_, index) => `2026-11-${String(index + 1).padStart(2, '0')}`);
    await count(dependencies, ...days.map((day) => message(day, day)));
    await takeDailySnapshot(dependencies)(FIRST_RUN, never);

    async function callsAfterLateMessage(day: string): Promise<number> {
      await count(dependencies, message(day, `late on ${day}`));
      const meter = metered(database.client);
      await takeDailySnapshot({ ...dependencies, client: meter.client })(FIRST_RUN, never);
      return sum(meter.calls);
    }
    const last = await callsAfterLateMessage('2026-11-20');
    const tenLater = await callsAfterLateMessage('2026-11-10');
    expect(tenLater - last).toBe(10);
  });
});
