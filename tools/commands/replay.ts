import { Command } from 'commander';
import { buildCounter } from '../../functions/shared/counting/build-counter.ts';
import { errorSummary } from '../../functions/shared/runtime/error-text.ts';
import { DailyCounterStore } from '../../functions/shared/store/daily-counter-store.ts';
import type { Key } from '../../functions/shared/store/items/keys.ts';
import { StoredMessages } from '../../functions/shared/store/stored-messages.ts';
import { showProgress } from '../../local/support/progress.ts';
import { type Drift, firstFullDay, StoredCounts } from '../support/drift.ts';
import { ReadPace } from '../support/read-pace.ts';
import { ReplayStoppedError, replayMessages } from '../support/replay-messages.ts';
import { type ReplayTotals, readState, removeState, writeState } from '../support/replay-state.ts';
import { addRetention, type Retention, type RetentionOptions, retentionOf } from '../support/retention.ts';
import { scanEstimate } from '../support/scan-estimate.ts';
import { addUp, sortItems } from '../support/stored-peer.ts';
import { textTable } from '../support/text-table.ts';
import {
  confirm,
  parseCount,
  parseDay,
  parseIdentifier,
  runThisTool,
  type ToolContext,
} from '../support/tool.ts';
import { ToolError } from '../support/tool-error.ts';
import {
  addBothTablesOptions,
  type BothTablesOptions,
  type Tables,
  withBothTables,
} from '../support/usage-data.ts';

interface ReplayOptions extends BothTablesOptions, RetentionOptions {
  peer: string;
  from: string;
  to: string;
  dryRun?: boolean;
  rate: number;
  state: string;
  yes?: boolean;
}

const DEFAULT_RATE = 200;
const DEFAULT_STATE_FILE = '.replay-state.json';

/** Counts the stored messages of a peer's days again, or tells how far the counts are from them. */
export function replayCommand(context: ToolContext): Command {
  const command = new Command('npm run replay --')
    .description(
      'Counts the stored messages of a peer again. Those that were counted are recognised: it is safe at any' +
        ' time, beside live counting too. Stopped halfway, it goes on when it is started again.',
    )
    .requiredOption('--peer <id>', 'whose messages', parseIdentifier)
    .requiredOption('--from <day>', 'the first UTC day, by the time at which messages were sent', parseDay)
    .requiredOption('--to <day>', 'the last UTC day', parseDay)
    .option('--dry-run', 'write nothing; show where stored messages and counts differ')
    .option('--rate <units>', 'the most read units a second', parseCount, DEFAULT_RATE)
    .option('--state <file>', 'where it keeps how far it is', DEFAULT_STATE_FILE)
    .option('--yes', 'do not ask');
  return addRetention(addBothTablesOptions(command, context.environment)).action(
    async (options: ReplayOptions) => {
      if (options.from > options.to) throw new ToolError('--from must not be after --to');
      const retention = retentionOf(options);
      await withBothTables(options, async (tables) => {
        const messages = new StoredMessages(tables.messages);
        const size = await messages.size();
        context.say(scanEstimate(tables.messages.tableName, size, options.rate));
        const prepared = { options, retention, tables, messages, itemCount: size.itemCount, context };
        await (options.dryRun === true ? showDrift(prepared) : replay(prepared));
      });
    },
  );
}

interface Prepared {
  options: ReplayOptions;
  retention: Retention;
  tables: Tables;
  messages: StoredMessages;
  /** How many messages the table is said to hold. */
  itemCount: number;
  context: ToolContext;
}

async function replay({ options, retention, tables, messages, itemCount, context }: Prepared): Promise<void> {
  const { clock, waiting, randomBytes, write, say, terminal } = context;
  const { peer: peerId, from, to, state: file } = options;
  const asked = {
    peerId,
    from,
    to,
    place: tables.place,
    messagesTable: tables.messages.tableName,
    usageTable: tables.usage.tableName,
  };
  const state = await readState(file, asked);
  if (state !== undefined) say(`It goes on after ${state.totals.examined} messages, as ${file} says.\n`);
  await confirm(`Count the messages of ${peerId} from ${from} to ${to} again?`, context, options.yes);
  const counter = await buildCounter({
    settings: { usageTableName: tables.usage.tableName, ...retention },
    client: tables.usage.client,
    clock,
    waiting,
    randomBytes,
  });
  const pace = new ReadPace(options.rate, clock, waiting.pause);
  const progress = showProgress('Replaying', itemCount, terminal, say);
  try {
    const replaying = replayMessages(
      {
        messages,
        counter,
        clock,
        retentionDays: retention.messageRetentionDays,
        pace,
        keep: (reached) => writeState(file, reached),
        progress,
      },
      asked,
      state,
    );
    const totals = await replaying.finally(() => progress.end());
    await removeState(file);
    write(summary(totals, 0));
  } catch (error) {
    if (!(error instanceof ReplayStoppedError)) throw error;
    write(summary(error.totals, error.failed));
    throw new ToolError(`${error.message} (${errorSummary(error.cause)}); start it again to go on`, {
      cause: error,
    });
  }
}

function summary(
  { counted, duplicate, notCounted, skipped, readUnits }: ReplayTotals,
  failed: number,
): string {
  const rows = [
    ['counted', counted],
    ['counted before', duplicate],
    ['of roles that do not count', notCounted],
    ...Object.entries(skipped).map(([reason, number]) => [`skipped: ${REASONS[reason] ?? reason}`, number]),
    ['failed', failed],
    ['read units used', Math.ceil(readUnits)],
  ];
  const width = Math.max(...rows.map(([name]) => String(name).length));
  return rows.map(([name, number]) => `${String(name).padEnd(width)}  ${number}\n`).join('');
}

const REASONS: Readonly<Record<string, string>> = {
  too_old: 'past the retention',
  expired: 'past the retention they were stored with',
  too_many_channels: 'the peer has too many channels',
  malformed: 'not a message',
  unknown_version: 'of an unknown version',
  sent_in_future: 'sent in the future',
};

/** Compares what is stored with what was counted, on the days on which no message can have expired. */
async function showDrift(prepared: Prepared): Promise<void> {
  const { options, retention, tables, context } = prepared;
  const { clock, write, say } = context;
  const { peer: peerId, from, to } = options;
  const { stored, skipped } = await readStored(prepared);
  const fullFrom = firstFullDay(clock(), retention.messageRetentionDays);
  const first = from > fullFrom ? from : fullFrom;
  if (first > to) {
    throw new ToolError(`no day up to ${to} is still fully stored: the first that is is ${fullFrom}`);
  }
  if (first > from) say(`Days before ${first} are not compared: messages of them have expired.\n`);
  for (const [reason, number] of Object.entries(skipped))
    say(`Left out: ${number} (${REASONS[reason] ?? reason}).\n`);
  const drift = stored.drift(await new DailyCounterStore(tables.usage).readDays(peerId, first, to), first);
  if (drift.length === 0) {
    write(
      `No drift: ${peerId} has ${stored.total(first)} user messages stored from ${first} to ${to}, and all are counted.\n`,
    );
    return;
  }
  write(driftTable(drift));
  say(
    'More stored than counted: a replay counts them, unless they are on their way just now.\n' +
      'More counted than stored: they were removed since, and their counts stay.\n',
  );
}

/** Reads what is stored of the days that are asked for. */
async function readStored({ options, retention, messages, itemCount, context }: Prepared) {
  const { clock, waiting, say, terminal } = context;
  const { peer: peerId, from, to } = options;
  const pace = new ReadPace(options.rate, clock, waiting.pause);
  const stored = new StoredCounts();
  let skipped: Record<string, number> = {};
  let examined = 0;
  let after: Key | undefined;
  const progress = showProgress('Comparing', itemCount, terminal, say);
  try {
    do {
      const page = await messages.scan(peerId, after);
      const sorted = sortItems(page.images, { peerId, from, to }, clock(), retention.messageRetentionDays);
      stored.add(sorted.messages);
      skipped = addUp(skipped, sorted.skipped);
      examined += page.examined;
      progress.update(examined);
      after = page.next;
      if (after !== undefined) await pace.afterUse(page.readUnits);
    } while (after !== undefined);
  } finally {
    progress.end();
  }
  return { stored, skipped };
}

function driftTable(drift: readonly Drift[]): string {
  return textTable(
    ['DAY', 'CHANNEL', 'STORED', 'COUNTED', 'DRIFT'],
    drift.map(({ day, channelId, stored, counted }) => [
      day,
      channelId,
      String(stored),
      String(counted),
      stored > counted ? `+${stored - counted}` : String(stored - counted),
    ]),
  );
}

if (import.meta.main) await runThisTool(replayCommand);
