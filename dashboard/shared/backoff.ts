/**
 * How long to wait before asking again, in milliseconds: twice as long after each failure, up to half a
 * minute. It is not the same on every page, so that a service that comes back is not asked by all of them at
 * once.
 *
 * @param firstMs the longest wait at 0 failures
 * @param random a number from 0 up to 1
 */
export function backoff(firstMs: number, failures: number, random: number): number {
  return Math.min(LONGEST_MS, firstMs * 2 ** failures) * (0.5 + random / 2);
}

const LONGEST_MS = 30_000;
