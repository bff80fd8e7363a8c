import { Duration, Size, Stack } from 'aws-cdk-lib';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ANNOUNCING_SCHEDULE } from '../functions/announce-days/schedule.ts';
import { FOLLOWERS_PREFIX } from '../functions/shared/store/items/announcing-progress.ts';
import { PEER_PARTITIONS_PREFIX } from '../functions/shared/store/items/keys.ts';
import { CHANGED_LANES_PREFIX, CHANGED_PEERS_INDEX } from '../functions/shared/store/usage-table.ts';
import { runOnSchedule } from './scheduled-runs.ts';
import type { StackSettings } from './stack-settings.ts';
import { encryptedTopic } from './topics.ts';
import { UsageFunction } from './usage-function.ts';
import { onlyWhereBegins } from './usage-partitions.ts';
import type { UsageStorage } from './usage-storage.ts';

interface AnnouncingProps {
  storage: UsageStorage;
  settings: StackSettings;
}

/** The topic of days, the function that announces there what changed, its schedule, and the runs that failed. */
export class Announcing extends Construct {
  readonly topic: Topic;
  readonly announceDays: UsageFunction;
  /** What asked for runs that failed, or that did not even begin. */
  readonly failedRuns: Queue;

  constructor(scope: Construct, id: string, { storage, settings }: AnnouncingProps) {
    super(scope, id);
    this.topic = encryptedTopic(this, settings);
    const { account, region, stackName } = Stack.of(this);
    this.announceDays = new UsageFunction(this, 'AnnounceDays', {
      folder: 'announce-days',
      description: 'Announces the days that were sealed, or changed since',
      memory: Size.mebibytes(512),
      environment: {
        DAYS_TOPIC_ARN: this.topic.topicArn,
        EVENT_SOURCE: `/${account}/${region}/${stackName}`,
      },
      storage,
      settings,
    });
    const { tableArn } = storage.usage;
    this.announceDays.allow(
      ['dynamodb:Query'],
      `${tableArn}/index/${CHANGED_PEERS_INDEX.name}`,
      onlyWhereBegins(CHANGED_LANES_PREFIX),
    );
    this.announceDays.allow(['dynamodb:Query'], tableArn, onlyWhereBegins(PEER_PARTITIONS_PREFIX));
    this.announceDays.allow(
      ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
      tableArn,
      onlyWhereBegins(FOLLOWERS_PREFIX),
    );
    this.announceDays.allow(
      // Which is what AWS asks for; emulators ask for the name of the operation.
      ['sns:Publish', ...(settings.emulator ? ['sns:PublishBatch'] : [])],
      this.topic.topicArn,
    );
    this.failedRuns = runOnSchedule(this, {
      handler: this.announceDays,
      minute: ANNOUNCING_SCHEDULE.minute,
      every: Duration.minutes(30),
      description: 'Runs announce-days twice an hour',
      settings,
    });
  }
}
