/** When what waits is sent, in UTC: every minute. */
export const SEND_SCHEDULE = { minute: '*' } as const;
