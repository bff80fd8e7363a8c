import { dayOf, type UtcDay } from '../../../functions/shared/domain/utc-day.ts';
import type { AuditLog } from '../../../functions/shared/store/audit-log.ts';
import {
  type HistoryDependencies,
  HistoryRecorder,
  type ImportedMessage,
  type RecordedHistory,
} from './history-recorder.ts';

/** What an import of a history works with. */
export interface HistoryImportDependencies extends HistoryDependencies {
  log: Pick<AuditLog, 'add'>;
  /** Who runs it, as the audit log is to name them. */
  by: string;
}

/** What is to be imported. */
export interface PlannedHistory {
  messages: number;
  /** The first and the last day with messages that count; nothing where none does. */
  firstDay?: UtcDay;
  lastDay?: UtcDay;
}

/** Where the messages of a history are recorded. */
export type HistoryTarget = Pick<HistoryRecorder, 'messagesPerRequest' | 'record'>;

/**
 * Imports a history of a peer, with a line in the audit log before anything is stored, and one when it is over, however it
 * ends. One that is killed leaves its first line.
 *
 * @param record brings the messages to the target
 */
export async function importHistory<Result>(
  dependencies: HistoryImportDependencies,
  peerId: string,
  { messages, ...days }: PlannedHistory,
  record: (target: HistoryTarget) => Promise<Result>,
): Promise<Result> {
  const { log, by, clock } = dependencies;
  const recorder = await HistoryRecorder.of(dependencies, peerId);
  const line = { action: 'import', by, peerId } as const;
  await log.add({ ...line, at: clock(), phase: 'begun', ...days, counts: { messages } });
  const tally = new Tally(recorder);
  const end = () => log.add({ ...line, at: clock(), phase: 'done', ...tally.said() });
  let result: Result;
  try {
    result = await record(tally);
  } catch (error) {
    // What it failed with is what is told; the line says how far it came, where that can be written.
    await end().catch(() => {});
    throw error;
  }
  await end();
  return result;
}

/** Records, and remembers how much. */
class Tally implements HistoryTarget {
  readonly messagesPerRequest: number;
  readonly #recorder: HistoryRecorder;
  readonly #days = new Set<UtcDay>();
  readonly #counts = { messages: 0, known: 0, refused: 0 };

  constructor(recorder: HistoryRecorder) {
    this.#recorder = recorder;
    this.messagesPerRequest = recorder.messagesPerRequest;
  }

  async record(messages: readonly ImportedMessage[]): Promise<RecordedHistory> {
    const result = await this.#recorder.record(messages);
    const refused = new Set(result.refused.map(({ index }) => index));
    for (const [index, { sentAt }] of messages.entries()) {
      if (!refused.has(index)) this.#days.add(dayOf(sentAt));
    }
    this.#counts.messages += result.recorded;
    this.#counts.known += result.duplicates;
    this.#counts.refused += result.refused.length;
    return result;
  }

  /** The part of a line of the audit log that says what was done. */
  said() {
    const days = [...this.#days].sort();
    const [firstDay, lastDay] = [days[0], days.at(-1)];
    return {
      ...(firstDay !== undefined && { firstDay }),
      ...(lastDay !== undefined && { lastDay }),
      counts: { ...this.#counts, days: days.length },
    };
  }
}
