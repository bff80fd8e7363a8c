/**
 * When the snapshot job runs, in UTC: every hour. The run shortly after midnight seals the day that has
 * just ended; the others find late messages, and whatever an earlier run did not get to.
 */
export const SNAPSHOT_SCHEDULE = { minute: 5 } as const;
