import { Duration, Size } from 'aws-cdk-lib';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { HEARTBEAT_SCHEDULE } from '../functions/send-heartbeats/schedule.ts';
import { DEPLOYED_RHYTHM } from '../functions/shared/domain/heartbeat.ts';
import { HEARTBEAT_PARTITIONS_PREFIX } from '../functions/shared/store/items/heartbeat.ts';
import { runOnSchedule } from './scheduled-runs.ts';
import type { StackSettings } from './stack-settings.ts';
import { UsageFunction } from './usage-function.ts';
import { onlyWhereBegins } from './usage-partitions.ts';
import type { UsageStorage } from './usage-storage.ts';

interface HeartbeatsProps {
  storage: UsageStorage;
  settings: StackSettings;
}

/** The schedule, the function that it runs to send heartbeats through the stream, and the runs that failed. */
export class Heartbeats extends Construct {
  readonly sendHeartbeats: UsageFunction;
  /** What asked for runs that failed, or that did not even begin. */
  readonly failedRuns: Queue;

  constructor(scope: Construct, id: string, { storage, settings }: HeartbeatsProps) {
    super(scope, id);
    this.sendHeartbeats = new UsageFunction(this, 'SendHeartbeats', {
      folder: 'send-heartbeats',
      description: 'Sends heartbeats through the stream of the messages table',
      memory: Size.mebibytes(256),
      storage,
      settings,
    });
    // It can put no message, but of a peer that is called as heartbeats are.
    this.sendHeartbeats.allow(
      ['dynamodb:PutItem'],
      storage.messages.tableArn,
      onlyWhereBegins(HEARTBEAT_PARTITIONS_PREFIX),
    );
    this.failedRuns = runOnSchedule(this, {
      handler: this.sendHeartbeats,
      minute: HEARTBEAT_SCHEDULE.minute,
      every: Duration.seconds(DEPLOYED_RHYTHM.everySeconds),
      description: 'Runs send-heartbeats every five minutes',
      settings,
    });
  }
}
