import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { IncludableChannels } from '../../../../functions/shared/domain/channel-stats.ts';
import { REPORT_PERIOD_PATTERN, reportAnswer } from '../../../../functions/shared/domain/report.ts';
import { withFile } from '../../../../local/support/file-error.ts';
import type { ChannelUsageClient, Query } from '../../../client/src/index.ts';
import type { CliContext } from '../cli-context.ts';
import type { ConnectionOptions } from '../connection/connect.ts';
import { type Page, pageFor } from '../drawing/page.ts';
import { reportText } from '../drawing/report-text.ts';
import { withIncludeOption } from '../output/output-options.ts';
import { answerTo, clientFor } from '../service/usage-client.ts';
import { safeJson, shownText } from '../terminal/safe-text.ts';
import { PLAIN } from '../terminal/style.ts';
import { withExamples, withPeer } from './reading-options.ts';

const FORMATS = ['text', 'md', 'csv', 'html', 'json'] as const;
type Format = (typeof FORMATS)[number];

interface ReportOptions extends ConnectionOptions {
  period?: string;
  include?: IncludableChannels[];
  format: Format;
  json?: boolean;
  csv?: boolean;
  output?: string;
}

const BYTE_ORDER_MARK = '\ufeff';
const INDENT = 2;
/** What is drawn in a file is neither coloured nor as wide as the screen. */
const FILE_PAGE: Page = { width: 80, style: PLAIN };
/** What is made of names that are safe on a terminal; the service writes the others. */
const IS_DRAWN_HERE: Readonly<Record<Format, boolean>> = {
  text: true,
  json: true,
  md: false,
  csv: false,
  html: false,
};

/** Shows, or saves, the report of a peer on a month or on everything. */
export function reportCommand(context: CliContext): Command {
  const command = withPeer(
    new Command('report').description('Show the report on a month or on everything, or save it to a file.'),
  )
    .option(
      '--period <month>',
      'a month (UTC) such as 2026-10, or all; the last one that is over unless given',
      parsePeriod,
    )
    .addOption(new Option('--format <format>', 'what to write').choices(FORMATS).default('text'))
    .addOption(new Option('--json', 'the same as --format json').conflicts('csv'))
    .addOption(new Option('--csv', 'the same as --format csv'))
    .option('--output <file>', 'write into this file instead');
  return withExamples(withIncludeOption(command), [
    'report peer_support',
    'report peer_support --period 2026-10 --format html --output october.html',
    'report peer_support --period all --csv > all.csv',
  ]).action((peerId: string, _: ReportOptions, command: Command) =>
    run(peerId, command.optsWithGlobals<ReportOptions>(), context),
  );
}

function parsePeriod(text: string): string {
  if (REPORT_PERIOD_PATTERN.test(text)) return text;
  throw new InvalidArgumentError('It must be a month such as 2026-10, or all.');
}

async function run(peerId: string, options: ReportOptions, context: CliContext): Promise<void> {
  const { period, include = [], output } = options;
  const format = options.json === true ? 'json' : options.csv === true ? 'csv' : options.format;
  const query = { ...(period !== undefined && { period }), ...(include.length > 0 && { include }) };
  const client = await clientFor(options, context);
  const page = output === undefined ? pageFor(context) : FILE_PAGE;
  const text = await WRITERS[format](client, peerId, query, page);
  if (output === undefined) return context.write(IS_DRAWN_HERE[format] ? text : shownText(text));
  const file = resolve(context.workingFolder, output);
  await withFile('write', file, () => writeFile(file, text));
  context.say(`${file} is written\n`);
}

type Writer = (
  client: ChannelUsageClient,
  peerId: string,
  query: Query<'getReport'>,
  page: Page,
) => Promise<string>;

const WRITERS: Readonly<Record<Format, Writer>> = {
  async text(client, peerId, query, page) {
    const { value } = await answerTo(client.getReport(peerId, query), reportAnswer);
    return reportText(value, page);
  },
  async json(client, peerId, query) {
    const { json } = await answerTo(client.getReport(peerId, query), reportAnswer);
    return `${safeJson(json, INDENT)}\n`;
  },
  // As the service gives it to browsers, and as spreadsheets need it.
  csv: async (client, peerId, query) => `${BYTE_ORDER_MARK}${await client.getReportCsv(peerId, query)}`,
  md: (client, peerId, query) => client.getReportMarkdown(peerId, query),
  html: (client, peerId, query) => client.getReportHtml(peerId, query),
};
