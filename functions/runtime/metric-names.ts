/** The namespace of all metrics of this service. */
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
} as const;

export type MetricName = (typeof METRIC)[keyof typeof METRIC];
