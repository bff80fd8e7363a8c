import { setTimeout as pause } from 'node:timers/promises';

/** What is needed to wait between two attempts, and to wait no longer than some time. */
export interface Waiting {
  pause: (milliseconds: number) => Promise<void>;
  /** Resolves when a time has run out. Where the signal is aborted before, it rejects, and nothing is left of it. */
  deadline: (milliseconds: number, over: AbortSignal) => Promise<void>;
  /** A number from 0 up to 1, for the jitter. */
  random: () => number;
}

/** By the timers and the randomness of this machine. */
export const SYSTEM_WAITING: Waiting = {
  pause: (milliseconds) => pause(milliseconds),
  deadline: (milliseconds, over) => pause(milliseconds, undefined, { signal: over }),
  random: Math.random,
};
