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

/** A month as a number: months that follow one another have numbers that do. */
export function monthNumber(month: Month): number {
  return Number(month.slice(0, 4)) * 12 + Number(month.slice(5, 7)) - 1;
}

/** The month of a `monthNumber`. */
export function numberedMonth(number: number): Month {
  return `${String(Math.floor(number / 12)).padStart(4, '0')}-${String((number % 12) + 1).padStart(2, '0')}`;
}

/** The month before a month. */
export function monthBefore(month: Month): Month {
  return monthOf(addDays(`${month}-01`, -1));
}

/** A month in words, such as `October 2025`. */
export function monthInWords(month: Month): string {
  const [year = '', number = ''] = month.split('-');
  return `${NAMES[Number(number) - 1]} ${year}`;
}
