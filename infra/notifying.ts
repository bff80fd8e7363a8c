import { Duration, Size } from 'aws-cdk-lib';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { SEND_SCHEDULE } from '../functions/send-notifications/schedule.ts';
import {
  NOTIFICATION_TARGETS_VARIABLE,
  notificationTargetsText,
} from '../functions/shared/runtime/notification-targets.ts';
import { GIVEN_UP_NOTIFICATIONS_PREFIX } from '../functions/shared/store/items/given-up-notification.ts';
import { NOTIFICATION_TARGET_PARTITION } from '../functions/shared/store/items/notification-target.ts';
import { NOTIFICATIONS_PREFIX } from '../functions/shared/store/items/waiting-notification.ts';
import { runOnSchedule } from './scheduled-runs.ts';
import { allowParameters } from './secret-parameters.ts';
import type { StackSettings } from './stack-settings.ts';
import { neededParameters } from './told-settings.ts';
import { encryptedTopic, subscribe } from './topics.ts';
import { UsageFunction } from './usage-function.ts';
import { onlyIn, onlyWhereBegins } from './usage-partitions.ts';
import type { UsageStorage } from './usage-storage.ts';

interface NotifyingProps {
  storage: UsageStorage;
  settings: StackSettings;
}

/** The topic that tells people, the function that sends what waits to it and to webhooks, and the runs that failed. */
export class Notifying extends Construct {
  readonly topic: Topic;
  /** All targets, as functions read them from an environment variable; no secret is in it. */
  readonly targets: string;
  readonly sendNotifications: UsageFunction;
  /** What asked for runs that failed, or that did not even begin. */
  readonly failedRuns: Queue;

  constructor(scope: Construct, id: string, { storage, settings }: NotifyingProps) {
    super(scope, id);
    const { subscribers, webhooks } = settings.notifications;
    this.topic = encryptedTopic(this, settings, { displayName: 'Channel Usage Analytics' });
    subscribe(
      this.topic,
      subscribers,
      'Mail has no failure queue. An HTTPS address for which nothing may be lost is a webhook in the settings.',
    );
    this.targets = notificationTargetsText(this.topic.topicArn, webhooks);
    this.sendNotifications = new UsageFunction(this, 'SendNotifications', {
      folder: 'send-notifications',
      description: 'Sends findings and reports to the topic and to webhooks',
      memory: Size.mebibytes(256),
      environment: { [NOTIFICATION_TARGETS_VARIABLE]: this.targets },
      storage,
      settings,
    });
    const { tableArn } = storage.usage;
    this.sendNotifications.allow(
      ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'],
      tableArn,
      onlyWhereBegins(NOTIFICATIONS_PREFIX),
    );
    this.sendNotifications.allow(
      ['dynamodb:PutItem'],
      tableArn,
      onlyWhereBegins(GIVEN_UP_NOTIFICATIONS_PREFIX),
    );
    this.sendNotifications.allow(
      ['dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
      tableArn,
      onlyIn(NOTIFICATION_TARGET_PARTITION),
    );
    this.sendNotifications.allow(['sns:Publish'], this.topic.topicArn);
    const parameters = neededParameters({ webhooks, exports: {} });
    allowParameters(
      this.sendNotifications,
      parameters.map(({ name }) => name),
    );
    this.failedRuns = runOnSchedule(this, {
      handler: this.sendNotifications,
      minute: SEND_SCHEDULE.minute,
      every: Duration.minutes(1),
      description: 'Runs send-notifications every minute',
      settings,
    });
  }
}
