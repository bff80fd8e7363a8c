import type { Command } from 'commander';
import { parseApiKey } from '../../../../functions/shared/domain/api-key-text.ts';
import { dashboardLink } from '../../../../functions/shared/domain/dashboard-link.ts';
import { ToolError } from '../../../../tools/support/tool-error.ts';
import type { CliContext } from '../cli-context.ts';
import { type ConnectionOptions, connectionOf } from '../connection/connect.ts';
import { AttentionError, UsageError } from '../exit-codes.ts';
import type { HistoryOptions } from '../history/history-destination.ts';
import { type OutputOptions, writeOutput } from '../output/output-options.ts';
import { RefusedError } from '../service/service-errors.ts';
import { counted, formats } from '../terminal/formats.ts';
import { safeName } from '../terminal/safe-text.ts';
import { HttpTarget } from './http-target.ts';
import type { ImportDestination } from './import-destination.ts';
import { ExportError, ImportUsageError, OpenQuestionsError } from './import-errors.ts';
import { importName, importSources } from './import-identity.ts';
import { giveOptions, readOptionsOf } from './import-options.ts';
import { type ImportPart, megabytes, type PartProgress, partProgress, SILENT } from './import-progress.ts';
import {
  dryRunCsv,
  dryRunReport,
  type RecordedReport,
  recordedCsv,
  recordedReport,
  refusedIn,
} from './import-report.ts';
import { ImportState, inStorage, stateFolder } from './import-state.ts';
import type { ImportTarget } from './import-target.ts';
import { dryRunText, recordedText } from './import-text.ts';
import { InterruptedError } from './interruption.ts';
import { answersTo, typed } from './open-questions.ts';
import { readExports } from './read-exports.ts';
import { readIntoSpool } from './read-into-spool.ts';
import { RecordingService } from './recording-service.ts';
import { requireRefusedFile, writeRefused } from './refused-file.ts';
import { sendSpool } from './send-spool.ts';
import type { Spool } from './spool.ts';
import { waitUntilCounted } from './wait-until-counted.ts';

/** What of an import is no option of reading. */
export interface ImportOptions extends ConnectionOptions, OutputOptions, HistoryOptions {
  history?: boolean;
  dryRun?: boolean;
  refused?: string;
  state?: string;
  anew?: boolean;
  wait?: boolean;
  quiet?: boolean;
}

/** One call of the command. */
interface Run {
  paths: readonly string[];
  /** To which answers are given. */
  command: Command;
  /** Of what the import is, as it was called. Answers are no part of it: who types the same again is not asked again. */
  sources: () => Promise<string>;
  options: ImportOptions;
  context: CliContext;
  interruption: AbortSignal;
}

/** What a process ends with that Ctrl-C ends. */
const INTERRUPTED = 130;
/** So often questions may follow from answers. */
const MOST_ROUNDS = 10;

/**
 * Imports what chat platforms exported, or says what that would count.
 *
 * @throws ToolError with the exit code that says why not all of it was imported
 */
export async function runImport(
  paths: readonly string[],
  command: Command,
  context: CliContext,
): Promise<void> {
  const options = command.optsWithGlobals<ImportOptions>();
  const folder = stateFolder(options.state, context);
  const interruption = context.interruption();
  const asTyped = readOptionsOf(command);
  const sources = () => importSources(paths, asTyped);
  const run: Run = { paths, command, sources, options, context, interruption };
  if (options.refused !== undefined) await requireRefusedFile(options.refused);
  const use = (destination: ImportDestination) => importInto(destination, run, folder);
  if (options.history === true) {
    const { withHistoryDestination } = await import('../history/history-destination.ts');
    await withHistoryDestination(options, context, use);
  } else {
    await use(await overHttp(run));
  }
}

/** @throws ToolError with the exit code that says why not all of it was imported */
async function importInto(destination: ImportDestination, run: Run, folder: string): Promise<void> {
  const { options, context, paths } = run;
  const kind = options.dryRun === true ? 'dry run ' : '';
  const name = importName({
    destination: `${kind}${destination.name}`,
    keyId: destination.keyId,
    peerId: options.peer,
    paths,
  });
  try {
    await inStorage(folder, async () => {
      const state = await ImportState.open(folder, name, context.clock());
      try {
        if (options.dryRun === true) await tell(run, state, destination);
        else await record(run, state, destination);
      } finally {
        state.close();
      }
    });
  } catch (error) {
    throw error instanceof InterruptedError
      ? new ToolError('stopped before anything was recorded', { exitCode: INTERRUPTED })
      : error;
  }
}

/** @throws RefusedError where the key may not record messages of the peer */
async function overHttp({ options, context, interruption }: Run): Promise<ImportDestination> {
  const { peer: peerId } = options;
  const { url, key } = await connectionOf(options, context);
  const service = new RecordingService({ url, key }, context, interruption, options.quiet === true);
  const { scopes, peers, limits } = await service.key();
  if (!scopes.includes('messages:write')) {
    throw new RefusedError(403, 'the API key may not record messages: it lacks the scope messages:write');
  }
  if (peers !== 'all' && !peers.includes(peerId)) {
    throw new RefusedError(403, `the API key is not for the peer ${peerId}`);
  }
  if (limits === undefined) {
    throw new RefusedError(
      200,
      'the service does not say how old messages may be: it is of an older release',
    );
  }
  const target = new HttpTarget(limits.messagesPerRequest, service.sender(peerId));
  return {
    name: url,
    keyId: parseApiKey(key)?.keyId ?? '',
    retentionDays: limits.messageRetentionDays,
    open: (_, use) => use(target),
    trust: () => service.trust(peerId),
    whatIsNext,
  };
}

/** Says what would be counted. */
async function tell(run: Run, state: ImportState, destination: ImportDestination): Promise<void> {
  const { options, context } = run;
  const { name, retentionDays } = destination;
  try {
    const spool = await read(run, state, retentionDays);
    const report = dryRunReport(spool, options.peer, name, retentionDays, context.clock());
    spool.close();
    const days = report.channels.flatMap((channel) => channel.days.map(({ day }) => day));
    const refusedDays = await destination.refusedDays?.(days);
    if (refusedDays !== undefined) {
      report.refusedDays = [...refusedDays].map(([day, reason]) => ({ day, reason }));
    }
    const text = () => dryRunText(report, context.screen());
    writeOutput({ json: report, csv: () => dryRunCsv(report), text }, options, context);
    attend(refusedIn(report), 'would be refused');
  } finally {
    state.removeSpool();
  }
}

/** Records what is read, or was read and is not recorded yet. */
async function record(run: Run, state: ImportState, destination: ImportDestination): Promise<void> {
  const { options, context } = run;
  const spool = (await found(run, state)) ?? (await read(run, state, destination.retentionDays));
  try {
    await destination.open(spool, (target) => send(run, spool, target));
    const refusedFile = await keepRefused(run, state, spool);
    const report: RecordedReport = {
      ...recordedReport(spool, options.peer, destination.name),
      ...(refusedFile !== undefined && { refusedFile }),
    };
    spool.remove();
    if (options.wait === true && destination.trust !== undefined) {
      if (options.quiet !== true) context.say('All is recorded; waiting until it is counted.\n');
      report.countedThrough = await waitUntilCounted(destination.trust, context, run.interruption);
    }
    const text = () => recordedText(report, context.screen());
    writeOutput({ json: report, csv: () => recordedCsv(report), text }, options, context);
    const isForPeople = options.quiet !== true && options.json !== true && options.csv !== true;
    if (isForPeople) context.say(`\n${destination.whatIsNext(report)}`);
    attend(refusedIn(report), `refused${refusedFile === undefined ? '' : `: see ${refusedFile}`}`);
  } finally {
    spool.close();
  }
}

/** What an import has read before, where it is what it would read now. */
async function found({ sources, options, context }: Run, state: ImportState): Promise<Spool | undefined> {
  const spool = state.spool();
  if (spool === undefined) return undefined;
  const isSame = spool.sources === (await sources());
  if (isSame && options.anew !== true) {
    const [done, all] = [spool.sent.messages, spool.messages].map(formats.count);
    context.say(`Goes on where it was: ${done} of ${all} messages are done.\n`);
    return spool;
  }
  spool.remove();
  const why = isSame ? '' : ', since files or options have changed';
  context.say(`Begins anew${why}; what is recorded already is known, and counts once.\n`);
  return undefined;
}

/** Reads the files; what they leave open is asked. */
async function read(run: Run, state: ImportState, retentionDays: number | undefined): Promise<Spool> {
  const { command, paths, sources, options, context, interruption } = run;
  for (let rounds = 0; rounds < MOST_ROUNDS; rounds += 1) {
    const progress = readingProgress(run);
    const limits = { now: context.clock(), retentionDays };
    const records = () => readExports(paths, readOptionsOf(command), limits, progress.update);
    try {
      return await readIntoSpool(state, { sources, records, interruption });
    } catch (error) {
      progress.end();
      if (error instanceof ExportError || error instanceof ImportUsageError) {
        throw new UsageError(`${error.message}; nothing was recorded`, error);
      }
      if (!(error instanceof OpenQuestionsError)) throw error;
      const given = await answersTo(error.questions, options.yes !== true, context);
      giveOptions(command, given);
      context.say(`Next time add: ${typed(given)}\n`);
    } finally {
      progress.end();
    }
  }
  throw new UsageError('the files leave something open however often it is answered');
}

/** Sends what is not recorded yet. @throws ToolError where not all of it was, which says how to go on */
async function send(run: Run, spool: Spool, target: ImportTarget): Promise<void> {
  const { interruption } = run;
  const { messages: before } = spool.sent;
  const part = { title: 'Recording', total: spool.messages, before, amount: formats.count, unit: 'messages' };
  const progress = progressOf(run, part);
  let isDone = false;
  try {
    isDone = await sendSpool(spool, target, interruption, progress.update);
  } catch (error) {
    if (error instanceof ToolError) {
      throw new ToolError(`${error.message}; ${howToGoOn(spool)}`, {
        exitCode: error.exitCode,
        cause: error,
      });
    }
    if (!(error instanceof InterruptedError)) throw error;
  } finally {
    progress.end();
  }
  if (!isDone) throw new ToolError(`stopped: ${howToGoOn(spool)}`, { exitCode: INTERRUPTED });
}

function howToGoOn(spool: Spool): string {
  const [done, all] = [spool.sent.messages, spool.messages].map(formats.count);
  return `${done} of ${all} messages are done; the same command goes on with the rest`;
}

/** Keeps what was refused in a file, where there is any, or where a file was named. @returns the file */
async function keepRefused({ options }: Run, state: ImportState, spool: Spool): Promise<string | undefined> {
  const isEmpty = spool.refusedByCode().length === 0;
  if (isEmpty && options.refused === undefined) {
    state.removeRefused();
    return undefined;
  }
  const file = options.refused ?? state.refusedFile;
  await writeRefused(file, spool.refused());
  return isEmpty ? undefined : file;
}

function whatIsNext({ peerId, destination, countedThrough, messages }: RecordedReport): string {
  if (messages === 0) return 'There is nothing to count.\n';
  const isCounted =
    countedThrough === undefined
      ? `They are counted within seconds or minutes: channel-usage trust ${peerId} says up to when.`
      : `They are counted: the figures are complete through ${countedThrough}.`;
  const link = dashboardLink(destination, { peerId });
  return `${isCounted}\nSee them with channel-usage stats ${safeName(peerId)}, or at ${safeName(link)}\n`;
}

/** @throws AttentionError where something was refused */
function attend(number: number, what: string): void {
  if (number === 0) return;
  throw new AttentionError(`${counted(number, 'message')} ${what}`);
}

function progressOf({ options, context }: Run, part: ImportPart): PartProgress {
  return options.quiet === true ? SILENT : partProgress(part, context);
}

/** How much there is to read is known only when it is begun. */
function readingProgress(run: Run) {
  let progress = SILENT;
  return {
    update({ read: done, of: total }: { read: number; of: number }) {
      if (progress === SILENT) {
        progress = progressOf(run, { title: 'Reading', total, amount: megabytes, unit: 'MB' });
      }
      progress.update(done);
    },
    end() {
      progress.end();
      progress = SILENT;
    },
  };
}
