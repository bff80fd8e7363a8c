import { MalformedItemError } from '../domain/errors.ts';
import { dayOf } from '../domain/utc-day.ts';
import type { Waiting } from '../runtime/waiting.ts';
import type { ArchivedWindows } from '../store/archived-windows.ts';
import { transact } from '../store/conflict.ts';
import { ConversationStore } from '../store/conversation-store.ts';
import type { DailyCounterStore } from '../store/daily-counter-store.ts';
import type { Table, TransactionItem } from '../store/dynamodb.ts';
import { ErasedPeers } from '../store/erased-peers.ts';
import { type ConversationStart, conversationKey, ifNamed } from '../store/items/conversation-marker.ts';
import { retryOnConflict } from '../store/retry-on-conflict.ts';
import type { UnconfirmedCounters } from '../store/unconfirmed-counters.ts';
import type { Starter } from './conversation-starts.ts';

/**
 * Takes back what was stored of messages before it was noticed that they are refused: by this process, or by one that
 * died since. Their records come again until they are dealt with, so that nothing is left in the end.
 */
export class RefusedMessages {
  readonly #table: Table;
  readonly #conversations: ConversationStore;
  readonly #counters: DailyCounterStore;
  readonly #windows: ArchivedWindows;
  readonly #unconfirmed: UnconfirmedCounters;
  readonly #erased: ErasedPeers;
  readonly #waiting: Waiting;

  constructor(
    table: Table,
    counters: DailyCounterStore,
    windows: ArchivedWindows,
    unconfirmed: UnconfirmedCounters,
    waiting: Waiting,
  ) {
    this.#table = table;
    this.#conversations = new ConversationStore(table);
    this.#counters = counters;
    this.#windows = windows;
    this.#unconfirmed = unconfirmed;
    this.#erased = new ErasedPeers(table);
    this.#waiting = waiting;
  }

  /** @param messages of one channel, all of them refused */
  async takeBack(
    channel: { peerId: string; channelId: string },
    messages: readonly Starter[],
  ): Promise<void> {
    for (const day of new Set(messages.map(({ sentAt }) => dayOf(sentAt)))) {
      const place = { ...channel, channelNumber: 0, day };
      const counter = await this.#counters.read(place);
      if (counter.version > 0) await this.#unconfirmed.confirmed([counter]);
      // Whoever looked for a message may have split windows that were removed meanwhile.
      else if ((await this.#unconfirmed.channel(place)) === undefined) await this.#windows.removeAll(place);
    }
    for (const [hash, ofConversation] of Map.groupBy(messages, ({ conversationHash }) => conversationHash)) {
      await retryOnConflict(this.#waiting, () => this.#removeMarker(channel, hash, ofConversation));
    }
  }

  /**
   * Removes the marker of a conversation where it names one of some refused messages. One that was sent after its peer was
   * erased may have been refused because that was not over: a new peer of the name may have counted it since, and then
   * the marker is that one's.
   */
  async #removeMarker(
    { peerId, channelId }: { peerId: string; channelId: string },
    conversationHash: string,
    messages: readonly Starter[],
  ): Promise<void> {
    const { erased, unchanged } = await this.#erased.read(peerId);
    const marker = await this.#markerOf(peerId, channelId, conversationHash);
    // One that names another message is taken back with that one, or is of a channel that is there.
    const isTheirs = messages.some(
      ({ fingerprint, sentAt }) => fingerprint === marker?.startedBy && sentAt === marker.sentAt,
    );
    if (marker === undefined || !isTheirs) return;
    if (erased?.erasedAt !== undefined && marker.sentAt > erased.erasedAt) return;
    const { tableName: TableName } = this.#table;
    const Key = conversationKey(peerId, conversationHash, channelId);
    const items: TransactionItem[] = [{ Delete: { TableName, Key, ...ifNamed(marker) } }, unchanged];
    await transact(this.#table, items, 'the marker was changed, or the erasing of the peer, meanwhile');
  }

  /** The marker of a conversation as it is now; nothing where there is none, or a malformed one, which an audit finds. */
  async #markerOf(
    peerId: string,
    channelId: string,
    conversationHash: string,
  ): Promise<ConversationStart | undefined> {
    try {
      return await this.#conversations.read(peerId, channelId, conversationHash);
    } catch (error) {
      if (!(error instanceof MalformedItemError)) throw error;
      return undefined;
    }
  }
}
