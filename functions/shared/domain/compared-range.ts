import * as z from 'zod/mini';
import { component, described } from './described.ts';
import { type DayRange, daysBetween } from './interval.ts';
import { addDays, EARLIEST_DAY, type UtcDay } from './utc-day.ts';

/** The days that an answer is compared with. */
export const previousRange = component(
  'PreviousRange',
  'The days that a range is compared with: as many, right before it.',
  z.object({
    from: described(z.iso.date(), 'The first day.'),
    to: described(z.iso.date(), 'The last day.'),
  }),
);

/** How a range of days is compared with the days before it. */
export interface ComparedRange {
  /** As many days, right before. */
  previousRange: DayRange;
  /** Whether the days of the range itself are over. */
  complete: boolean;
}

/**
 * How a range of days is compared: with as many days, right before. One that includes today, or ends later, is compared
 * as it is so far.
 *
 * @param today the reader's day
 * @returns nothing where there are not as many days before
 */
export function comparedRange({ from, to }: DayRange, today: UtcDay): ComparedRange | undefined {
  const days = daysBetween(from, to) + 1;
  if (days > daysBetween(EARLIEST_DAY, from)) return undefined;
  return { previousRange: { from: addDays(from, -days), to: addDays(from, -1) }, complete: to < today };
}

/**
 * The range of all days up to one: from the first day on which something was counted; that one alone, where nothing was.
 *
 * @param counted every day up to that one on which something was counted, in any order
 */
export function rangeThrough(counted: readonly { day: UtcDay }[], to: UtcDay): DayRange {
  const from = counted.reduce((first, { day }) => (day < first ? day : first), to);
  return { from, to };
}
