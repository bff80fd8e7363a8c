import { Duration, Size } from 'aws-cdk-lib';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ALERT_SCHEDULE } from '../functions/raise-alerts/schedule.ts';
import {
  DASHBOARD_URL_VARIABLE,
  NOTIFICATION_TARGETS_VARIABLE,
} from '../functions/shared/runtime/notification-targets.ts';
import { ALERT_SWEEP } from '../functions/shared/store/items/sweep-progress.ts';
import { AnnouncementConsumer } from './announcement-consumer.ts';
import { allowDeciding } from './deciding.ts';
import { runOnSchedule } from './scheduled-runs.ts';
import type { StackSettings } from './stack-settings.ts';
import { UsageFunction } from './usage-function.ts';
import type { UsageStorage } from './usage-storage.ts';

interface AlertingProps {
  /** The topic of days. */
  days: Topic;
  /** What the function reads of whom is told. */
  targets: string;
  /** Where the dashboard is. */
  dashboardUrl: string;
  storage: UsageStorage;
  settings: StackSettings;
}

/** The function that decides what people are told of findings, the announcements that it gets, and its schedule. */
export class Alerting extends Construct {
  readonly raiseAlerts: UsageFunction;
  readonly consumer: AnnouncementConsumer;
  /** What asked for sweeps that failed, or that did not even begin. */
  readonly failedRuns: Queue;

  constructor(scope: Construct, id: string, props: AlertingProps) {
    super(scope, id);
    const { days, targets, dashboardUrl, storage, settings } = props;
    this.raiseAlerts = new UsageFunction(this, 'RaiseAlerts', {
      folder: 'raise-alerts',
      description: 'Decides what people are told of the findings of peers',
      memory: Size.mebibytes(512),
      environment: { [NOTIFICATION_TARGETS_VARIABLE]: targets, [DASHBOARD_URL_VARIABLE]: dashboardUrl },
      storage,
      settings,
    });
    allowDeciding(this.raiseAlerts, storage.usage.tableArn, ALERT_SWEEP);
    this.consumer = new AnnouncementConsumer(this, 'Consumer', {
      topic: days,
      handler: this.raiseAlerts,
      settings,
    });
    this.failedRuns = runOnSchedule(this, {
      handler: this.raiseAlerts,
      minute: ALERT_SCHEDULE.minute,
      every: Duration.hours(1),
      description: 'Runs raise-alerts every hour over all peers',
      settings,
    });
  }
}
