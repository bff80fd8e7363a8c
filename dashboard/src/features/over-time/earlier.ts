import {
  countPeriods,
  daysBetween,
  daysOfMonth,
  type Interval,
} from '../../../../functions/shared/domain/interval.ts';
import { monthNumber, monthOf, numberedMonth } from '../../../../functions/shared/domain/month.ts';
import { addDays, EARLIEST_DAY, type UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import type { HistoryPlan } from './history-plan.ts';

/** The history of as many days, weeks or months before some. */
export interface EarlierPlan extends HistoryPlan {
  /** How many days, weeks or months lie between a bucket and the one that it is compared with. */
  before: number;
}

const DAYS: Record<Exclude<Interval, 'month'>, number> = { day: 1, week: 7 };
const WEEK = 7;

/**
 * The history that a chart is compared with: it has as many buckets and ends before the other one begins, as late as
 * it can with each day on the weekday that it is compared with. Months are compared with months, up to the same day.
 *
 * @returns nothing where there are no such days
 */
export function earlierPlan(plan: HistoryPlan): EarlierPlan | undefined {
  const { from, to, interval } = plan;
  if (interval === 'month') {
    const before = countPeriods(plan, interval);
    if (monthNumber(monthOf(from)) < before) return undefined;
    return { from: monthsBefore(from, before), to: monthsBefore(to, before), interval, before };
  }
  const days = Math.ceil((daysBetween(from, to) + 1) / WEEK) * WEEK;
  if (daysBetween(EARLIEST_DAY, from) < days) return undefined;
  return { from: addDays(from, -days), to: addDays(to, -days), interval, before: days / DAYS[interval] };
}

/** The same day of an earlier month: its last one, where that is what the day is, or the month has no such day. */
function monthsBefore(day: UtcDay, months: number): UtcDay {
  const month = numberedMonth(monthNumber(monthOf(day)) - months);
  const { to } = daysOfMonth(month);
  const sameDay = `${month}-${day.slice(8)}`;
  return day === daysOfMonth(monthOf(day)).to || sameDay > to ? to : sameDay;
}

/** How far back the compared buckets lie: `35 days before`. */
export function beforeInWords({ before, interval }: EarlierPlan): string {
  return `${before} ${interval}${before === 1 ? '' : 's'} before`;
}
