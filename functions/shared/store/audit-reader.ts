import { QueryCommand, type QueryCommandInput, TransactGetCommand } from '@aws-sdk/lib-dynamodb';
import type { Archive } from '../domain/archive.ts';
import { DistinctFingerprints } from '../domain/audit/distinct-fingerprints.ts';
import type { Channel, PurgedChannel } from '../domain/channel.ts';
import type { CounterPlace, DailyCounter, DailyCounterKey } from '../domain/daily-counter.ts';
import { MalformedItemError } from '../domain/errors.ts';
import type { Month } from '../domain/month.ts';
import { type MonthOfSnapshots, NO_TOTALS, newMonth, type PeerTotals } from '../domain/peer-totals.ts';
import { EARLIEST_DAY, LATEST_DAY } from '../domain/utc-day.ts';
import { ArchivedWindows } from './archived-windows.ts';
import { getItem, readBetweenTransactions, type Table } from './dynamodb.ts';
import { between, inPartition, only, together, withPrefix } from './expressions.ts';
import {
  archivedWindowsPartition,
  isShareMarker,
  parseStoredWindow,
  reachOf,
  type Share,
  shareOf,
} from './items/archived-window.ts';
import { channelRange, parseChannel } from './items/channel.ts';
import { channelCountKey, parseChannelCount } from './items/channel-count.ts';
import {
  dailyCounterKey,
  parseDirtyDay,
  parseKeyedCounter,
  parseSealableCounter,
  sealableAttributes,
  usageRange,
} from './items/daily-counter.ts';
import { type Item, parsedOrMalformed } from './items/item.ts';
import { monthKey, monthOfKey, monthsPrefix, parseMonth } from './items/month-of-snapshots.ts';
import { parseTotals, totalsKey } from './items/peer-totals.ts';
import { SplitShares } from './split-shares.ts';

/** Items of one moment, between transactions. */
export interface Together {
  totals: PeerTotals;
  /** In the order in which they were asked for; of revision 0 where one is not stored. */
  months: MonthOfSnapshots[];
  /** The same; nothing for one that is not stored. */
  counters: (DailyCounter | undefined)[];
}

/** A counter as it is stored, or what is wrong with it. */
export interface StoredCounter {
  key: DailyCounterKey;
  stored: DailyCounter | MalformedItemError;
}

/** What of a peer was counted before any of its conversation markers was read. */
export interface CountedBefore {
  /** The latest revision with which a counter was sealed, as far as it is known. */
  revision: number;
  /** How many conversations each counter held that was not sealed, of the days that are not complete. */
  open: (Pick<DailyCounterKey, 'channelId' | 'day'> & { conversationCount: number })[];
}

/** All the proof that there is of what a counter holds. */
export interface StoredEvidence {
  fingerprints: DistinctFingerprints;
  /** What the counter has to know of its archived windows, so that they are looked into. */
  archive: Archive;
  /**
   * So many of the fingerprints are found by nobody who looks, because no marker leads to their windows, and the shares
   * whose markers those are.
   */
  hidden: { count: number; by: Share[] };
}

/** A month as it is stored, or what is wrong with it. */
export interface StoredSnapshots {
  month: Month;
  stored: MonthOfSnapshots | MalformedItemError;
}

/** What is registered of a peer's channels, and what of it cannot be read. */
export interface StoredChannels {
  channels: (Channel | PurgedChannel)[];
  channelCount: number;
  malformed: MalformedItemError[];
}

/** Is told, and waited for, after so many read units were used. */
export type AfterUse = (readUnits: number) => Promise<void>;

/** So many items at most are read in one transaction. */
export const MOST_TOGETHER = 100;
/** A month of a large peer takes some 50 KB: a page of a few is small. */
const MONTHS_PER_PAGE = 4;
const COUNTERS_PER_PAGE = 400;

/** Reads all that is stored of a peer's figures, page by page and consistently, to be compared. It only reads. */
export class AuditReader {
  readonly #table: Table;
  readonly #windows: ArchivedWindows;
  readonly #afterUse: AfterUse;

  constructor(table: Table, afterUse: AfterUse = async () => {}) {
    this.#table = table;
    this.#windows = new ArchivedWindows(table);
    this.#afterUse = afterUse;
  }

  /** The counters of all days of a peer, in the order of days. */
  async *counters(peerId: string): AsyncGenerator<StoredCounter[]> {
    const pages = this.#pages({
      ...between(usageRange(peerId, EARLIEST_DAY, LATEST_DAY)),
      Limit: COUNTERS_PER_PAGE,
    });
    for await (const page of pages) {
      yield page.map((item) => ({
        key: parseDirtyDay(item),
        stored: parsedOrMalformed(() => parseKeyedCounter(item)),
      }));
    }
  }

  /** The months of a peer, in their order. */
  async *months(peerId: string): AsyncGenerator<StoredSnapshots> {
    const pages = this.#pages({ ...withPrefix(monthsPrefix(peerId)), Limit: MONTHS_PER_PAGE });
    for await (const page of pages) {
      yield* page.map((item) => ({
        month: monthOfKey(item),
        stored: parsedOrMalformed(() => parseMonth(item)),
      }));
    }
  }

  /** What is counted by now. A counter that is malformed is left out. */
  async countedBefore(peerId: string): Promise<CountedBefore> {
    const totals = await this.totals(peerId).catch(ifMalformed);
    const from = totals?.completeThrough ?? EARLIEST_DAY;
    const open: CountedBefore['open'] = [];
    let revision = totals?.revision ?? 0;
    for await (const page of this.#pages({
      ...together(between(usageRange(peerId, from, LATEST_DAY)), only(sealableAttributes())),
    })) {
      for (const item of page) {
        const counter = parsedOrMalformed(() => parseSealableCounter(item));
        if (counter instanceof MalformedItemError) continue;
        const { channelId, day, conversationCount, sealedIn } = counter;
        if (sealedIn === undefined) open.push({ channelId, day, conversationCount });
        // Totals may be lost, or older than counters.
        else revision = Math.max(revision, sealedIn);
      }
    }
    return { revision, open };
  }

  /**
   * The totals as they are now; those of revision 0 where none are stored.
   *
   * @throws MalformedItemError
   */
  async totals(peerId: string): Promise<PeerTotals> {
    const item = await getItem(this.#table, totalsKey(peerId));
    return item === undefined ? NO_TOTALS : parseTotals(item);
  }

  /**
   * What is registered of a peer's channels, and how many that are.
   *
   * @param isSure whether no registration is seen half done
   * @throws what `isContention` knows, where it is to be sure
   */
  async channels(peerId: string, isSure = false): Promise<StoredChannels> {
    const found: StoredChannels = { channels: [], channelCount: 0, malformed: [] };
    for await (const page of this.#pages(withPrefix(channelRange(peerId)))) {
      for (const item of page) {
        const channel = parsedOrMalformed(() => parseChannel(item));
        if (channel instanceof MalformedItemError) found.malformed.push(channel);
        else found.channels.push(channel);
      }
    }
    // The number comes last, so that no channel of the list is missing in it.
    const key = channelCountKey(peerId);
    const counted = await (isSure ? readBetweenTransactions(this.#table, key) : getItem(this.#table, key));
    const channelCount =
      counted === undefined ? 0 : parsedOrMalformed(() => parseChannelCount(counted).lastNumber);
    if (channelCount instanceof MalformedItemError) found.malformed.push(channelCount);
    else found.channelCount = channelCount;
    return found;
  }

  /**
   * The fingerprints in a counter's own window and in all of its archived ones.
   *
   * @param counter as it was read
   */
  async evidence(counter: DailyCounter): Promise<StoredEvidence> {
    const fingerprints = new DistinctFingerprints();
    fingerprints.add(counter.window?.fingerprints ?? []);
    let { windows } = counter.archive;
    const latest = new Map(counter.archive.latest);
    const shares = new SplitShares();
    for await (const page of this.#pages(inPartition(archivedWindowsPartition(counter)))) {
      for (const item of page) {
        shares.see(item);
        if (isShareMarker(item)) continue;
        const window = parseStoredWindow(item);
        fingerprints.add(window.fingerprints);
        const reach = reachOf(counter, item);
        latest.set(reach.level, Math.max(reach.latest, latest.get(reach.level) ?? reach.latest));
        windows = Math.max(windows, (window.number ?? -1) + 1);
      }
    }
    // All of them were there for everybody when the counter was read.
    const archive = { windows, latest, last: [] };
    return { fingerprints, archive, hidden: await this.#hidden(counter, fingerprints.count, shares) };
  }

  /** What of the evidence no marker leads to. A split that is not over hides nothing: what it splits is there still. */
  async #hidden(counter: DailyCounter, all: number, shares: SplitShares): Promise<StoredEvidence['hidden']> {
    const by = shares.lostMarkers();
    if (by.length === 0) return { count: 0, by };
    const found = new DistinctFingerprints();
    found.add(counter.window?.fingerprints ?? []);
    for await (const page of this.#pages(inPartition(archivedWindowsPartition(counter)))) {
      for (const item of page) {
        if (!isShareMarker(item) && shares.isFound(shareOf(item)))
          found.add(parseStoredWindow(item).fingerprints);
      }
    }
    return { count: all - found.count, by };
  }

  /**
   * A counter as it is between two transactions: whatever they archive is there as well.
   *
   * @throws MalformedItemError; what `isContention` knows, while windows are archived
   */
  async counter(key: CounterPlace): Promise<DailyCounter | undefined> {
    const item = await readBetweenTransactions(this.#table, dailyCounterKey(key));
    if (item === undefined) return undefined;
    const counter = parseKeyedCounter(item);
    // Of the same transaction, the counter may be there for everybody sooner than its windows are.
    await this.#windows.awaited(counter, counter.archive.last);
    return counter;
  }

  /**
   * Totals, months and counters as they are at one moment.
   *
   * @param months so many that with the totals and the counters they are `MOST_TOGETHER` at most
   * @throws MalformedItemError; what `isContention` knows, while a transaction changes one of them
   */
  async together(
    peerId: string,
    months: readonly Month[],
    counters: readonly DailyCounterKey[] = [],
  ): Promise<Together> {
    const { client, tableName } = this.#table;
    const keys = [
      totalsKey(peerId),
      ...months.map((month) => monthKey(peerId, month)),
      ...counters.map(dailyCounterKey),
    ];
    const answer = await client.send(
      new TransactGetCommand({
        TransactItems: keys.map((Key) => ({ Get: { TableName: tableName, Key } })),
        ReturnConsumedCapacity: 'TOTAL',
      }),
    );
    await this.#afterUse(answer.ConsumedCapacity?.[0]?.CapacityUnits ?? 0);
    const [totals, ...rest] = (answer.Responses ?? []).map(({ Item: item }) => item);
    return {
      totals: totals === undefined ? NO_TOTALS : parseTotals(totals),
      months: months.map((month, index) => {
        const item = rest[index];
        return item === undefined ? newMonth(month) : parseMonth(item);
      }),
      counters: counters.map((_, index) => {
        const item = rest[months.length + index];
        return item === undefined ? undefined : parseKeyedCounter(item);
      }),
    };
  }

  async *#pages(input: Omit<QueryCommandInput, 'TableName' | 'ExclusiveStartKey'>): AsyncGenerator<Item[]> {
    const { client, tableName } = this.#table;
    let start: Item | undefined;
    do {
      const answer = await client.send(
        new QueryCommand({
          ...input,
          TableName: tableName,
          ConsistentRead: true,
          ReturnConsumedCapacity: 'TOTAL',
          ExclusiveStartKey: start,
        }),
      );
      yield answer.Items ?? [];
      await this.#afterUse(answer.ConsumedCapacity?.CapacityUnits ?? 0);
      start = answer.LastEvaluatedKey;
    } while (start !== undefined);
  }
}

function ifMalformed(error: unknown): undefined {
  if (!(error instanceof MalformedItemError)) throw error;
}
