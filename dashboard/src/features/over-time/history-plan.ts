import { MAX_BUCKETS, MAX_CHANNEL_ENTRIES } from '../../../../functions/domain/history.ts';
import {
  countPeriods,
  type DayRange,
  INTERVALS,
  type Interval,
} from '../../../../functions/domain/interval.ts';
import { monthOf } from '../../../../functions/domain/month.ts';
import { addDays, startOf, type UtcDay } from '../../../../functions/domain/utc-day.ts';
import { daysOf, lastDays, type RangeChoice } from '../../state/ranges.ts';

/** Which history to ask for. */
export interface HistoryPlan extends DayRange {
  interval: Interval;
}

/** How far the history of all time reaches back. */
const ALL_TIME_DAYS = 90;
const ALL_TIME_WEEKS = 53;
const ALL_TIME_MONTHS = 13;

/**
 * Which history shows a range: divided as asked for or, where the service would refuse that, by the next
 * longer interval that it answers.
 *
 * @param channels how many channels are listed
 * @returns nothing where even months are too many
 */
export function planHistory(
  choice: RangeChoice,
  asked: Interval,
  today: UtcDay,
  channels: number,
): HistoryPlan | undefined {
  return INTERVALS.slice(INTERVALS.indexOf(asked))
    .map((interval) => ({ ...(daysOf(choice, today) ?? allTime(interval, today)), interval }))
    .find((plan) => {
      const buckets = countPeriods(plan, plan.interval);
      return buckets <= MAX_BUCKETS && buckets * channels <= MAX_CHANNEL_ENTRIES;
    });
}

function allTime(interval: Interval, today: UtcDay): DayRange {
  switch (interval) {
    case 'day':
      return lastDays(ALL_TIME_DAYS, today);
    case 'week':
      return { from: addDays(mondayOf(today), (1 - ALL_TIME_WEEKS) * 7), to: today };
    case 'month':
      return { from: firstOfMonth(today, ALL_TIME_MONTHS - 1), to: today };
  }
}

function mondayOf(day: UtcDay): UtcDay {
  const daysSinceMonday = (new Date(startOf(day)).getUTCDay() + 6) % 7;
  return addDays(day, -daysSinceMonday);
}

/** The first day of the month that lies so many months before a day's. */
function firstOfMonth(day: UtcDay, monthsBefore: number): UtcDay {
  let first: UtcDay = `${monthOf(day)}-01`;
  for (let left = monthsBefore; left > 0; left -= 1) first = `${monthOf(addDays(first, -1))}-01`;
  return first;
}
