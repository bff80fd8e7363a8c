import { isPassing, RequestProblem } from './request-problem.ts';

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 30_000;

/** Whether to ask again after an error, without an end: the page recovers when the service does. */
export function mayRetry(error: unknown): boolean {
  return error instanceof RequestProblem && isPassing(error);
}

/**
 * How long to wait before asking again, in milliseconds: twice as long each time, up to half a minute, and
 * never less than the service asks for. It is not the same on every page, so that a service that comes back
 * is not asked by all of them at once.
 *
 * @param failures how many requests in a row failed before this one
 * @param random a number from 0 up to 1
 */
export function retryDelay(failures: number, error: unknown, random: number): number {
  const backoff = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** failures) * (0.5 + random / 2);
  const wanted = error instanceof RequestProblem ? (error.retryAfterMs ?? 0) : 0;
  return Math.max(backoff, wanted * (1 + random / 2));
}
