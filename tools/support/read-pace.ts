import type { EpochMillis } from '../../functions/shared/domain/utc-day.ts';

/** Keeps reading to a rate, also where several read beside one another: then each page is waited for behind those of all. */
export class ReadPace {
  readonly #unitsPerSecond: number;
  readonly #clock: () => EpochMillis;
  readonly #pause: (milliseconds: number) => Promise<void>;
  #freeAt: EpochMillis;

  /** @param unitsPerSecond the most read units a second, over the seconds that a page stands for */
  constructor(
    unitsPerSecond: number,
    clock: () => EpochMillis,
    pause: (milliseconds: number) => Promise<void>,
  ) {
    this.#unitsPerSecond = unitsPerSecond;
    this.#clock = clock;
    this.#pause = pause;
    this.#freeAt = clock();
  }

  /** Waits, after units were used, until more may be. */
  async afterUse(units: number): Promise<void> {
    const now = this.#clock();
    // Time that was lost is not made up for: that would be a burst.
    this.#freeAt = Math.max(this.#freeAt, now) + (1_000 * units) / this.#unitsPerSecond;
    await this.#pause(this.#freeAt - now);
  }
}
