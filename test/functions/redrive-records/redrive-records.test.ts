import type { DynamoDBRecord } from 'aws-lambda';
import { expect } from 'vitest';
import {
  FailedBatchError,
  type FailedBatchSource,
} from '../../../functions/redrive-records/failed-batches.ts';
import { redriveRecords } from '../../../functions/redrive-records/redrive-records.ts';
import { channelStats } from '../../../functions/shared/domain/channel-stats.ts';
import { METRIC } from '../../../functions/shared/runtime/metric-names.ts';
import { KnownOfFiguresReader } from '../../../functions/shared/store/known-of-figures.ts';
import { UsageReader } from '../../../functions/shared/store/usage-reader.ts';
import { streamRecord } from '../../faults/history.ts';
import { intercepted } from '../../support/database/intercepted-client.ts';
import { test as fixture } from '../../support/fixture.ts';

const NOW = '2026-11-22T10:00:00.000Z';

/** Failed batches that are kept in memory, by their names; one whose text is an error cannot be read. */
function batchesIn(documents: Map<string, string | FailedBatchError>): FailedBatchSource {
  return {
    list: async () => [...documents.keys()],
    async read(name) {
      const text = documents.get(name) ?? '';
      if (text instanceof FailedBatchError) throw text;
      return text;
    },
    async remove(name) {
      documents.delete(name);
    },
  };
}

/** A batch of one message, as Lambda writes it. */
function batchOf(number: number, givenUpAt = NOW): string {
  return batchWith([recordOf(number)], givenUpAt);
}

function batchWith(records: readonly DynamoDBRecord[], givenUpAt = NOW): string {
  return JSON.stringify({ timestamp: givenUpAt, payload: JSON.stringify({ Records: records }) });
}

function recordOf(number: number): DynamoDBRecord {
  const message = {
    peerId: 'p',
    channelId: 'c',
    conversationId: 'k',
    messageId: `m${number}`,
    role: 'user' as const,
    sentAt: Date.parse(NOW) - number * 1_000,
  };
  return streamRecord(message, number);
}

const test = fixture.extend('messageCount', ({ table }) => async () => {
  const usage = await new UsageReader(table).read('p', '2026-11-22');
  return channelStats(usage, {}).total.messageCount;
});

test('a run counts what was given up, removes it, and says so', async ({ dependencies, messageCount }) => {
  const documents = new Map([
    ['a', batchOf(1)],
    ['b', batchOf(2)],
  ]);
  const job = redriveRecords(dependencies, batchesIn(documents));
  expect(await job(() => false)).toEqual({ taken: 2, left: 0 });
  expect(await messageCount()).toBe(2);
  expect([...documents.keys()]).toEqual([]);
  expect(dependencies.published.at(-1)).toEqual({
    [METRIC.batchesTaken]: 2,
    [METRIC.batchesLeft]: 0,
    [METRIC.redrivesCompleted]: 1,
  });
  expect(dependencies.logged.filter(({ message }) => message !== 'counted a batch')).toEqual([
    { level: 'info', message: 'a failed batch was taken', fields: { batch: 'a' } },
    { level: 'info', message: 'a failed batch was taken', fields: { batch: 'b' } },
    { level: 'info', message: 'fed back what was given up', fields: { taken: 2, left: 0 } },
  ]);
});

test('a run counts nothing that was counted, however long ago, and quarantines what cannot be counted', async ({
  dependencies,
  messageCount,
}) => {
  // More than a daily counter has fingerprints of in its own item.
  const records = Array.from({ length: 200 }, (_, number) => recordOf(number + 1));
  const malformed = { ...recordOf(201), dynamodb: {} };
  const documents = new Map([
    ['a', batchWith(records)],
    ['b', batchWith([...records, malformed])],
  ]);
  expect(await redriveRecords(dependencies, batchesIn(documents))(() => false)).toEqual({
    taken: 2,
    left: 0,
  });
  expect(await messageCount()).toBe(200);
  expect(dependencies.published).toContainEqual(
    expect.objectContaining({ [METRIC.messagesDuplicate]: 200, [METRIC.recordsQuarantined]: 1 }),
  );
});

test('a run that finds nothing publishes that, and leaves the log alone', async ({ dependencies }) => {
  await redriveRecords(dependencies, batchesIn(new Map()))(() => false);
  expect(dependencies.published).toEqual([
    { [METRIC.batchesTaken]: 0, [METRIC.batchesLeft]: 0, [METRIC.redrivesCompleted]: 1 },
  ]);
  expect(dependencies.logged).toEqual([]);
});

test('what cannot be used is left and reported, and the rest is taken', async ({
  dependencies,
  messageCount,
}) => {
  const documents = new Map<string, string | FailedBatchError>([
    ['a', new FailedBatchError('a cannot be used: access is denied')],
    ['b', '{}'],
    ['c', batchOf(1, '2026-10-22T10:00:00.000Z')],
    ['d', batchOf(2)],
  ]);
  const run = await redriveRecords(dependencies, batchesIn(documents))(() => false);
  expect(run).toEqual({ taken: 1, left: 3 });
  expect(await messageCount()).toBe(1);
  expect([...documents.keys()]).toEqual(['a', 'b', 'c']);
  expect(dependencies.published.at(-1)).toMatchObject({
    [METRIC.batchesLeft]: 3,
    [METRIC.redrivesCompleted]: 0,
  });
  expect(dependencies.logged.filter(({ level }) => level === 'warn').map(({ fields }) => fields)).toEqual([
    { batch: 'a', outcome: 'unusable', reason: 'a cannot be used: access is denied' },
    { batch: 'b', outcome: 'unreadable', reason: 'it is not a failed batch' },
    {
      batch: 'c',
      outcome: 'too_old',
      reason: 'it was given up more than 30 days ago: its messages could count twice',
    },
  ]);
});

test('what cannot be counted yet is left for the next run', async ({ dependencies, messageCount }) => {
  const documents = new Map([['a', batchOf(1)]]);
  let isDown = true;
  const client = intercepted(dependencies.client, (command) =>
    isDown ? Promise.reject(new Error('down')) : dependencies.client.send(command),
  );
  const job = redriveRecords({ ...dependencies, client }, batchesIn(documents));
  expect(await job(() => false)).toEqual({ taken: 0, left: 1 });
  isDown = false;
  expect(await job(() => false)).toEqual({ taken: 1, left: 0 });
  expect(await messageCount()).toBe(1);
});

test('how many messages of each peer are left is stored with every run, until they are taken', async ({
  dependencies,
  table,
}) => {
  const documents = new Map([
    ['a', batchOf(1)],
    ['b', batchOf(2)],
  ]);
  let isStuck = true;
  const client = intercepted(dependencies.client, (command, send) =>
    isStuck && JSON.stringify(command.input).includes('PEER#') ? Promise.reject(new Error('down')) : send(),
  );
  const job = redriveRecords({ ...dependencies, client }, batchesIn(documents));
  const givenUp = async () =>
    (await new KnownOfFiguresReader(table).read('p', '2026-11-01', '2026-11-30')).notCounted.givenUp;
  await job(() => false);
  expect(await givenUp()).toBe(2);
  await job(() => true);
  expect(await givenUp()).toBe(2);
  isStuck = false;
  await job(() => false);
  expect(await givenUp()).toBe(0);
});

test('a run whose time is out begins no further batch', async ({ dependencies }) => {
  const documents = new Map([
    ['a', batchOf(1)],
    ['b', batchOf(2)],
    ['c', batchOf(3)],
  ]);
  const job = redriveRecords(dependencies, batchesIn(documents));
  expect(await job(() => documents.size < 3)).toEqual({ taken: 1, left: 2 });
  expect([...documents.keys()]).toEqual(['b', 'c']);
  expect(dependencies.logged.filter(({ level }) => level === 'warn').map(({ fields }) => fields)).toEqual([
    { batch: 'b', outcome: 'not_reached', reason: 'there was no time left for it' },
    { batch: 'c', outcome: 'not_reached', reason: 'there was no time left for it' },
  ]);
});

test('a run fails where the batches cannot be listed', async ({ dependencies }) => {
  const source: FailedBatchSource = {
    ...batchesIn(new Map()),
    list: () => Promise.reject(new FailedBatchError('the bucket failed cannot be used: access is denied')),
  };
  await expect(redriveRecords(dependencies, source)(() => false)).rejects.toThrow('access is denied');
  expect(dependencies.published).toEqual([]);
});
