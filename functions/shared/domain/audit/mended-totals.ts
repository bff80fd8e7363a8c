import { type CounterPlace, mayHaveExpired, type SealableCounter } from '../daily-counter.ts';
import { inBatches } from '../in-batches.ts';
import { daysOfMonth } from '../interval.ts';
import { add, byField, type Counts, countsOf, equal, subtract, sum, ZERO } from '../metrics.ts';
import { type Month, monthOf } from '../month.ts';
import type {
  ChannelTotal,
  CountsByChannel,
  DigestsByChannel,
  MonthOfSnapshots,
  PeerTotals,
} from '../peer-totals.ts';
import { addDays, dayOf, type EpochMillis, SECOND_MS, startOf, type UtcDay } from '../utc-day.ts';
import { areSameDigests, digestOfMonths, mendedDigests } from './mended-digests.ts';
import { type MonthSums, sumOfMonths, sumsOf } from './totals-agreement.ts';

/** What is stored of a month: its snapshots, and the counters of its days. */
export interface StoredMonth {
  /** Of revision 0 where it is not stored. */
  month: MonthOfSnapshots;
  counters: readonly SealableCounter[];
}

/** Totals and months that take the place of those that were read, in one transaction. */
export interface TotalsStep {
  totals: PeerTotals;
  /** The revision of the totals that they take the place of. */
  totalsRead: number;
  months: { month: MonthOfSnapshots; monthRead: number }[];
}

/** Figures of which only the sum is known: the days on which they were counted are lost. */
export interface LostDays {
  month: Month;
  /** The day that stands for all of them; nothing where they were dropped. */
  day?: UtcDay;
  channelNumber: number;
  counts: Counts;
}

/** How totals and months come to agree with the counters, step by step. */
export interface MendedTotals {
  steps: TotalsStep[];
  /** Counters that are part of none of them, and have to join behind it. */
  open: SealableCounter[];
  lostDays: LostDays[];
  /** Counters on which the steps rest: as they were read, with version 0 where there was none. */
  restsOn: RestsOn[];
}

/** A counter on which the mending of its month rests. */
export type RestsOn = CounterPlace & Pick<SealableCounter, 'version'>;

/** What becomes of a sum of which nobody can tell whether messages that are still stored are part of it. */
export const UNSURE_SUMS = ['keep', 'drop'] as const;
export type UnsureSums = (typeof UNSURE_SUMS)[number];

/** Totals that hold more than all months and counters, and nothing tells which days it is of. */
export class UnsureSumError extends Error {
  override name = 'UnsureSumError';
}

/** What a peer is mended by. */
export interface MendingContext {
  peerId: string;
  /** As they were read before the months and counters. */
  totals: PeerTotals;
  /** Those of the channels that are registered, by their numbers. */
  channelIds: ReadonlyMap<number, string>;
  /** Numbers under which figures of a channel are stored that has another one, with that other one. */
  moved: ReadonlyMap<number, number>;
  /** What somebody decided; without it such a sum is an error. */
  unsureSums?: UnsureSums;
  now: EpochMillis;
}

/** So many months at most change in one step: with the totals they stay below what a transaction takes. */
const MONTHS_PER_STEP = 90;
/** A counter may be made, by somebody who has seen no totals, of a day that has been over for less than this. */
const SETTLING_DAYS = 2;

type Days = Map<UtcDay, Map<number, Counts>>;

/** What a month comes to, with its digests. */
type SumsWithDigests = MonthSums & Pick<MonthOfSnapshots, 'digests'>;

/** A month as it is to become. */
interface Target {
  stored: MonthOfSnapshots;
  /** Nothing where it stays. */
  days?: Days;
  /** The counters whose counts are in its days. */
  counters: readonly SealableCounter[];
  sums: MonthSums;
  storedSums: MonthSums;
  /** What its counters hold that are in no snapshot of it. */
  open: CountsByChannel;
  /** The last day without any counter of which counters may have expired. */
  substitute?: UtcDay;
}

/**
 * Makes totals and months agree with the counters: a day's snapshot becomes what its sealed counters hold, and stays
 * as it is where their counters may have expired; the totals become the sum of the months. Of a month that is lost,
 * with counters that have expired, what the totals hold beyond all other months goes to one day of it.
 */
export class TotalsMending {
  readonly #peerId: string;
  readonly #totals: PeerTotals;
  readonly #channelIds: ReadonlyMap<number, string>;
  readonly #moved: ReadonlyMap<number, number>;
  readonly #unsureSums: UnsureSums | undefined;
  readonly #now: EpochMillis;
  readonly #restsOn: RestsOn[] = [];
  readonly #targets: Target[] = [];
  readonly #open: SealableCounter[] = [];
  readonly #lastMessages = new Map<number, EpochMillis>();
  #highest: number;
  #lastSealed: UtcDay | undefined;

  constructor({ peerId, totals, channelIds, moved, unsureSums, now }: MendingContext) {
    this.#peerId = peerId;
    this.#totals = totals;
    this.#channelIds = channelIds;
    this.#moved = moved;
    this.#unsureSums = unsureSums;
    this.#now = now;
    this.#highest = totals.revision;
    this.#lastSealed = totals.sealedThrough;
  }

  /** Takes the next month; they come in their order, and also those that only the totals name. */
  add({ month, counters }: StoredMonth): void {
    const joined: SealableCounter[] = [];
    const days = this.#daysOf(month, counters, joined);
    for (const [day, ofDay] of days) if (ofDay.size > 0) this.#sealedAt(day);
    this.#highest = Math.max(this.#highest, month.revision, ...[...month.days.values()].map(revisionOf));
    const hasSameDigests = areSameDigests(
      month.digests,
      this.#digestsOf({ stored: month, counters: joined }, days),
    );
    const isSame =
      hasSameDigests &&
      isSameAs(month, days) &&
      (this.#totals.months.get(month.month) ?? 0) === month.revision;
    const sums = isSame ? sumsOf(month) : sumsOfDays(month, days);
    const open = sumOfMonths(
      counters.filter(isOpen).map(({ channelNumber, ...counter }) => ({
        channels: new Map([[channelNumber, countsOf(counter)]]),
      })),
    );
    const substitute = this.#substituteOf(month.month, counters);
    this.#targets.push({
      stored: month,
      counters: joined,
      ...(!isSame && { days }),
      sums,
      storedSums: sumsOf(month),
      open,
      ...(substitute !== undefined && { substitute }),
    });
  }

  /**
   * What is to be written; no step where nothing is.
   *
   * @throws UnsureSumError
   */
  result(): MendedTotals {
    const lostDays = this.#putLostDays();
    const changing = this.#targets.filter(({ days }) => days !== undefined);
    // First those whose days are lost: only the totals as they are tell what they hold.
    const isLost = ({ stored }: Target) => lostDays.some(({ month }) => month === stored.month);
    const inOrder = changing.toSorted((a, b) => Number(isLost(b)) - Number(isLost(a)));
    const steps: TotalsStep[] = [];
    const written = new Map<Target, number>();
    let [read, revision] = [this.#totals.revision, this.#highest + 1];
    for (const batch of [...inBatches(inOrder, MONTHS_PER_STEP)]) {
      for (const target of batch) written.set(target, revision);
      const months = batch.map((target) => ({
        month: this.#monthOf(target, revision),
        monthRead: target.stored.revision,
      }));
      steps.push({ totals: this.#totalsWith(written, revision), totalsRead: read, months });
      [read, revision] = [revision, revision + 1];
    }
    if (steps.length === 0 && this.#differs()) {
      steps.push({ totals: this.#totalsWith(written, revision), totalsRead: read, months: [] });
    }
    return { steps, open: this.#open, lostDays, restsOn: this.#restsOn };
  }

  /** @param joined is given the counters whose counts are in the days */
  #daysOf(month: MonthOfSnapshots, counters: readonly SealableCounter[], joined: SealableCounter[]): Days {
    const days: Days = new Map([...month.days].map(([day, { channels }]) => [day, new Map(channels)]));
    const counted = new Set(counters.map(({ day, channelNumber }) => `${day} ${channelNumber}`));
    for (const [day, ofDay] of days) {
      this.#move(day, ofDay, counted);
      // Of days whose counters may have expired the snapshot is the record, of others they are.
      if (!mayHaveExpired(day, this.#now)) this.#takeLostOut(day, ofDay, counted);
    }
    for (const counter of counters) {
      const { day, channelNumber, sealedIn, lastMessageAt } = counter;
      const ofDay = days.get(day) ?? new Map<number, Counts>();
      days.set(day, ofDay);
      if (sealedIn === undefined) {
        if (ofDay.delete(channelNumber)) this.#restsOn.push(counter);
        this.#open.push(counter);
        continue;
      }
      this.#highest = Math.max(this.#highest, sealedIn);
      this.#sealedAt(day);
      if (lastMessageAt === undefined) {
        // A counter may be stored before its first message is counted: it makes no channel and no day.
        if (ofDay.delete(channelNumber)) this.#restsOn.push(counter);
        continue;
      }
      if (!equal(ofDay.get(channelNumber) ?? ZERO, counter)) this.#restsOn.push(counter);
      ofDay.set(channelNumber, countsOf(counter));
      joined.push(counter);
      this.#lastMessages.set(
        channelNumber,
        Math.max(lastMessageAt, this.#lastMessages.get(channelNumber) ?? lastMessageAt),
      );
    }
    return days;
  }

  /** Gives figures of a day to the number of their channel; where there is a counter, it tells them. */
  #move(day: UtcDay, ofDay: Map<number, Counts>, counted: ReadonlySet<string>): void {
    const isCounted = (number: number) => counted.has(`${day} ${number}`);
    // All of them at once: a number that a channel had may be another one's by now.
    const moving = [...this.#moved].flatMap(([from, to]) => {
      const counts = isCounted(from) ? undefined : ofDay.get(from);
      if (counts === undefined) return [];
      ofDay.delete(from);
      return [{ to, counts }];
    });
    for (const { to, counts } of moving) {
      if (!isCounted(to)) ofDay.set(to, add(ofDay.get(to) ?? ZERO, counts));
    }
  }

  /** Figures of many days by the numbers that their channels have. */
  #renamed(channels: CountsByChannel): { channels: CountsByChannel } {
    const renamed = [...channels].map(([number, counts]) => ({
      channels: new Map([[this.#moved.get(number) ?? number, countsOf(counts)]]),
    }));
    return { channels: sumOfMonths(renamed) };
  }

  /** Takes out of a day what counters held that are not there any more. */
  #takeLostOut(day: UtcDay, ofDay: Map<number, Counts>, counted: ReadonlySet<string>): void {
    for (const [channelNumber, counts] of ofDay) {
      const channelId = this.#channelIds.get(channelNumber);
      // Of a channel that is not known nobody can tell which its counter would be.
      if (channelId === undefined || equal(counts, ZERO) || counted.has(`${day} ${channelNumber}`)) continue;
      ofDay.delete(channelNumber);
      this.#restsOn.push({ peerId: this.#peerId, channelId, channelNumber, day, version: 0 });
    }
  }

  #sealedAt(day: UtcDay): void {
    if (this.#lastSealed === undefined || day > this.#lastSealed) this.#lastSealed = day;
  }

  #substituteOf(month: Month, counters: readonly SealableCounter[]): UtcDay | undefined {
    const withCounters = new Set(counters.map(({ day }) => day));
    let substitute: UtcDay | undefined;
    for (let day = `${month}-01`; monthOf(day) === month; day = addDays(day, 1)) {
      if (mayHaveExpired(day, this.#now) && !withCounters.has(day)) substitute = day;
    }
    return substitute;
  }

  #isLost({ stored }: Target): boolean {
    return (this.#totals.months.get(stored.month) ?? 0) > stored.revision;
  }

  /**
   * Gives what the totals hold beyond all months to a day of the last month that has lost some. That is what its days
   * held where the counters of all lost months have expired. Others may be lost too, and are part of it then, and their
   * messages count again.
   */
  #putLostDays(): LostDays[] {
    const target = this.#targets.findLast((one) => this.#isLost(one) && one.substitute !== undefined);
    if (target?.days === undefined || target.substitute === undefined) return [];
    const { days, substitute } = target;
    const missing = this.#beyondMonths();
    if (missing.size === 0) return [];
    const isSure = this.#targets.every((one) => !this.#isLost(one) || this.#hasExpired(one.stored.month));
    const { month } = target.stored;
    if (!isSure && this.#unsureSums === undefined) {
      throw new UnsureSumError(
        `the totals hold ${sum([...missing.values()]).messageCount} messages more than months and counters: those of` +
          ` days of ${month} whose counters have expired, or of counters that are lost, whose messages count again`,
      );
    }
    const isKept = isSure || this.#unsureSums === 'keep';
    const lost = [...missing].map(([channelNumber, counts]): LostDays => {
      return { month, ...(isKept && { day: substitute }), channelNumber, counts };
    });
    if (!isKept) return lost;
    const ofDay = days.get(substitute) ?? new Map<number, Counts>();
    for (const [number, counts] of missing) ofDay.set(number, add(ofDay.get(number) ?? ZERO, counts));
    days.set(substitute, ofDay);
    target.sums = sumsOfDays(target.stored, days);
    return lost;
  }

  /** Whether the counters of all days of a month may have expired. */
  #hasExpired(month: Month): boolean {
    return mayHaveExpired(daysOfMonth(month).to, this.#now);
  }

  /** What the totals hold beyond all months, by the numbers that channels have. */
  #beyondMonths(): Map<number, Counts> {
    const others = this.#targets
      .filter((one) => !this.#isLost(one))
      .map(({ storedSums }) => this.#renamed(storedSums.channels));
    const kept = this.#targets
      .filter((one) => this.#isLost(one))
      .flatMap(({ sums, open }) => [sums, { channels: open }]);
    const known = sumOfMonths([...others, ...kept]);
    const beyond = new Map<number, Counts>();
    for (const [channelNumber, total] of this.#renamed(this.#totals.channels).channels) {
      const missing = subtract(total, known.get(channelNumber) ?? ZERO);
      const counts = byField(({ field }) => Math.max(0, missing[field]));
      if (counts.messageCount === 0) continue;
      beyond.set(channelNumber, counts);
    }
    return beyond;
  }

  #digestsOf({ stored, counters }: Pick<Target, 'stored' | 'counters'>, days: Days): DigestsByChannel {
    return mendedDigests(stored, { days, counters }, new Set([...this.#moved].flat()));
  }

  #monthOf(target: Target, revision: number): MonthOfSnapshots {
    const { stored, days = new Map() } = target;
    const changedAt = Math.floor(this.#now / SECOND_MS) * SECOND_MS;
    const snapshots = [...days].flatMap(([day, channels]) => {
      const before = stored.days.get(day);
      if (before === undefined && channels.size === 0) return [];
      const isSame = before !== undefined && areSame(before.channels, channels);
      return [[day, isSame ? before : { channels, changedAt, revision }] as const];
    });
    const digests = this.#digestsOf(target, days);
    return { month: stored.month, revision, days: new Map(snapshots), digests };
  }

  /** The totals once some months are written, and the others are as they were. */
  #totalsWith(written: ReadonlyMap<Target, number>, revision: number): PeerTotals {
    const current = this.#targets.map((target) => ({
      target,
      sums: this.#sumsOf(target, written.has(target)),
      revision: written.get(target) ?? target.stored.revision,
    }));
    const completeThrough = this.#completeThrough();
    const recent = new Map<UtcDay, CountsByChannel>();
    for (const { target } of current) {
      const days = written.has(target) ? [...(target.days ?? [])] : daysIn(target.stored);
      for (const [day, channels] of days) {
        if (day > (completeThrough ?? '') && channels.size > 0) recent.set(day, channels);
      }
    }
    const sealedThrough = this.#lastSealed;
    return {
      revision,
      changedAt: this.#now,
      ...(sealedThrough !== undefined && { sealedThrough }),
      ...(completeThrough !== undefined && { completeThrough }),
      channels: this.#channelsOf(current.map(({ sums }) => sums)),
      recent,
      months: new Map(
        current.flatMap(({ target, revision: ofMonth }) =>
          ofMonth === 0 ? [] : [[target.stored.month, ofMonth] as const],
        ),
      ),
    };
  }

  #sumsOf(target: Target, isWritten: boolean): SumsWithDigests {
    const { stored, days } = target;
    if (!isWritten) return { ...target.storedSums, digests: stored.digests };
    return { ...target.sums, digests: days === undefined ? stored.digests : this.#digestsOf(target, days) };
  }

  #channelsOf(months: readonly SumsWithDigests[]): Map<number, ChannelTotal> {
    const channels = new Map<number, ChannelTotal>();
    const before = new Map([...this.#moved].map(([from, to]) => [to, from]));
    for (const [number, counts] of sumOfMonths(months)) {
      const lastDay = months.flatMap(({ channels: ofMonth, lastDay: day }) =>
        ofMonth.has(number) && day !== undefined ? startOf(day) : [],
      );
      const known = [
        this.#totals.channels.get(before.get(number) ?? number)?.lastMessageAt,
        this.#lastMessages.get(number),
      ];
      const instants = known.filter((instant) => instant !== undefined);
      // Where neither totals nor counters tell it any more, it is known to the month at least.
      const lastMessageAt = Math.max(...(instants.length > 0 ? instants : lastDay));
      channels.set(number, { ...counts, lastMessageAt, digest: digestOfMonths(months, number) });
    }
    return channels;
  }

  #completeThrough(): UtcDay | undefined {
    const { completeThrough } = this.#totals;
    const settledLongAgo = addDays(dayOf(this.#now), -SETTLING_DAYS);
    const sealedThrough = this.#lastSealed;
    if (sealedThrough === undefined) return completeThrough;
    const beforeOpen = this.#open.map(({ day }) => addDays(day, -1));
    const [complete = sealedThrough] = [sealedThrough, settledLongAgo, ...beforeOpen].sort();
    return completeThrough !== undefined && completeThrough > complete ? completeThrough : complete;
  }

  /** Whether the totals alone have to be written. */
  #differs(): boolean {
    const { totals, highest } = { totals: this.#totals, highest: this.#highest };
    if (highest > totals.revision || this.#lastSealed !== totals.sealedThrough) return true;
    const channels = this.#channelsOf(this.#targets.map((target) => this.#sumsOf(target, true)));
    if (!areSame(channels, totals.channels)) return true;
    if ([...channels].some(([number, { digest }]) => digest !== totals.channels.get(number)?.digest))
      return true;
    const stored = new Map(this.#targets.flatMap(({ stored: month }) => daysIn(month)));
    const { completeThrough = '' } = totals;
    const days = [...stored.keys()].filter((day) => day > completeThrough);
    return [...new Set([...days, ...totals.recent.keys()])].some(
      (day) => !areSame(stored.get(day) ?? new Map(), totals.recent.get(day) ?? new Map()),
    );
  }
}

function isOpen({ sealedIn }: SealableCounter): boolean {
  return sealedIn === undefined;
}

function revisionOf({ revision }: { revision: number }): number {
  return revision;
}

function daysIn({ days }: MonthOfSnapshots): [UtcDay, CountsByChannel][] {
  return [...days].map(([day, { channels }]) => [day, channels]);
}

function isSameAs({ days: stored }: MonthOfSnapshots, days: Days): boolean {
  return [...days].every(([day, channels]) => areSame(stored.get(day)?.channels ?? new Map(), channels));
}

function areSame(one: CountsByChannel, other: CountsByChannel): boolean {
  if (one.size !== other.size) return false;
  return [...one].every(([number, counts]) => {
    const others = other.get(number);
    return others !== undefined && equal(counts, others);
  });
}

function sumsOfDays({ month, revision }: MonthOfSnapshots, days: Days): MonthSums {
  const channels = sumOfMonths([...days.values()].map((ofDay) => ({ channels: ofDay })));
  const lastDay = [...days]
    .flatMap(([day, ofDay]) => (ofDay.size > 0 ? day : []))
    .sort()
    .at(-1);
  return { month, revision, channels, ...(lastDay !== undefined && { lastDay }) };
}
