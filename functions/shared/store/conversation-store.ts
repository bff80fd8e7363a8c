import type { MalformedItemError } from '../domain/errors.ts';
import { putIf, readBetweenTransactions, readItems, type Table, type TransactionItem } from './dynamodb.ts';
import { IF_ABSENT, together } from './expressions.ts';
import {
  type ConversationStart,
  conversationHashOf,
  conversationItem,
  conversationKey,
  ifNamed,
  parseConversation,
  setNamed,
} from './items/conversation-marker.ts';
import { parsedOrMalformed } from './items/item.ts';

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
   * found have not started yet, or not long ago; for one that is malformed there is what is wrong with it.
   */
  async find(
    peerId: string,
    channelId: string,
    conversationHashes: readonly string[],
    { isConsistent = false } = {},
  ): Promise<Map<string, ConversationStart | MalformedItemError>> {
    const keys = conversationHashes.map((hash) => conversationKey(peerId, hash, channelId));
    const items = await readItems(this.#table, keys, isConsistent);
    return new Map(
      items.map((item) => [conversationHashOf(item), parsedOrMalformed(() => parseConversation(item))]),
    );
  }

  /**
   * The marker of a conversation, as it is now: after every takeover whose change of a counter has been seen.
   *
   * @throws what `isContention` knows, while the conversation is taken over
   */
  async read(
    peerId: string,
    channelId: string,
    conversationHash: string,
  ): Promise<ConversationStart | undefined> {
    const key = conversationKey(peerId, conversationHash, channelId);
    const item = await readBetweenTransactions(this.#table, key);
    return item === undefined ? undefined : parseConversation(item);
  }

  /**
   * Names the message that starts a conversation, unless one is named already.
   *
   * @returns the marker as it is now
   * @throws what `isContention` knows, while the conversation is taken over
   */
  async start(peerId: string, channelId: string, start: ConversationStart): Promise<ConversationStart> {
    const marker = conversationItem(peerId, channelId, start);
    if (await putIf(IF_ABSENT, this.#table, marker)) return start;
    const named = await this.read(peerId, channelId, start.conversationHash);
    if (named === undefined) throw new Error('a conversation marker vanished while it was read');
    return named;
  }

  /** The write that names another message in place of the one that is named, where it still is. */
  takeover(
    peerId: string,
    channelId: string,
    from: ConversationStart,
    to: ConversationStart,
  ): TransactionItem {
    return {
      Update: {
        TableName: this.#table.tableName,
        Key: conversationKey(peerId, from.conversationHash, channelId),
        ...together(setNamed(to), ifNamed(from)),
      },
    };
  }
}
