import {
  type CounterChange,
  type DailyCounter,
  type DailyCounterKey,
  lastMessageAt,
} from '../domain/daily-counter.ts';
import type { Waiting } from '../runtime/waiting.ts';
import type { ChannelStore } from './channel-store.ts';
import type { DailyCounterStore } from './daily-counter-store.ts';
import { retryOnConflict } from './retry-on-conflict.ts';

/** What is to become of a counter. */
export interface CounterDecision<Result> {
  /** Missing where nothing is to be changed (any more). */
  change?: CounterChange;
  /** What follows for whoever asked for it. */
  result: Result;
}

/** Changes counters that others change at the same time. */
export class CounterUpdater {
  readonly #counters: DailyCounterStore;
  readonly #channels: ChannelStore;
  readonly #waiting: Waiting;

  constructor(counters: DailyCounterStore, channels: ChannelStore, waiting: Waiting) {
    this.#counters = counters;
    this.#channels = channels;
    this.#waiting = waiting;
  }

  /**
   * Reads a counter, decides on a change of it and stores the change; where another writer was faster, all
   * of it again, from what that writer left.
   *
   * @param decide may be called again, and so must not change anything outside of itself
   * @returns the result of the decision that holds: the one that was stored, or that nothing was to be changed
   * @throws ContentionError where others were faster time and again
   */
  updateOptimistically<Result>(
    key: DailyCounterKey,
    decide: (counter: DailyCounter) => Promise<CounterDecision<Result>>,
  ): Promise<Result> {
    return retryOnConflict(this.#waiting, async () => {
      const { change, result } = await decide(await this.#counters.read(key));
      if (change !== undefined) await this.#store(change);
      return result;
    });
  }

  async #store(change: CounterChange): Promise<void> {
    const { counter, channel, isFirst = false } = change;
    // Both only move forward, and both come first: a crash in between leaves nothing that the repetition
    // of the whole would not do anyway.
    if (isFirst) await this.#channels.raiseLastActiveDay(counter.peerId, counter.day);
    const last = lastMessageAt(counter);
    if (channel?.addToTotals !== undefined && last !== undefined) {
      await this.#channels.raiseLastMessageAt(counter.peerId, counter.channelId, last);
    }
    await this.#counters.apply(change);
  }
}
