import { DeleteItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { countMessages } from '../../../functions/shared/counting/count-messages.ts';
import { Fingerprints } from '../../../functions/shared/counting/fingerprints.ts';
import { dayOf, EARLIEST_DAY, type EpochMillis } from '../../../functions/shared/domain/utc-day.ts';
import type { Table } from '../../../functions/shared/store/dynamodb.ts';
import { HashSecretStore } from '../../../functions/shared/store/hash-secret-store.ts';
import { UsageReader } from '../../../functions/shared/store/usage-reader.ts';
import { takeDailySnapshot } from '../../../functions/take-daily-snapshot/take-daily-snapshot.ts';
import { HistoryRecorder, type ImportedMessage } from '../../../tools/support/history/history-recorder.ts';
import { contentsOf } from '../../functions/shared/store/table-contents.ts';
import { test as fixture } from '../../support/fixture.ts';
import type { TestDependencies } from '../../support/service/test-dependencies.ts';

/** An item with the types of its attributes, as a stream carries it. */
export type Image = Record<string, { S: string } | { N: string }>;

/** A message of years ago. */
export function old(messageId: string, more: Partial<ImportedMessage> = {}): ImportedMessage {
  return {
    messageId,
    conversationId: 'k',
    channelId: 'c',
    role: 'user',
    sentAt: Date.parse('2023-05-04T10:00:00.000Z'),
    ...more,
  };
}

/** The record of the stream that tells of an item which was put. */
export function recordOf(image: Image, at: EpochMillis, sequenceNumber: number): DynamoDBRecord {
  const { pk, sk } = image;
  if (pk === undefined || sk === undefined) throw new Error('the image has no key');
  return {
    eventID: `event-${sequenceNumber}`,
    eventName: 'INSERT',
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(at / 1000),
      Keys: { pk, sk },
      NewImage: image,
      SequenceNumber: String(sequenceNumber),
    },
  };
}

/** What tests of importing a history work on. */
export const test = fixture
  .extend('recorderOf', ({ dependencies, messagesTable, table }) => (peerId: string, changed = {}) => {
    const { clock, waiting, randomBytes, settings } = dependencies;
    const { messageRetentionDays } = settings;
    const tables = { messages: messagesTable, usage: table };
    return HistoryRecorder.of(
      { tables, clock, waiting, randomBytes, messageRetentionDays, ...changed },
      peerId,
    );
  })
  /** Records messages of a peer as history. */
  .extend('record', ({ recorderOf }) => async (messages: readonly ImportedMessage[], peerId = 'p') => {
    return (await recorderOf(peerId)).record(messages);
  })
  /** The items of all messages that are stored. */
  .extend('images', ({ messagesTable: { client, tableName } }) => async (): Promise<Image[]> => {
    const { Items: items = [] } = await client.send(
      new ScanCommand({ TableName: tableName, ConsistentRead: true }),
    );
    return items.map((item) => imageOf(item));
  })
  /** Lets the stream deliver items as they were put at an instant, now where it is left out. */
  .extend('deliver', ({ dependencies }) => {
    const handler = countMessages(dependencies);
    let sequenceNumber = 0;
    return async (images: readonly Image[], at = dependencies.clock()) => {
      const records = images.map((image) => {
        sequenceNumber += 1;
        return recordOf(image, at, sequenceNumber);
      });
      return handler({ Records: records });
    };
  })
  /** Records messages of a peer as history, and lets the stream deliver them. @returns their items */
  .extend('count', ({ record, images, deliver }) => async (messages: readonly ImportedMessage[]) => {
    await record(messages);
    const put = await images();
    await deliver(put);
    return put;
  })
  /** Messages and conversations of every channel and day, as readers are told, and of all time. */
  .extend('figures', ({ dependencies, table }) => async (peerId = 'p') => {
    const usage = await new UsageReader(table).read(peerId, dayOf(dependencies.clock()), {
      from: EARLIEST_DAY,
      consistent: true,
    });
    return {
      days: usage.days
        .map((day) => `${day.day} ${day.channelId} ${day.messageCount} ${day.conversationCount}`)
        .sort(),
      allTime: usage.channels
        .map(({ channelId, allTime }) => `${channelId} ${allTime.messageCount} ${allTime.conversationCount}`)
        .sort(),
    };
  })
  /** Why records were quarantined. */
  .extend('quarantined', ({ table }) => async (): Promise<unknown[]> => {
    const items = await contentsOf(table);
    return items
      .filter(({ pk }) => String(pk).startsWith('QUARANTINE#'))
      .map(({ reason, explanation }) => `${reason}: ${explanation}`);
  })
  .extend(
    'seal',
    ({ dependencies }) =>
      () =>
        seal(dependencies),
  )
  /** Lets go what may go at the instant of the clock. */
  .extend('expire', ({ dependencies, table, messagesTable }) => async () => {
    for (const one of [table, messagesTable]) await expire(one, dependencies.clock());
  })
  .extend('fingerprints', ({ table }) => async () => {
    const secret = await new HashSecretStore(table).read();
    if (secret === undefined) throw new Error('nothing was hashed yet');
    return new Fingerprints(secret);
  });

function imageOf(item: Record<string, { S?: string; N?: string }>): Image {
  const image: Image = {};
  for (const [name, { S: text, N: number }] of Object.entries(item)) {
    if (text !== undefined) image[name] = { S: text };
    if (number !== undefined) image[name] = { N: number };
  }
  return image;
}

async function seal(dependencies: TestDependencies): Promise<void> {
  const job = takeDailySnapshot(dependencies);
  await job({ scheduledAt: new Date(dependencies.clock()).toISOString() }, () => false);
}

async function expire(table: Table, now: EpochMillis): Promise<void> {
  for (const item of await contentsOf(table)) {
    if (item['expiresAt'] === undefined || Number(item['expiresAt']) * 1000 > now) continue;
    const Key = { pk: { S: String(item['pk']) }, sk: { S: String(item['sk']) } };
    await table.client.send(new DeleteItemCommand({ TableName: table.tableName, Key }));
  }
}
