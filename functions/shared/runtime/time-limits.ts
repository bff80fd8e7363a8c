/** How long one invocation of a function may take, in seconds: in Lambda and on the local host. */
export const TIME_LIMIT_SECONDS = {
  // API Gateway itself gives up after 30 seconds.
  'record-messages': 29,
  'look-up-messages': 29,
  'manage-channels': 29,
  'usage-api': 29,
  'serve-dashboard': 10,
  'count-messages': 120,
  'send-heartbeats': 60,
  // As long as Lambda allows: a run stops by itself before, and the next one goes on.
  'take-daily-snapshot': 900,
  'redrive-records': 900,
} as const;
