import { readFileSync } from 'node:fs';
import * as z from 'zod';

const stackOutputs = z.object({
  Region: z.string(),
  /** The address of the API, without a slash at its end. */
  ApiUrl: z.string(),
  ApiId: z.string(),
  /** The address of the dashboard, for people. */
  DashboardUrl: z.string(),
  MessagesTableName: z.string(),
  UsageTableName: z.string(),
  /** Where the batches are that were given up. */
  FailedRecordsBucketName: z.string(),
  CountMessagesFunctionName: z.string(),
  RedriveRecordsFunctionName: z.string(),
  TakeDailySnapshotFunctionName: z.string(),
  /** The queue with what asked for runs that failed. */
  FailedRunsQueueUrl: z.string(),
  AlarmTopicArn: z.string(),
  /** Who is told of alarms by this stack, separated by commas, or `none`. */
  AlarmSubscribers: z.string(),
  /** The dashboard of CloudWatch, for those who run the service. */
  MetricsDashboardName: z.string(),
});

/** What a deployed stack is reached by. */
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
