import { retryWait } from '../shared/retry-wait.ts';
import type { Outcome } from './ask-for-usage.ts';

/** How long figures are shown before they are asked for again. */
export const REFRESH_MS = 5_000;

/** What following works with. */
export interface FollowOptions {
  ask: (signal: AbortSignal) => Promise<Outcome>;
  show: (outcome: Outcome) => void;
  /** Waits; comes back early where the signal says so. */
  pause: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** A number from 0 up to 1. */
  random: () => number;
  /** Milliseconds before the first question. */
  firstAfter: number;
}

/**
 * Asks for figures again and again, one question at a time, until the signal ends it. After that nothing is
 * shown any more, an answer that is under way included.
 */
export async function followUsage(options: FollowOptions, signal: AbortSignal): Promise<void> {
  const { ask, show, pause, random, firstAfter } = options;
  let failures = 0;
  await pause(firstAfter, signal);
  while (!signal.aborted) {
    const outcome = await ask(signal);
    if (signal.aborted) return;
    show(outcome);
    failures = 'problem' in outcome ? failures + 1 : 0;
    await pause(failures === 0 ? REFRESH_MS : retryAfter(failures, random()), signal);
  }
}

/** Milliseconds from a failure to the next question: longer after each of them in a row. */
export function retryAfter(failures: number, random: number): number {
  return retryWait(2 * REFRESH_MS, failures, random);
}
