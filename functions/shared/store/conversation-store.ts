import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { Fingerprint } from '../domain/daily-counter.ts';
import { batchGet, putIf, type Table } from './dynamodb.ts';
import { IF_ABSENT } from './expressions.ts';
import {
  type ConversationStart,
  conversationItem,
  conversationKey,
  parseConversation,
} from './items/conversation-marker.ts';

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
    const keys = conversationHashes.map((hash) => conversationKey(peerId, hash, channelId));
    const found = (await batchGet(this.#table, keys)).map(parseConversation);
    return new Map(found.map(({ conversationHash, startedBy }) => [conversationHash, startedBy]));
  }

  /**
   * Names the message that starts a conversation, unless one is named already.
   *
   * @returns the message that is named now
   */
  async start(peerId: string, channelId: string, start: ConversationStart): Promise<Fingerprint> {
    const marker = conversationItem(peerId, channelId, start);
    if (await putIf(IF_ABSENT, this.#table, marker)) return start.startedBy;
    const { client, tableName } = this.#table;
    const key = conversationKey(peerId, start.conversationHash, channelId);
    const answer = await client.send(
      new GetCommand({ TableName: tableName, Key: key, ConsistentRead: true }),
    );
    if (answer.Item === undefined) throw new Error('a conversation marker vanished while it was read');
    return parseConversation(answer.Item).startedBy;
  }
}
