import type { AllTime, Channel } from './channel.ts';
import type { DayCounts, PeerUsage, UsageExtent } from './channel-stats.ts';
import type { DailyCounter } from './daily-counter.ts';
import { add, byField, type Counts, equal, ZERO } from './metrics.ts';
import type { MonthOfSnapshots, PeerTotals } from './peer-totals.ts';
import { addDays, type UtcDay } from './utc-day.ts';

/** How much one channel was used on one day, as a daily counter says. */
export type NumberedDayCounts = DayCounts & Pick<DailyCounter, 'channelNumber' | 'unconfirmed'>;

/** What is stored of how much a peer was used. */
export interface StoredUsage {
  channels: Channel[];
  /** The numbers of channels that were purged: nothing of theirs is shown. */
  purged: number[];
  totals: PeerTotals;
  /** Months, each in the revision that the totals name. */
  months: MonthOfSnapshots[];
  /** Every counter of the days that are not complete in the totals. */
  counters: NumberedDayCounts[];
}

/** Whether everything that was counted is of channels that were read as well. */
export function areChannelsKnown({ channels, purged, totals, counters }: StoredUsage): boolean {
  const numbers = new Set([...channels.map(({ number }) => number), ...purged]);
  const counted = [...totals.channels.keys(), ...counters.map(({ channelNumber }) => channelNumber)];
  return counted.every((number) => numbers.has(number));
}

/** Without counters of channels that are not there, which somebody who had not noticed that is about to take back. */
export function withoutStrayCounters(stored: StoredUsage): StoredUsage {
  const numbers = new Set([...stored.channels.map(({ number }) => number), ...stored.purged]);
  const counters = stored.counters.filter(
    ({ channelNumber, unconfirmed }) => numbers.has(channelNumber) || unconfirmed !== true,
  );
  return { ...stored, counters };
}

/**
 * How much a peer was used: what the totals and the snapshots hold, which are of one moment, and what these
 * lack of the counters. A counter may be read as it was before that moment, or as it was later: either way all
 * figures fit together, and no message is in them twice.
 */
export function usageOf({ channels, totals, counters, months }: StoredUsage): PeerUsage {
  const days = new UsageByDay(channels);
  for (const { days: snapshots } of months) {
    for (const [day, snapshot] of snapshots) {
      for (const [number, counts] of snapshot.channels) days.add(day, number, counts);
    }
  }
  // The digest is that of sealed days alone, and stays with them.
  const allTime = new Map<number, AllTime>(
    [...totals.channels].map(([number, { digest: _, ...total }]) => [number, total]),
  );
  for (const counter of counters) {
    const { channelNumber, day } = counter;
    const missing = missingIn(totals, counter);
    days.add(day, channelNumber, missing);
    const before: AllTime = allTime.get(channelNumber) ?? ZERO;
    allTime.set(channelNumber, { ...before, ...add(before, missing), ...laterOf(before, counter) });
  }
  return {
    channels: channels.map((channel) => ({ ...channel, allTime: allTime.get(channel.number) ?? ZERO })),
    days: days.all(),
  };
}

/** What totals lack of a counter. An older state of it than they know of has nothing to add. */
function missingIn(totals: PeerTotals, counter: NumberedDayCounts): Counts {
  const known = totals.recent.get(counter.day)?.get(counter.channelNumber) ?? ZERO;
  return byField(({ field }) => Math.max(0, counter[field] - known[field]));
}

/**
 * How much the channels of a peer were ever used, and from when to when.
 *
 * @param stored with the first of its months that has a day, if there is one
 * @param today the reader's day
 */
export function extentOf(stored: StoredUsage, today: UtcDay): UsageExtent {
  const { totals, purged } = stored;
  const counters = stored.counters.filter(({ channelNumber }) => !purged.includes(channelNumber));
  const used = counters.filter(({ messageCount }) => messageCount > 0).map(({ day }) => day);
  const { days } = usageOf({ ...stored, counters: [] });
  const [firstCountedDay] = [...days.map(({ day }) => day), ...used].sort();
  const usage = usageOf({ ...stored, months: [] });
  if (firstCountedDay === undefined) return { usage };
  const isWaiting = (counter: NumberedDayCounts) => !equal(missingIn(totals, counter), ZERO);
  const [firstWaiting = today] = counters
    .filter((counter) => counter.day < today && isWaiting(counter))
    .map(({ day }) => day)
    .sort();
  const sealedThrough = addDays(firstWaiting, -1);
  return { usage, firstCountedDay, ...(sealedThrough >= firstCountedDay && { sealedThrough }) };
}

function laterOf(
  one: Pick<AllTime, 'lastMessageAt'>,
  other: Pick<AllTime, 'lastMessageAt'>,
): Pick<AllTime, 'lastMessageAt'> {
  const instants = [one.lastMessageAt, other.lastMessageAt].filter((instant) => instant !== undefined);
  return instants.length === 0 ? {} : { lastMessageAt: Math.max(...instants) };
}

/** Adds up how much channels were used on days. */
class UsageByDay {
  readonly #channelIds: ReadonlyMap<number, string>;
  readonly #days = new Map<UtcDay, Map<number, Counts>>();

  constructor(channels: readonly Channel[]) {
    this.#channelIds = new Map(channels.map(({ number, channelId }) => [number, channelId]));
  }

  add(day: UtcDay, channelNumber: number, counts: Counts): void {
    const ofDay = this.#days.get(day) ?? new Map<number, Counts>();
    this.#days.set(day, ofDay.set(channelNumber, add(ofDay.get(channelNumber) ?? ZERO, counts)));
  }

  /** Days on which something was counted. */
  all(): DayCounts[] {
    return [...this.#days].flatMap(([day, ofDay]) =>
      [...ofDay].flatMap(([number, counts]) => {
        const channelId = this.#channelIds.get(number);
        return channelId === undefined || equal(counts, ZERO) ? [] : [{ channelId, day, ...counts }];
      }),
    );
  }
}
