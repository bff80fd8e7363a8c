import {
  type CounterChange,
  type DailyCounter,
  type DailyCounterKey,
  lastMessageAt,
} from '../domain/daily-counter.ts';
import type { EpochMillis, UtcDay } from '../domain/utc-day.ts';
import { BoundedMap } from '../runtime/bounded-map.ts';
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

/** Of how many peers, and of how many channels, it is remembered what was stored of them. */
const REMEMBERED = 5_000;

/** Changes counters that others change at the same time. */
export class CounterUpdater {
  readonly #counters: DailyCounterStore;
  readonly #channels: ChannelStore;
  readonly #waiting: Waiting;
  /** For peers and channels a day and an instant below which what is stored cannot be: neither ever goes back. */
  readonly #lastActiveDays = new BoundedMap<string, UtcDay>(REMEMBERED);
  readonly #lastMessages = new BoundedMap<string, EpochMillis>(REMEMBERED);

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
    if (isFirst) await this.#raiseLastActiveDay(counter);
    const last = lastMessageAt(counter);
    if (channel?.addToTotals !== undefined && last !== undefined) {
      await this.#raiseLastMessageAt(counter, last);
    }
    await this.#counters.apply(change);
  }

  async #raiseLastActiveDay({ peerId, day }: DailyCounterKey): Promise<void> {
    if ((this.#lastActiveDays.get(peerId) ?? '') >= day) return;
    await this.#channels.raiseLastActiveDay(peerId, day);
    this.#lastActiveDays.set(peerId, day);
  }

  async #raiseLastMessageAt({ peerId, channelId }: DailyCounterKey, instant: EpochMillis): Promise<void> {
    const name = `${peerId}\n${channelId}`;
    if ((this.#lastMessages.get(name) ?? Number.NEGATIVE_INFINITY) >= instant) return;
    await this.#channels.raiseLastMessageAt(peerId, channelId, instant);
    this.#lastMessages.set(name, instant);
  }
}
