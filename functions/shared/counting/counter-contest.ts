import { type DailyCounter, isOnlyCountedSince } from '../domain/daily-counter.ts';
import { ContentionError } from '../domain/errors.ts';
import type { EpochMillis } from '../domain/utc-day.ts';
import { pauseBehindOthers } from '../domain/waits-of-writers.ts';
import type { Waiting } from '../runtime/waiting.ts';
import { CounterChangedError } from '../store/conflict.ts';
import type { DailyCounterStore } from '../store/daily-counter-store.ts';
import { isThrottling } from '../store/dynamodb.ts';
import { isConflict } from '../store/retry-on-conflict.ts';

/** What a contest works with. */
export interface CounterContestDependencies {
  counters: Pick<DailyCounterStore, 'read'>;
  waiting: Waiting;
  clock: () => EpochMillis;
}

/** So long at most something is refused time and again before it is given up: a part of what a function may take. */
export const LONGEST_CONTEST_MS = 30_000;
/** A pause of up to so long where others were in the way whose counter was not seen: about what a transaction takes. */
const UNSEEN_PAUSE_MS = 20;
/** A pause of up to so long where there are more writes of the counter than a partition takes: the next second's are near. */
const THROTTLED_PAUSE_MS = 500;

/**
 * One step that several want to make of the same counter. Who is refused goes on from the counter as the refused write
 * has found it: at once where it has waited nearly as long as others had to; else it pauses, and reads the counter then.
 */
export class CounterContest {
  readonly #dependencies: CounterContestDependencies;
  /** Made once the step is refused: most are not, and to abort costs more than all else here. */
  #over: AbortController | undefined;
  #firstLostAt: EpochMillis | undefined;
  #isOutOfTime = false;

  constructor(dependencies: CounterContestDependencies) {
    this.#dependencies = dependencies;
  }

  /** For how long this has been waiting for others, in milliseconds; 0 where it was not refused yet. */
  get waitedMs(): number {
    return this.#firstLostAt === undefined ? 0 : Math.max(0, this.#dependencies.clock() - this.#firstLostAt);
  }

  /**
   * To be called where a step was not made because of others. Ends when it may be tried again.
   *
   * @param error what it failed with
   * @param read the counter that it was made from
   * @returns the counter to make it from now, which nothing but counting has changed
   * @throws ContentionError where that goes on for too long; the error where neither others nor too many writes are
   *   behind it, or where the counter was changed by something else than counting; MalformedItemError
   */
  async goOn(error: unknown, read: DailyCounter): Promise<DailyCounter> {
    const isThrottled = isThrottling(error);
    if (!isThrottled && !isConflict(error)) throw error;
    this.#lose();
    const found = error instanceof CounterChangedError ? error.counter : undefined;
    // To make it from one that others have changed since in the same way is no use, however short the pause is.
    if (found !== undefined && !isOnlyCountedSince(read, found)) throw error;
    const turn = pauseBehindOthers((found ?? read).waitedMs ?? 0, this.waitedMs);
    const { counters, waiting } = this.#dependencies;
    if (found !== undefined && turn === 0) {
      this.#checkTime(error);
      return found;
    }
    const unseenMs = waiting.random() * (isThrottled ? THROTTLED_PAUSE_MS : UNSEEN_PAUSE_MS);
    await waiting.pause(found === undefined ? Math.max(turn, unseenMs) : turn);
    this.#checkTime(error);
    const { peerId, channelId, channelNumber, day } = read;
    const now = await counters.read({ peerId, channelId, channelNumber, day });
    if (!isOnlyCountedSince(read, now)) throw error;
    return now;
  }

  /** To be called once nobody goes on with it. */
  end(): void {
    this.#over?.abort();
  }

  #lose(): void {
    if (this.#firstLostAt !== undefined) return;
    this.#firstLostAt = this.#dependencies.clock();
    this.#over = new AbortController();
    this.#dependencies.waiting.deadline(LONGEST_CONTEST_MS, this.#over.signal).then(
      () => {
        this.#isOutOfTime = true;
      },
      () => {
        // It was over before.
      },
    );
  }

  #checkTime(cause: unknown): void {
    if (!this.#isOutOfTime) return;
    throw new ContentionError(`others changed the same counter first, for ${LONGEST_CONTEST_MS} ms`, {
      cause,
    });
  }
}
