import { Command, Option } from 'commander';
import type { AnalyticsClaim, AnalyticsGap } from '../../functions/shared/domain/google-analytics-day.ts';
import { byField, METRICS } from '../../functions/shared/domain/metrics.ts';
import { DAY_MS, dayOf, type UtcDay } from '../../functions/shared/domain/utc-day.ts';
import type { PeerDay } from '../../functions/shared/exporting/announced-days.ts';
import type { DayExport } from '../../functions/shared/exporting/day-export.ts';
import { isTooOld } from '../../functions/shared/exporting/google-analytics-export.ts';
import { MixpanelExport } from '../../functions/shared/exporting/mixpanel-export.ts';
import { MixpanelError } from '../../functions/shared/exporting/mixpanel-import.ts';
import { NoAnswerError } from '../../functions/shared/sending/post.ts';
import { AnalyticsGaps } from '../../functions/shared/store/analytics-gaps.ts';
import type { Table } from '../../functions/shared/store/dynamodb.ts';
import { PeerDirectoryStore } from '../../functions/shared/store/peer-directory-store.ts';
import { SealedDays } from '../../functions/shared/store/sealed-days.ts';
import { whyNotSealable } from '../../functions/take-daily-snapshot/schedule.ts';
import { parseEndpoint } from '../../local/support/option-parsers.ts';
import { addDataOptions } from '../support/data-options.ts';
import {
  EXPORT_TARGETS,
  type ExportTarget,
  type ExportTargetOptions,
  logOn,
  measurementProtocolOf,
  mixpanelImportOf,
  withExport,
  withIncreasesExport,
} from '../support/export-targets.ts';
import { parseDay, parseIdentifier } from '../support/option-values.ts';
import { textTable } from '../support/text-table.ts';
import { runThisTool, type ToolContext } from '../support/tool.ts';
import { ToolError } from '../support/tool-error.ts';
import { withUsageTable } from '../support/usage-data.ts';

interface ExportOptions extends ExportTargetOptions {
  target?: ExportTarget;
  from?: UtcDay;
  to?: UtcDay;
  peer?: string;
  assumeSent?: boolean;
  retry?: boolean;
  gaps?: boolean;
  check?: boolean;
}

/** Exports days by hand, and looks after what exports leave. */
export function exportCommand(context: ToolContext): Command {
  const command = new Command('npm run export --')
    .description(
      'Exports sealed days, as the functions do: what a target has already is not sent again, and so it is safe to' +
        ' repeat, and beside them. See docs/exports.md.',
    )
    .addOption(new Option('--target <target>', 'where to').choices(EXPORT_TARGETS))
    .option('--from <day>', 'the first UTC day', parseDay)
    .option('--to <day>', 'the last UTC day', parseDay)
    .option('--peer <peer>', 'this peer alone; by default all', parseIdentifier)
    .option(
      '--assume-sent',
      'take all of these days for sent, and send nothing: after a restore, see docs/how-to/restore.md',
    )
    .addOption(
      new Option('--retry', 'send the rows again that Mixpanel refused').conflicts([
        'from',
        'to',
        'gaps',
        'check',
      ]),
    )
    .addOption(new Option('--gaps', 'list what Google Analytics may lack').conflicts(['from', 'to', 'check']))
    .addOption(
      new Option('--check', 'ask the target whether it would take something').conflicts(['from', 'to']),
    )
    .option('--mixpanel-url <url>', 'the full address of the import, such as that of a fake', parseEndpoint)
    .option('--ga4-url <url>', 'the full address of the Measurement Protocol, likewise', parseEndpoint)
    .option('--exports-bucket <name>', 'the bucket for exported days; goes with --aws')
    .option('--export-settings <json>', 'the settings of the exports; goes with --aws');
  return addDataOptions(command, context.environment).action((options: ExportOptions) =>
    inWords(() => run(options, context)),
  );
}

function run(options: ExportOptions, context: ToolContext): Promise<void> {
  if (options.check === true) return check(options, context);
  if (options.gaps === true) return listGaps(options, context);
  if (options.retry === true) return retry(options, context);
  if (options.assumeSent === true) return assumeSent(options, context);
  return exportDays(options, context);
}

/** What third parties say is for the person. */
async function inWords(task: () => Promise<void>): Promise<void> {
  try {
    await task();
  } catch (error) {
    if (error instanceof MixpanelError) throw new ToolError(error.message, { cause: error });
    if (error instanceof NoAnswerError)
      throw new ToolError(`there was no answer: ${error.message}`, { cause: error });
    throw error;
  }
}

const DAYS_AT_ONCE = 100;

async function exportDays(options: ExportOptions, context: ToolContext): Promise<void> {
  const { target, from, to } = rangeOf(options, context.clock());
  const numbers = { days: 0, rowsRefused: 0, gaps: 0 };
  await withUsageTable(options, (table) =>
    withExport(target, options, table, context, async (day) => {
      for await (const some of someAtATime(sealedDays(table, options.peer, from, to))) {
        await exportSome(day, some, numbers);
      }
    }),
  );
  context.write(
    `days of peers     ${numbers.days}\nrows refused      ${numbers.rowsRefused}\ngaps listed       ${numbers.gaps}\n`,
  );
  if (numbers.rowsRefused > 0) context.say('What was refused is kept: --retry sends it again.\n');
  if (numbers.gaps > 0) context.say('--gaps lists what may be missing.\n');
}

/** Takes days for sent, of which more was sent than is known. */
async function assumeSent(options: ExportOptions, context: ToolContext): Promise<void> {
  const { target, from, to } = rangeOf({ ...options, isSending: false }, context.clock());
  if (target === 's3') throw new ToolError('--assume-sent is not for S3: its files are written anew instead');
  let days = 0;
  await withUsageTable(options, (table) =>
    withIncreasesExport(target, options, table, context, async (keeping) => {
      for await (const some of someAtATime(sealedDays(table, options.peer, from, to))) {
        days += await keeping.assumeSent(some);
      }
    }),
  );
  context.write(`days taken for sent ${days}\n`);
}

async function* someAtATime(days: AsyncIterable<PeerDay>): AsyncGenerator<PeerDay[]> {
  let some: PeerDay[] = [];
  for await (const next of days) {
    some.push(next);
    if (some.length < DAYS_AT_ONCE) continue;
    yield some;
    some = [];
  }
  if (some.length > 0) yield some;
}

/** What is to be exported. @throws ToolError where it cannot be, before anything is sent */
function rangeOf(
  { target, from, to, isSending = true }: ExportOptions & { isSending?: boolean },
  now: number,
) {
  if (target === undefined) throw new ToolError(`--target is needed: one of ${EXPORT_TARGETS.join(', ')}`);
  if (from === undefined || to === undefined) throw new ToolError('--from and --to are needed');
  if (from > to) throw new ToolError('--from lies after --to');
  const problem = whyNotSealable(to, now);
  if (problem !== undefined) throw new ToolError(problem);
  if (isSending && target === 'google-analytics' && isTooOld(from, now)) {
    throw new ToolError(`Google Analytics takes nothing older than 72 hours: ${from} is too old`);
  }
  return { target, from, to };
}

async function exportSome(
  target: DayExport,
  days: readonly PeerDay[],
  numbers: { days: number; rowsRefused: number; gaps: number },
): Promise<void> {
  const { left, rowsRefused = 0, gaps = 0 } = await target.export(days, () => false);
  numbers.days += days.length - left.length;
  numbers.rowsRefused += rowsRefused;
  numbers.gaps += gaps;
  if (left.length === 0) return;
  throw new ToolError(
    `${numbers.days} days were exported, ${left.length} could not be, and the others were not tried: run it again`,
  );
}

/** The sealed days of a range, peer by peer. */
async function* sealedDays(
  table: Table,
  peer: string | undefined,
  from: UtcDay,
  to: UtcDay,
): AsyncGenerator<PeerDay> {
  const sealed = new SealedDays(table);
  for await (const peerId of peer === undefined ? allPeers(table) : [peer]) {
    for (const { day } of await sealed.read(peerId, from, to)) yield { peerId, day };
  }
}

const PEERS_AT_ONCE = 100;

async function* allPeers(table: Table): AsyncGenerator<string> {
  const directory = new PeerDirectoryStore(table);
  let after: string | undefined;
  do {
    const page = await directory.list({
      prefix: '',
      limit: PEERS_AT_ONCE,
      ...(after !== undefined && { after }),
    });
    for (const { peerId } of page) yield peerId;
    after = page.length < PEERS_AT_ONCE ? undefined : page.at(-1)?.peerId;
  } while (after !== undefined);
}

async function retry(options: ExportOptions, context: ToolContext): Promise<void> {
  if (options.target !== undefined && options.target !== 'mixpanel') {
    throw new ToolError('--retry goes with Mixpanel alone: nothing else keeps what was refused');
  }
  const numbers = await withUsageTable(options, async (table) => {
    const sending = await mixpanelImportOf(options, context);
    const dependencies = { ...context, log: logOn(context) };
    return new MixpanelExport(table, dependencies, sending).retryRefused(() => false);
  });
  const { taken, refused, left } = numbers;
  context.write(`taken             ${taken}\nrefused again     ${refused}\nnot sent          ${left}\n`);
  if (refused + left > 0) throw new ToolError(`${refused + left} rows are kept`);
}

async function listGaps(options: ExportOptions, context: ToolContext): Promise<void> {
  const rows: string[][] = [];
  await withUsageTable(options, async (table) => {
    for await (const page of new AnalyticsGaps(table).list()) {
      rows.push(...page.filter(({ peerId }) => peerId === (options.peer ?? peerId)).flatMap(rowsOf));
    }
  });
  if (rows.length === 0) {
    context.say('There are no gaps.\n');
    return;
  }
  const counts = METRICS.map(({ name }) => name);
  context.write(textTable(['peer', 'day', 'revision', 'event', 'channel', ...counts, 'reason'], rows));
}

function rowsOf({ peerId, day, revision, peer, channels, reason }: AnalyticsGap): string[][] {
  const place = [peerId, day, String(revision)];
  const figures = (counts: Record<(typeof METRICS)[number]['field'], number>) =>
    METRICS.map(({ field }) => String(counts[field]));
  return [
    ...(peer === undefined ? [] : [[...place, 'peer_channel_stats', '', ...figures(peer), reason]]),
    ...channels.map((channel) => [...place, 'channel_usage', channel.channelId, ...figures(channel), reason]),
  ];
}

async function check(options: ExportOptions, context: ToolContext): Promise<void> {
  switch (options.target) {
    case 'mixpanel': {
      await (await mixpanelImportOf(options, context)).checkAccount();
      context.write('Mixpanel accepts the service account for this project. Nothing was imported.\n');
      return;
    }
    case 'google-analytics': {
      const protocol = await measurementProtocolOf(options, context);
      const { problems } = await protocol.validate(exampleClaim(dayOf(context.clock() - DAY_MS)));
      context.write(
        problems.length === 0
          ? 'Google Analytics finds nothing wrong with the events.\n'
          : problems.map((problem) => `${problem}\n`).join(''),
      );
      context.say('Nothing was sent. It does not say whether the measurement id and the secret are right.\n');
      if (problems.length > 0) throw new ToolError('Google Analytics would not take the events');
      return;
    }
    default:
      throw new ToolError('--check needs --target mixpanel or google-analytics');
  }
}

/** A claim with values of all lengths, for a check. */
function exampleClaim(day: UtcDay): AnalyticsClaim {
  const counts = byField(() => 1);
  return {
    peerId: 'peer_check',
    day,
    revision: 1,
    number: 1,
    peer: { ...counts, channelCount: 2 },
    channels: ['integration_check', 'c'.repeat(128)].map((channelId) => ({
      channelId,
      channelName: channelId,
      ...counts,
    })),
  };
}

if (import.meta.main) await runThisTool(exportCommand);
