import { Duration, Size } from 'aws-cdk-lib';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { REDRIVE_SCHEDULE } from '../functions/redrive-records/schedule.ts';
import { WHOLE_PROCESSOR_MEGABYTES } from '../functions/shared/runtime/memory.ts';
import { GIVEN_UP_PARTITION } from '../functions/shared/store/items/given-up-count.ts';
import {
  allowCounting,
  explainLambdaObjects,
  LAMBDA_OBJECTS,
  type MessageCounting,
} from './message-counting.ts';
import { runOnSchedule } from './scheduled-runs.ts';
import type { StackSettings } from './stack-settings.ts';
import { UsageFunction } from './usage-function.ts';
import { onlyIn } from './usage-partitions.ts';
import type { UsageStorage } from './usage-storage.ts';

interface RedrivingProps {
  storage: UsageStorage;
  counting: MessageCounting;
  settings: StackSettings;
}

/** The schedule, the function that it runs to feed back what was given up, and the runs that failed. */
export class Redriving extends Construct {
  readonly redriveRecords: UsageFunction;
  /** What asked for runs that failed, or that did not even begin. */
  readonly failedRuns: Queue;

  constructor(scope: Construct, id: string, { storage, counting, settings }: RedrivingProps) {
    super(scope, id);
    const { failedRecords } = counting;
    this.redriveRecords = new UsageFunction(this, 'RedriveRecords', {
      folder: 'redrive-records',
      description: 'Counts the records that the stream gave up',
      // It counts what waits as count-messages does, and rests otherwise, which costs next to nothing.
      memory: Size.mebibytes(WHOLE_PROCESSOR_MEGABYTES),
      environment: { FAILED_RECORDS_BUCKET: failedRecords.bucketName },
      storage,
      settings,
    });
    allowCounting(this.redriveRecords, storage.usage);
    this.redriveRecords.allow(
      ['dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:DeleteItem'],
      storage.usage.tableArn,
      onlyIn(GIVEN_UP_PARTITION),
    );
    this.redriveRecords.allow(['s3:ListBucket'], failedRecords.bucketArn);
    this.redriveRecords.allow(
      ['s3:GetObject', 's3:DeleteObject'],
      failedRecords.arnForObjects(LAMBDA_OBJECTS),
    );
    explainLambdaObjects(this, failedRecords);
    this.failedRuns = runOnSchedule(this, {
      handler: this.redriveRecords,
      minute: REDRIVE_SCHEDULE.minute,
      every: Duration.hours(1),
      description: 'Runs redrive-records every hour',
      settings,
    });
  }
}
