import { GetCommand, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { expect } from 'vitest';
import { countGivenUpMessages, countMessages } from '../../../../functions/shared/counting/count-messages.ts';
import { DEPLOYED_RHYTHM } from '../../../../functions/shared/domain/heartbeat.ts';
import type { Message } from '../../../../functions/shared/domain/message.ts';
import { METRIC } from '../../../../functions/shared/runtime/metric-names.ts';
import { PASSED_HEARTBEATS_KEY } from '../../../../functions/shared/store/items/passed-heartbeats.ts';
import { PassedHeartbeatsStore } from '../../../../functions/shared/store/passed-heartbeats-store.ts';
import { heartbeatRecord, streamRecord } from '../../../faults/history.ts';
import { metered } from '../../../support/database/capacity.ts';
import { intercepted } from '../../../support/database/intercepted-client.ts';
import { test as fixture } from '../../../support/fixture.ts';

const TEN = Date.parse('2026-11-22T10:00:00.000Z');

const test = fixture
  .extend('passed', ({ table }) => async () => {
    return Object.fromEntries(await new PassedHeartbeatsStore(table).read({ consistent: true }));
  })
  .extend('items', ({ table: { client, tableName } }) => async () => {
    const answer = await client.send(new ScanCommand({ TableName: tableName, ConsistentRead: true }));
    return answer.Items ?? [];
  });

function message(number: number): DynamoDBRecord {
  const sent: Message = {
    peerId: 'p',
    channelId: 'c',
    conversationId: 'k',
    messageId: `m${number}`,
    role: 'user',
    sentAt: TEN,
  };
  return streamRecord(sent, number);
}

/** A heartbeat of so many seconds after ten. */
function beat(key: number, seconds: number, sequenceNumber: number): DynamoDBRecord {
  return heartbeatRecord({ key, sentAt: TEN + seconds * 1_000 }, sequenceNumber);
}

test('a heartbeat that comes is noted, and is no message', async ({ dependencies, passed, items }) => {
  const handler = countMessages(dependencies);
  const answer = await handler({ Records: [beat(0, 1, 1), message(2), beat(1, 2, 3)] });
  expect(answer).toEqual({ batchItemFailures: [] });
  expect(await passed()).toEqual({ 0: TEN + 1_000, 1: TEN + 2_000 });
  expect((await items()).filter(({ pk }) => String(pk).startsWith('QUARANTINE#'))).toEqual([]);
  expect(dependencies.published).toEqual([
    {
      [METRIC.recordsReceived]: 1,
      [METRIC.messagesCounted]: 1,
      [METRIC.messagesDuplicate]: 0,
      [METRIC.messagesNotCounted]: 0,
      [METRIC.recordsQuarantined]: 0,
      [METRIC.recordsReturned]: 0,
    },
    { [METRIC.heartbeatKeysPassed]: 2 },
  ]);
});

test('it is noted after everything before it is counted or quarantined', async ({ dependencies }) => {
  const written: string[] = [];
  const client = intercepted(dependencies.client, (command, send) => {
    const input: { Key?: { pk?: string }; Item?: { pk?: string } } = Object(command.input);
    const pk = input.Key?.pk ?? input.Item?.pk;
    if (!(command instanceof GetCommand) && pk !== undefined) written.push(pk.split('#')[0] ?? '');
    return send();
  });
  const spoilt = message(2);
  delete spoilt.dynamodb?.NewImage?.['channelId'];
  await countMessages({ ...dependencies, client })({ Records: [message(1), spoilt, beat(0, 0, 3)] });
  expect(written.at(-1)).toBe('PASSED_HEARTBEATS');
  expect(written).toContain('PEER');
});

test('one behind a record that has to come again is not noted', async ({ dependencies, passed }) => {
  const client = intercepted(dependencies.client, async (command, send) => {
    if (JSON.stringify(command.input).includes('PEER#p')) throw new Error('refused');
    return send();
  });
  const handler = countMessages({ ...dependencies, client });
  const answer = await handler({ Records: [beat(0, 1, 1), message(2), beat(1, 2, 3)] });
  expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '2' }] });
  expect(await passed()).toEqual({ 0: TEN + 1_000 });
});

test('of each key the newest one stays, whatever is delivered again', async ({ dependencies, passed }) => {
  const handler = countMessages(dependencies);
  await handler({ Records: [beat(0, 30, 1), beat(1, 10, 2)] });
  await handler({ Records: [beat(0, 20, 3), beat(1, 20, 4), beat(1, 15, 5)] });
  expect(await passed()).toEqual({ 0: TEN + 30_000, 1: TEN + 20_000 });
  await handler({ Records: [beat(0, 20, 3)] });
  expect(await passed()).toEqual({ 0: TEN + 30_000, 1: TEN + 20_000 });
});

test('what another version has added to the item stays', async ({ dependencies, table, passed }) => {
  await table.client.send(
    new UpdateCommand({
      TableName: table.tableName,
      Key: PASSED_HEARTBEATS_KEY,
      UpdateExpression: 'SET another = :value',
      ExpressionAttributeValues: { ':value': 'version' },
    }),
  );
  await countMessages(dependencies)({ Records: [beat(0, 1, 1)] });
  expect(await passed()).toEqual({ 0: TEN + 1_000 });
  const { Item: item } = await table.client.send(
    new GetCommand({ TableName: table.tableName, Key: PASSED_HEARTBEATS_KEY }),
  );
  expect(item?.['another']).toBe('version');
});

test('where it cannot be noted that is logged, and the batch is not delivered again', async ({
  dependencies,
  passed,
}) => {
  const client = intercepted(dependencies.client, async (command, send) => {
    if (JSON.stringify(command.input).includes('PASSED_HEARTBEATS')) throw new Error('refused');
    return send();
  });
  const answer = await countMessages({ ...dependencies, client })({ Records: [message(1), beat(0, 1, 2)] });
  expect(answer).toEqual({ batchItemFailures: [] });
  expect(await passed()).toEqual({});
  expect(dependencies.logged).toContainEqual({
    level: 'error',
    message: 'heartbeats that have passed could not be noted',
    fields: { problem: 'Error: refused' },
  });
});

test('heartbeats among records that were given up tell nothing any more', async ({
  dependencies,
  passed,
  items,
}) => {
  const handler = countGivenUpMessages(dependencies);
  expect(await handler([beat(0, 1, 1), message(2)])).toEqual([]);
  expect(await passed()).toEqual({});
  expect((await items()).filter(({ pk }) => String(pk).startsWith('QUARANTINE#'))).toEqual([]);
});

test.for([
  ['of a key that there cannot be', { heartbeat: { N: '128' } }],
  ['whose key is not that of its attributes', { heartbeat: { N: '1' } }],
  ['without an instant', { sentAt: { N: '1' } }],
  ['from the future, which would hold for ever', { sentAt: { S: '2027-01-01T00:00:00.000Z' } }],
] as const)(
  'a heartbeat %s is passed over, and quarantined neither',
  async ([, attributes], { dependencies, passed, items }) => {
    const record = beat(0, 1, 1);
    const image = { ...record.dynamodb?.NewImage, ...attributes };
    const spoilt = { ...record, dynamodb: { ...record.dynamodb, NewImage: image } };
    expect(await countMessages(dependencies)({ Records: [spoilt] })).toEqual({ batchItemFailures: [] });
    expect(await passed()).toEqual({});
    expect(await items()).toEqual([]);
    expect(dependencies.logged).toEqual([
      { level: 'warn', message: 'items that lie where heartbeats do are none', fields: { malformed: 1 } },
    ]);
  },
);

test('a heartbeat that was put well before it came tells of that instant, and one from the future nothing', async ({
  dependencies,
  passed,
}) => {
  const early = beat(0, 90, 1);
  const madeAt = { ...early, dynamodb: { ...early.dynamodb, ApproximateCreationDateTime: TEN / 1_000 } };
  await countMessages(dependencies)({ Records: [madeAt] });
  expect(await passed()).toEqual({});
});

test('a message that was put where heartbeats lie is quarantined', async ({
  dependencies,
  passed,
  items,
}) => {
  const record = message(1);
  const image = { ...record.dynamodb?.NewImage, pk: { S: 'HEARTBEAT#0' } };
  await countMessages(dependencies)({
    Records: [{ ...record, dynamodb: { ...record.dynamodb, NewImage: image } }],
  });
  expect(await passed()).toEqual({});
  expect((await items()).map(({ reason }) => reason)).toContain('malformed');
});

test('a peer may be called as the partitions of heartbeats are', async ({ dependencies, passed }) => {
  const sent: Message = {
    peerId: 'HEARTBEAT#0',
    channelId: 'c',
    conversationId: 'k',
    messageId: 'm',
    role: 'user',
    sentAt: TEN,
  };
  await countMessages(dependencies)({ Records: [streamRecord(sent, 1)] });
  expect(await passed()).toEqual({});
  expect(dependencies.published[0]).toMatchObject({ [METRIC.messagesCounted]: 1 });
});

test('noting costs one write unit for a batch with 32 heartbeats, and nothing for one without', async ({
  dependencies,
}) => {
  const meter = metered(dependencies.client);
  const handler = countMessages({ ...dependencies, client: meter.client });
  const keys = Array.from({ length: DEPLOYED_RHYTHM.keys }, (_, key) => key);
  await handler({ Records: keys.map((key) => beat(key, 1, key)) });
  await handler({ Records: keys.map((key) => beat(key, 301, 100 + key)) });
  expect(meter.writeUnits()).toBe(2);
  expect(Object.fromEntries(meter.calls)).toEqual({ UpdateCommand: 2 });
  expect(dependencies.published).toEqual([
    { [METRIC.heartbeatKeysPassed]: 32 },
    { [METRIC.heartbeatKeysPassed]: 32 },
  ]);
  expect(dependencies.logged).toEqual([]);
});

test('as many keys as there can be are noted', async ({ dependencies, passed }) => {
  const keys = Array.from({ length: 128 }, (_, key) => key);
  await countMessages(dependencies)({ Records: keys.map((key) => beat(key, 1, key)) });
  expect(Object.keys(await passed())).toHaveLength(128);
});
