import { Duration, Size } from 'aws-cdk-lib';
import {
  EventSourceMapping,
  type EventSourceMappingOptions,
  type IEventSourceDlq,
  MetricType,
  StartingPosition,
} from 'aws-cdk-lib/aws-lambda';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { EventSourceSettings } from '../functions/count-messages/event-source.ts';
import { WHOLE_PROCESSOR_MEGABYTES } from '../functions/shared/runtime/memory.ts';
import { ERASED_PREFIX } from '../functions/shared/store/items/erased-peer.ts';
import { HASH_SECRET_PARTITION } from '../functions/shared/store/items/hash-secret.ts';
import { PEER_PARTITIONS_PREFIX } from '../functions/shared/store/items/keys.ts';
import { PASSED_HEARTBEATS_PARTITION } from '../functions/shared/store/items/passed-heartbeats.ts';
import { DIRECTORY_PARTITIONS_PREFIX } from '../functions/shared/store/items/peer-directory-entry.ts';
import { QUARANTINE_PARTITIONS_PREFIX } from '../functions/shared/store/items/quarantine-entry.ts';
import { explain } from './explained-exceptions.ts';
import { logicalIdOf } from './logical-id.ts';
import { removalPolicyOf } from './removal.ts';
import type { StackSettings } from './stack-settings.ts';
import { UsageFunction } from './usage-function.ts';
import { onlyIn, onlyWhereBegins } from './usage-partitions.ts';
import type { UsageStorage } from './usage-storage.ts';

/** No evidence of a counted message expires sooner after its last possible redelivery. */
const FAILED_RECORDS_KEPT = Duration.days(30);

/** The objects that Lambda puts into a failure destination, by the prefix of their names. */
export const LAMBDA_OBJECTS = 'aws/lambda/*';

/** The stream of the messages table, the function that counts it, and what it could not count. */
export class MessageCounting extends Construct {
  readonly countMessages: UsageFunction;
  /** What feeds the stream to the function. */
  readonly messageStream: EventSourceMapping;
  /** The batches that were given up, each with its records. */
  readonly failedRecords: Bucket;

  constructor(
    scope: Construct,
    id: string,
    { storage, settings }: { storage: UsageStorage; settings: StackSettings },
  ) {
    super(scope, id);
    this.countMessages = new UsageFunction(this, 'CountMessages', {
      folder: 'count-messages',
      description: 'Counts the messages that the stream of the messages table brings',
      // For the processor that comes with it. Counting computes most of its time, above all in the SDK's calls: with
      // less it would take as much longer, cost the same, and leave each lane of the stream slower.
      memory: Size.mebibytes(WHOLE_PROCESSOR_MEGABYTES),
      waitedForBy:
        'The event source mapping waits for the function, and has a failure destination of its own.',
      storage,
      settings,
    });
    allowCounting(this.countMessages, storage.usage);
    this.countMessages.allow(
      ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
      storage.usage.tableArn,
      onlyIn(PASSED_HEARTBEATS_PARTITION),
    );
    // Failed batches go to S3: only there does Lambda put the records themselves, not just their places in
    // a stream that has forgotten them a day later.
    this.failedRecords = new Bucket(this, 'FailedRecords', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      encryption: BucketEncryption.S3_MANAGED,
      lifecycleRules: [{ expiration: FAILED_RECORDS_KEPT }],
      removalPolicy: removalPolicyOf(settings),
    });
    const { tableStreamArn } = storage.messages;
    if (tableStreamArn === undefined) throw new Error('the messages table has no stream to count from');
    // Not by CDK's own grants: those allow listing every stream of the account, and reading and deleting
    // in the bucket.
    this.countMessages.allow(
      ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'],
      tableStreamArn,
    );
    this.countMessages.allow(['s3:ListBucket'], this.failedRecords.bucketArn);
    this.countMessages.allow(['s3:PutObject'], this.failedRecords.arnForObjects(LAMBDA_OBJECTS));
    explainLambdaObjects(this, this.failedRecords);
    explain(this.failedRecords, {
      'AwsSolutions-S1':
        'Lambda writes here, and what feeds records back reads and deletes: with nothing else let in, an ' +
        'access log in a bucket of its own would tell nothing new.',
    });
    this.messageStream = new EventSourceMapping(this, 'MessageStream', {
      target: this.countMessages,
      eventSourceArn: tableStreamArn,
      onFailure: destinationOf(this.failedRecords),
      ...mappingOptions(settings.eventSource),
    });
  }
}

/**
 * Lets a function count. A transaction needs the permissions of the reads or writes that it is made of, and no
 * other.
 */
export function allowCounting(handler: UsageFunction, { tableArn }: UsageStorage['usage']): void {
  handler.allow(
    [
      'dynamodb:GetItem',
      'dynamodb:BatchGetItem',
      'dynamodb:Query',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
      // What was counted before it was noticed that its channel was purged, or its peer erased.
      'dynamodb:DeleteItem',
      'dynamodb:ConditionCheckItem',
      // Writes that are sent together are statements.
      'dynamodb:PartiQLInsert',
      'dynamodb:PartiQLUpdate',
    ],
    tableArn,
    onlyWhereBegins(PEER_PARTITIONS_PREFIX),
  );
  handler.allow(
    [
      'dynamodb:GetItem',
      'dynamodb:BatchGetItem',
      'dynamodb:UpdateItem',
      'dynamodb:DeleteItem',
      'dynamodb:PartiQLInsert',
      'dynamodb:PartiQLUpdate',
    ],
    tableArn,
    onlyWhereBegins(DIRECTORY_PARTITIONS_PREFIX),
  );
  allowErasedPeers(handler, tableArn);
  handler.allow(['dynamodb:BatchGetItem'], tableArn, onlyWhereBegins(ERASED_PREFIX));
  // Whichever function counts first makes the secret.
  handler.allow(['dynamodb:GetItem', 'dynamodb:PutItem'], tableArn, onlyIn(HASH_SECRET_PARTITION));
  handler.allow(['dynamodb:PutItem'], tableArn, onlyWhereBegins(QUARANTINE_PARTITIONS_PREFIX));
}

/** Lets a function that registers channels look whether their peer was erased, and make sure that it stays so. */
export function allowErasedPeers(handler: UsageFunction, usageTableArn: string): void {
  handler.allow(
    ['dynamodb:GetItem', 'dynamodb:ConditionCheckItem'],
    usageTableArn,
    onlyWhereBegins(ERASED_PREFIX),
  );
}

/** Explains a permission on all objects that Lambda put into a bucket. */
export function explainLambdaObjects(scope: Construct, bucket: Bucket): void {
  explain(scope, {
    [`AwsSolutions-IAM5[Resource::<${logicalIdOf(bucket)}.Arn>/${LAMBDA_OBJECTS}]`]:
      'Lambda chooses the names of the objects that it puts into a failure destination, and begins them so.',
  });
}

function destinationOf(bucket: Bucket): IEventSourceDlq {
  return { bind: () => ({ destination: bucket.bucketArn }) };
}

function mappingOptions(settings: EventSourceSettings): EventSourceMappingOptions {
  return {
    // From the oldest record on: what was put before the mapping was made counts too.
    startingPosition: StartingPosition.TRIM_HORIZON,
    filters: settings.filters.map((pattern) => ({ pattern: JSON.stringify(pattern) })),
    batchSize: settings.batchSize,
    maxBatchingWindow: Duration.seconds(settings.batchingWindowSeconds),
    parallelizationFactor: settings.parallelizationFactor,
    bisectBatchOnError: settings.bisectBatchOnError,
    reportBatchItemFailures: true,
    // As Lambda writes that there is no limit: their age ends the retries.
    retryAttempts: settings.retryAttempts ?? -1,
    maxRecordAge: Duration.seconds(settings.maximumRecordAgeSeconds),
    supportS3OnFailureDestination: true,
    // Counts what was given up: what reached the failure destination, and what did not.
    metricsConfig: { metrics: [MetricType.EVENT_COUNT] },
  };
}
