import {
  addDays,
  DAY_MS,
  dayOf,
  type EpochMillis,
  startOf,
  type UtcDay,
} from '../../functions/shared/domain/utc-day.ts';
import type { DailyCounterStore } from '../../functions/shared/store/daily-counter-store.ts';
import type { ReadPace } from './read-pace.ts';
import type { StoredCount } from './stored-counts.ts';

/** A channel's day on which other messages are stored than were counted. */
export interface Drift extends StoredCount {
  counted: number;
}

/** The first day that is still fully stored: from its first instant on, no message can have expired. */
export function firstFullDay(now: EpochMillis, retentionDays: number): UtcDay {
  const earliest = now - retentionDays * DAY_MS;
  const day = dayOf(earliest);
  return startOf(day) > earliest ? day : addDays(day, 1);
}

const COUNTERS_PER_PAGE = 1_000;
/** About what a consistent read of a daily counter takes: most are of 1 KB. */
const UNITS_PER_COUNTER = 0.25;

/**
 * Compares what is stored of a peer with what was counted, whose counters are read a page at a time.
 *
 * @param stored the counts of its days
 * @param days the first and the last day that are compared
 * @returns where the two differ, by day and channel
 * @throws MalformedItemError
 */
export async function driftOf(
  { counters, pace }: { counters: DailyCounterStore; pace: Pick<ReadPace, 'afterUse'> },
  peerId: string,
  stored: readonly StoredCount[],
  { first, last }: { first: UtcDay; last: UtcDay },
): Promise<Drift[]> {
  const places = new Map<string, Drift>();
  for (const count of stored) {
    if (count.day >= first && count.day <= last) places.set(placeOf(count), { ...count, counted: 0 });
  }
  for await (const page of counters.pagesOfDays(peerId, first, last, COUNTERS_PER_PAGE)) {
    for (const { day, channelId, messageCount: counted } of page) {
      const place = placeOf({ day, channelId });
      const known = places.get(place);
      if (known?.stored === counted) places.delete(place);
      else places.set(place, { day, channelId, stored: known?.stored ?? 0, counted });
    }
    await pace.afterUse(1 + page.length * UNITS_PER_COUNTER);
  }
  return [...places]
    .filter(([_, { stored: found, counted }]) => found !== counted)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([_, drift]) => drift);
}

function placeOf({ day, channelId }: Pick<StoredCount, 'day' | 'channelId'>): string {
  return `${day}\n${channelId}`;
}
