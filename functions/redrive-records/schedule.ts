/** When the records that were given up are fed back, in UTC: every hour, half an hour away from the snapshot job. */
export const REDRIVE_SCHEDULE = { minute: 35 } as const;
