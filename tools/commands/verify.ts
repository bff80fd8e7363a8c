import { accessSync, constants } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { parseApiKey } from '../../functions/shared/domain/api-key-text.ts';
import { systemCode } from '../../functions/shared/runtime/error-text.ts';
import { fileProblem } from '../../local/support/file-error.ts';
import {
  CommandWithCodes,
  parseDay,
  parseIdentifier,
  runThisTool,
  type ToolContext,
} from '../support/tool.ts';
import { ToolError } from '../support/tool-error.ts';
import { EXIT_CODES } from '../support/verify/api-requests.ts';
import { listInFile } from '../support/verify/listed-messages.ts';
import { ServiceOverHttp } from '../support/verify/service-over-http.ts';
import { type VerifySummary, verify } from '../support/verify/verification.ts';
import { jsonReport, textReport } from '../support/verify/verify-report.ts';

interface VerifyOptions {
  peer: string;
  file: string;
  url: string;
  key?: string;
  from?: string;
  to?: string;
  json?: boolean;
}

const KEY_VARIABLE = 'CHANNEL_USAGE_API_KEY';
const LOCAL_URL = 'http://127.0.0.1:8787';

/** Compares somebody's own list of messages with what is counted. */
export function verifyCommand(context: ToolContext): Command {
  return new CommandWithCodes('npm run verify --', EXIT_CODES.usage)
    .description(
      'Compares your own list of messages with what is counted of a peer, and names each message that is only here,' +
        ' only there, or counted elsewhere, with the reason. The ids of the list are not sent, but for those that are' +
        ' missing there. Exit codes: 0 the same, 1 differences, 2 wrong options or file, 3 refused, 4 unreachable.',
    )
    .requiredOption('--peer <id>', 'whose messages they are', parseIdentifier)
    .requiredOption(
      '--file <path>',
      'the list, as JSON Lines: in each what recording takes, with conversationId, messageId, channelId, role and sentAt',
    )
    .option('--url <url>', 'where the service is', parseUrl, LOCAL_URL)
    .option(
      '--key <key>',
      `an API key with stats:read and proof:read, and messages:read for the reasons; better in ${KEY_VARIABLE}, which nobody else sees`,
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
    .option('--json', 'a line of JSON for each difference, and a last one with the numbers')
    .allowExcessArguments(false)
    .action((options: VerifyOptions) => run(options, context));
}

async function run(options: VerifyOptions, context: ToolContext): Promise<void> {
  const { peer, file, url, from, to, json = false } = options;
  const { environment, waiting, write } = context;
  const key = options.key ?? environment[KEY_VARIABLE] ?? '';
  if (key === '') throw usageError(`an API key is needed: set ${KEY_VARIABLE}, or use --key`);
  if (parseApiKey(key) === undefined) throw usageError('the API key is none: it reads cua_<keyId>_<secret>');
  if (from !== undefined && to !== undefined && from > to) throw usageError('--from must not be after --to');
  const report = (json ? jsonReport : textReport)(write);
  const scope = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  checkFile(file);
  const service = new ServiceOverHttp({ url, key, waiting }, peer);
  const summary = await reading(file, () => verify(listInFile(file), service, scope, report));
  report.end(summary);
  if (summary.badLines > 0 && summary.messages + summary.outOfRange + summary.otherRoles === 0) {
    throw usageError(`no line of ${file} is a message`);
  }
  const found = differencesIn(summary);
  if (found > 0)
    throw new ToolError(found === 1 ? '1 difference is found' : `${found} differences are found`);
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
    if (error instanceof ToolError || systemCode(error) === undefined) throw error;
    throw unreadable(file, error);
  }
}

function unreadable(file: string, error: unknown): ToolError {
  const problem = systemCode(error) === 'ENOENT' ? 'there is no such file' : fileProblem(error);
  return usageError(`cannot read ${file}: ${problem ?? 'unknown error'}`, error);
}

function usageError(message: string, cause?: unknown): ToolError {
  return new ToolError(message, { exitCode: EXIT_CODES.usage, cause });
}

/** Reads the address of a service. @throws InvalidArgumentError */
function parseUrl(text: string): string {
  if (!/^https?:\/\/./.test(text) || !URL.canParse(text)) {
    throw new InvalidArgumentError('It must be a URL such as https://api.example.com.');
  }
  return text.replace(/(\/api\/v1)?\/*$/, '');
}

if (import.meta.main) await runThisTool(verifyCommand);
