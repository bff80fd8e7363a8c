import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import type { Fingerprint } from '../domain/daily-counter.ts';
import type { EpochMillis, UtcDay } from '../domain/utc-day.ts';
import {
  batchGet,
  bytes,
  type Item,
  isConditionFailure,
  parseItem,
  type Table,
  type TransactionItem,
} from './dynamodb.ts';
import { conversationKey } from './usage-table.ts';

const conversationItem = z.object({
  startedBy: bytes,
  day: z.string(),
  sentAt: z.int(),
  claimedAt: z.int(),
});

/** The marker of a conversation on a channel: the message that starts it. */
export interface ConversationStart {
  /** The keyed hash of the conversation's id. */
  conversationHash: string;
  startedBy: Fingerprint;
  /** The day on which that message counts, and when it was sent: where the proof is that it was counted. */
  day: UtcDay;
  sentAt: EpochMillis;
  /** When the message was named. */
  claimedAt: EpochMillis;
}

/**
 * Which message starts each conversation of a channel. The first one that was named stays, unless another
 * takes its place while it is not counted.
 */
export class ConversationStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /**
   * The markers of conversations, by conversation hash, as they are or were not long ago. Those that are not
   * found have not started yet, or not long ago.
   */
  async find(
    peerId: string,
    channelId: string,
    conversationHashes: readonly string[],
  ): Promise<Map<string, ConversationStart>> {
    const hashByPartition = new Map(
      conversationHashes.map((hash) => [conversationKey(peerId, hash, channelId).pk, hash]),
    );
    const found = new Map<string, ConversationStart>();
    const keys = conversationHashes.map((hash) => conversationKey(peerId, hash, channelId));
    for (const item of await batchGet(this.#table, keys)) {
      const hash = hashByPartition.get(String(item['pk']));
      if (hash !== undefined) found.set(hash, parseStart(hash, item));
    }
    return found;
  }

  /** The marker of a conversation, as it is now. */
  async read(
    peerId: string,
    channelId: string,
    conversationHash: string,
  ): Promise<ConversationStart | undefined> {
    const { client, tableName } = this.#table;
    const key = conversationKey(peerId, conversationHash, channelId);
    const answer = await client.send(
      new GetCommand({ TableName: tableName, Key: key, ConsistentRead: true }),
    );
    return answer.Item === undefined ? undefined : parseStart(conversationHash, answer.Item);
  }

  /**
   * Names the message that starts a conversation, unless one is named already.
   *
   * @returns the marker as it is now
   */
  async start(peerId: string, channelId: string, start: ConversationStart): Promise<ConversationStart> {
    const { client, tableName } = this.#table;
    try {
      await client.send(
        new PutCommand({
          TableName: tableName,
          Item: { ...conversationKey(peerId, start.conversationHash, channelId), ...attributesOf(start) },
          ConditionExpression: 'attribute_not_exists(#pk)',
          ExpressionAttributeNames: { '#pk': 'pk' },
        }),
      );
      return start;
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
    }
    const named = await this.read(peerId, channelId, start.conversationHash);
    if (named === undefined) throw new Error('a conversation marker vanished while it was read');
    return named;
  }

  /** The write that names another message in place of the one that is named, on the condition that it is. */
  takeover(
    peerId: string,
    channelId: string,
    from: ConversationStart,
    to: ConversationStart,
  ): TransactionItem {
    const before = attributesOf(from);
    const set = Object.entries(attributesOf(to));
    return {
      Update: {
        TableName: this.#table.tableName,
        Key: conversationKey(peerId, from.conversationHash, channelId),
        UpdateExpression: `SET ${set.map(([name]) => `#${name} = :${name}`).join(', ')}`,
        ConditionExpression: '#startedBy = :named AND #day = :namedDay',
        ExpressionAttributeNames: Object.fromEntries(set.map(([name]) => [`#${name}`, name])),
        ExpressionAttributeValues: {
          ...Object.fromEntries(set.map(([name, value]) => [`:${name}`, value])),
          ':named': before.startedBy,
          ':namedDay': before.day,
        },
      },
    };
  }
}

function attributesOf({ startedBy, day, sentAt, claimedAt }: ConversationStart) {
  return { startedBy: new Uint8Array(Buffer.from(startedBy, 'hex')), day, sentAt, claimedAt };
}

function parseStart(conversationHash: string, item: Item): ConversationStart {
  const { startedBy, ...rest } = parseItem(conversationItem, item, 'conversation');
  return { conversationHash, startedBy: Buffer.from(startedBy).toString('hex'), ...rest };
}
