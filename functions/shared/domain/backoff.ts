/** How the waits between attempts grow, in milliseconds. */
export interface Backoff {
  /** The wait after the first failure. */
  firstMs: number;
  longestMs: number;
}

/**
 * How long to wait before trying again, in milliseconds: twice as long after each failure, up to the longest
 * wait. Where several may wait for the same thing, each of them waits a random part of that.
 *
 * @param failures how many attempts failed in a row, from 1 on
 */
export function backoff({ firstMs, longestMs }: Backoff, failures: number): number {
  return Math.min(longestMs, firstMs * 2 ** (failures - 1));
}
