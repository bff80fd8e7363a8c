import { Stack } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  PeriodOverride,
  Stats,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { DailySnapshotting } from './daily-snapshotting.ts';
import type { MessageCounting } from './message-counting.ts';
import type { Redriving } from './redriving.ts';
import type { StackSettings } from './stack-settings.ts';
import type { UsageAlarms } from './usage-alarms.ts';
import type { UsageEndpoint } from './usage-endpoint.ts';
import {
  countingLag,
  failedRuns,
  functionCount,
  latencies,
  mappingCount,
  publishedCount,
  requestCounts,
  runDuration,
  serverErrorRate,
} from './usage-metrics.ts';
import type { UsageStorage } from './usage-storage.ts';

const ROW = 24;
const HALF = ROW / 2;

/** How the service is doing, on one page: first the alarms, then the way of a message. */
export class MetricsDashboard extends Construct {
  readonly name: string;

  constructor(
    scope: Construct,
    id: string,
    props: {
      storage: UsageStorage;
      counting: MessageCounting;
      redriving: Redriving;
      snapshotting: DailySnapshotting;
      endpoint: UsageEndpoint;
      alarms: UsageAlarms;
      settings: StackSettings;
    },
  ) {
    super(scope, id);
    const { storage, counting, redriving, snapshotting, endpoint, alarms, settings } = props;
    const { countMessages } = counting;
    const { redriveRecords } = redriving;
    const { takeDailySnapshot } = snapshotting;

    this.name = Stack.of(this).stackName;
    const dashboard = new Dashboard(this, 'Page', {
      dashboardName: this.name,
      periodOverride: PeriodOverride.INHERIT,
    });
    dashboard.addWidgets(
      new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms.alarms], width: ROW, height: 4 }),
    );
    dashboard.addWidgets(
      graph('Messages', 'a period', [
        publishedCount(countMessages, 'recordsReceived').with({ label: 'received' }),
        publishedCount(countMessages, 'messagesCounted').with({ label: 'counted' }),
        publishedCount(countMessages, 'messagesDuplicate').with({ label: 'duplicates' }),
        publishedCount(countMessages, 'messagesNotCounted').with({ label: 'not counted by rule' }),
        publishedCount(countMessages, 'recordsReturned').with({ label: 'returned for retry' }),
      ]),
      graph('What could not be counted', 'a period', [
        publishedCount(countMessages, 'recordsQuarantined').with({ label: 'quarantined' }),
        mappingCount(counting, 'OnFailureDestinationDeliveredEventCount').with({ label: 'given up, in S3' }),
        mappingCount(counting, 'DroppedEventCount').with({ label: 'dropped' }),
        functionCount(countMessages, 'DestinationDeliveryFailures').with({
          label: 'failed deliveries to S3',
        }),
        publishedCount(redriveRecords, 'batchesTaken').with({ label: 'batches fed back' }),
        publishedCount(redriveRecords, 'batchesLeft').with({ label: 'batches left' }),
      ]),
    );
    dashboard.addWidgets(
      graph('Lag of counting', 'milliseconds', [countingLag(counting).with({ label: 'oldest record' })]),
      graph('Function failures', 'a period', [
        ...Object.entries({
          ...endpoint.functions,
          'count-messages': countMessages,
          'redrive-records': redriveRecords,
          'take-daily-snapshot': takeDailySnapshot,
        }).flatMap(([name, handler]) => [
          functionCount(handler, 'Errors').with({ label: `${name} errors` }),
          functionCount(handler, 'Throttles').with({ label: `${name} throttles` }),
        ]),
      ]),
    );
    dashboard.addWidgets(
      graph('Snapshots', 'a run', [
        publishedCount(takeDailySnapshot, 'daysSealed').with({ label: 'days sealed' }),
        publishedCount(takeDailySnapshot, 'daysResealed').with({ label: 'days sealed again' }),
        publishedCount(takeDailySnapshot, 'peersSealed').with({ label: 'peers' }),
        publishedCount(takeDailySnapshot, 'peersLeftOver').with({ label: 'peers left over' }),
        publishedCount(takeDailySnapshot, 'peersFailed').with({ label: 'peers that failed' }),
      ]),
      graph(
        'Runs of the snapshot job',
        'milliseconds',
        [runDuration(snapshotting).with({ label: 'duration' })],
        [failedRuns(snapshotting).with({ label: 'failed runs in the queue' })],
      ),
    );
    dashboard.addWidgets(
      graph('API requests', 'a period', requestCounts(endpoint), [serverErrorRate(endpoint)]),
      graph('API latency', 'milliseconds', latencies(endpoint)),
    );
    dashboard.addWidgets(
      graph('Write units', 'a period', [
        writeUnits(storage.messages, 'messages table'),
        writeUnits(storage.usage, 'usage table'),
      ]),
      new TextWidget({
        markdown: `What each alarm means, and what to do: ${settings.runbook}`,
        width: HALF,
        height: 6,
      }),
    );
  }
}

function writeUnits(table: UsageStorage['messages'], label: string): IMetric {
  return table.metricConsumedWriteCapacityUnits({ statistic: Stats.SUM, label });
}

function graph(title: string, unit: string, left: IMetric[], right: IMetric[] = []): GraphWidget {
  return new GraphWidget({ title, left, right, leftYAxis: { label: unit, min: 0 }, width: HALF, height: 6 });
}
