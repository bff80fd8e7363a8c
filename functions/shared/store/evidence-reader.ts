import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Channel } from '../domain/channel.ts';
import {
  type DailyCounter,
  type DailyCounterKey,
  type Fingerprint,
  mayBeArchived,
} from '../domain/daily-counter.ts';
import { MalformedItemError } from '../domain/errors.ts';
import type { EpochMillis } from '../domain/utc-day.ts';
import type { Waiting } from '../runtime/waiting.ts';
import { queryAll, readBetweenTransactions, type Table } from './dynamodb.ts';
import {
  archivedFrom,
  archivedWindowKey,
  archivedWindowNumber,
  archivedWindowSortFrom,
  parseArchivedWindow,
} from './items/archived-window.ts';
import { channelKey, parseChannel } from './items/channel.ts';
import {
  type ConversationStart,
  channelOfMarker,
  conversationKey,
  markersOf,
  parseConversation,
} from './items/conversation-marker.ts';
import { dailyCounterKey, parseDailyCounter } from './items/daily-counter.ts';
import type { Item } from './items/item.ts';
import {
  type HashedMessage,
  parseQuarantineNote,
  type QuarantineNote,
  quarantineNoteKey,
} from './items/quarantine-note.ts';
import { readKeys } from './key-reading.ts';
import { retryOnConflict } from './retry-on-conflict.ts';

/** A message that is looked for in the archived windows of a counter. */
export interface SoughtMessage {
  fingerprint: Fingerprint;
  /** The earliest instant at which it may have been sent. */
  from: EpochMillis;
}

/** How many archived windows are read first, and how many more each time: nearly always the first few hold it. */
const FIRST_WINDOWS = 4;
const WINDOWS_GROW_BY = 4;
const MOST_WINDOWS = 1_024;

/** What tells whether messages were counted, for whoever asks about them. It only reads. */
export class EvidenceReader {
  readonly #table: Table;
  readonly #waiting: Waiting;

  constructor(table: Table, waiting: Waiting) {
    this.#table = table;
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
   * Those of some messages that a counter's archived windows hold. Windows sort by the latest message in them, so
   * it reads on from the earliest message that is not found yet, and no further than until all are found.
   *
   * @param counter as it was read
   * @throws MalformedItemError
   * @throws ContentionError where the last window is being archived time and again
   */
  archivedAmong(counter: DailyCounter, sought: readonly SoughtMessage[]): Promise<Set<Fingerprint>> {
    return retryOnConflict(this.#waiting, () => this.#archivedAmong(counter, sought));
  }

  async #archivedAmong(counter: DailyCounter, sought: readonly SoughtMessage[]): Promise<Set<Fingerprint>> {
    const found = new Set<Fingerprint>();
    let left = sought.filter(({ from }) => mayBeArchived(counter, from)).sort((a, b) => a.from - b.from);
    const take = (items: readonly Item[]) => {
      const held = new Set(items.flatMap((item) => parseArchivedWindow(item).fingerprints));
      for (const { fingerprint } of left) if (held.has(fingerprint)) found.add(fingerprint);
      left = left.filter(({ fingerprint }) => !found.has(fingerprint));
    };
    const { archivedWindows, lastArchivedThrough } = counter;
    let isLastSeen = false;
    let after: Item | undefined;
    let limit = FIRST_WINDOWS;
    for (let [first] = left; first !== undefined; [first] = left) {
      // What lies before the earliest one that is left is passed over.
      if (String(after?.['sk']) < archivedWindowSortFrom(first.from)) after = undefined;
      const { items, next } = await this.#windows(counter, first.from, after, limit);
      isLastSeen ||= items.some((item) => archivedWindowNumber(item) === archivedWindows - 1);
      const before = left.length;
      take(items);
      if (next === undefined) break;
      after = next;
      // Where windows hold what is looked for, or it has to be looked for in all that follow, more are read at once.
      const isWorthMore = before - left.length >= items.length || left[0] === first;
      limit = isWorthMore ? Math.min(limit * WINDOWS_GROW_BY, MOST_WINDOWS) : FIRST_WINDOWS;
    }
    const [first] = left;
    if (first !== undefined && !isLastSeen && (lastArchivedThrough ?? -1) >= first.from) {
      // The counter may be seen without its window before the window itself is seen.
      const key = archivedWindowKey(counter, lastArchivedThrough ?? 0, archivedWindows - 1);
      const item = await readBetweenTransactions(this.#table, key);
      if (item !== undefined) take([item]);
    }
    return found;
  }

  async #windows(
    counter: DailyCounter,
    from: EpochMillis,
    after: Item | undefined,
    limit: number,
  ): Promise<{ items: Item[]; next: Item | undefined }> {
    const { client, tableName } = this.#table;
    const answer = await client.send(
      new QueryCommand({
        TableName: tableName,
        ...archivedFrom(counter, from),
        ConsistentRead: true,
        Limit: limit,
        ExclusiveStartKey: after,
      }),
    );
    return { items: answer.Items ?? [], next: answer.LastEvaluatedKey };
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
  async channels(peerId: string, channelIds: readonly string[]): Promise<(Channel | undefined)[]> {
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

function parsedOrMalformed<Parsed>(parse: () => Parsed): Parsed | MalformedItemError {
  try {
    return parse();
  } catch (error) {
    if (error instanceof MalformedItemError) return error;
    throw error;
  }
}
