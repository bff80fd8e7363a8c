import { Command, InvalidArgumentError } from 'commander';
import {
  buildCounter,
  buildFingerprints,
  type CountingContext,
} from '../../functions/shared/counting/build-counter.ts';
import { errorSummary } from '../../functions/shared/runtime/error-text.ts';
import { StoredMessages } from '../../functions/shared/store/stored-messages.ts';
import { showProgress } from '../../local/support/progress.ts';
import { addBothTablesOptions, type BothTablesOptions } from '../support/data-options.ts';
import { showDrift } from '../support/drift-report.ts';
import { parseCount, parseDay, parseIdentifier } from '../support/option-values.ts';
import { ReadPace } from '../support/read-pace.ts';
import type { ReplayFigures } from '../support/replay-figures.ts';
import { ReplayStoppedError, replayMessages } from '../support/replay-messages.ts';
import { inWords, ReplayProgress, type ReplayRequest } from '../support/replay-progress.ts';
import { figuresInJson, missingInWords, peersInTable, totalsInLines } from '../support/replay-report.ts';
import { addRetention, type Retention, type RetentionOptions, retentionOf } from '../support/retention.ts';
import { scanEstimate } from '../support/scan-estimate.ts';
import type { ChosenMessages } from '../support/stored-items.ts';
import { confirm, runThisTool, type ToolContext } from '../support/tool.ts';
import { ToolError } from '../support/tool-error.ts';
import { type Tables, withBothTables } from '../support/usage-data.ts';

interface ReplayOptions extends BothTablesOptions, RetentionOptions {
  peer?: string;
  allPeers?: boolean;
  from?: string;
  to?: string;
  dryRun?: boolean;
  json?: boolean;
  rate: number;
  segments: number;
  state: string;
  yes?: boolean;
}

const DEFAULT_RATE = 200;
const DEFAULT_SEGMENTS = 4;
const DEFAULT_STATE_FILE = '.replay-state.json';

/** Counts stored messages again, of a peer or of all, or tells how far the counts are from them. */
export function replayCommand(context: ToolContext): Command {
  const command = new Command('npm run replay --')
    .description(
      'Counts stored messages again, those of a peer or of all peers. Those that were counted are recognised: it is' +
        ' safe at any time, beside live counting too. Stopped halfway, it goes on when it is started again.',
    )
    .option('--peer <id>', 'whose messages', parseIdentifier)
    .option('--all-peers', 'those of all peers, for which the table is read once')
    .option(
      '--from <day>',
      'the first UTC day, by the time at which messages were sent; --peer needs it',
      parseDay,
    )
    .option('--to <day>', 'the last UTC day; --peer needs it', parseDay)
    .option('--dry-run', 'write nothing; show where stored messages and counts differ')
    .option('--json', 'a line of JSON for each peer, or with --dry-run for each difference, and one for all')
    .option('--rate <units>', 'the most read units a second, in all segments', parseCount, DEFAULT_RATE)
    .option(
      '--segments <number>',
      'how many parts of the table are read beside one another',
      parseSegments,
      DEFAULT_SEGMENTS,
    )
    .option('--state <file>', 'where it keeps how far it is', DEFAULT_STATE_FILE)
    .option('--yes', 'do not ask');
  return addRetention(addBothTablesOptions(command, context.environment)).action(
    async (options: ReplayOptions) => {
      const chosen = chosenBy(options);
      const retention = retentionOf(options);
      await withBothTables(options, async (tables) => {
        const messages = new StoredMessages(tables.messages);
        const size = await messages.size();
        context.say(scanEstimate(tables.messages.tableName, size, options.rate));
        const prepared = { options, chosen, retention, tables, messages, itemCount: size.itemCount, context };
        await (options.dryRun === true ? compare(prepared) : replay(prepared));
      });
    },
  );
}

/** @throws ToolError where it is not clear what is meant */
function chosenBy({ peer: peerId, allPeers = false, from, to }: ReplayOptions): ChosenMessages {
  if (peerId !== undefined && allPeers) throw new ToolError('--peer does not go with --all-peers');
  if (peerId === undefined && !allPeers) throw new ToolError('--peer or --all-peers is needed');
  if (!allPeers && (from === undefined || to === undefined)) {
    throw new ToolError('--peer needs --from and --to');
  }
  if (from !== undefined && to !== undefined && from > to) {
    throw new ToolError('--from must not be after --to');
  }
  return {
    ...(peerId !== undefined && { peerId }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  };
}

interface Prepared {
  options: ReplayOptions;
  chosen: ChosenMessages;
  retention: Retention;
  tables: Tables;
  messages: StoredMessages;
  /** How many messages the table is said to hold. */
  itemCount: number;
  context: ToolContext;
}

async function compare(prepared: Prepared): Promise<void> {
  const { options, chosen, retention, tables, messages, itemCount, context } = prepared;
  const { clock, waiting, terminal, say } = context;
  const comparing = {
    messages,
    itemCount,
    usage: tables.usage,
    segments: options.segments,
    retentionDays: retention.messageRetentionDays,
    pace: new ReadPace(options.rate, clock, waiting.pause),
    shown: showProgress('Comparing', itemCount, terminal, say),
  };
  await showDrift(comparing, chosen, options.json === true, context);
}

async function replay(prepared: Prepared): Promise<void> {
  const { options, chosen, retention, tables, messages, itemCount, context } = prepared;
  const { clock, waiting, say, terminal } = context;
  const { state: file } = options;
  const request: ReplayRequest = {
    ...chosen,
    place: tables.place,
    messagesTable: tables.messages.tableName,
    usageTable: tables.usage.tableName,
  };
  const progress = await ReplayProgress.open(file, request, options.segments);
  if (progress.examined > 0) say(`It goes on after ${progress.examined} messages, as ${file} says.\n`);
  await confirm(`Count the messages of ${inWords(chosen)} again?`, context, options.yes);
  const counting = countingOf(tables, retention, context);
  const counter = await buildCounter(counting);
  const marks = await buildFingerprints(counting);
  const pace = new ReadPace(options.rate, clock, waiting.pause);
  const shown = showProgress('Replaying', itemCount, terminal, say);
  const retentionDays = retention.messageRetentionDays;
  const dependencies = { messages, counter, clock, retentionDays, marks, pace, shown };
  let stopped: ReplayStoppedError | undefined;
  try {
    await replayMessages(dependencies, chosen, progress).finally(() => shown.end());
    await progress.remove();
  } catch (error) {
    if (!(error instanceof ReplayStoppedError)) throw error;
    stopped = error;
  }
  report(options, progress, stopped?.failed ?? 0, context);
  if (stopped !== undefined) {
    throw new ToolError(`${stopped.message} (${errorSummary(stopped.cause)}); start it again to go on`, {
      cause: stopped,
    });
  }
  const missing = missingInWords(progress.peers);
  if (missing !== undefined) throw new ToolError(`${missing}. ${WHAT_HELPS}`);
}

const WHAT_HELPS = 'Mend what keeps them from it, and replay these peers: docs/how-to/count-again.md';

/** @param failed how many messages there are, beside those of the progress, that could not be counted */
function report(
  { peer, json }: ReplayOptions,
  { peers, readUnits }: ReplayProgress,
  failed: number,
  { write }: ToolContext,
): void {
  const total: ReplayFigures = { ...peers.total, failed: peers.total.failed + failed };
  if (json === true) {
    for (const line of figuresInJson(peers, total, readUnits)) write(line);
    return;
  }
  if (peer === undefined) write(peersInTable(peers));
  write(totalsInLines(total, readUnits));
}

function countingOf(
  tables: Tables,
  retention: Retention,
  { clock, waiting, randomBytes }: ToolContext,
): CountingContext {
  return {
    settings: { usageTableName: tables.usage.tableName, ...retention },
    client: tables.usage.client,
    clock,
    waiting,
    randomBytes,
  };
}

/** Each segment has a page in memory, of up to 1 MB. */
const MOST_SEGMENTS = 32;

/** Reads a number of segments. @throws InvalidArgumentError */
function parseSegments(text: string): number {
  const segments = parseCount(text);
  if (segments > MOST_SEGMENTS) throw new InvalidArgumentError(`It must be ${MOST_SEGMENTS} at most.`);
  return segments;
}

if (import.meta.main) await runThisTool(replayCommand);
