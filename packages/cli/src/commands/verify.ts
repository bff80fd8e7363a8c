import { accessSync, constants } from 'node:fs';
import { Command } from 'commander';
import { systemCode } from '../../../../functions/shared/runtime/error-text.ts';
import { fileProblem } from '../../../../local/support/file-error.ts';
import { parseDay, parseIdentifier } from '../../../../tools/support/option-values.ts';
import { ToolError } from '../../../../tools/support/tool-error.ts';
import type { CliContext } from '../cli-context.ts';
import { type ConnectionOptions, connectionOf } from '../connection/connect.ts';
import { AttentionError, UsageError } from '../exit-codes.ts';
import { type OutputOptions, withOutputOptions } from '../output/output-options.ts';
import { serviceError } from '../service/service-errors.ts';
import type { VerifySummary } from '../verify/verification.ts';
import { rangeOf, withExamples } from './reading-options.ts';

interface VerifyOptions extends ConnectionOptions, OutputOptions {
  peer: string;
  file: string;
  from?: string;
  to?: string;
}

/** Compares somebody's own list of messages with what is counted. */
export function verifyCommand(context: CliContext): Command {
  const command = new Command('verify')
    .description(
      'Compare your own list of messages with what is counted of a peer, and name each message that is only here,' +
        ' only there, or counted elsewhere, with the reason. The ids of the list are not sent, but for those that are' +
        ' missing there. The key needs stats:read and proof:read, and messages:read for the reasons. Ends with the exit' +
        ' code 1 where there are differences.',
    )
    .requiredOption('--peer <id>', 'whose messages they are', parseIdentifier)
    .requiredOption(
      '--file <path>',
      'the list, as JSON Lines: in each what recording takes, with conversationId, messageId, channelId, role and sentAt',
    )
    .option(
      '--from <day>',
      'the first day (UTC) to compare, where the list does not begin with the first message',
      parseDay,
    )
    .option(
      '--to <day>',
      'the last day (UTC) to compare; those that are running change all the time',
      parseDay,
    )
    .allowExcessArguments(false);
  withOutputOptions(command, 'write a line of JSON for each difference, and a last one with the numbers');
  return withExamples(command, ['verify --peer peer_support --file messages.jsonl']).action(
    (_: VerifyOptions, command: Command) => run(command.optsWithGlobals<VerifyOptions>(), context),
  );
}

async function run(options: VerifyOptions, context: CliContext): Promise<void> {
  const { peer, file, json, csv } = options;
  const { write } = context;
  const scope = rangeOf(options);
  const connection = await connectionOf(options, context);
  checkFile(file);
  const { listInFile, ServiceOverHttp, verify, csvReport, jsonReport, textReport } = await import(
    '../verify/verify.ts'
  );
  const report = (json === true ? jsonReport : csv === true ? csvReport : textReport)(write);
  const service = new ServiceOverHttp(connection, context, peer);
  const summary = await reading(file, () => verify(listInFile(file), service, scope, report));
  report.end(summary);
  if (summary.badLines > 0 && summary.messages + summary.outOfRange + summary.otherRoles === 0) {
    throw new UsageError(`no line of ${file} is a message`);
  }
  const found = differencesIn(summary);
  if (found > 0) {
    throw new AttentionError(found === 1 ? '1 difference is found' : `${found} differences are found`);
  }
}

function differencesIn({ onlyHere, onlyThere, differ, figures }: VerifySummary): number {
  return onlyHere + onlyThere + differ + figures;
}

/** Before anything is asked of the service. */
function checkFile(file: string): void {
  try {
    accessSync(file, constants.R_OK);
  } catch (error) {
    throw unreadable(file, error);
  }
}

async function reading<Result>(file: string, use: () => Promise<Result>): Promise<Result> {
  try {
    return await use();
  } catch (error) {
    const isOfFile = systemCode(error) !== undefined && serviceError(error) === undefined;
    if (error instanceof ToolError || !isOfFile) throw error;
    throw unreadable(file, error);
  }
}

function unreadable(file: string, error: unknown): ToolError {
  const problem = systemCode(error) === 'ENOENT' ? 'there is no such file' : fileProblem(error);
  return new UsageError(`cannot read ${file}: ${problem ?? 'unknown error'}`, error);
}
