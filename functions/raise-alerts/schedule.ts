/** When every peer is judged that was not judged for the last complete day yet, in UTC: half an hour after each hour. */
export const ALERT_SCHEDULE = { minute: 30 } as const;

/** How long before its time is over an invocation begins with no further peer: it ends what is under way, and reports. */
export const STOP_BEFORE_MS = 40_000;
