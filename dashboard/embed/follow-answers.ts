import { retryWait } from '../shared/retry-wait.ts';

/** What following works with. An outcome with a `problem` is a failure. */
export interface FollowOptions<Outcome extends object> {
  ask: (signal: AbortSignal) => Promise<Outcome>;
  show: (outcome: Outcome) => void;
  /** Waits; comes back early where the signal says so. */
  pause: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** A number from 0 up to 1. */
  random: () => number;
  /** How long an answer is shown before it is asked for again, in milliseconds. */
  refreshMs: number;
  /** Milliseconds before the first question. */
  firstAfter: number;
}

/**
 * Asks again and again, one question at a time, until the signal ends it. After that nothing is
 * shown any more, an answer that is under way included.
 */
export async function followAnswers<Outcome extends object>(
  options: FollowOptions<Outcome>,
  signal: AbortSignal,
): Promise<void> {
  const { ask, show, pause, random, refreshMs, firstAfter } = options;
  let failures = 0;
  await pause(firstAfter, signal);
  while (!signal.aborted) {
    const outcome = await ask(signal);
    if (signal.aborted) return;
    show(outcome);
    failures = 'problem' in outcome ? failures + 1 : 0;
    await pause(failures === 0 ? refreshMs : retryAfter(refreshMs, failures, random()), signal);
  }
}

/** Milliseconds from a failure to the next question: longer after each of them in a row, and never sooner than else. */
export function retryAfter(refreshMs: number, failures: number, random: number): number {
  return Math.max(refreshMs, retryWait(2 * refreshMs, failures, random));
}
