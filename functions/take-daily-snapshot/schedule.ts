import { addDays, dayOf, type EpochMillis, MINUTE_MS, type UtcDay } from '../shared/domain/utc-day.ts';
import { WHOLE_PROCESSOR_MEGABYTES } from '../shared/runtime/memory.ts';

/**
 * When the snapshot job runs, in UTC: every hour. The run shortly after midnight seals the day that has
 * just ended; the others find late messages, and whatever an earlier run did not get to.
 */
export const SNAPSHOT_SCHEDULE = { minute: 5 } as const;

/**
 * How many runs share the lanes of peers, at the same time. They leave an account whose functions may have ten
 * instances at a time, as new ones do, enough for recording, counting and answering.
 */
export const RUNS_AT_A_TIME = 4;

/**
 * What a run has of memory: as much as comes with a whole processor. Computing is most of what sealing does, and costs
 * the same with a part of a processor, since it takes as much longer. The memory itself is not needed:
 * `npm run bench:sealing` seals in processes with 512 MB.
 */
export const MEMORY_MEGABYTES = WHOLE_PROCESSOR_MEGABYTES;

/** How many peers a run seals at a time, of all its lanes. */
export const PEERS_AT_A_TIME = 16;

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

/** Why a day cannot be sealed, for people; nothing where it can. */
export function whyNotSealable(day: UtcDay, now: EpochMillis): string | undefined {
  if (day <= lastSealableDay(now)) return undefined;
  if (day >= dayOf(now)) return `${day} is not over yet, in UTC`;
  return `${day} has only just ended: a day is sealed ${SEALED_AFTER_MS / MINUTE_MS} minutes after its end, in UTC`;
}
