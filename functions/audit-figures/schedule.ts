/**
 * When figures are audited, in UTC: at night, once the days before are sealed. One run does a share of all peers; the
 * others of the same night do what it had no time for.
 */
export const AUDIT_SCHEDULE = { hours: '2-5', minute: 10 } as const;

/** How long before its time is over a run begins with no further peer, and stops with the one that it reads. */
export const STOP_BEFORE_MS = 60_000;
