import type { AllTime, Channel } from './channel.ts';
import type { DayCounts, PeerUsage } from './channel-stats.ts';
import type { CounterPlace } from './daily-counter.ts';
import { add, byField, type Counts, equal, ZERO } from './metrics.ts';
import type { MonthOfSnapshots, PeerTotals } from './peer-totals.ts';
import type { UtcDay } from './utc-day.ts';

/** How much one channel was used on one day, as a daily counter says. */
export type NumberedDayCounts = DayCounts & Pick<CounterPlace, 'channelNumber'>;

/** What is stored of how much a peer was used. */
export interface StoredUsage {
  channels: Channel[];
  totals: PeerTotals;
  /** Months, each in the revision that the totals name. */
  months: MonthOfSnapshots[];
  /** Every counter of the days that are not complete in the totals. */
  counters: NumberedDayCounts[];
}

/** Whether everything that was counted is of channels that were read as well. */
export function areChannelsKnown({ channels, totals, counters }: StoredUsage): boolean {
  const numbers = new Set(channels.map(({ number }) => number));
  const counted = [...totals.channels.keys(), ...counters.map(({ channelNumber }) => channelNumber)];
  return counted.every((number) => numbers.has(number));
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
  const allTime = new Map<number, AllTime>(totals.channels);
  for (const counter of counters) {
    const { channelNumber, day } = counter;
    const known = totals.recent.get(day)?.get(channelNumber) ?? ZERO;
    // An older state of a counter than the totals know of has nothing to add.
    const missing = byField(({ field }) => Math.max(0, counter[field] - known[field]));
    days.add(day, channelNumber, missing);
    const before: AllTime = allTime.get(channelNumber) ?? ZERO;
    allTime.set(channelNumber, { ...before, ...add(before, missing), ...laterOf(before, counter) });
  }
  return {
    channels: channels.map((channel) => ({ ...channel, allTime: allTime.get(channel.number) ?? ZERO })),
    days: days.all(),
  };
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
