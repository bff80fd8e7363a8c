/** The namespace of all metrics of this service; a deployment files its own below it. */
export const METRIC_NAMESPACE = 'ChannelUsageAnalytics';

/** The metrics, by what publishes them. Every one of them is a count. */
export const METRIC = {
  /** count-messages: received = counted + duplicate + not counted + set aside + returned, in every invocation. */
  recordsReceived: 'RecordsReceived',
  messagesCounted: 'MessagesCounted',
  messagesDuplicate: 'MessagesDuplicate',
  messagesNotCounted: 'MessagesNotCounted',
  recordsSetAside: 'RecordsSetAside',
  recordsReturned: 'RecordsReturned',
  /** take-daily-snapshot: what became of the peers on its list, and of their days. */
  peersSealed: 'PeersSealed',
  peersLeftOver: 'PeersLeftOver',
  peersFailed: 'PeersFailed',
  daysSealed: 'DaysSealed',
  daysResealed: 'DaysResealed',
} as const;

export type MetricName = (typeof METRIC)[keyof typeof METRIC];
