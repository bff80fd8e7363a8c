import { retryWait } from '../../shared/retry-wait.ts';
import { isPassing, RequestProblem } from './request-problem.ts';

const FIRST_DELAY_MS = 1_000;

/** Whether to ask again after an error, without an end: the page recovers when the service does. */
export function mayRetry(error: unknown): boolean {
  return error instanceof RequestProblem && isPassing(error);
}

/**
 * How long to wait before asking again, in milliseconds: longer each time, and never less than the service
 * asks for.
 *
 * @param failures how many requests in a row failed before this one
 * @param random a number from 0 up to 1
 */
export function retryDelay(failures: number, error: unknown, random: number): number {
  const wanted = error instanceof RequestProblem ? (error.retryAfterMs ?? 0) : 0;
  return Math.max(retryWait(FIRST_DELAY_MS, failures + 1, random), wanted * (1 + random / 2));
}
