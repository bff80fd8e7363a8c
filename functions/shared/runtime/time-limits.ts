/** How long one invocation of a function may take, in seconds: in Lambda and on the local host. */
export const TIME_LIMIT_SECONDS = {
  // API Gateway itself gives up after 30 seconds.
  'record-messages': 29,
  'look-up-messages': 29,
  'manage-channels': 29,
  'usage-api': 29,
  'serve-dashboard': 10,
  'count-messages': 120,
  // A sweep goes on with the next run; an announcement that fails waits for six of these before it comes again.
  'raise-alerts': 300,
  'send-heartbeats': 60,
  // As long as Lambda allows: a run stops by itself before, and the next one goes on.
  'take-daily-snapshot': 900,
  'audit-figures': 900,
  'redrive-records': 900,
  // As long as from one run to the next.
  'send-notifications': 60,
  'announce-days': 900,
  'export-to-s3': 120,
  // Whatever Mixpanel does not take at once is sent again within this time.
  'export-to-mixpanel': 300,
  'export-to-google-analytics': 300,
  'send-reports': 900,
} as const;
