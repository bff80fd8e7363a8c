import { type DayRange, daysOfMonth, lastPeriods } from '../../../functions/shared/domain/interval.ts';
import { monthBefore, monthOf } from '../../../functions/shared/domain/month.ts';
import type { UtcDay } from '../../../functions/shared/domain/utc-day.ts';

/** Ranges that have a name, in the order in which they are offered. */
export const RANGE_PRESETS = [
  { preset: 'all', label: 'All time' },
  { preset: 'last-7-days', label: 'Last 7 days' },
  { preset: 'last-30-days', label: 'Last 30 days' },
  { preset: 'last-90-days', label: 'Last 90 days' },
  { preset: 'this-month', label: 'This month' },
  { preset: 'last-month', label: 'Last month' },
] as const;

export type RangePreset = (typeof RANGE_PRESETS)[number]['preset'];

/** What a reader wants to see: a range that moves on with time, or fixed days. */
export type RangeChoice = RangePreset | DayRange;

export function isRangePreset(text: string): text is RangePreset {
  return RANGE_PRESETS.some(({ preset }) => preset === text);
}

/** The days of a choice, both included; nothing for all time. Those up to now end with today. */
export function daysOf(choice: RangeChoice, today: UtcDay): DayRange | undefined {
  switch (choice) {
    case 'all':
      return undefined;
    case 'last-7-days':
      return lastPeriods(7, 'day', today);
    case 'last-30-days':
      return lastPeriods(30, 'day', today);
    case 'last-90-days':
      return lastPeriods(90, 'day', today);
    case 'this-month':
      return { from: daysOfMonth(monthOf(today)).from, to: today };
    case 'last-month':
      return daysOfMonth(monthBefore(monthOf(today)));
    default:
      return choice;
  }
}
