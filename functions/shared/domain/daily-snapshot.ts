import type { DayCounts } from './channel-stats.ts';
import { compareTexts } from './compare-texts.ts';
import { add, type Counts, countsOf, equal, ZERO } from './metrics.ts';
import type { UtcDay } from './utc-day.ts';

/** One channel in a snapshot. */
export interface SnapshotChannel {
  channelId: string;
  /** All that was counted up to the end of the day. */
  cumulative: Counts;
  /** What was counted on the day itself. */
  day: Counts;
}

/**
 * How much a peer's channels were used on a day, and up to its end. There is one for each day with a counted
 * message; over the days between, the last one holds.
 */
export interface DailySnapshot {
  day: UtcDay;
  /** Every channel that was ever counted, whatever its status, ordered by id. */
  channels: SnapshotChannel[];
}

/**
 * The snapshots of some days, as they have to be.
 *
 * @param base the last snapshot before those days, where there is one
 * @param existing the snapshots of those days so far. They take the place of counters that have expired
 * @param counters the counts of those days
 */
export function snapshotsOf(
  base: DailySnapshot | undefined,
  existing: readonly DailySnapshot[],
  counters: readonly DayCounts[],
): DailySnapshot[] {
  const dayCounts = new Map<UtcDay, Map<string, Counts>>();
  const countsOn = (day: UtcDay) => {
    const counts = dayCounts.get(day) ?? new Map<string, Counts>();
    dayCounts.set(day, counts);
    return counts;
  };
  for (const { day, channels } of existing) {
    for (const channel of channels) countsOn(day).set(channel.channelId, channel.day);
  }
  // A counter knows better than a snapshot that was made of it earlier.
  for (const counter of counters) {
    // One that holds no message yet makes no day.
    if (!equal(counter, ZERO)) countsOn(counter.day).set(counter.channelId, countsOf(counter));
  }
  const cumulative = new Map(base?.channels.map((channel) => [channel.channelId, channel.cumulative]));
  return [...dayCounts]
    .sort(([a], [b]) => compareTexts(a, b))
    .map(([day, counts]): DailySnapshot => {
      for (const [channelId, added] of counts) {
        cumulative.set(channelId, add(cumulative.get(channelId) ?? ZERO, added));
      }
      const channels = [...cumulative]
        .sort(([a], [b]) => compareTexts(a, b))
        .map(([channelId, sum]) => ({ channelId, cumulative: sum, day: counts.get(channelId) ?? ZERO }));
      return { day, channels };
    });
}

/** Whether two snapshots of a day are the same. */
export function isSameSnapshot(a: DailySnapshot, b: DailySnapshot): boolean {
  return (
    a.day === b.day &&
    a.channels.length === b.channels.length &&
    a.channels.every((channel, index) => isSameChannel(channel, b.channels[index]))
  );
}

function isSameChannel(a: SnapshotChannel, b: SnapshotChannel | undefined): boolean {
  return (
    b !== undefined && a.channelId === b.channelId && equal(a.cumulative, b.cumulative) && equal(a.day, b.day)
  );
}
