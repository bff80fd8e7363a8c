import { Command } from 'commander';
import { FailedBatchError, type FailedBatchSource } from '../../functions/redrive-records/failed-batches.ts';
import { redriveBatches } from '../../functions/redrive-records/redrive-batches.ts';
import { countGivenUpMessages } from '../../functions/shared/counting/count-messages.ts';
import { METRIC } from '../../functions/shared/runtime/metric-names.ts';
import type { Log } from '../../functions/shared/runtime/observability.ts';
import type { Table } from '../../functions/shared/store/dynamodb.ts';
import { FailedBatchesInFolder } from '../../local/aws/stream/failed-batches.ts';
import { failedBatchesFolderOf } from '../../local/host/data-folder.ts';
import { MetricTotals } from '../../local/host/host-log.ts';
import { addDataOptions, type DataOptions } from '../support/data-options.ts';
import { withFailedBatchesInBucket } from '../support/redrive-bucket.ts';
import { addRetention, type RetentionOptions, retentionOf } from '../support/retention.ts';
import { runThisTool, type ToolContext } from '../support/tool.ts';
import { ToolError } from '../support/tool-error.ts';
import { withUsageTable } from '../support/usage-data.ts';

interface RedriveOptions extends DataOptions, RetentionOptions {
  folder?: string;
  bucket?: string;
}

/** Counts the records that the stream gave up. */
export function redriveCommand(context: ToolContext): Command {
  const command = new Command('npm run redrive --')
    .description(
      'Counts the records of the batches that were given up, which are otherwise fed back once an hour. A batch' +
        ' is removed when all of its records were taken. It is safe to repeat: what was counted is recognised.',
    )
    .option('--bucket <name>', 'the bucket into which Lambda puts the batches; goes with --aws')
    .option(
      '--folder <folder>',
      "where the batches are, or copies of a bucket's; by default the local host's",
    );
  return addRetention(addDataOptions(command, context.environment)).action((options: RedriveOptions) =>
    redrive(options, context),
  );
}

const SHOWN = [
  ['counted', METRIC.messagesCounted],
  ['counted before', METRIC.messagesDuplicate],
  ['of roles that do not count', METRIC.messagesNotCounted],
  ['quarantined', METRIC.recordsQuarantined],
  ['to be tried again', METRIC.recordsReturned],
] as const;

async function redrive(options: RedriveOptions, context: ToolContext): Promise<void> {
  const { clock, waiting, randomBytes, write, say } = context;
  const metrics = new MetricTotals();
  const batches = await withBoth(options, async (source, { client, tableName }) => {
    const handler = countGivenUpMessages({
      settings: { usageTableName: tableName, ...retentionOf(options) },
      client,
      clock,
      waiting,
      randomBytes,
      log: logOn(say),
      publishMetrics: metrics.publish,
    });
    const numbers = { all: 0, taken: 0 };
    for await (const { name, reason } of redriveBatches(source, handler, clock())) {
      numbers.all += 1;
      if (reason === undefined) numbers.taken += 1;
      else say(`${name} stays, because ${reason}\n`);
    }
    return numbers;
  });
  if (batches.all === 0) {
    say('There are no failed batches.\n');
    return;
  }
  const numbers = metrics.read();
  const rows = [
    ['batches taken', `${batches.taken} of ${batches.all}`],
    ...SHOWN.map(([name, metric]) => [name, String(numbers[metric] ?? 0)]),
  ];
  write(rows.map(([name = '', value]) => `${name.padEnd(26)}  ${value}\n`).join(''));
  const left = batches.all - batches.taken;
  if (left > 0) throw new ToolError(`${left} batches are left`);
}

/** Does something with the failed batches and with the table in which they are to be counted. */
function withBoth<Result>(
  options: RedriveOptions,
  use: (source: FailedBatchSource, table: Table) => Promise<Result>,
): Promise<Result> {
  return withBatches(options, (source) =>
    withUsageTable(options, async (table) => {
      try {
        return await use(source, table);
      } catch (error) {
        if (error instanceof FailedBatchError) throw new ToolError(error.message, { cause: error });
        throw error;
      }
    }),
  );
}

async function withBatches<Result>(
  { data, aws, client, dynamodbEndpoint, folder, bucket }: RedriveOptions,
  use: (source: FailedBatchSource) => Promise<Result>,
): Promise<Result> {
  if (bucket !== undefined) {
    if (aws !== true) throw new ToolError('--bucket needs --aws');
    if (folder !== undefined) throw new ToolError('--bucket does not go with --folder');
    return withFailedBatchesInBucket(bucket, client, use);
  }
  if (folder === undefined && aws === true) {
    throw new ToolError('--aws needs --bucket, the name of the bucket of failed records, or --folder');
  }
  if (folder === undefined && dynamodbEndpoint !== undefined) {
    throw new ToolError('--folder is needed: the local host keeps no batches of a DynamoDB elsewhere');
  }
  return use(new FailedBatchesInFolder(folder ?? failedBatchesFolderOf(data)));
}

/** What the function has to say of records; how many there were is summed up in the end. */
function logOn(say: (text: string) => void): Log {
  return {
    info() {},
    warn: (message, { eventId, reason, explanation }) =>
      say(`${message}: ${String(eventId)} (${String(reason)}: ${String(explanation)})\n`),
    error: (message, { problem }) => say(`${message} (${String(problem)})\n`),
  };
}

if (import.meta.main) await runThisTool(redriveCommand);
