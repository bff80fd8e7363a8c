import type { CountOutcome } from '../../functions/shared/counting/day-counting.ts';
import type { MessageCounter } from '../../functions/shared/counting/message-counter.ts';
import type { EpochMillis } from '../../functions/shared/domain/utc-day.ts';
import type { StoredMessages } from '../../functions/shared/store/stored-messages.ts';
import type { Progress } from '../../local/support/progress.ts';
import type { ReadPace } from './read-pace.ts';
import { NOTHING_YET, type ReplayState, type ReplayTotals } from './replay-state.ts';
import { addUp, sortItems } from './stored-peer.ts';

/** What a replay works with. */
export interface ReplayDependencies {
  messages: Pick<StoredMessages, 'scan'>;
  counter: Pick<MessageCounter, 'count'>;
  clock: () => EpochMillis;
  /** How long messages are stored, in days. */
  retentionDays: number;
  pace: Pick<ReadPace, 'afterUse'>;
  /** Keeps how far the replay is; whatever it was told last, a replay that goes on from there is right. */
  keep: (state: ReplayState) => Promise<void>;
  /** Is told how many of the table's items have been read. */
  progress: Pick<Progress, 'update'>;
}

/** Some messages could not be counted: the page that they are on is to be counted again. */
export class ReplayStoppedError extends Error {
  override name = 'ReplayStoppedError';
  readonly totals: ReplayTotals;
  readonly failed: number;

  constructor(totals: ReplayTotals, failed: number, cause: unknown) {
    super(`${failed} messages could not be counted`, { cause });
    this.totals = totals;
    this.failed = failed;
  }
}

/**
 * Counts the stored messages of a peer's days again, as the stream does: those that were counted are
 * recognised.
 *
 * @param state where an earlier replay of the same got to
 * @throws ReplayStoppedError
 */
export async function replayMessages(
  { messages, counter, clock, retentionDays, pace, keep, progress }: ReplayDependencies,
  replay: ReplayState['replay'],
  state: ReplayState | undefined,
): Promise<ReplayTotals> {
  let totals = state?.totals ?? NOTHING_YET;
  let after = state?.after;
  do {
    const page = await messages.scan(replay.peerId, after);
    const sorted = sortItems(page.images, replay, clock(), retentionDays);
    const outcomes = await counter.count(sorted.messages);
    const failures = outcomes.filter((outcome) => outcome.kind === 'failed');
    if (failures.length > 0) throw new ReplayStoppedError(totals, failures.length, failures[0]?.error);
    totals = {
      examined: totals.examined + page.examined,
      readUnits: totals.readUnits + page.readUnits,
      counted: totals.counted + outcomes.filter(({ kind }) => kind === 'counted').length,
      duplicate: totals.duplicate + outcomes.filter(({ kind }) => kind === 'duplicate').length,
      notCounted: totals.notCounted + sorted.notCounted,
      skipped: addUp(totals.skipped, addUp(sorted.skipped, quarantine(outcomes))),
    };
    after = page.next;
    progress.update(totals.examined);
    if (after !== undefined) {
      await keep({ replay, after, totals });
      await pace.afterUse(page.readUnits);
    }
  } while (after !== undefined);
  return totals;
}

function quarantine(outcomes: readonly CountOutcome[]): Record<string, number> {
  const byReason: Record<string, number> = {};
  for (const outcome of outcomes) {
    if (outcome.kind === 'quarantined') byReason[outcome.reason] = (byReason[outcome.reason] ?? 0) + 1;
  }
  return byReason;
}
