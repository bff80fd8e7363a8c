import * as z from 'zod/mini';
import { component, described, growing } from './described.ts';
import { byName, type Counts, count } from './metrics.ts';

/** A figure beside the one of an earlier period, and the change between them. */
export const comparison = component(
  'Comparison',
  'A figure beside the one of the period before.',
  z.object({
    current: described(count(), 'The figure.'),
    previous: described(
      z.nullable(count()),
      'The one of the period before; `null` where there is no history of it.',
    ),
    change: described(z.nullable(z.int()), 'The difference; `null` where there is no history.'),
    changePercent: described(
      z.nullable(z.number()),
      'The difference in percent of the figure before, with one decimal; halves are rounded away from zero. ' +
        '0 from 0 to 0. `null` where there is a `reason`.',
    ),
    reason: described(
      z.exactOptional(growing(['zero_baseline', 'no_history'])),
      'Why there is no percentage. `zero_baseline`: the figure before is 0. `no_history`: the first counted ' +
        'message of the peer was sent after the first day of the period before.',
    ),
  }),
);
export type Comparison = z.output<typeof comparison>;

/** The fields of what is compared, one for each metric. */
export const comparisonFields = byName(() => comparison);

/** All channels of a week, or of a report, beside those of the period before. */
export const totalChange = component(
  'TotalChange',
  'The sums of all channels listed, compared.',
  z.object(comparisonFields),
);
export type TotalChange = z.output<typeof totalChange>;

/**
 * Compares counts with those of an earlier period.
 *
 * @param previous nothing where there is no history that reaches back so far
 */
export function compareCounts(current: Counts, previous: Counts | undefined): TotalChange {
  return byName(({ field }) => compareFigures(current[field], previous?.[field]));
}

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
