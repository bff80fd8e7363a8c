import { GetCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { AttributeValue, DynamoDBRecord } from 'aws-lambda';
import { describe, expect } from 'vitest';
import { buildFingerprints } from '../../../../functions/shared/counting/build-counter.ts';
import { countMessages } from '../../../../functions/shared/counting/count-messages.ts';
import { channelStats } from '../../../../functions/shared/domain/channel-stats.ts';
import type { Message } from '../../../../functions/shared/domain/message.ts';
import { METRIC } from '../../../../functions/shared/runtime/metric-names.ts';
import { quarantineNoteKey } from '../../../../functions/shared/store/items/quarantine-note.ts';
import { UsageReader } from '../../../../functions/shared/store/usage-reader.ts';
import { streamRecord } from '../../../faults/history.ts';
import { intercepted } from '../../../support/database/intercepted-client.ts';
import { test as fixture } from '../../../support/fixture.ts';

const NOW = '2026-11-22T10:00:00.000Z';
const DAY_MS = 86_400_000;

const test = fixture
  .extend('total', ({ table }) => async (peerId = 'p') => {
    return channelStats(await new UsageReader(table).read(peerId, '2026-11-22'), {}).total;
  })
  .extend('quarantine', ({ table: { client, tableName } }) => async () => {
    const answer = await client.send(new ScanCommand({ TableName: tableName, ConsistentRead: true }));
    return (answer.Items ?? [])
      .filter(({ pk }) => String(pk).startsWith('QUARANTINE#'))
      .map(({ pk, sk, itemKey, peerId, ...rest }) => rest);
  });

function message(changes: Partial<Message> = {}): Message {
  return {
    peerId: 'p',
    channelId: 'c',
    conversationId: 'k',
    messageId: 'm',
    role: 'user',
    sentAt: Date.parse(NOW),
    ...changes,
  };
}

/** The record of a message, with some attributes of its image replaced, or left out where `undefined`. */
function recordWith(
  sequenceNumber: number,
  attributes: Record<string, AttributeValue | undefined>,
  sent: Message = message({ messageId: `m${sequenceNumber}` }),
): DynamoDBRecord {
  const record = streamRecord(sent, sequenceNumber);
  const image = Object.entries({ ...record.dynamodb?.NewImage, ...attributes });
  const present = image.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  return { ...record, dynamodb: { ...record.dynamodb, NewImage: Object.fromEntries(present) } };
}

/** The record of a message that the stream made at an instant. */
function recordMadeAt(sequenceNumber: number, madeAt: number, sent: Message): DynamoDBRecord {
  const record = streamRecord(sent, sequenceNumber);
  return { ...record, dynamodb: { ...record.dynamodb, ApproximateCreationDateTime: madeAt / 1000 } };
}

describe('a record that cannot be counted is quarantined, and the rest of its batch is counted', () => {
  const longId = { S: 'x'.repeat(300) };
  const cases: { name: string; record: DynamoDBRecord; reason: string; explanation: string }[] = [
    {
      name: 'without an expected field',
      record: recordWith(1, { channelId: undefined }),
      reason: 'malformed',
      explanation: 'channelId must be a string attribute',
    },
    {
      name: 'with a field of another type',
      record: recordWith(1, { role: { N: '7' } }),
      reason: 'malformed',
      explanation: 'role must be a string attribute',
    },
    {
      name: 'without a version',
      record: recordWith(1, { schemaVersion: undefined }),
      reason: 'malformed',
      explanation: 'schemaVersion must be a number attribute',
    },
    {
      name: 'of an unknown version',
      record: recordWith(1, { schemaVersion: { N: '2' } }),
      reason: 'unknown_version',
      explanation: 'schemaVersion must be 1',
    },
    {
      name: 'with a huge number',
      record: recordWith(1, { schemaVersion: { N: `9${'0'.repeat(120)}` } }),
      reason: 'unknown_version',
      explanation: 'schemaVersion must be 1',
    },
    {
      name: 'with an empty identifier',
      record: recordWith(1, { pk: { S: 'p\n' } }),
      reason: 'malformed',
      explanation: 'conversationId must not be empty',
    },
    {
      name: 'with an identifier of 300 characters',
      record: recordWith(1, { channelId: longId }),
      reason: 'malformed',
      explanation: 'channelId must have at most 128 characters',
    },
    {
      name: 'with a control character in an identifier',
      record: recordWith(1, { channelId: { S: 'a\u0000b' } }),
      reason: 'malformed',
      explanation: 'channelId must not contain control characters',
    },
    {
      name: 'with a name that changes the direction of text',
      record: recordWith(1, { channelName: { S: '\u202eSlack' } }),
      reason: 'malformed',
      explanation: 'channelName must not contain characters that change the direction of text',
    },
    {
      name: 'with a channel that nobody can tell from another one',
      record: recordWith(1, { channelId: { S: 'slack ' } }),
      reason: 'malformed',
      explanation: 'channelId must not begin or end with white space',
    },
    {
      name: 'of an unknown role',
      record: recordWith(1, { role: { S: 'bot' } }),
      reason: 'malformed',
      explanation: 'role must be one of user, assistant, system, tool',
    },
    {
      name: 'with a time that is none',
      record: recordWith(1, { sentAt: { S: '2026-02-30T10:00:00Z' } }),
      reason: 'malformed',
      explanation: 'sentAt must be an RFC 3339 instant with a time zone, such as 2026-11-22T10:00:00Z',
    },
    {
      name: 'whose key names a peer and no conversation',
      record: recordWith(1, { pk: { S: 'p' } }),
      reason: 'malformed',
      explanation: 'pk must be the peerId, a line feed and the conversationId',
    },
    {
      name: 'whose key has one part too many',
      record: recordWith(1, { pk: { S: 'p\nk\nm' } }),
      reason: 'malformed',
      explanation: 'conversationId must not contain control characters',
    },
    {
      name: 'whose key has a message’s id that is none',
      record: recordWith(1, { sk: { S: ' m' } }),
      reason: 'malformed',
      explanation: 'messageId must not begin or end with white space',
    },
    {
      name: 'without an image',
      record: { eventID: 'event-1', eventName: 'INSERT', dynamodb: { ApproximateCreationDateTime: 1 } },
      reason: 'malformed',
      explanation: 'the record must carry the new image',
    },
    {
      name: 'of something that is no message',
      record: recordWith(1, { channelId: undefined, role: undefined }),
      reason: 'malformed',
      explanation: 'channelId must be a string attribute; role must be a string attribute',
    },
    {
      name: 'of a message older than retention and grace',
      record: recordMadeAt(1, Date.parse(NOW), message({ sentAt: Date.parse(NOW) - 401 * DAY_MS - 1_000 })),
      reason: 'too_old',
      explanation: 'sentAt is before what is still counted',
    },
    {
      name: 'of a message from the future',
      record: recordMadeAt(1, Date.parse(NOW), message({ sentAt: Date.parse(NOW) + 361_000 })),
      reason: 'sent_in_future',
      explanation: 'sentAt is ahead of the clock',
    },
  ];
  test.for(cases)('$name', async ({ record, reason, explanation }, { dependencies, total, quarantine }) => {
    const handler = countMessages(dependencies);
    const others = [2, 3].map((number) => streamRecord(message({ messageId: `m${number}` }), number));
    const poison = { ...record, dynamodb: { ...record.dynamodb, SequenceNumber: '1' } };
    // Delivered twice, because any batch may be.
    for (let delivery = 0; delivery < 2; delivery += 1) {
      expect(await handler({ Records: [poison, ...others] })).toEqual({ batchItemFailures: [] });
    }
    expect(await total()).toEqual({ messageCount: 2, conversationCount: 1 });
    expect(await quarantine()).toEqual([
      {
        eventId: 'event-1',
        reason,
        explanation,
        quarantinedAt: NOW,
        expiresAt: Date.parse(NOW) / 1000 + 30 * 86_400,
      },
    ]);
    expect(dependencies.published).toEqual([
      metrics({ received: 3, counted: 2, quarantine: 1 }),
      metrics({ received: 3, duplicate: 2, quarantine: 1 }),
    ]);
  });
});

test('messages at the limits of age are counted', async ({ dependencies }) => {
  const now = Date.parse(NOW);
  const records = [
    recordMadeAt(1, now, message({ messageId: 'old', sentAt: now - 401 * DAY_MS })),
    recordMadeAt(2, now, message({ messageId: 'ahead', sentAt: now + 360_000 })),
  ];
  await countMessages(dependencies)({ Records: records });
  expect(dependencies.published).toEqual([metrics({ received: 2, counted: 2 })]);
});

test('only messages of users count', async ({ dependencies, total }) => {
  const records = (['user', 'assistant', 'system', 'tool'] as const).map((role, index) =>
    streamRecord(message({ role, messageId: `from ${role}` }), index + 1),
  );
  await countMessages(dependencies)({ Records: records });
  expect(await total()).toEqual({ messageCount: 1, conversationCount: 1 });
  expect(dependencies.published).toEqual([metrics({ received: 4, counted: 1, notCounted: 3 })]);
});

test('a message that is quarantined leaves a note of why, under hashes of its ids', async ({
  dependencies,
  table,
}) => {
  const old = message({ messageId: 'old', sentAt: Date.parse(NOW) - 402 * DAY_MS });
  const noMessage = { ...recordWith(2, { role: undefined }) };
  const elsewhere = {
    ...noMessage,
    dynamodb: { ...noMessage.dynamodb, Keys: { pk: { S: 'x' }, sk: { S: 'y' } } },
  };
  await countMessages(dependencies)({ Records: [recordMadeAt(1, Date.parse(NOW), old), elsewhere] });
  const fingerprints = await buildFingerprints(dependencies);
  const { client, tableName } = table;
  const answer = await client.send(
    new GetCommand({
      TableName: tableName,
      Key: quarantineNoteKey({
        peerId: 'p',
        conversationHash: fingerprints.ofConversation('p', 'k'),
        fingerprint: fingerprints.ofMessage(old),
      }),
    }),
  );
  expect(answer.Item).toMatchObject({
    reason: 'too_old',
    explanation: 'sentAt is before what is still counted',
    expiresAt: Date.parse(NOW) / 1_000 + 30 * 86_400,
  });
  const all = await client.send(new ScanCommand({ TableName: tableName }));
  expect((all.Items ?? []).filter(({ sk }) => String(sk).startsWith('QUARANTINED#'))).toHaveLength(1);
});

test('where the note cannot be written, the record is delivered again', async ({
  dependencies,
  quarantine,
}) => {
  const client = intercepted(dependencies.client, async (command, send) => {
    if (JSON.stringify(command.input).includes('"QUARANTINED#')) throw new Error('no connection');
    return send();
  });
  const records = [recordWith(1, { role: undefined })];
  const failed = await countMessages({ ...dependencies, client })({ Records: records });
  expect(failed).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
  expect(await countMessages(dependencies)({ Records: records })).toEqual({ batchItemFailures: [] });
  expect(await quarantine()).toHaveLength(1);
});

describe('where DynamoDB fails', () => {
  test('the answer names the first record that failed, and what was counted is not counted again', async ({
    dependencies,
    total,
    quarantine,
  }) => {
    let isFailing = true;
    const client = intercepted(dependencies.client, async (command, send) => {
      if (isFailing && JSON.stringify(command.input).includes('"PEER#q')) throw new Error('no connection');
      return send();
    });
    const handler = countMessages({ ...dependencies, client });
    const poison = recordWith(4, { schemaVersion: { N: '2' } });
    const records = [
      streamRecord(message({ messageId: 'm1' }), 1),
      streamRecord(message({ messageId: 'm2', peerId: 'q' }), 2),
      streamRecord(message({ messageId: 'm3' }), 3),
      poison,
    ];
    expect(await handler({ Records: records })).toEqual({ batchItemFailures: [{ itemIdentifier: '2' }] });
    // The poison is behind the first failure, and so is quarantined when it comes again.
    expect(await quarantine()).toEqual([]);
    isFailing = false;
    expect(await handler({ Records: records.slice(1) })).toEqual({ batchItemFailures: [] });
    expect(await quarantine()).toHaveLength(1);
    expect(await total('p')).toEqual({ messageCount: 2, conversationCount: 1 });
    expect(await total('q')).toEqual({ messageCount: 1, conversationCount: 1 });
    expect(dependencies.published).toEqual([
      metrics({ received: 4, counted: 2, returned: 2 }),
      metrics({ received: 3, counted: 1, duplicate: 1, quarantine: 1 }),
    ]);
    expect(dependencies.logged.filter(({ level }) => level === 'error')).toEqual([
      {
        level: 'error',
        message: 'stream records have to be delivered again',
        fields: { problem: 'Error: no connection' },
      },
    ]);
  });

  test('a poison record that cannot be quarantined is returned', async ({ dependencies }) => {
    const settings = { ...dependencies.settings, usageTableName: 'no-such-table' };
    const handler = countMessages({ ...dependencies, settings });
    expect(await handler({ Records: [recordWith(1, { role: undefined })] })).toEqual({
      batchItemFailures: [{ itemIdentifier: '1' }],
    });
    expect(dependencies.published).toEqual([metrics({ received: 1, returned: 1 })]);
  });

  test('a function that could not start counting can at its next invocation', async ({
    database,
    dependencies,
    total,
  }) => {
    let isDown = true;
    const client = intercepted(database.client, async (_command, send) => {
      if (isDown) throw new Error('no connection');
      return send();
    });
    const handler = countMessages({ ...dependencies, client });
    const records = [streamRecord(message(), 1)];
    expect(await handler({ Records: records })).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
    isDown = false;
    expect(await handler({ Records: records })).toEqual({ batchItemFailures: [] });
    expect(await total()).toEqual({ messageCount: 1, conversationCount: 1 });
  });
});

test('no identifier of a conversation reaches the log', async ({ dependencies }) => {
  const phone = '+15550100';
  await countMessages(dependencies)({
    Records: [
      streamRecord(message({ conversationId: phone }), 1),
      recordWith(2, { role: { S: 'bot' } }, message({ conversationId: phone })),
    ],
  });
  expect(dependencies.logged).toHaveLength(2);
  expect(JSON.stringify(dependencies.logged)).not.toContain(phone);
});

function metrics(counts: Record<string, number>) {
  return {
    [METRIC.recordsReceived]: counts['received'] ?? 0,
    [METRIC.messagesCounted]: counts['counted'] ?? 0,
    [METRIC.messagesDuplicate]: counts['duplicate'] ?? 0,
    [METRIC.messagesNotCounted]: counts['notCounted'] ?? 0,
    [METRIC.recordsQuarantined]: counts['quarantine'] ?? 0,
    [METRIC.recordsReturned]: counts['returned'] ?? 0,
  };
}
