import { Duration, Size, Stack, TimeZone } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ContextAttribute,
  Schedule,
  ScheduleExpression,
  ScheduleTargetInput,
  TimeWindow,
} from 'aws-cdk-lib/aws-scheduler';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { DIRTY_DAYS_INDEX } from '../functions/shared/store/usage-table.ts';
import { SNAPSHOT_SCHEDULE } from '../functions/take-daily-snapshot/schedule.ts';
import { explain } from './explained-exceptions.ts';
import { removalPolicyOf } from './removal.ts';
import type { StackSettings } from './stack-settings.ts';
import { UsageFunction } from './usage-function.ts';
import type { UsageStorage } from './usage-storage.ts';

/** After this the next run has come, which does what this one would have done. */
const RUN_IS_OF_USE = Duration.hours(1);
const FAILED_RUNS_KEPT = Duration.days(14);

/** What the function and the queue are made with. */
interface SnapshottingProps {
  storage: UsageStorage;
  settings: StackSettings;
}

/** The schedule, the function that it runs to seal days, and the runs that failed. */
export class DailySnapshotting extends Construct {
  readonly takeDailySnapshot: UsageFunction;
  /** What asked for runs that failed, or that did not even begin. */
  readonly failedRuns: Queue;

  constructor(scope: Construct, id: string, props: SnapshottingProps) {
    super(scope, id);
    this.failedRuns = failedRuns(this, props.settings);
    this.takeDailySnapshot = takeDailySnapshot(this, props, this.failedRuns);
    addSchedule(this, this.takeDailySnapshot, this.failedRuns);
  }
}

function failedRuns(scope: Construct, settings: StackSettings): Queue {
  const queue = new Queue(scope, 'FailedRuns', {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: FAILED_RUNS_KEPT,
    removalPolicy: removalPolicyOf(settings),
  });
  const onlyRead = 'Nothing consumes this queue: it is where failures end, and a person reads them.';
  explain(queue, { 'AwsSolutions-SQS3': onlyRead, 'Serverless-SQSRedrivePolicy': onlyRead });
  return queue;
}

function takeDailySnapshot(scope: Construct, props: SnapshottingProps, failures: Queue): UsageFunction {
  const { tableArn } = props.storage.usage;
  const handler = new UsageFunction(scope, 'TakeDailySnapshot', {
    folder: 'take-daily-snapshot',
    description: 'Seals the days that are over, and seals them again after late messages',
    memory: Size.mebibytes(512),
    // As long as Lambda allows: a run stops by itself shortly before, and the next one goes on.
    timeout: Duration.minutes(15),
    ...props,
  });
  // A transaction needs the permissions of the writes that it is made of, and no other.
  handler.allow(
    [
      'dynamodb:GetItem',
      'dynamodb:Query',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
      'dynamodb:ConditionCheckItem',
    ],
    tableArn,
  );
  handler.allow(['dynamodb:Query'], `${tableArn}/index/${DIRTY_DAYS_INDEX.name}`);
  handler.configureAsyncInvoke({
    // Not CDK's own destination, which also lets the function look at the queue.
    onFailure: { bind: () => ({ destination: failures.queueArn }) },
    maxEventAge: RUN_IS_OF_USE,
    retryAttempts: 2,
  });
  handler.allow(['sqs:SendMessage'], failures.queueArn);
  explain(handler, {
    'Serverless-LambdaDLQ':
      'It has a failure destination instead, which also gets the reason for which a run failed.',
  });
  return handler;
}

function addSchedule(scope: Construct, { functionArn }: UsageFunction, failures: Queue): void {
  const role = scheduleRole(scope);
  role.addToPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [functionArn] }));
  role.addToPolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [failures.queueArn] }));
  const schedule = new Schedule(scope, 'Hourly', {
    description: 'Runs take-daily-snapshot: shortly after midnight, and every hour to catch up',
    schedule: ScheduleExpression.cron({
      minute: String(SNAPSHOT_SCHEDULE.minute),
      timeZone: TimeZone.ETC_UTC,
    }),
    timeWindow: TimeWindow.off(),
    // Not by CDK's own target, which lets the schedule invoke every version of the function.
    target: {
      bind: () => ({
        arn: functionArn,
        role,
        // Which day is to be sealed follows from the schedule's own time, however late a run is.
        input: ScheduleTargetInput.fromObject({ scheduledAt: ContextAttribute.scheduledTime }),
        retryPolicy: {
          maximumEventAgeInSeconds: RUN_IS_OF_USE.toSeconds(),
          // As many as there can be: their age ends them.
          maximumRetryAttempts: 185,
        },
        deadLetterConfig: { arn: failures.queueArn },
      }),
    },
  });
  // Its first firing needs what the role allows.
  schedule.node.addDependency(role);
}

/** What the schedule acts as. No schedule of another account, or of another group, may. */
function scheduleRole(scope: Construct): Role {
  const { account } = Stack.of(scope);
  const group = Stack.of(scope).formatArn({
    service: 'scheduler',
    resource: 'schedule-group',
    resourceName: 'default',
  });
  return new Role(scope, 'ScheduleRole', {
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': account, 'aws:SourceArn': group } },
    }),
  });
}
