import { randomBytes } from 'node:crypto';
import { HISTORY_DAYS } from '../../../../functions/shared/domain/daily-counter.ts';
import { addDays, dayOf, type UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import { AuditLog } from '../../../../functions/shared/store/audit-log.ts';
import { isUnavailable } from '../../../../functions/shared/store/availability.ts';
import type { AllTablesOptions } from '../../../../tools/support/data-options.ts';
import { type HistoryTarget, importHistory } from '../../../../tools/support/history/history-import.ts';
import { HistoryRecorder } from '../../../../tools/support/history/history-recorder.ts';
import { operatorOf } from '../../../../tools/support/operator.ts';
import { type RetentionOptions, retentionOf } from '../../../../tools/support/retention.ts';
import { confirm } from '../../../../tools/support/tool.ts';
import { ToolError } from '../../../../tools/support/tool-error.ts';
import { type AllTables, withAllTables } from '../../../../tools/support/usage-data.ts';
import type { CliContext } from '../cli-context.ts';
import { UsageError } from '../exit-codes.ts';
import type { ImportDestination } from '../import/import-destination.ts';
import type { ImportTarget } from '../import/import-target.ts';
import type { Spool } from '../import/spool.ts';
import { LATER_MS, SOON_MS, tellingIfSlow } from '../service/patience.ts';
import { UnreachableError } from '../service/service-errors.ts';
import { timingOf } from '../service/timing.ts';
import { TELL_NOBODY, waitTeller } from '../service/wait-teller.ts';
import { counted, formats } from '../terminal/formats.ts';
import { safeName } from '../terminal/safe-text.ts';

/** What an import of a history is called with. */
export interface HistoryOptions extends AllTablesOptions, RetentionOptions {
  peer: string;
  yes?: boolean;
  quiet?: boolean;
}

/** So many days are named that take nothing. */
const MOST_DAYS_NAMED = 10;

/**
 * Opens the tables of a deployment for a history.
 *
 * @throws UnreachableError where they do not answer; ToolError where they cannot be used for another reason
 */
export async function withHistoryDestination(
  options: HistoryOptions,
  context: CliContext,
  use: (destination: ImportDestination) => Promise<void>,
): Promise<void> {
  const { messageRetentionDays } = retentionOf(options);
  const { timer } = timingOf(context.waiting, context.clock);
  const tell = options.quiet === true ? TELL_NOBODY : waitTeller(context);
  const place = options.dynamodbEndpoint ?? 'the database';
  const stop = timer(SOON_MS, () => tell(`${place} does not answer yet; still waiting`));
  const waitFor: WaitFor = (afterMs, ask) => tellingIfSlow({ name: place, afterMs, timer, tell }, ask);
  try {
    await withAllTables(options, (tables) => {
      stop();
      return use(new HistoryDestination({ options, context, tables, messageRetentionDays, waitFor }));
    });
  } catch (error) {
    throw error instanceof ToolError && isUnavailable(error.cause)
      ? new UnreachableError(error.message)
      : error;
  } finally {
    stop();
  }
}

/** Waits for an answer of the database, and tells the person where it takes longer than so many milliseconds. */
type WaitFor = <Answer>(afterMs: number, ask: () => Promise<Answer>) => Promise<Answer>;

interface Opened {
  options: HistoryOptions;
  context: CliContext;
  tables: AllTables;
  messageRetentionDays: number;
  waitFor: WaitFor;
}

class HistoryDestination implements ImportDestination {
  readonly name: string;
  readonly keyId = 'history';
  readonly retentionDays = undefined;
  readonly #opened: Opened;

  constructor(opened: Opened) {
    this.name = opened.tables.place;
    this.#opened = opened;
  }

  async refusedDays(days: Iterable<UtcDay>): Promise<ReadonlyMap<UtcDay, string>> {
    const { waitFor, options } = this.#opened;
    return waitFor(SOON_MS, async () => {
      const recorder = await HistoryRecorder.of(this.#dependencies(), options.peer);
      return recorder.refusedAmong(days);
    });
  }

  async open<Result>(spool: Spool, record: (target: ImportTarget) => Promise<Result>): Promise<Result> {
    const { options, tables, waitFor } = this.#opened;
    const days = [...new Set(spool.days().map(({ day }) => day))].sort();
    await this.#confirm(spool, days);
    const [firstDay, lastDay] = [days[0], days.at(-1)];
    const planned = {
      messages: spool.messages - spool.sent.messages,
      ...(firstDay !== undefined && { firstDay }),
      ...(lastDay !== undefined && { lastDay }),
    };
    const log = new AuditLog(tables.audit, randomBytes);
    const dependencies = { ...this.#dependencies(), log, by: await operatorOf(options) };
    return importHistory(dependencies, options.peer, planned, (target) => record(told(target, waitFor)));
  }

  whatIsNext(): string {
    const { context, options } = this.#opened;
    const last = addDays(dayOf(context.clock()), HISTORY_DAYS);
    return (
      'They are counted within seconds or minutes.\n' +
      `Days that have got their first figures by this take more until ${last}. From then on nothing changes them any` +
      ` more: import what other channels of ${safeName(options.peer)} have of these days before that.\n`
    );
  }

  #dependencies() {
    const { context, tables, messageRetentionDays } = this.#opened;
    const { clock, waiting } = context;
    return { tables, clock, waiting, randomBytes, messageRetentionDays };
  }

  /** @throws UsageError where the person does not agree, or nobody can be asked */
  async #confirm(spool: Spool, days: readonly UtcDay[]): Promise<void> {
    const { options, context } = this.#opened;
    const refused = await this.refusedDays(days);
    for (const line of plan(spool, days, options.peer)) context.say(`${line}\n`);
    context.say(refusedDaysText(refused));
    try {
      await confirm('Record them for good?', context, options.yes);
    } catch (error) {
      throw error instanceof ToolError ? new UsageError(error.message) : error;
    }
  }
}

function plan(spool: Spool, days: readonly UtcDay[], peerId: string): string[] {
  const channels = spool.channels();
  const sum = channels.reduce((total, { userMessages }) => total + userMessages, 0);
  const range = days.length === 0 ? '' : `, ${days[0]} to ${days.at(-1)}`;
  return [
    `${counted(spool.messages, 'message')} for the history of ${safeName(peerId)}, of which ${formats.count(sum)} ` +
      `count, on ${counted(days.length, 'day')}${range}, on ${counted(channels.length, 'channel')}: ` +
      channels.map(({ channelId }) => safeName(channelId)).join(', '),
  ];
}

/** Which days take nothing, in a few lines. */
function refusedDaysText(refused: ReadonlyMap<UtcDay, string>): string {
  if (refused.size === 0) return '';
  const days = [...refused.keys()].sort();
  const more =
    days.length > MOST_DAYS_NAMED ? ` and ${formats.count(days.length - MOST_DAYS_NAMED)} more` : '';
  return (
    `${formats.count(days.length)} of these days have figures already, and will take none of them: ` +
    `${days.slice(0, MOST_DAYS_NAMED).join(', ')}${more}\n`
  );
}

/** What goes wrong is told as that of a service is. */
function told(target: HistoryTarget, waitFor: WaitFor): ImportTarget {
  return {
    messagesPerRequest: target.messagesPerRequest,
    async record(messages) {
      try {
        return await waitFor(LATER_MS, () => target.record(messages));
      } catch (error) {
        throw error instanceof ToolError ? new UnreachableError(error.message) : error;
      }
    },
  };
}
