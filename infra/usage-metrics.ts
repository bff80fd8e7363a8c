import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { METRIC } from '../functions/shared/runtime/metric-names.ts';
import type { Alerting } from './alerting.ts';
import type { AnnouncementConsumer } from './announcement-consumer.ts';
import type { Announcing } from './announcing.ts';
import type { DailySnapshotting } from './daily-snapshotting.ts';
import type { MessageCounting } from './message-counting.ts';
import { metricNamespaceOf } from './metric-namespace.ts';
import type { Redriving } from './redriving.ts';
import type { Reporting } from './reporting.ts';
import type { UsageEndpoint } from './usage-endpoint.ts';
import type { UsageFunction } from './usage-function.ts';

/** The period of graphs and alarms. */
const PERIOD = Duration.minutes(5);
/** From one run of an hourly job to the next. */
const BETWEEN_RUNS = Duration.hours(1);

/** What a function counts itself. */
export function publishedCount(handler: UsageFunction, name: keyof typeof METRIC): Metric {
  return new Metric({
    namespace: metricNamespaceOf(handler),
    metricName: METRIC[name],
    // The dimension that Powertools gives every metric.
    dimensionsMap: { service: handler.folder },
    statistic: Stats.SUM,
    period: PERIOD,
  });
}

/** A count that Lambda keeps of a function. */
export function functionCount(
  handler: UsageFunction,
  metricName: 'Errors' | 'Throttles' | 'DestinationDeliveryFailures',
): Metric {
  return handler.metric(metricName, { statistic: Stats.SUM, period: PERIOD });
}

/** How long the oldest record of a batch had waited, at worst, in milliseconds. */
export function countingLag({ countMessages }: MessageCounting): Metric {
  return countMessages.metric('IteratorAge', { statistic: Stats.MAXIMUM, period: PERIOD });
}

/**
 * Of how many keys a heartbeat had passed that was young enough, at best; nothing where none passed at all. The first
 * lane that heartbeats come through finds those of the others a whole period old, the last one finds all of them young.
 */
export function heartbeatKeysPassed({ countMessages }: MessageCounting): Metric {
  return publishedCount(countMessages, 'heartbeatKeysPassed').with({ statistic: Stats.MAXIMUM });
}

/** How many runs of the snapshot job began in an hour, for all lanes, repetitions of failed ones included. */
export function runsBegun({ takeDailySnapshot }: DailySnapshotting): Metric {
  return takeDailySnapshot.metricInvocations({ statistic: Stats.SUM, period: BETWEEN_RUNS });
}

/** How long the longest run of the snapshot job took, in milliseconds. */
export function runDuration({ takeDailySnapshot }: DailySnapshotting): Metric {
  return takeDailySnapshot.metricDuration({ statistic: Stats.MAXIMUM, period: PERIOD });
}

/** How many failed runs wait to be looked at. */
export function failedRuns({ failedRuns: queue }: DailySnapshotting): Metric {
  return queue.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM, period: PERIOD });
}

/** How many peers of a lane the snapshot job could not seal within an hour, at worst. */
export function peersNotSealed({ takeDailySnapshot }: DailySnapshotting): MathExpression {
  const atWorst = { statistic: Stats.MAXIMUM, period: BETWEEN_RUNS };
  return new MathExpression({
    expression: 'leftOver + failed',
    usingMetrics: {
      leftOver: publishedCount(takeDailySnapshot, 'peersLeftOver').with(atWorst),
      failed: publishedCount(takeDailySnapshot, 'peersFailed').with(atWorst),
    },
    label: 'peers that were not sealed',
    period: BETWEEN_RUNS,
  });
}

/** How many runs within an hour announced all that had changed; nothing where none did, or none came to its end. */
export function announcingRunsCompleted({ announceDays }: Announcing): Metric {
  return publishedCount(announceDays, 'announcingRunsCompleted').with({ period: BETWEEN_RUNS });
}

/** How many announcements of days wait in a consumer's failure queue. */
export function announcementsGivenUp({ failures }: AnnouncementConsumer): Metric {
  return failures.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM, period: PERIOD });
}

/**
 * How long the oldest announcement has waited for a consumer, in seconds. One that was received three times is left
 * out, as SQS puts it behind all others.
 */
export function oldestAnnouncement({ queue }: AnnouncementConsumer): Metric {
  return queue.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM, period: PERIOD });
}

/** How many announcements a consumer gave back within an hour, to get them again. */
export function announcementsReturned({ handler }: AnnouncementConsumer): Metric {
  return publishedCount(handler, 'announcementsReturned').with({ period: BETWEEN_RUNS });
}

/** How many runs within an hour left no failed batch; nothing where there was no run, or none came to its end. */
export function redrivesCompleted({ redriveRecords }: Redriving): Metric {
  return publishedCount(redriveRecords, 'redrivesCompleted').with({ period: BETWEEN_RUNS });
}

/** How many runs within an hour found every peer judged; nothing where there was no run, or none came to its end. */
export function alertSweepsCompleted({ raiseAlerts }: Alerting): Metric {
  return publishedCount(raiseAlerts, 'alertSweepsCompleted').with({ period: BETWEEN_RUNS });
}

/** How many runs within an hour left no report to be made; nothing where there was no run, or none came to its end. */
export function reportRunsCompleted({ sendReports }: Reporting): Metric {
  return publishedCount(sendReports, 'reportRunsCompleted').with({ period: BETWEEN_RUNS });
}

/** How many records the event source mapping did something with. */
export function mappingCount(
  { messageStream }: MessageCounting,
  metricName: 'OnFailureDestinationDeliveredEventCount' | 'DroppedEventCount',
): Metric {
  return new Metric({
    namespace: 'AWS/Lambda',
    metricName,
    dimensionsMap: { EventSourceMappingUUID: messageStream.eventSourceMappingId },
    statistic: Stats.SUM,
    period: PERIOD,
  });
}

/** The share of requests that were answered with 5xx, in per cent; nothing where there were none. */
export function serverErrorRate({ gateway }: UsageEndpoint): MathExpression {
  return new MathExpression({
    expression: '100 * errors / requests',
    usingMetrics: {
      errors: gateway.metricServerError({ statistic: Stats.SUM, period: PERIOD }),
      requests: gateway.metricCount({ statistic: Stats.SUM, period: PERIOD }),
    },
    label: 'answers with 5xx, %',
    period: PERIOD,
  });
}

/** Requests, and those that failed by the caller's or by the service's fault. */
export function requestCounts({ gateway }: UsageEndpoint): Metric[] {
  const options = { statistic: Stats.SUM, period: PERIOD };
  return [
    gateway.metricCount({ ...options, label: 'requests' }),
    gateway.metricClientError({ ...options, label: '4xx' }),
    gateway.metricServerError({ ...options, label: '5xx' }),
  ];
}

/** How long answers took, in milliseconds. */
export function latencies({ gateway }: UsageEndpoint): Metric[] {
  return [50, 95, 99].map((percentile) =>
    gateway.metricLatency({
      statistic: Stats.percentile(percentile),
      period: PERIOD,
      label: `p${percentile}`,
    }),
  );
}
