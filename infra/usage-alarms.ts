import { Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { RUNS_AT_A_TIME } from '../functions/take-daily-snapshot/schedule.ts';
import type { Alerting } from './alerting.ts';
import type { AnnouncementConsumer } from './announcement-consumer.ts';
import type { Announcing } from './announcing.ts';
import type { FunctionFolder } from './bundling.ts';
import type { DailySnapshotting } from './daily-snapshotting.ts';
import type { Exporting } from './exporting.ts';
import type { FigureAuditing } from './figure-auditing.ts';
import { functionsOfStage, type PartsOfStage } from './functions-of-stage.ts';
import type { MessageCounting } from './message-counting.ts';
import type { Notifying } from './notifying.ts';
import type { Redriving } from './redriving.ts';
import type { Reporting } from './reporting.ts';
import type { StackSettings } from './stack-settings.ts';
import { subscribe } from './topics.ts';
import type { UsageEndpoint } from './usage-endpoint.ts';
import type { UsageFunction } from './usage-function.ts';
import {
  alertSweepsCompleted,
  announcementsGivenUp,
  announcementsReturned,
  announcingRunsCompleted,
  countingLag,
  failedRuns,
  functionCount,
  heartbeatKeysPassed,
  mappingCount,
  oldestAnnouncement,
  peersNotSealed,
  publishedCount,
  redrivesCompleted,
  reportRunsCompleted,
  runDuration,
  runsBegun,
  serverErrorRate,
} from './usage-metrics.ts';

const MINUTE_MS = 60_000;
const HOUR_SECONDS = 3_600;

/** One alarm, before it is made. */
interface AlarmDefinition {
  /** The end of the alarm's name. */
  name: string;
  /** What the alarm says, in a sentence. */
  meaning: string;
  /** The section of docs/operations.md that says what to do, as it is linked. */
  section: string;
  metric: IMetric;
  /** It is raised where the metric is above this, or below this or missing … */
  limit: { above: number } | { below: number };
  /** … in so many of so many last periods of the metric. */
  periods: [number, number];
}

const AT_ONCE: AlarmDefinition['periods'] = [1, 1];
/** What heals itself within a few minutes wakes nobody. */
const LASTING: AlarmDefinition['periods'] = [2, 3];
/** The functions that run every hour or half of one, and not whenever somebody asks. */
const HOURLY: readonly string[] = [
  'redrive-records',
  'take-daily-snapshot',
  'audit-figures',
  'announce-days',
  'raise-alerts',
  'send-reports',
] satisfies FunctionFolder[];

/** At once, and until a run an hour later has had the time not to fail. */
const UNTIL_THE_NEXT_RUN: AlarmDefinition['periods'] = [1, 14];
/** Of what is looked at hour by hour: so many in a row. */
const TWO_RUNS: AlarmDefinition['periods'] = [2, 2];
const THREE_RUNS: AlarmDefinition['periods'] = [3, 3];

interface WatchedOver extends PartsOfStage {
  exporting: Exporting;
  /** Nothing where reports on months are switched off. */
  reporting: Reporting | undefined;
  consumers: readonly AnnouncementConsumer[];
  settings: StackSettings;
}

/** The alarms, and the topic that tells of them. */
export class UsageAlarms extends Construct {
  readonly topic: Topic;
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, props: WatchedOver) {
    super(scope, id);
    const { settings } = props;
    this.topic = alarmTopic(this, settings);
    const action = new SnsAction(this.topic);
    this.alarms = alarmDefinitions(props).map(({ name, meaning, section, metric, limit, periods }) => {
      const alarm = new Alarm(this, name, {
        alarmName: `${Stack.of(this).stackName}-${name}`,
        alarmDescription: `${meaning} What to do: ${settings.runbook}#${section}`,
        metric,
        ...thresholdOf(limit),
        datapointsToAlarm: periods[0],
        evaluationPeriods: periods[1],
      });
      alarm.addAlarmAction(action);
      alarm.addOkAction(action);
      return alarm;
    });
  }
}

function thresholdOf(limit: AlarmDefinition['limit']) {
  // Where nothing happens there are no data points.
  if ('below' in limit) {
    return {
      threshold: limit.below,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.BREACHING,
    };
  }
  return {
    threshold: limit.above,
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  };
}

function alarmDefinitions(props: WatchedOver): AlarmDefinition[] {
  const {
    counting,
    redriving,
    snapshotting,
    auditing,
    announcing,
    alerting,
    exporting,
    reporting,
    consumers,
    notifying,
    endpoint,
    settings,
  } = props;
  return [
    ...countingAlarms(counting, settings),
    ...redrivingAlarms(redriving),
    ...Object.entries({ ...functionsOfStage(props), ...exporting.functions }).flatMap(([name, handler]) =>
      functionAlarms(name, handler),
    ),
    ...exportAlarms(exporting),
    ...snapshotAlarms(snapshotting),
    figuresDiffer(auditing),
    announcingAlarm(announcing),
    ...alertingAlarms(alerting),
    ...(reporting === undefined ? [] : reportAlarms(reporting)),
    ...consumers.flatMap(consumerAlarms),
    ...notificationAlarms(notifying),
    // Emulators of AWS refuse alarms on expressions.
    ...(settings.emulator ? [] : [snapshotsFallBehind(snapshotting), serverErrors(endpoint)]),
  ];
}

function countingAlarms(counting: MessageCounting, settings: StackSettings): AlarmDefinition[] {
  return [
    {
      name: 'counting-falls-behind',
      meaning: 'Messages have waited for more than five minutes to be counted.',
      section: 'counting-falls-behind',
      metric: countingLag(counting),
      limit: { above: 5 * MINUTE_MS },
      periods: LASTING,
    },
    {
      name: 'heartbeats-do-not-pass',
      meaning:
        'Heartbeats do not come through the stream, or not through all of its lanes: figures are behind.',
      section: 'heartbeats-do-not-pass',
      metric: heartbeatKeysPassed(counting),
      limit: { below: settings.heartbeatKeys },
      periods: LASTING,
    },
    {
      name: 'records-quarantined',
      meaning: 'Records of the messages table could not be counted, and were quarantined.',
      section: 'records-quarantined',
      metric: publishedCount(counting.countMessages, 'recordsQuarantined'),
      limit: { above: 0 },
      periods: AT_ONCE,
    },
    {
      name: 'records-given-up',
      meaning: 'Records could not be counted for so long that they went to the failure destination.',
      section: 'records-given-up',
      metric: mappingCount(counting, 'OnFailureDestinationDeliveredEventCount'),
      limit: { above: 0 },
      periods: AT_ONCE,
    },
    {
      name: 'failure-destination-unreachable',
      meaning: 'Records that were given up could not be put into the failure destination.',
      section: 'failure-destination-unreachable',
      metric: functionCount(counting.countMessages, 'DestinationDeliveryFailures'),
      limit: { above: 0 },
      periods: AT_ONCE,
    },
  ];
}

function redrivingAlarms(redriving: Redriving): AlarmDefinition[] {
  return [
    {
      name: 'redriven-records-quarantined',
      meaning: 'Records that had been given up could not be counted either when they were fed back.',
      section: 'records-quarantined',
      metric: publishedCount(redriving.redriveRecords, 'recordsQuarantined'),
      limit: { above: 0 },
      periods: AT_ONCE,
    },
    {
      name: 'redriving-does-not-help',
      meaning: 'Two runs of redrive-records in a row left batches, failed, or did not come.',
      section: 'redriving-does-not-help',
      metric: redrivesCompleted(redriving),
      limit: { below: 1 },
      periods: TWO_RUNS,
    },
  ];
}

function exportAlarms({ functions }: Exporting): AlarmDefinition[] {
  const { 'export-to-mixpanel': mixpanel, 'export-to-google-analytics': googleAnalytics } = functions;
  const definitions: AlarmDefinition[] = [];
  if (mixpanel !== undefined) {
    definitions.push({
      name: 'export-rows-refused',
      meaning: 'Mixpanel did not take some rows, which are kept.',
      section: 'mixpanel-refuses-rows',
      metric: publishedCount(mixpanel, 'exportRowsRefused'),
      limit: { above: 0 },
      periods: AT_ONCE,
    });
  }
  if (googleAnalytics !== undefined) {
    definitions.push({
      name: 'export-gaps',
      meaning: 'Google Analytics may lack figures, which nothing sends again.',
      section: 'google-analytics-has-gaps',
      metric: publishedCount(googleAnalytics, 'exportGaps'),
      limit: { above: 0 },
      periods: AT_ONCE,
    });
  }
  return definitions;
}

function functionAlarms(name: string, handler: UsageFunction): AlarmDefinition[] {
  return [
    {
      name: `${name}-fails`,
      meaning: `Invocations of ${name} end in an error or run out of time.`,
      section: 'a-function-fails',
      metric: functionCount(handler, 'Errors'),
      limit: { above: 0 },
      periods: HOURLY.includes(name) ? UNTIL_THE_NEXT_RUN : LASTING,
    },
    {
      name: `${name}-is-throttled`,
      meaning: `Invocations of ${name} are refused, because too many run at a time.`,
      section: 'a-function-is-throttled',
      metric: functionCount(handler, 'Throttles'),
      limit: { above: 0 },
      periods: LASTING,
    },
  ];
}

function snapshotAlarms(snapshotting: DailySnapshotting): AlarmDefinition[] {
  return [
    {
      name: 'snapshots-are-missed',
      meaning: 'For three hours, runs of take-daily-snapshot have not begun, or not for all lanes of peers.',
      section: 'snapshots-are-missed',
      metric: runsBegun(snapshotting),
      limit: { below: RUNS_AT_A_TIME },
      periods: THREE_RUNS,
    },
    {
      name: 'snapshot-runs-failed',
      meaning: 'A run of take-daily-snapshot was given up, and is in the queue of failed runs.',
      section: 'snapshot-runs-failed',
      metric: failedRuns(snapshotting),
      limit: { above: 0 },
      periods: AT_ONCE,
    },
    {
      name: 'snapshots-take-long',
      meaning: 'A run of take-daily-snapshot took more than 12 of its 15 minutes.',
      section: 'snapshots-take-long',
      metric: runDuration(snapshotting),
      limit: { above: 12 * MINUTE_MS },
      periods: AT_ONCE,
    },
    {
      name: 'stored-figures-contradict',
      meaning: 'Stored figures of a peer contradict one another, so that it is not sealed any more.',
      section: 'stored-figures-contradict-one-another',
      metric: publishedCount(snapshotting.takeDailySnapshot, 'peersInconsistent'),
      limit: { above: 0 },
      periods: UNTIL_THE_NEXT_RUN,
    },
  ];
}

function figuresDiffer({ auditFigures }: FigureAuditing): AlarmDefinition {
  return {
    name: 'figures-differ',
    meaning: 'An audit has found stored figures of a peer that do not agree with one another.',
    section: 'stored-figures-differ',
    metric: publishedCount(auditFigures, 'peersDiffering'),
    limit: { above: 0 },
    periods: AT_ONCE,
  };
}

function announcingAlarm(announcing: Announcing): AlarmDefinition {
  return {
    name: 'days-are-not-announced',
    meaning: 'For two hours no run of announce-days announced all: runs failed, left days, or did not come.',
    section: 'days-are-not-announced',
    metric: announcingRunsCompleted(announcing),
    limit: { below: 1 },
    periods: TWO_RUNS,
  };
}

function alertingAlarms(alerting: Alerting): AlarmDefinition[] {
  return [
    {
      name: 'alerts-fall-behind',
      meaning: 'For three hours no run of raise-alerts was through with all peers: people may not be told.',
      section: 'alerts-fall-behind',
      metric: alertSweepsCompleted(alerting),
      limit: { below: 1 },
      periods: THREE_RUNS,
    },
    {
      name: 'peers-not-judged',
      meaning: 'There are peers that raise-alerts could not judge: people are not told of their findings.',
      section: 'peers-are-not-judged',
      metric: publishedCount(alerting.raiseAlerts, 'peersNotJudged'),
      limit: { above: 0 },
      periods: AT_ONCE,
    },
  ];
}

function consumerAlarms(consumer: AnnouncementConsumer): AlarmDefinition[] {
  const { folder } = consumer.handler;
  return [
    {
      name: `${folder}-gives-days-up`,
      meaning: `Announcements of days could not be consumed by ${folder}, and are in its failure queue.`,
      section: 'days-given-up',
      metric: announcementsGivenUp(consumer),
      limit: { above: 0 },
      periods: AT_ONCE,
    },
    {
      name: `${folder}-falls-behind`,
      meaning: `Announcements of days have waited for more than an hour for ${folder}.`,
      section: 'a-consumer-of-days-falls-behind',
      metric: oldestAnnouncement(consumer),
      limit: { above: HOUR_SECONDS },
      periods: LASTING,
    },
    {
      name: `${folder}-keeps-failing`,
      meaning: `Announcements of days failed in ${folder} for more than an hour, and come again.`,
      section: 'a-consumer-of-days-falls-behind',
      metric: announcementsReturned(consumer),
      limit: { above: 0 },
      periods: TWO_RUNS,
    },
  ];
}

function reportAlarms(reporting: Reporting): AlarmDefinition[] {
  return [
    ...functionAlarms('send-reports', reporting.sendReports),
    {
      name: 'reports-are-not-made',
      meaning:
        'For three hours no run of send-reports was through with all peers: reports on the month before are missing.',
      section: 'reports-are-not-made',
      metric: reportRunsCompleted(reporting),
      limit: { below: 1 },
      periods: THREE_RUNS,
    },
  ];
}

function notificationAlarms({ sendNotifications }: Notifying): AlarmDefinition[] {
  return [
    {
      name: 'notifications-given-up',
      meaning: 'A finding or a report was not taken by a target for a day, and was given up.',
      section: 'notifications-given-up',
      metric: publishedCount(sendNotifications, 'notificationsGivenUp'),
      limit: { above: 0 },
      periods: AT_ONCE,
    },
    {
      name: 'notifications-fall-behind',
      meaning: 'Findings or reports have waited for more than an hour for a target, or no run sends them.',
      section: 'notifications-fall-behind',
      metric: publishedCount(sendNotifications, 'notificationRunsInTime'),
      limit: { below: 1 },
      periods: LASTING,
    },
  ];
}

function snapshotsFallBehind(snapshotting: DailySnapshotting): AlarmDefinition {
  return {
    name: 'snapshots-fall-behind',
    meaning: 'In three hours in a row, runs of take-daily-snapshot left peers with days that are not sealed.',
    section: 'snapshots-fall-behind',
    metric: peersNotSealed(snapshotting),
    limit: { above: 0 },
    periods: THREE_RUNS,
  };
}

function serverErrors(endpoint: UsageEndpoint): AlarmDefinition {
  return {
    name: 'api-answers-with-errors',
    meaning: 'More than 1% of the requests are answered with 5xx.',
    section: 'the-api-answers-with-errors',
    metric: serverErrorRate(endpoint),
    limit: { above: 1 },
    periods: LASTING,
  };
}

function alarmTopic(scope: Construct, { alarmSubscribers }: StackSettings): Topic {
  const topic = new Topic(scope, 'Topic', { displayName: 'Channel Usage Analytics', enforceSSL: true });
  // A topic with a policy of its own no longer has the one that lets the account's alarms in.
  topic.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
  );
  const noLoss = 'A message that did not arrive is no loss: the alarm still shows its state.';
  subscribe(topic, alarmSubscribers, noLoss);
  return topic;
}
