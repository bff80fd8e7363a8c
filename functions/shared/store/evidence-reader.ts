import type { Channel, PurgedChannel } from '../domain/channel.ts';
import {
  type DailyCounter,
  type DailyCounterKey,
  mayBeArchived,
  newDailyCounter,
} from '../domain/daily-counter.ts';
import type { Fingerprint } from '../domain/dedupe-window.ts';
import { MalformedItemError } from '../domain/errors.ts';
import type { Waiting } from '../runtime/waiting.ts';
import type { SoughtMessage } from './archive-search.ts';
import { ArchivedWindows } from './archived-windows.ts';
import { ConflictError } from './conflict.ts';
import { queryAll, type Table } from './dynamodb.ts';
import { channelKey, parseChannel } from './items/channel.ts';
import {
  type ConversationStart,
  channelOfMarker,
  conversationKey,
  markersOf,
  parseConversation,
} from './items/conversation-marker.ts';
import { dailyCounterKey, parseDailyCounter } from './items/daily-counter.ts';
import { parsedOrMalformed } from './items/item.ts';
import {
  type HashedMessage,
  parseQuarantineNote,
  type QuarantineNote,
  quarantineNoteKey,
} from './items/quarantine-note.ts';
import { readKeys } from './key-reading.ts';
import { retryOnConflict } from './retry-on-conflict.ts';

/** What tells whether messages were counted, for whoever asks about them. It only reads. */
export class EvidenceReader {
  readonly #table: Table;
  readonly #windows: ArchivedWindows;
  readonly #waiting: Waiting;

  constructor(table: Table, waiting: Waiting) {
    this.#table = table;
    this.#windows = new ArchivedWindows(table);
    this.#waiting = waiting;
  }

  /** Each of some counters, in their order; what is wrong with one that is malformed. */
  async counters(
    keys: readonly DailyCounterKey[],
  ): Promise<(DailyCounter | MalformedItemError | undefined)[]> {
    const items = await readKeys(this.#table, keys.map(dailyCounterKey), this.#waiting);
    return keys.map((key, index) => {
      const item = items[index];
      return item === undefined ? undefined : parsedOrMalformed(() => parseDailyCounter(key, item));
    });
  }

  /**
   * Those of some messages that a counter's archived windows hold.
   *
   * @param counter as it was read
   * @throws MalformedItemError
   * @throws ContentionError where its last windows are being archived, or moved, time and again
   */
  archivedAmong(counter: DailyCounter, sought: readonly SoughtMessage[]): Promise<Set<Fingerprint>> {
    let current = counter;
    return retryOnConflict(this.#waiting, async () => {
      const maybeArchived = sought.filter(({ from }) => mayBeArchived(current, from));
      try {
        return (await this.#windows.look(current, maybeArchived, Number.POSITIVE_INFINITY)).found;
      } catch (error) {
        if (error instanceof ConflictError) current = await this.#again(counter);
        throw error;
      }
    });
  }

  /** A counter as it is by now. @throws MalformedItemError */
  async #again(counter: DailyCounter): Promise<DailyCounter> {
    const [again] = await this.counters([counter]);
    if (again instanceof MalformedItemError) throw again;
    return again ?? newDailyCounter(counter);
  }

  /** The markers of conversations on channels of a peer, in their order; nothing for one that is malformed. */
  async starts(
    peerId: string,
    of: readonly { conversationHash: string; channelId: string }[],
  ): Promise<(ConversationStart | undefined)[]> {
    const keys = of.map(({ conversationHash, channelId }) =>
      conversationKey(peerId, conversationHash, channelId),
    );
    const items = await readKeys(this.#table, keys, this.#waiting);
    return items.map((item) => (item === undefined ? undefined : wellFormed(() => parseConversation(item))));
  }

  /** The channels on which a conversation was marked, each with its marker; nothing for one that is malformed. */
  async startsOf(
    peerId: string,
    conversationHash: string,
  ): Promise<Map<string, ConversationStart | undefined>> {
    const items = await queryAll(this.#table, {
      ...markersOf(peerId, conversationHash),
      ConsistentRead: true,
    });
    return new Map(items.map((item) => [channelOfMarker(item), wellFormed(() => parseConversation(item))]));
  }

  /** Each of some channels of a peer, in their order; nothing where it is not registered, or malformed. */
  async channels(
    peerId: string,
    channelIds: readonly string[],
  ): Promise<(Channel | PurgedChannel | undefined)[]> {
    const keys = channelIds.map((channelId) => channelKey(peerId, channelId));
    const items = await readKeys(this.#table, keys, this.#waiting, { isConsistent: false });
    return items.map((item) => (item === undefined ? undefined : wellFormed(() => parseChannel(item))));
  }

  /** Why each of some messages was quarantined, in their order; nothing where none was, or long ago. */
  async notes(messages: readonly HashedMessage[]): Promise<(QuarantineNote | undefined)[]> {
    const items = await readKeys(this.#table, messages.map(quarantineNoteKey), this.#waiting);
    return items.map((item) =>
      item === undefined ? undefined : wellFormed(() => parseQuarantineNote(item)),
    );
  }
}

function wellFormed<Parsed>(parse: () => Parsed): Parsed | undefined {
  const parsed = parsedOrMalformed(parse);
  return parsed instanceof MalformedItemError ? undefined : parsed;
}
