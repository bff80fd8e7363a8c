import { createHash } from 'node:crypto';
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  type DynamoDBDocumentClient,
  PutCommand,
  paginateQuery,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { inBatches } from '../../functions/shared/domain/in-batches.ts';
import type { UserMessage } from '../../functions/shared/domain/message.ts';
import { addDays, dayOf, type UtcDay } from '../../functions/shared/domain/utc-day.ts';
import type {
  AnyCounter,
  CounterKind,
  CounterProcess,
  Figure,
} from '../../test/faults/any-counter/any-counter.ts';
import { placeOf } from '../../test/faults/any-counter/any-counter.ts';
import type { TestDatabase } from '../../test/support/database/database.ts';
import { ConversationMemory, conversationMarker } from './conversation-memory.ts';
import { createMarkers, createTable, failedAmong, newMarker, readCounters } from './plain-tables.ts';

/** So many partitions has a day, so that no single one takes all of its writes. */
const LANES = 16;
/** A transaction takes 100 items: the counter, and a message and its conversation at most for each of these. */
const MOST_MESSAGES = 49;

interface SoundDayTables {
  counters: string;
  markers: string;
  snapshots: string;
}

/** The cheapest way that was found to get the figures of the service right, late messages of a sealed day aside. */
export const soundDay: CounterKind = {
  name: 'transactions with markers, and a scheduled snapshot',
  async setUp(database) {
    const tables = await createSoundDay(database);
    return async (process) => startSoundDay(tables, process);
  },
};

/** Makes empty tables. */
export async function createSoundDay(database: TestDatabase): Promise<SoundDayTables> {
  return {
    counters: await createTable(database, ['lane', 'channel']),
    markers: await createMarkers(database),
    snapshots: await createTable(database, ['peerId', 'day']),
  };
}

/**
 * A transaction for each group of messages of a counter puts the markers of messages and of conversations that are new,
 * and adds their numbers. A job writes what each peer has of the day before, and then adds it to its totals.
 */
export function startSoundDay(
  tables: SoundDayTables,
  { documents, clock }: Pick<CounterProcess, 'documents' | 'clock'>,
): AnyCounter {
  const memory = new ConversationMemory(documents, tables.markers);
  return {
    deliver: async (batch) => {
      await memory.lookUp(batch);
      return failedAmong(
        [...Map.groupBy(batch, placeOf).values()],
        (group) => group,
        async (group) => {
          for (const messages of inBatches(group, MOST_MESSAGES))
            await count(documents, tables, memory, messages);
        },
      );
    },
    runJob: () => snapshot(documents, tables, addDays(dayOf(clock()), -1)),
    read: () => readCounters(documents, tables.counters),
  };
}

async function count(
  documents: DynamoDBDocumentClient,
  tables: SoundDayTables,
  memory: ConversationMemory,
  messages: readonly UserMessage[],
): Promise<void> {
  const [first] = messages;
  if (first === undefined) return;
  const started = memory.unknownAmong(messages);
  const TransactItems = [
    ...messages.map((message) => ({ Put: newMarker(tables.markers, message) })),
    ...started.map((message) => ({ Put: conversationMarker(tables.markers, message) })),
    {
      Update: addition(tables.counters, first, { messages: messages.length, conversations: started.length }),
    },
  ];
  try {
    await documents.send(new TransactWriteCommand({ TransactItems }));
    memory.note(started);
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error;
    const { CancellationReasons: reasons = [] } = error;
    const isThere = (_: UserMessage, index: number) => reasons[index]?.Code === 'ConditionalCheckFailed';
    const known = started.filter((message, index) => isThere(message, messages.length + index));
    const left = messages.filter((message, index) => !isThere(message, index));
    if (known.length === 0 && left.length === messages.length) throw error;
    memory.note(known);
    await count(documents, tables, memory, left);
  }
}

function laneOf(day: UtcDay, peerId: string): string {
  return `${day}\n${createHash('md5').update(peerId).digest().readUInt8(0) % LANES}`;
}

function addition(TableName: string, message: UserMessage, { messages, conversations = 0 }: Figure) {
  const { peerId, channelId } = message;
  const day = dayOf(message.sentAt);
  return {
    TableName,
    Key: { lane: laneOf(day, peerId), channel: `${peerId}\n${channelId}` },
    UpdateExpression: 'ADD messageCount :messages, conversationCount :conversations SET #day = :day',
    ExpressionAttributeNames: { '#day': 'day' },
    ExpressionAttributeValues: { ':messages': messages, ':conversations': conversations, ':day': day },
  };
}

const dailyCounter = z.object({
  channel: z.string(),
  messageCount: z.int(),
  conversationCount: z.int(),
});

/** What a peer has of a day: the figures of each channel. */
const snapshotItem = z.object({
  peerId: z.string(),
  day: z.string(),
  channels: z.record(z.string(), z.object({ messages: z.int(), conversations: z.int() })),
});

async function snapshot(
  documents: DynamoDBDocumentClient,
  tables: SoundDayTables,
  day: UtcDay,
): Promise<void> {
  for (let lane = 0; lane < LANES; lane += 1) {
    const counters: z.infer<typeof dailyCounter>[] = [];
    const query = {
      TableName: tables.counters,
      KeyConditionExpression: 'lane = :lane',
      ExpressionAttributeValues: { ':lane': `${day}\n${lane}` },
    };
    for await (const { Items: items = [] } of paginateQuery({ client: documents }, query)) {
      counters.push(...items.map((item) => dailyCounter.parse(item)));
    }
    const byPeer = Map.groupBy(counters, ({ channel }) => channel.split('\n')[0] ?? '');
    await Promise.all([...byPeer].map(([peerId, own]) => seal(documents, tables, { peerId, day }, own)));
  }
}

/** The snapshot comes first: a job that dies behind it writes the same again, and only then adds to the totals. */
async function seal(
  documents: DynamoDBDocumentClient,
  { snapshots: TableName }: SoundDayTables,
  key: { peerId: string; day: UtcDay },
  counters: readonly z.infer<typeof dailyCounter>[],
): Promise<void> {
  const figures = counters.map(({ channel, messageCount, conversationCount }) => {
    const channelId = channel.split('\n')[1] ?? '';
    return { channelId, messages: messageCount, conversations: conversationCount };
  });
  const channels = Object.fromEntries(figures.map(({ channelId, ...figure }) => [channelId, figure]));
  await documents.send(new PutCommand({ TableName, Item: { ...key, channels } }));
  const parts = figures.map((_, index) => `#m${index} :m${index}, #c${index} :c${index}`);
  await documents
    .send(
      new UpdateCommand({
        TableName,
        Key: { peerId: key.peerId, day: 'totals' },
        ConditionExpression: 'attribute_not_exists(through) OR through < :day',
        UpdateExpression: `SET through = :day ADD ${parts.join(', ')}`,
        ExpressionAttributeNames: Object.fromEntries(
          figures.flatMap(({ channelId }, index) => [
            [`#m${index}`, `messages ${channelId}`],
            [`#c${index}`, `conversations ${channelId}`],
          ]),
        ),
        ExpressionAttributeValues: Object.fromEntries<number | string>([
          [':day', key.day],
          ...figures.flatMap(({ messages, conversations }, index): [string, number][] => [
            [`:m${index}`, messages],
            [`:c${index}`, conversations],
          ]),
        ]),
      }),
    )
    .catch((error: unknown) => {
      // It was sealed before.
      if (!(error instanceof Error) || error.name !== 'ConditionalCheckFailedException') throw error;
    });
}

/** The snapshots of a peer, from its first day on. */
export async function readSnapshots(
  client: DynamoDBDocumentClient,
  { snapshots: TableName }: SoundDayTables,
  peerId: string,
): Promise<z.infer<typeof snapshotItem>[]> {
  const query = {
    TableName,
    KeyConditionExpression: 'peerId = :peerId AND #day < :totals',
    ExpressionAttributeNames: { '#day': 'day' },
    ExpressionAttributeValues: { ':peerId': peerId, ':totals': 'totals' },
  };
  const found: z.infer<typeof snapshotItem>[] = [];
  for await (const { Items: items = [] } of paginateQuery({ client }, query)) {
    found.push(...items.map((item) => snapshotItem.parse(item)));
  }
  return found;
}
