/**
 * Why a change has no percentage: it is one from nothing, or the earlier period was not counted as a whole.
 */
export const NOT_COMPARABLE = ['zero_baseline', 'no_history'] as const;

/** A figure beside the one of an earlier period, and the change between them. */
export type Comparison =
  | { current: number; previous: number; change: number; changePercent: number }
  | { current: number; previous: number; change: number; changePercent: null; reason: 'zero_baseline' }
  | { current: number; previous: null; change: null; changePercent: null; reason: 'no_history' };

/**
 * Compares a figure with an earlier one. The percentage has one decimal; halves are rounded away from zero,
 * so that a fall reads like the rise of the same size.
 *
 * @param previous nothing where there is no history that reaches back so far
 */
export function compareFigures(current: number, previous: number | undefined): Comparison {
  if (previous === undefined) {
    return { current, previous: null, change: null, changePercent: null, reason: 'no_history' };
  }
  const change = current - previous;
  if (previous === 0 && current > 0) {
    return { current, previous, change, changePercent: null, reason: 'zero_baseline' };
  }
  const size = previous === 0 ? 0 : Math.round((Math.abs(change) * 1000) / previous) / 10;
  // Not by a factor of -1, which makes a -0 of 0.
  return { current, previous, change, changePercent: change < 0 && size > 0 ? -size : size };
}
