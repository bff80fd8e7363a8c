import { addDays, dayOf, type EpochMillis, MINUTE_MS, type UtcDay } from '../shared/domain/utc-day.ts';

/**
 * When the snapshot job runs, in UTC: every hour. The run shortly after midnight seals the day that has
 * just ended; the others find late messages, and whatever an earlier run did not get to.
 */
export const SNAPSHOT_SCHEDULE = { minute: 5 } as const;

/** How long before its time is over a run begins nothing new: it ends what is under way, and reports. */
export const STOP_BEFORE_MS = 30_000;

/**
 * How long a day is over before it is sealed. Whoever counts a message sees by the clock whether a day may be
 * sealed already: no two clocks may differ by as much.
 */
const SEALED_AFTER_MS = 4 * MINUTE_MS;

/** The last day that has been over for long enough to be sealed. */
export function lastSealableDay(now: EpochMillis): UtcDay {
  return addDays(dayOf(now - SEALED_AFTER_MS), -1);
}
