import { isPurged } from '../domain/channel.ts';
import type { SealableCounter } from '../domain/daily-counter.ts';
import { ContentionError } from '../domain/errors.ts';
import { daysOfMonth } from '../domain/interval.ts';
import { type Month, monthOf } from '../domain/month.ts';
import { type MonthOfSnapshots, NO_TOTALS, type PeerTotals } from '../domain/peer-totals.ts';
import type { ProofSource, ProvenParts, StoredProof } from '../domain/proof.ts';
import { areChannelsKnown, type StoredUsage } from '../domain/stored-usage.ts';
import { addDays, EARLIEST_DAY, LATEST_DAY, type UtcDay } from '../domain/utc-day.ts';
import { DailyCounterStore } from './daily-counter-store.ts';
import { queryAll, type Table } from './dynamodb.ts';
import { between, only, together } from './expressions.ts';
import { channelAttributes, isChannel, parseChannel } from './items/channel.ts';
import { usageRange } from './items/daily-counter.ts';
import { monthRange, parseMonth } from './items/month-of-snapshots.ts';
import { parseTotals, TOTALS_SORT_KEY, totalsAttributes } from './items/peer-totals.ts';
import { TotalsStore } from './totals-store.ts';

const MAX_ATTEMPTS = 8;
/** From this attempt on, a counter whose channel is not there is taken for one that is about to be taken back. */
const STRAY_FROM_ATTEMPT = 4;
const COUNTERS_PER_PAGE = 2_000;
const READ = only([...new Set(['pk', 'sk', ...channelAttributes(), ...totalsAttributes()])]);

type Known = Pick<StoredUsage, 'channels' | 'purged' | 'totals'>;

/** Reads figures with their digests: days from their counters, whole months from their snapshots. */
export class ProofReader implements ProofSource {
  readonly #table: Table;
  readonly #totals: TotalsStore;
  readonly #counters: DailyCounterStore;

  constructor(table: Table) {
    this.#table = table;
    this.#counters = new DailyCounterStore(table);
    this.#totals = new TotalsStore(table, this.#counters);
  }

  /**
   * Each counter is read as it is, with its digest. Months and the counters that are in none are of one state of the
   * totals: where these change meanwhile, all is read anew.
   */
  async read(
    peerId: string,
    parts: ProvenParts,
    onChannels: (channels: number) => void,
  ): Promise<StoredProof> {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      const known = await this.#readKnown(peerId);
      onChannels(known.channels.length);
      const counters = await this.#readCounters(peerId, parts, known.totals);
      const months = await this.#readMonths(peerId, parts.months, known.totals);
      if (months === undefined || !(await this.#isStill(peerId, parts, counters, known.totals))) continue;
      const numbers = new Set([...known.channels.map(({ number }) => number), ...known.purged]);
      const isStray = ({ channelNumber, unconfirmed }: SealableCounter) =>
        unconfirmed === true && !numbers.has(channelNumber) && attempt >= STRAY_FROM_ATTEMPT;
      const proven = counters.filter((counter) => !isStray(counter));
      if (!areChannelsKnown({ ...known, months, counters: proven })) continue;
      return { channels: known.channels, months, counters: proven };
    }
    throw new ContentionError(`days of the peer were settled during ${MAX_ATTEMPTS} attempts to read it`);
  }

  /** The channels and the totals, which lie behind the counters. */
  async #readKnown(peerId: string): Promise<Known> {
    const items = await queryAll(this.#table, {
      ...together(between(usageRange(peerId, LATEST_DAY)), READ),
      ConsistentRead: true,
    });
    const known: Known = { channels: [], purged: [], totals: NO_TOTALS };
    for (const item of items) {
      if (item['sk'] === TOTALS_SORT_KEY) known.totals = parseTotals(item);
      else if (isChannel(item)) {
        const channel = parseChannel(item);
        if (isPurged(channel)) known.purged.push(channel.number);
        else known.channels.push(channel);
      }
    }
    return known;
  }

  async #readCounters(
    peerId: string,
    { days, months }: ProvenParts,
    { completeThrough }: PeerTotals,
  ): Promise<SealableCounter[]> {
    const read: SealableCounter[] = [];
    if (days !== undefined) read.push(...(await this.#between(peerId, days.from, days.to)));
    const [first, last] = [months[0], months.at(-1)];
    if (first === undefined || last === undefined) return read;
    // Those that the months may lack: of no day up to which they are complete.
    const from = latest(daysOfMonth(first).from, addDays(completeThrough ?? EARLIEST_DAY, 1));
    const { to } = daysOfMonth(last);
    const before = days === undefined || to < days.from ? to : addDays(days.from, -1);
    if (from <= before) {
      const earlier = await this.#between(peerId, from, before);
      read.push(...earlier.filter(({ sealedIn }) => sealedIn === undefined));
    }
    return read;
  }

  async #between(peerId: string, from: UtcDay, to: UtcDay): Promise<SealableCounter[]> {
    const read: SealableCounter[] = [];
    for await (const page of this.#counters.pagesOfDays(peerId, from, to, COUNTERS_PER_PAGE))
      read.push(...page);
    return read;
  }

  /** @returns nothing where one is not as the totals know it */
  async #readMonths(
    peerId: string,
    wanted: readonly Month[],
    totals: PeerTotals,
  ): Promise<MonthOfSnapshots[] | undefined> {
    const [first, last] = [wanted[0], wanted.at(-1)];
    if (first === undefined || last === undefined) return [];
    const items = await queryAll(this.#table, {
      ...between(monthRange(peerId, `${first}-01`, `${last}-01`)),
      ConsistentRead: true,
    });
    const found = new Map(items.map(parseMonth).map((month) => [month.month, month]));
    const months: MonthOfSnapshots[] = [];
    for (const month of wanted) {
      const stored = found.get(month);
      if ((stored?.revision ?? 0) !== (totals.months.get(month) ?? 0)) return undefined;
      months.push(stored ?? { month, revision: 0, days: new Map(), digests: new Map() });
    }
    return months;
  }

  /** Whether the totals are those that were read before: of no counter it is unknown whether months hold it. */
  async #isStill(
    peerId: string,
    { months }: ProvenParts,
    counters: readonly SealableCounter[],
    { revision }: PeerTotals,
  ): Promise<boolean> {
    if (months.length === 0) return true;
    const inMonths = counters.filter(({ day }) => months.includes(monthOf(day)));
    if (inMonths.some(({ sealedIn = 0 }) => sealedIn > revision)) return false;
    return (await this.#totals.read(peerId)).revision === revision;
  }
}

function latest(one: UtcDay, other: UtcDay): UtcDay {
  return one > other ? one : other;
}
