import type { Timing } from '../../../packages/client/src/timing.ts';

/** Time that passes when it is told to, and chance that is always the same. */
export class FakeTiming implements Timing {
  /** The waits there were, in milliseconds. */
  readonly waits: number[] = [];
  #now = Date.parse('2026-11-22T10:00:00.000Z');
  readonly #timers = new Set<{ ms: number; ring: () => void }>();
  readonly random: () => number;

  constructor(random: () => number = () => 0.5) {
    this.random = random;
  }

  now = (): number => {
    this.#now += 1;
    return this.#now;
  };

  wait = async (ms: number, signal?: AbortSignal): Promise<void> => {
    this.waits.push(ms);
    signal?.throwIfAborted();
  };

  timer = (ms: number, ring: () => void): (() => void) => {
    const timer = { ms, ring };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  /** Rings all timers that were set for so many milliseconds. */
  ring(ms: number): void {
    for (const timer of this.#timers) {
      if (timer.ms !== ms) continue;
      this.#timers.delete(timer);
      timer.ring();
    }
  }

  /** For how many milliseconds the timers were set that have not rung. */
  get timers(): number[] {
    return [...this.#timers].map(({ ms }) => ms);
  }
}
