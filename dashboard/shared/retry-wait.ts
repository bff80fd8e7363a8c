import { backoff } from '../../functions/shared/domain/backoff.ts';

const LONGEST_MS = 30_000;

/**
 * How long to wait before asking again, in milliseconds: longer after each failure, up to half a minute. It is
 * not the same on every page, so that a service that comes back is not asked by all of them at once.
 *
 * @param firstMs the longest wait after the first failure
 * @param failures how many questions in a row failed, from 1 on
 * @param random a number from 0 up to 1
 */
export function retryWait(firstMs: number, failures: number, random: number): number {
  return backoff({ firstMs, longestMs: LONGEST_MS }, failures) * (0.5 + random / 2);
}
