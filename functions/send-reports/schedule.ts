/**
 * When reports on the month before are made, in UTC: every hour, behind the jobs that seal days and judge peers. The
 * first run of a month that finds it counted makes them; the others find what is left.
 */
export const REPORT_SCHEDULE = { minute: 40 } as const;

/** How long before its time is over a run begins with no further peer: it ends what is under way, and reports. */
export const STOP_BEFORE_MS = 60_000;
