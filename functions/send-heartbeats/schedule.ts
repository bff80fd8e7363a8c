/**
 * When heartbeats are sent, in UTC: every five minutes from the full hour on, so that one follows shortly after
 * midnight, with which counting has passed the day that has ended.
 */
export const HEARTBEAT_SCHEDULE = { minute: '0/5' } as const;
