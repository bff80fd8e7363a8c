import { readFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { errorMessage } from '../../functions/shared/runtime/error-text.ts';
import { type Bill, billOf } from '../support/bill/bill.ts';
import { billText } from '../support/bill/bill-text.ts';
import { DEFAULT_PRICES, type Prices, PricesError, parsePrices } from '../support/bill/prices.ts';
import { DEFAULT_WORKLOAD, type Workload } from '../support/bill/workload.ts';
import { parseCount } from '../support/option-values.ts';
import { runThisTool, type ToolContext } from '../support/tool.ts';
import { ToolError } from '../support/tool-error.ts';

interface CostOptions extends Workload {
  prices?: string;
  json?: boolean;
}

/** Says what a month of a workload costs, line by line. */
export function costCommand(context: Pick<ToolContext, 'write'>): Command {
  const unless = DEFAULT_WORKLOAD;
  return new Command('npm run cost --')
    .description(
      'What a month of 30 days costs, in USD, with everything in it: from what was measured and the prices of' +
        ' us-east-1 on demand, without free allowances. docs/cost.md says what that means. It asks nobody.',
    )
    .option('--peers <n>', 'peers', parseAmount, unless.peers)
    .option(
      '--messages-per-day <n>',
      'user messages of all peers together',
      parseAmount,
      unless.messagesPerDay,
    )
    .option('--channels <n>', 'channels on which a peer has messages on a day', parseCount, unless.channels)
    .option(
      '--conversation-share <x>',
      'how many of the messages begin a conversation, 0 to 1',
      parseShare,
      unless.conversationShare,
    )
    .option(
      '--same-channel <n>',
      'messages of the same peer and channel in a batch',
      parseCount,
      unless.sameChannel,
    )
    .option('--batch-size <n>', 'the most messages in a batch', parseCount, unless.batchSize)
    .option(
      '--batching-window-seconds <n>',
      'how long messages are gathered for a batch',
      parseAmount,
      unless.batchingWindowSeconds,
    )
    .option(
      '--messages-per-request <n>',
      'messages that a request records; 0 where they are put into the table directly',
      parseAmount,
      unless.messagesPerRequest,
    )
    .option('--reads-per-day <n>', 'answers, of each peer', parseAmount, unless.readsPerDay)
    .option(
      '--message-retention-days <n>',
      'for how long messages are stored',
      parseCount,
      unless.messageRetentionDays,
    )
    .option(
      '--counter-retention-days <n>',
      'for how long evidence is stored',
      parseCount,
      unless.counterRetentionDays,
    )
    .option('--heartbeat-keys <n>', 'keys of heartbeats', parseCount, unless.heartbeatKeys)
    .option(
      '--further-consumers <n>',
      'exports and other consumers of days',
      parseAmount,
      unless.furtherConsumers,
    )
    .option('--years <n>', 'for how long the service has been in use', parseCount, unless.years)
    .option('--prices <file>', 'a JSON file with other prices, by the names that --json shows')
    .option('--json', 'the bill as JSON')
    .action(async ({ prices: file, json, ...workload }: CostOptions) => {
      const prices = file === undefined ? DEFAULT_PRICES : await pricesOf(file);
      const bill = billOf(checked(workload), prices);
      context.write(json === true ? asJson(workload, prices, bill) : billText(bill));
    });
}

/** @throws ToolError where options contradict one another */
function checked(workload: Workload): Workload {
  const { sameChannel, batchSize } = workload;
  if (sameChannel > batchSize) {
    throw new ToolError(
      `--same-channel: ${sameChannel} messages of a channel cannot come in a batch of ${batchSize} (--batch-size)`,
    );
  }
  return workload;
}

/** @throws ToolError that names the file */
async function pricesOf(file: string): Promise<Prices> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new ToolError(`--prices: ${file} cannot be read: ${errorMessage(error)}`);
  }
  try {
    return parsePrices(text);
  } catch (error) {
    if (!(error instanceof PricesError)) throw error;
    throw new ToolError(`--prices: ${file}: ${error.message}`);
  }
}

function asJson(workload: Workload, prices: Prices, bill: Bill): string {
  return `${JSON.stringify({ workload, prices, ...bill }, undefined, 2)}\n`;
}

/** Reads a number that is not below 0. @throws InvalidArgumentError */
function parseAmount(text: string): number {
  if (!/^(0|[1-9]\d{0,11})$/.test(text))
    throw new InvalidArgumentError('It must be a whole number, 0 or above.');
  return Number(text);
}

/** Reads a share. @throws InvalidArgumentError */
function parseShare(text: string): number {
  if (!/^(0(\.\d{1,6})?|1(\.0{1,6})?)$/.test(text)) {
    throw new InvalidArgumentError('It must be a number from 0 to 1, such as 0.2.');
  }
  return Number(text);
}

if (import.meta.main) await runThisTool(costCommand);
