import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, paginateScan, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { UserMessage } from '../../functions/shared/domain/message.ts';
import { dayOf } from '../../functions/shared/domain/utc-day.ts';
import type { Figures } from '../../test/faults/any-counter/any-counter.ts';
import type { TestDatabase } from '../../test/support/database/database.ts';

// The peers of this folder are not those of the service, which are chatbots: they are what would be used instead of its
// counter. Each is written as its own documentation recommends, and as short as it can be. They count messages by
// peer, channel and day; those of a whole day also count conversations.

let made = 0;

/** Makes an empty table, billed on demand, and gives its name. Every key attribute is a string. */
export async function createTable(
  database: TestDatabase,
  keys: readonly [string] | readonly [string, string],
) {
  made += 1;
  const TableName = `other-${process.pid}-${process.hrtime.bigint()}-${made}`;
  await database.base.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: keys.map((AttributeName, index) => ({
        AttributeName,
        KeyType: index === 0 ? 'HASH' : 'RANGE',
      })),
    }),
  );
  return TableName;
}

/** Makes an empty table of counters. */
export function createCounters(database: TestDatabase): Promise<string> {
  return createTable(database, ['channel', 'day']);
}

/** Makes an empty table of markers, each of which says that a message was counted, or is about to be. */
export function createMarkers(database: TestDatabase): Promise<string> {
  return createTable(database, ['conversation', 'messageId']);
}

/** What adds to the counter of a message. */
export function addition(TableName: string, { peerId, channelId, sentAt }: UserMessage, amount: number) {
  return {
    TableName,
    Key: { channel: `${peerId}\n${channelId}`, day: dayOf(sentAt) },
    UpdateExpression: 'ADD messageCount :amount',
    ExpressionAttributeValues: { ':amount': amount },
  };
}

/** Adds to the counter of a message. */
export async function add(
  documents: DynamoDBDocumentClient,
  tableName: string,
  message: UserMessage,
  amount: number,
): Promise<void> {
  await documents.send(new UpdateCommand(addition(tableName, message, amount)));
}

/** What puts the marker of a message, unless it is there. It goes when the message cannot come again any more. */
export function newMarker(TableName: string, { peerId, conversationId, messageId, sentAt }: UserMessage) {
  return {
    TableName,
    Item: {
      conversation: `${peerId}\n${conversationId}`,
      messageId,
      expiresAt: sentAt / 1_000 + 401 * 86_400,
    },
    ConditionExpression: 'attribute_not_exists(messageId)',
  };
}

const counter = z.object({
  channel: z.string(),
  day: z.string(),
  messageCount: z.int(),
  conversationCount: z.int().optional(),
});

/** All counters of a table. */
export async function readCounters(client: DynamoDBDocumentClient, TableName: string): Promise<Figures> {
  const figures: Figures = new Map();
  for await (const { Items: items = [] } of paginateScan({ client }, { TableName, ConsistentRead: true })) {
    for (const item of items) {
      const { channel, day, messageCount, conversationCount } = counter.parse(item);
      const conversations = conversationCount === undefined ? {} : { conversations: conversationCount };
      figures.set(`${channel}\n${day}`, { messages: messageCount, ...conversations });
    }
  }
  return figures;
}

/** Works on all of a batch at a time, and gives those of which a part failed. */
export async function failedAmong<Part>(
  parts: readonly Part[],
  messagesOf: (part: Part) => readonly UserMessage[],
  work: (part: Part) => Promise<void>,
): Promise<UserMessage[]> {
  const outcomes = await Promise.allSettled(parts.map(work));
  return parts.flatMap((part, index) => (outcomes[index]?.status === 'rejected' ? messagesOf(part) : []));
}
