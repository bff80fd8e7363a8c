import type { EpochMillis } from '../../../functions/shared/domain/utc-day.ts';

export interface ThrottleParts {
  clock: () => EpochMillis;
  /** Calls something once, later; what it gives calls that off. */
  later: (action: () => void, milliseconds: number) => () => void;
}

/** Does something at most so often: at once where it can, else as soon as it may again, and then only once. */
export class Throttle {
  readonly #action: () => void;
  readonly #everyMs: number;
  readonly #parts: ThrottleParts;
  #last = Number.NEGATIVE_INFINITY;
  #callOff: (() => void) | undefined;

  constructor(action: () => void, everyMs: number, parts: ThrottleParts) {
    this.#action = action;
    this.#everyMs = everyMs;
    this.#parts = parts;
  }

  ask(): void {
    if (this.#callOff !== undefined) return;
    const { clock, later } = this.#parts;
    const wait = this.#last + this.#everyMs - clock();
    if (wait <= 0) this.now();
    else this.#callOff = later(() => this.now(), wait);
  }

  /** Does it at once, however short a time ago it was done last. */
  now(): void {
    this.stop();
    this.#last = this.#parts.clock();
    this.#action();
  }

  /** Calls off what is still to come. */
  stop(): void {
    this.#callOff?.();
    this.#callOff = undefined;
  }
}
