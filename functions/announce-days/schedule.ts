/**
 * When changed days are announced, in UTC: twice an hour, so that one that a run cannot announce is announced by the
 * next one within the hour. The first run follows a quarter of an hour after the snapshot job has begun.
 */
export const ANNOUNCING_SCHEDULE = { minute: '20,50' } as const;

/** How long before its time is over a run begins nothing new: it ends what is under way, and reports. */
export const STOP_BEFORE_MS = 60_000;
