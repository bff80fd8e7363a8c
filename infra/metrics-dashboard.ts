import { Stack } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  PeriodOverride,
  Stats,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { functionsOfStage, type PartsOfStage } from './functions-of-stage.ts';
import type { Reporting } from './reporting.ts';
import type { StackSettings } from './stack-settings.ts';
import type { UsageAlarms } from './usage-alarms.ts';
import {
  countingLag,
  failedRuns,
  functionCount,
  heartbeatKeysPassed,
  latencies,
  mappingCount,
  oldestAnnouncement,
  publishedCount,
  requestCounts,
  runDuration,
  serverErrorRate,
} from './usage-metrics.ts';
import type { UsageStorage } from './usage-storage.ts';

const ROW = 24;
const HALF = ROW / 2;

/** What the page shows. */
interface Shown extends PartsOfStage {
  storage: UsageStorage;
  reporting: Reporting | undefined;
  alarms: UsageAlarms;
  settings: StackSettings;
}

/** How the service is doing, on one page: first the alarms, then the way of a message. */
export class MetricsDashboard extends Construct {
  readonly name: string;

  constructor(scope: Construct, id: string, props: Shown) {
    super(scope, id);
    this.name = Stack.of(this).stackName;
    const dashboard = new Dashboard(this, 'Page', {
      dashboardName: this.name,
      periodOverride: PeriodOverride.INHERIT,
    });
    for (const row of [
      alarmRow(props),
      messageRow(props),
      functionRow(props),
      snapshotRow(props),
      auditRow(props),
      alertRow(props),
      reportRow(props),
      notificationRow(props),
      apiRow(props),
      tableRow(props),
    ]) {
      dashboard.addWidgets(...row);
    }
  }
}

function alarmRow({ alarms }: Shown): IWidget[] {
  return [new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms.alarms], width: ROW, height: 4 })];
}

function messageRow({ counting, redriving }: Shown): IWidget[] {
  const { countMessages } = counting;
  const { redriveRecords } = redriving;
  return [
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
      functionCount(countMessages, 'DestinationDeliveryFailures').with({ label: 'failed deliveries to S3' }),
      publishedCount(redriveRecords, 'batchesTaken').with({ label: 'batches fed back' }),
      publishedCount(redriveRecords, 'batchesLeft').with({ label: 'batches left' }),
    ]),
  ];
}

function functionRow(props: Shown): IWidget[] {
  const { counting, reporting } = props;
  const functions = {
    ...functionsOfStage(props),
    ...(reporting !== undefined && { 'send-reports': reporting.sendReports }),
  };
  const failures = Object.entries(functions).flatMap(([name, handler]) => [
    functionCount(handler, 'Errors').with({ label: `${name} errors` }),
    functionCount(handler, 'Throttles').with({ label: `${name} throttles` }),
  ]);
  return [
    graph(
      'Lag of counting',
      'milliseconds',
      [countingLag(counting).with({ label: 'oldest record' })],
      [heartbeatKeysPassed(counting).with({ label: 'keys whose heartbeat passed' })],
    ),
    graph('Function failures', 'a period', failures),
  ];
}

function snapshotRow({ snapshotting }: Shown): IWidget[] {
  const { takeDailySnapshot } = snapshotting;
  return [
    graph('Snapshots', 'a run', [
      publishedCount(takeDailySnapshot, 'daysSealed').with({ label: 'days sealed' }),
      publishedCount(takeDailySnapshot, 'daysResealed').with({ label: 'days sealed again' }),
      publishedCount(takeDailySnapshot, 'peersSealed').with({ label: 'peers' }),
      publishedCount(takeDailySnapshot, 'peersLeftOver').with({ label: 'peers left over' }),
      publishedCount(takeDailySnapshot, 'peersFailed').with({ label: 'peers that failed' }),
      publishedCount(takeDailySnapshot, 'peersInconsistent').with({ label: 'peers that contradict' }),
    ]),
    graph(
      'Runs of the snapshot job',
      'milliseconds',
      [runDuration(snapshotting).with({ label: 'duration' })],
      [failedRuns(snapshotting).with({ label: 'failed runs in the queue' })],
    ),
  ];
}

function auditRow({ auditing: { auditFigures } }: Shown): IWidget[] {
  return [
    graph('Audits of stored figures', 'a run', [
      publishedCount(auditFigures, 'peersAudited').with({ label: 'peers audited' }),
      publishedCount(auditFigures, 'peersDiffering').with({ label: 'peers that differ' }),
    ]),
  ];
}

function alertRow({ alerting: { raiseAlerts, consumer } }: Shown): IWidget[] {
  return [
    graph('Alerts', 'a period', [
      publishedCount(raiseAlerts, 'peersJudged').with({ label: 'peers judged' }),
      publishedCount(raiseAlerts, 'peersNotJudged').with({ label: 'peers that could not be judged' }),
      publishedCount(raiseAlerts, 'alertsRaised').with({ label: 'to be told' }),
    ]),
    graph('Announcements for alerts', 'seconds', [
      oldestAnnouncement(consumer).with({ label: 'oldest in the queue' }),
    ]),
  ];
}

function reportRow({ reporting }: Shown): IWidget[] {
  if (reporting === undefined) return [];
  const { sendReports } = reporting;
  return [
    graph('Reports on months', 'a run', [
      publishedCount(sendReports, 'reportsMade').with({ label: 'made' }),
      publishedCount(sendReports, 'reportsFailed').with({ label: 'peers that failed' }),
    ]),
  ];
}

function notificationRow({ notifying: { sendNotifications } }: Shown): IWidget[] {
  return [
    graph('Notifications', 'a period', [
      publishedCount(sendNotifications, 'notificationsSent').with({ label: 'sent' }),
      publishedCount(sendNotifications, 'notificationsGivenUp').with({ label: 'given up' }),
      publishedCount(sendNotifications, 'notificationsWaiting').with({
        statistic: Stats.MAXIMUM,
        label: 'waiting',
      }),
    ]),
  ];
}

function apiRow({ endpoint }: Shown): IWidget[] {
  return [
    graph('API requests', 'a period', requestCounts(endpoint), [serverErrorRate(endpoint)]),
    graph('API latency', 'milliseconds', latencies(endpoint)),
  ];
}

function tableRow({ storage, settings }: Shown): IWidget[] {
  return [
    graph('Write units', 'a period', [
      writeUnits(storage.messages, 'messages table'),
      writeUnits(storage.usage, 'usage table'),
    ]),
    new TextWidget({
      markdown: `What each alarm means, and what to do: ${settings.runbook}`,
      width: HALF,
      height: 6,
    }),
  ];
}

function writeUnits(table: UsageStorage['messages'], label: string): IMetric {
  return table.metricConsumedWriteCapacityUnits({ statistic: Stats.SUM, label });
}

function graph(title: string, unit: string, left: IMetric[], right: IMetric[] = []): GraphWidget {
  return new GraphWidget({ title, left, right, leftYAxis: { label: unit, min: 0 }, width: HALF, height: 6 });
}
