import { isPurged } from '../domain/channel.ts';
import type { PeerUsage, UsageExtent, UsageSource } from '../domain/channel-stats.ts';
import { ContentionError } from '../domain/errors.ts';
import { type Month, monthOf } from '../domain/month.ts';
import { type MonthOfSnapshots, NO_TOTALS, type PeerTotals } from '../domain/peer-totals.ts';
import {
  areChannelsKnown,
  extentOf,
  type StoredUsage,
  usageOf,
  withoutStrayCounters,
} from '../domain/stored-usage.ts';
import { addDays, EARLIEST_DAY, LATEST_DAY, type UtcDay } from '../domain/utc-day.ts';
import { BoundedMap } from '../runtime/bounded-map.ts';
import { DailyCounterStore } from './daily-counter-store.ts';
import { queryAll, type Table } from './dynamodb.ts';
import { between, only, together } from './expressions.ts';
import { channelAttributes, isChannel, parseChannel } from './items/channel.ts';
import { dayCountsAttributes, parseDayCounts, usageRange } from './items/daily-counter.ts';
import { monthRange, parseMonth } from './items/month-of-snapshots.ts';
import { parseTotals, TOTALS_SORT_KEY, totalsAttributes } from './items/peer-totals.ts';
import { TotalsStore } from './totals-store.ts';

// All that readers need: not the fingerprints, which are most of a counter. The whole key, because what is wrong with
// an item is told with it.
const READ = only([
  ...new Set(['pk', ...dayCountsAttributes(), ...channelAttributes(), ...totalsAttributes()]),
]);

/**
 * So often at most a reader begins anew because days were settled meanwhile. Under a load that never pauses a sixth
 * of all attempts do not fit together: then eight in a row do so for less than one read in a million.
 */
const MAX_ATTEMPTS = 8;
/** From this attempt on, a counter whose channel is not there is taken for one that is about to be taken back. */
const STRAY_FROM_ATTEMPT = 4;
const REMEMBERED_PEERS = 1_000;

/** Reads how much a peer's channels were used. */
export class UsageReader implements UsageSource {
  readonly #table: Table;
  readonly #totals: TotalsStore;
  /** The first day whose counters had to be read of a peer. It only moves forward. */
  readonly #firstDays = new BoundedMap<string, UtcDay>(REMEMBERED_PEERS);

  constructor(table: Table) {
    this.#table = table;
    this.#totals = new TotalsStore(table, new DailyCounterStore(table));
  }

  /**
   * Figures of days that are sealed are those of the totals and snapshots, which are of one moment; what these
   * lack of a counter is added to both. So all figures of an answer fit together, whatever is counted or sealed
   * meanwhile, and whichever of the reads saw more of it.
   *
   * One query for all-time figures, one more for the months of a range, and one where days wait to be sealed.
   *
   * @throws ContentionError where days were settled during each of several attempts
   */
  async read(
    peerId: string,
    today: UtcDay,
    options: { from?: UtcDay; to?: UtcDay; consistent?: boolean } = {},
  ): Promise<PeerUsage> {
    const { to, consistent = false } = options;
    const from = options.from ?? (to === undefined ? undefined : EARLIEST_DAY);
    const through = to ?? LATEST_DAY;
    const { channels, days } = usageOf(await this.#read(peerId, today, { from, through }, consistent));
    return { channels, days: days.filter(({ day }) => day <= through) };
  }

  /**
   * One query, and a read of the first month.
   *
   * @throws ContentionError as `read` does
   */
  async readExtent(peerId: string, today: UtcDay): Promise<UsageExtent> {
    const stored = await this.#read(peerId, today, { from: undefined, through: LATEST_DAY }, true);
    for (const month of [...stored.totals.months.keys()].sort()) {
      const read = await this.#totals.readMonth(peerId, month);
      // A counter may have been settled before its first message was counted.
      const hasCounts = [...read.days.values()].some(({ channels }) => channels.size > 0);
      if (hasCounts) return extentOf({ ...stored, months: [read] }, today);
    }
    return extentOf(stored, today);
  }

  async #read(
    peerId: string,
    today: UtcDay,
    range: { from: UtcDay | undefined; through: UtcDay },
    consistent: boolean,
  ): Promise<StoredUsage> {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      const read = await this.#readOnce(peerId, today, range, consistent || attempt > 1);
      const known = attempt < STRAY_FROM_ATTEMPT ? read : read && withoutStrayCounters(read);
      if (known !== undefined && areChannelsKnown(known)) return known;
    }
    throw new ContentionError(`days of the peer were settled during ${MAX_ATTEMPTS} attempts to read it`);
  }

  /** @returns nothing where what was read does not fit together */
  async #readOnce(
    peerId: string,
    today: UtcDay,
    { from, through }: { from: UtcDay | undefined; through: UtcDay },
    consistent: boolean,
  ): Promise<StoredUsage | undefined> {
    // Of days that are complete readers need no counters: as a rule of all but the last one that is over.
    const guessed = this.#firstDays.get(peerId) ?? addDays(today, -1);
    const [read, months] = await Promise.all([
      this.#query(peerId, guessed, undefined, consistent),
      from === undefined ? [] : this.#queryMonths(peerId, from, through < from ? from : through, consistent),
    ]);
    const { totals, channels, purged } = read;
    const first = totals.completeThrough === undefined ? EARLIEST_DAY : addDays(totals.completeThrough, 1);
    const earlier =
      first < guessed ? await this.#query(peerId, first, addDays(guessed, -1), consistent) : undefined;
    if (totals.completeThrough !== undefined) this.#firstDays.set(peerId, first);
    const counters = [...(earlier?.counters ?? []), ...read.counters].filter(({ day }) => day >= first);
    const ofTotals =
      from === undefined ? [] : await this.#monthsOf(peerId, totals, months, { from, through });
    if (ofTotals === undefined) return undefined;
    return { totals, channels, purged, counters, months: ofTotals };
  }

  /**
   * The months of a range of days, each as the totals know it.
   *
   * @param months as they were read beside the totals
   * @returns nothing where one has changed since
   */
  async #monthsOf(
    peerId: string,
    totals: PeerTotals,
    months: readonly MonthOfSnapshots[],
    { from, through }: { from: UtcDay; through: UtcDay },
  ): Promise<MonthOfSnapshots[] | undefined> {
    const found = new Map(months.map((month) => [month.month, month]));
    const wanted = [...totals.months].filter(
      ([month]) => month >= monthOf(from) && month <= monthOf(through),
    );
    const wrong = (month: Month, revision: number) => found.get(month)?.revision !== revision;
    for (const [month, revision] of wanted) {
      if ((found.get(month)?.revision ?? 0) < revision) {
        found.set(month, await this.#totals.readMonth(peerId, month));
      }
    }
    if (found.size > wanted.length || wanted.some(([month, revision]) => wrong(month, revision)))
      return undefined;
    return [...found.values()];
  }

  async #queryMonths(
    peerId: string,
    from: UtcDay,
    to: UtcDay,
    consistent: boolean,
  ): Promise<MonthOfSnapshots[]> {
    const items = await queryAll(this.#table, {
      ...between(monthRange(peerId, from, to)),
      ConsistentRead: consistent,
    });
    return items.map(parseMonth);
  }

  /** @param to without it, everything behind the counters is read as well: the channels and the totals */
  async #query(
    peerId: string,
    from: UtcDay,
    to: UtcDay | undefined,
    consistent: boolean,
  ): Promise<Omit<StoredUsage, 'months'>> {
    const items = await queryAll(this.#table, {
      ...together(between(usageRange(peerId, from, to)), READ),
      ConsistentRead: consistent,
    });
    const read: Omit<StoredUsage, 'months'> = { totals: NO_TOTALS, channels: [], purged: [], counters: [] };
    for (const item of items) {
      if (isChannel(item)) {
        const channel = parseChannel(item);
        if (isPurged(channel)) read.purged.push(channel.number);
        else read.channels.push(channel);
      } else if (item['sk'] === TOTALS_SORT_KEY) read.totals = parseTotals(item);
      else read.counters.push(parseDayCounts(item));
    }
    return read;
  }
}
