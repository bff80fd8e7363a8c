import type { DayRange } from './interval.ts';
import { addDays, type UtcDay } from './utc-day.ts';

/** A month, written `YYYY-MM`. Months compare as strings, in the order of time. */
export type Month = string;

const NAMES = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** What a month reads like; of earlier years nobody has messages. */
export const MONTH_PATTERN = /^[1-9]\d{3}-(0[1-9]|1[0-2])$/;

/** The month of a day. */
export function monthOf(day: UtcDay): Month {
  return day.slice(0, 7);
}

/** The first and the last day of a month. */
export function daysOfMonth(month: Month): DayRange {
  const [year = 0, number = 0] = month.split('-').map(Number);
  // The day before the first of the next month.
  const last = new Date(new Date(0).setUTCFullYear(year, number, 0)).getUTCDate();
  return { from: `${month}-01`, to: `${month}-${last}` };
}

/** The month before a month. */
export function monthBefore(month: Month): Month {
  return monthOf(addDays(`${month}-01`, -1));
}

/**
 * The days of the month before that are those of a month up to a day of it, by their numbers: fewer, where the
 * month before has no more.
 */
export function sameDaysOfMonthBefore(day: UtcDay): DayRange {
  const month = monthBefore(monthOf(day));
  const { from, to } = daysOfMonth(month);
  const sameDay = `${month}-${day.slice(8)}`;
  return { from, to: sameDay < to ? sameDay : to };
}

/** A month in words, such as `October 2025`. */
export function monthInWords(month: Month): string {
  const [year = '', number = ''] = month.split('-');
  return `${NAMES[Number(number) - 1]} ${year}`;
}
