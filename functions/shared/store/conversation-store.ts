import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import type { Fingerprint } from '../domain/daily-counter.ts';
import type { UtcDay } from '../domain/utc-day.ts';
import { batchGet, bytes, type Item, isConditionFailure, parseItem, type Table } from './dynamodb.ts';
import { conversationKey } from './usage-table.ts';

const conversationItem = z.object({ startedBy: bytes, day: z.string() });

/** A conversation on a channel, and the message that would start it. */
export interface ConversationStart {
  /** The keyed hash of the conversation's id. */
  conversationHash: string;
  startedBy: Fingerprint;
  day: UtcDay;
}

/**
 * Which message started each conversation of a channel. What is once written never changes, so that a
 * stale read is as good as a fresh one wherever it finds something.
 */
export class ConversationStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /**
   * The messages that started conversations, by conversation hash. Conversations that are not found have
   * not started yet, or not long ago.
   */
  async findStarters(
    peerId: string,
    channelId: string,
    conversationHashes: readonly string[],
  ): Promise<Map<string, Fingerprint>> {
    const hashByPartition = new Map(
      conversationHashes.map((hash) => [conversationKey(peerId, hash, channelId).pk, hash]),
    );
    const found = new Map<string, Fingerprint>();
    const keys = conversationHashes.map((hash) => conversationKey(peerId, hash, channelId));
    for (const item of await batchGet(this.#table, keys)) {
      const hash = hashByPartition.get(String(item['pk']));
      if (hash !== undefined) found.set(hash, startedBy(item));
    }
    return found;
  }

  /**
   * Names the message that starts a conversation, unless one is named already.
   *
   * @returns the message that is named now
   */
  async start(peerId: string, channelId: string, start: ConversationStart): Promise<Fingerprint> {
    const { client, tableName } = this.#table;
    const key = conversationKey(peerId, start.conversationHash, channelId);
    try {
      await client.send(
        new PutCommand({
          TableName: tableName,
          Item: { ...key, startedBy: new Uint8Array(Buffer.from(start.startedBy, 'hex')), day: start.day },
          ConditionExpression: 'attribute_not_exists(#pk)',
          ExpressionAttributeNames: { '#pk': 'pk' },
        }),
      );
      return start.startedBy;
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
    }
    const answer = await client.send(
      new GetCommand({ TableName: tableName, Key: key, ConsistentRead: true }),
    );
    if (answer.Item === undefined) throw new Error('a conversation marker vanished while it was read');
    return startedBy(answer.Item);
  }
}

function startedBy(item: Item): Fingerprint {
  return Buffer.from(parseItem(conversationItem, item, 'conversation').startedBy).toString('hex');
}
