/**
 * When the snapshot job runs, in UTC: every hour. The run shortly after midnight seals the day that has
 * just ended; the others find late messages, and whatever an earlier run did not get to.
 */
export const SNAPSHOT_SCHEDULE = { minute: 5 } as const;

/** How long before its time is over a run begins nothing new: it ends what is under way, and reports. */
export const STOP_BEFORE_MS = 30_000;
