import { type Month, monthBefore, monthNumber, monthOf } from './month.ts';
import { DAY_MS, dayNumber, numberedDay, type UtcDay } from './utc-day.ts';

export const INTERVALS = ['day', 'week', 'month'] as const;
/** How a range of days is divided: by days, by ISO weeks (from Monday on) or by months. */
export type Interval = (typeof INTERVALS)[number];

/** Days, both included. */
export interface DayRange {
  from: UtcDay;
  to: UtcDay;
}

/** A day, week or month of a range. */
export interface Period {
  /** Its first and its last day within the range. */
  start: UtcDay;
  end: UtcDay;
  /** Whether it has days outside of the range. */
  isCut: boolean;
}

interface Calendar {
  /** The number of the period that a day lies in. */
  periodOf(day: UtcDay): number;
  /** The first day of a period, in days since 1970-01-01: beyond the year 9999 no text sorts behind others. */
  firstDayOf(period: number): number;
}

const CALENDARS: Record<Interval, Calendar> = {
  day: { periodOf: dayNumber, firstDayOf: (period) => period },
  week: {
    // The week of 1970-01-01, a Thursday, began three days before.
    periodOf: (day) => Math.floor((dayNumber(day) + 3) / 7),
    firstDayOf: (period) => period * 7 - 3,
  },
  month: {
    periodOf: monthNumber,
    firstDayOf: (period) => new Date(0).setUTCFullYear(Math.floor(period / 12), period % 12, 1) / DAY_MS,
  },
};

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

/** The place of a day's period among those of a range, from 0; negative for days before them all. */
export function periodIndex(range: DayRange, interval: Interval, day: UtcDay): number {
  const { periodOf } = CALENDARS[interval];
  return periodOf(day) - periodOf(range.from);
}

/** How many periods a range has days in. */
export function countPeriods(range: DayRange, interval: Interval): number {
  return periodIndex(range, interval, range.to) + 1;
}

/** The periods that a range has days in, in order of time. */
export function periodsOf(range: DayRange, interval: Interval): Period[] {
  const { periodOf, firstDayOf } = CALENDARS[interval];
  const [from, to] = [dayNumber(range.from), dayNumber(range.to)];
  return Array.from({ length: countPeriods(range, interval) }, (_, index) => {
    const period = periodOf(range.from) + index;
    const [first, last] = [firstDayOf(period), firstDayOf(period + 1) - 1];
    return {
      start: numberedDay(Math.max(first, from)),
      end: numberedDay(Math.min(last, to)),
      isCut: first < from || last > to,
    };
  });
}

/** The last periods up to a day, so many, of which the last one may be cut by it. */
export function lastPeriods(count: number, interval: Interval, to: UtcDay): DayRange {
  const { periodOf, firstDayOf } = CALENDARS[interval];
  return { from: numberedDay(firstDayOf(periodOf(to) - count + 1)), to };
}

/** How many days lie between two days; negative where the second is the earlier one. */
export function daysBetween(from: UtcDay, to: UtcDay): number {
  return dayNumber(to) - dayNumber(from);
}

/** The first and the last day of a month. */
export function daysOfMonth(month: Month): DayRange {
  const [year = 0, number = 0] = month.split('-').map(Number);
  // The day before the first of the next month.
  const last = new Date(new Date(0).setUTCFullYear(year, number, 0)).getUTCDate();
  return { from: `${month}-01`, to: `${month}-${last}` };
}
