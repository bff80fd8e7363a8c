import type { SealableCounter } from '../daily-counter.ts';
import { type Digest, EMPTY_DIGEST, sumOfDigests } from '../digest.ts';
import { equal } from '../metrics.ts';
import type { CountsByChannel, DigestsByChannel, MonthOfSnapshots } from '../peer-totals.ts';
import type { UtcDay } from '../utc-day.ts';

/** A month as it is to become: its days, and the counters that tell what some of them hold. */
export interface MendedMonth {
  days: ReadonlyMap<UtcDay, CountsByChannel>;
  /** Those whose counts are in the days. */
  counters: readonly SealableCounter[];
}

/**
 * The digests that a month is to have: of a channel all of whose days have their counters, what these say; else that
 * which is stored, where nothing else of the channel changes. Of any other one nobody can tell it.
 *
 * @param renumbered numbers of channels that had, or get, another one
 */
export function mendedDigests(
  stored: MonthOfSnapshots,
  { days, counters }: MendedMonth,
  renumbered: ReadonlySet<number>,
): DigestsByChannel {
  const byChannel = Map.groupBy(counters, ({ channelNumber }) => channelNumber);
  const daysOf = new Map<number, number>();
  for (const number of [...days.values()].flatMap((ofDay) => [...ofDay.keys()])) {
    daysOf.set(number, (daysOf.get(number) ?? 0) + 1);
  }
  const digests = new Map<number, Digest>();
  for (const [number, used] of daysOf) {
    const ofChannel = byChannel.get(number) ?? [];
    const isWhole = ofChannel.length === used;
    const counted = isWhole ? sumOfDigests(ofChannel.map(({ digest }) => digest)) : undefined;
    const isKept = !renumbered.has(number) && isUnchanged(stored, days, number);
    const digest = counted ?? (isKept ? stored.digests.get(number) : undefined);
    if (digest !== undefined) digests.set(number, digest);
  }
  return digests;
}

function isUnchanged(
  stored: MonthOfSnapshots,
  days: ReadonlyMap<UtcDay, CountsByChannel>,
  channelNumber: number,
): boolean {
  return [...new Set([...stored.days.keys(), ...days.keys()])].every((day) => {
    const before = stored.days.get(day)?.channels.get(channelNumber);
    const after = days.get(day)?.get(channelNumber);
    return before === undefined || after === undefined ? before === after : equal(before, after);
  });
}

/** What is known of months as digests are added up. */
export interface MonthDigests {
  /** What the month holds of each channel. */
  channels: CountsByChannel;
  digests: DigestsByChannel;
}

/** The digest of a channel in all of some months; nothing where one of them does not tell it. */
export function digestOfMonths(months: readonly MonthDigests[], channelNumber: number): Digest | undefined {
  const ofMonths = months.map(({ channels, digests }) =>
    channels.has(channelNumber) ? digests.get(channelNumber) : EMPTY_DIGEST,
  );
  return sumOfDigests(ofMonths);
}

/** Whether some channels have the same digests, and nobody can tell those of the same others. */
export function areSameDigests(one: DigestsByChannel, other: DigestsByChannel): boolean {
  return one.size === other.size && [...one].every(([number, digest]) => other.get(number) === digest);
}
