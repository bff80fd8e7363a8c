import { Duration, Stack, TimeZone } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Schedule,
  ScheduleExpression,
  type ScheduleTargetInput,
  TimeWindow,
} from 'aws-cdk-lib/aws-scheduler';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { explain } from './explained-exceptions.ts';
import { removalPolicyOf } from './removal.ts';
import type { StackSettings } from './stack-settings.ts';
import type { UsageFunction } from './usage-function.ts';

const FAILED_RUNS_KEPT = Duration.days(14);

interface ScheduledRunsProps {
  handler: UsageFunction;
  /** The minute of every hour at which it runs, in UTC, or several of them, as cron expressions have them. */
  minute: number | string;
  /** From one run to the next, which does what the one before did not. */
  every: Duration;
  /** The hours of a day at which it runs, in UTC, as cron expressions have them; every hour, where they are left out. */
  hours?: string;
  description: string;
  /** What the function gets, in an invocation for each; in one, EventBridge's own event, where it is left out. */
  inputs?: readonly ScheduleTargetInput[];
  settings: StackSettings;
}

/**
 * Runs a function every hour, at some hours, or more often.
 *
 * @returns the queue with what asked for runs that failed, or that did not even begin
 */
export function runOnSchedule(
  scope: Construct,
  { handler, minute, hours, every, description, inputs, settings }: ScheduledRunsProps,
): Queue {
  const failedRuns = queueOfFailedRuns(scope, settings);
  handler.configureAsyncInvoke({
    // Not CDK's own destination, which also lets the function look at the queue.
    onFailure: { bind: () => ({ destination: failedRuns.queueArn }) },
    maxEventAge: every,
    retryAttempts: 2,
  });
  handler.allow(['sqs:SendMessage'], failedRuns.queueArn);
  explain(handler, {
    'Serverless-LambdaDLQ':
      'It has a failure destination instead, which also gets the reason for which a run failed.',
  });

  const role = scheduleRole(scope);
  const { functionArn } = handler;
  role.addToPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [functionArn] }));
  role.addToPolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [failedRuns.queueArn] }));
  for (const [index, input] of (inputs ?? [undefined]).entries()) {
    const schedule = new Schedule(scope, index === 0 ? 'Schedule' : `Schedule${index}`, {
      description,
      schedule: ScheduleExpression.cron({
        minute: String(minute),
        ...(hours !== undefined && { hour: hours }),
        timeZone: TimeZone.ETC_UTC,
      }),
      timeWindow: TimeWindow.off(),
      // Not by CDK's own target, which lets the schedule invoke every version of the function.
      target: {
        bind: () => ({
          arn: functionArn,
          role,
          ...(input !== undefined && { input }),
          retryPolicy: {
            maximumEventAgeInSeconds: every.toSeconds(),
            // As many as there can be: their age ends them.
            maximumRetryAttempts: 185,
          },
          deadLetterConfig: { arn: failedRuns.queueArn },
        }),
      },
    });
    // Its first firing needs what the role allows.
    schedule.node.addDependency(role);
  }
  return failedRuns;
}

function queueOfFailedRuns(scope: Construct, settings: StackSettings): Queue {
  const queue = new Queue(scope, 'FailedRuns', {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: FAILED_RUNS_KEPT,
    removalPolicy: removalPolicyOf(settings),
  });
  const onlyRead = 'Nothing consumes this queue: it is where failures end, and a person reads them.';
  explain(queue, {
    'AwsSolutions-SQS3': onlyRead,
    'Serverless-SQSRedrivePolicy': onlyRead,
  });
  return queue;
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
