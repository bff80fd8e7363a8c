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
  daysSealed: 'DaysSealed',
  daysResealed: 'DaysResealed',
} as const;

export type MetricName = (typeof METRIC)[keyof typeof METRIC];
