/** The namespace of all CloudWatch metrics of this service; a deployment publishes its own below it. */
export const METRIC_NAMESPACE = 'ChannelUsageAnalytics';

/**
 * The CloudWatch metrics, by what publishes them. Every one of them is a count. How many requests there were, how long
 * they took and which failed is not among them: API Gateway publishes that.
 */
export const METRIC = {
  /** Every function of the HTTP API: requests whose key was missing or not accepted. */
  requestsUnauthenticated: 'RequestsUnauthenticated',
  /** record-messages: received = recorded + repeated + rejected, in every request. */
  messagesReceived: 'MessagesReceived',
  messagesRecorded: 'MessagesRecorded',
  messagesRepeated: 'MessagesRepeated',
  messagesRejected: 'MessagesRejected',
  /** count-messages and redrive-records, heartbeats aside: received = counted + duplicate + not counted + quarantined + returned, in every invocation. */
  recordsReceived: 'RecordsReceived',
  messagesCounted: 'MessagesCounted',
  messagesDuplicate: 'MessagesDuplicate',
  messagesNotCounted: 'MessagesNotCounted',
  recordsQuarantined: 'RecordsQuarantined',
  recordsReturned: 'RecordsReturned',
  /** count-messages: of how many keys a heartbeat has passed that is young enough, whenever some have passed. */
  heartbeatKeysPassed: 'HeartbeatKeysPassed',
  /** redrive-records: what became of the batches that were given up, and whether a run left none (1) or some (0). */
  batchesTaken: 'BatchesTaken',
  batchesLeft: 'BatchesLeft',
  redrivesCompleted: 'RedrivesCompleted',
  /** take-daily-snapshot: what became of the peers on its list, and of their days. */
  peersSealed: 'PeersSealed',
  peersLeftOver: 'PeersLeftOver',
  peersFailed: 'PeersFailed',
  peersInconsistent: 'PeersInconsistent',
  daysSealed: 'DaysSealed',
  daysResealed: 'DaysResealed',
  /** audit-figures: how many peers it compared, and of how many what is stored does not agree. */
  peersAudited: 'PeersAudited',
  peersDiffering: 'PeersDiffering',
  /** announce-days: how many days a run announced, and whether it left none (1) or some (0). */
  daysAnnounced: 'DaysAnnounced',
  announcingRunsCompleted: 'AnnouncingRunsCompleted',
  /** send-reports: what became of peers, and whether a run left none (1) or some, or had to wait for counting (0). */
  reportsMade: 'ReportsMade',
  reportsFailed: 'ReportsFailed',
  reportRunsCompleted: 'ReportRunsCompleted',
  /** Every consumer of announcements: received = consumed + returned, in every invocation. */
  announcementsConsumed: 'AnnouncementsConsumed',
  announcementsReturned: 'AnnouncementsReturned',
  /** raise-alerts: what became of the peers that it judged, how much is to be told, and whether a sweep over all peers was through with the day (1) or not (0). */
  peersJudged: 'PeersJudged',
  peersNotJudged: 'PeersNotJudged',
  alertsRaised: 'AlertsRaised',
  alertSweepsCompleted: 'AlertSweepsCompleted',
  /** send-notifications: what it sent and gave up, what waits, and whether nothing has waited for an hour (1) or something has, or the run failed (0). */
  notificationsSent: 'NotificationsSent',
  notificationsGivenUp: 'NotificationsGivenUp',
  notificationsWaiting: 'NotificationsWaiting',
  notificationRunsInTime: 'NotificationRunsInTime',
  /** export-to-mixpanel: rows that Mixpanel did not take, and that are kept. */
  exportRowsRefused: 'ExportRowsRefused',
  /** export-to-google-analytics: requests of which it is not known that they arrived, and days that were too old. */
  exportGaps: 'ExportGaps',
} as const;

export type MetricName = (typeof METRIC)[keyof typeof METRIC];
