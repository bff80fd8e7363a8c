import { readFileSync } from 'node:fs';
import * as z from 'zod';

const days = z.string().regex(/^[1-9]\d{0,8}$/);

const stackOutputs = z.object({
  Region: z.string(),
  /** The address of the API, without a slash at its end. */
  ApiUrl: z.string(),
  ApiId: z.string(),
  /** The address of the dashboard, for people. */
  DashboardUrl: z.string(),
  MessagesTableName: z.string(),
  UsageTableName: z.string(),
  AuditTableName: z.string(),
  /** How long the stack keeps messages, and daily counters, in days. */
  MessageRetentionDays: days,
  CounterRetentionDays: days,
  /** Where the batches are that were given up. */
  FailedRecordsBucketName: z.string(),
  CountMessagesFunctionName: z.string(),
  RedriveRecordsFunctionName: z.string(),
  TakeDailySnapshotFunctionName: z.string(),
  /** The queue with what asked for runs that failed. */
  FailedRunsQueueUrl: z.string(),
  /** The topic on which days that were sealed, or changed since, are announced. */
  DaysTopicArn: z.string(),
  /** The topic that tells of findings and reports. */
  NotificationTopicArn: z.string(),
  /** All who are told of them, as functions read them: JSON without secrets. */
  NotificationTargets: z.string(),
  AlarmTopicArn: z.string(),
  /** Who is told of alarms by this stack, separated by commas, or `none`. */
  AlarmSubscribers: z.string(),
  /** Where reports on months are, and exported days. */
  ExportsBucketName: z.string(),
  /** Where figures are exported to, as JSON: `exports` of the settings of the stage. It holds no secret. */
  ExportSettings: z.string(),
  /** The dashboard of CloudWatch, for those who run the service. */
  MetricsDashboardName: z.string(),
});

/** What a deployed stack is reached by; CloudFormation knows texts alone. */
export type StackOutputs = z.output<typeof stackOutputs>;

/**
 * Reads the file that `cdk deploy --outputs-file` wrote.
 *
 * @throws Error where it does not hold the outputs of the stack
 */
export function readStackOutputs(file: string, stack: string): StackOutputs {
  const outputs = z.looseObject({ [stack]: stackOutputs }).parse(JSON.parse(readFileSync(file, 'utf8')));
  return stackOutputs.parse(outputs[stack]);
}

/**
 * Finds one output among those of a stack that may have been deployed by an older version.
 *
 * @returns nothing where it is missing, or not what it is today
 */
export function stackOutput(
  name: keyof StackOutputs,
  outputs: ReadonlyMap<string, string>,
): string | undefined {
  return stackOutputs.shape[name].safeParse(outputs.get(name)).data;
}
