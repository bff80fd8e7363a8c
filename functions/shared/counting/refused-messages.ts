import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { dayOf } from '../domain/utc-day.ts';
import type { ArchivedWindows } from '../store/archived-windows.ts';
import { ConversationStore } from '../store/conversation-store.ts';
import type { DailyCounterStore } from '../store/daily-counter-store.ts';
import { isConditionFailure, type Table } from '../store/dynamodb.ts';
import { conversationKey, ifNamed } from '../store/items/conversation-marker.ts';
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

  constructor(
    table: Table,
    counters: DailyCounterStore,
    windows: ArchivedWindows,
    unconfirmed: UnconfirmedCounters,
  ) {
    this.#table = table;
    this.#conversations = new ConversationStore(table);
    this.#counters = counters;
    this.#windows = windows;
    this.#unconfirmed = unconfirmed;
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
    const { peerId, channelId } = channel;
    const byHash = Map.groupBy(messages, ({ conversationHash }) => conversationHash);
    const markers = await this.#conversations.find(peerId, channelId, [...byHash.keys()], {
      isConsistent: true,
    });
    for (const [hash, ofConversation] of byHash) {
      const marker = markers.get(hash);
      // One that names another message is taken back with that one, or is of a channel that is there.
      if (marker === undefined || marker instanceof Error) continue;
      const isTheirs = ofConversation.some(
        ({ fingerprint, sentAt }) => fingerprint === marker.startedBy && sentAt === marker.sentAt,
      );
      if (!isTheirs) continue;
      const { client, tableName } = this.#table;
      const Key = conversationKey(peerId, hash, channelId);
      try {
        await client.send(new DeleteCommand({ TableName: tableName, Key, ...ifNamed(marker) }));
      } catch (error) {
        if (!isConditionFailure(error)) throw error;
      }
    }
  }
}
