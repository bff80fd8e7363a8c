import { setImmediate as turn } from 'node:timers/promises';
import type { EpochMillis } from '../../../functions/shared/domain/utc-day.ts';

/** Something that waits for an instant. */
interface Sleeper {
  due: EpochMillis;
  wake: () => void;
}

/**
 * A clock that a test moves, and by which everything waits that runs beside the test. It stands still while any of
 * that works, so that what happens depends on no machine's speed.
 */
export class MovedClock {
  readonly #sleepers = new Set<Sleeper>();
  #now: EpochMillis;
  #underWay = 0;
  #ended = Promise.withResolvers<void>();

  constructor(start: EpochMillis) {
    this.#now = start;
  }

  readonly now = (): EpochMillis => this.#now;

  /** Resolves when the clock was moved so far; rejects where the signal is aborted before. */
  readonly pause = (milliseconds: number, signal?: AbortSignal): Promise<void> => {
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    // Instants are whole milliseconds.
    const sleeper = { due: this.#now + Math.ceil(milliseconds), wake: resolve };
    this.#sleepers.add(sleeper);
    const cutShort = () => {
      this.#sleepers.delete(sleeper);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', cutShort, { once: true });
    return promise.finally(() => signal?.removeEventListener('abort', cutShort));
  };

  /** Does something outside of this process, such as a call of a database, for which the clock stands still. */
  async standingStill<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#underWay += 1;
    try {
      return await work();
    } finally {
      this.#underWay -= 1;
      this.#ended.resolve();
      this.#ended = Promise.withResolvers();
    }
  }

  /** Moves the clock from one instant at which something wakes to the next. Resolves when all of it waits again. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await this.#settled();
    for (let due = this.#nextDue(); due <= end; due = this.#nextDue()) await this.#moveTo(due);
    await this.#moveTo(end);
  }

  /** Moves the clock at once, as that of a machine that slept: what was due meanwhile wakes when it is over. */
  async leapTo(instant: EpochMillis): Promise<void> {
    await this.#settled();
    await this.#moveTo(instant);
  }

  async #moveTo(instant: EpochMillis): Promise<void> {
    this.#now = instant;
    for (const sleeper of [...this.#sleepers].sort((a, b) => a.due - b.due)) {
      if (sleeper.due > instant) break;
      this.#sleepers.delete(sleeper);
      sleeper.wake();
      // One after another, so that what they do is always done in the same order.
      await this.#settled();
    }
  }

  #nextDue(): EpochMillis {
    return Math.min(...[...this.#sleepers].map(({ due }) => due));
  }

  async #settled(): Promise<void> {
    await turn();
    while (this.#underWay > 0) {
      await this.#ended.promise;
      await turn();
    }
  }
}
