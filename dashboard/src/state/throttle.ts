import type { EpochMillis } from '../../../functions/shared/domain/utc-day.ts';

export interface ThrottleParts {
  clock: () => EpochMillis;
  /** Calls something once, later; what it gives calls that off. */
  later: (action: () => void, milliseconds: number) => () => void;
}

/** Does something at most so often: at once where it can, else as soon as it may again, and then only once. */
export interface Throttle {
  ask(): void;
  /** Does it at once, however short a time ago it was done last. */
  now(): void;
  /** Calls off what is still to come. */
  stop(): void;
}

export function throttle(action: () => void, everyMs: number, { clock, later }: ThrottleParts): Throttle {
  let last = Number.NEGATIVE_INFINITY;
  let callOff: (() => void) | undefined;
  const stop = () => {
    callOff?.();
    callOff = undefined;
  };
  const act = () => {
    stop();
    last = clock();
    action();
  };
  return {
    ask: () => {
      if (callOff !== undefined) return;
      const wait = last + everyMs - clock();
      if (wait <= 0) act();
      else callOff = later(act, wait);
    },
    now: act,
    stop,
  };
}
