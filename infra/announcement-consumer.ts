import { Duration } from 'aws-cdk-lib';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { TIME_LIMIT_SECONDS } from '../functions/shared/runtime/time-limits.ts';
import { explain } from './explained-exceptions.ts';
import { explainPlainHttp, refusesPlainHttp } from './plain-http.ts';
import { removalPolicyOf } from './removal.ts';
import type { StackSettings } from './stack-settings.ts';
import type { UsageFunction } from './usage-function.ts';

/** As long as SQS can keep messages. */
const ANNOUNCEMENTS_KEPT = Duration.days(14);

/** For so many time limits of the function nobody else gets an announcement that it has: AWS asks for six of them. */
const TIME_LIMITS_TO_WAIT = 6;

/** An announcement that fails comes again for so long, and then goes into the failure queue. */
const TRIED_FOR_SECONDS = Duration.hours(12).toSeconds();

/** As many as SQS gives in one answer. */
const BATCH_SIZE = 10;

interface AnnouncementConsumerProps {
  /** The topic of days. */
  topic: Topic;
  /** What consumes them: its handler is made by `consumer` in functions/shared/announcing/consumer.ts. */
  handler: UsageFunction;
  /** How many invocations at a time it may have, 2 at least, which is as few as there can be. */
  concurrency?: number;
  settings: StackSettings;
}

/**
 * Gives a function the announcements of days: by a queue of its own, so that one that is slow or fails keeps no
 * other from them, with a queue of its own for those that it could not consume.
 */
export class AnnouncementConsumer extends Construct {
  readonly handler: UsageFunction;
  readonly queue: Queue;
  /** The announcements that failed for half a day, for another 14 days. */
  readonly failures: Queue;

  constructor(scope: Construct, id: string, props: AnnouncementConsumerProps) {
    super(scope, id);
    const { topic, handler, concurrency = 2, settings } = props;
    const hiddenForSeconds = TIME_LIMITS_TO_WAIT * TIME_LIMIT_SECONDS[handler.folder];
    const common = {
      encryption: QueueEncryption.SQS_MANAGED,
      ...refusesPlainHttp(settings),
      retentionPeriod: ANNOUNCEMENTS_KEPT,
      removalPolicy: removalPolicyOf(settings),
    };
    this.handler = handler;
    this.failures = new Queue(this, 'Failures', common);
    this.queue = new Queue(this, 'Queue', {
      ...common,
      visibilityTimeout: Duration.seconds(hiddenForSeconds),
      deadLetterQueue: {
        queue: this.failures,
        maxReceiveCount: Math.ceil(TRIED_FOR_SECONDS / hiddenForSeconds),
      },
    });
    explainPlainHttp(this.failures, settings);
    explainPlainHttp(this.queue, settings);
    explain(this.failures, {
      'Serverless-SQSRedrivePolicy': 'It is where failures end: a person reads them, and moves them back.',
    });
    topic.addSubscription(
      new SqsSubscription(this.queue, {
        rawMessageDelivery: true,
        // Where the queue itself does not take them.
        deadLetterQueue: this.failures,
      }),
    );
    // Not by CDK's own event source, which also lets the function ask for the queue's address.
    handler.allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], this.queue.queueArn);
    const mapping = new EventSourceMapping(this, 'Mapping', {
      target: handler,
      eventSourceArn: this.queue.queueArn,
      batchSize: BATCH_SIZE,
      maxConcurrency: concurrency,
      reportBatchItemFailures: true,
    });
    explain(mapping, {
      'Serverless-LambdaEventSourceMappingDestination':
        'What failed goes back into the queue, which has a failure queue.',
    });
    // AWS looks whether the role may receive when the mapping is made.
    mapping.node.addDependency(handler.role ?? handler);
  }
}
