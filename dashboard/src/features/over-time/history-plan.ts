import { MAX_BUCKETS, MAX_CHANNEL_ENTRIES } from '../../../../functions/shared/domain/history.ts';
import {
  countPeriods,
  type DayRange,
  INTERVALS,
  type Interval,
  lastPeriods,
} from '../../../../functions/shared/domain/interval.ts';
import type { UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import { daysOf, type RangeChoice } from '../../state/ranges.ts';

/** Which history to ask for. */
export interface HistoryPlan extends DayRange {
  interval: Interval;
}

/** How many buckets the history of all time reaches back. */
export const ALL_TIME_BUCKETS: Record<Interval, number> = { day: 90, week: 53, month: 13 };

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
    .map((interval) => {
      const days = daysOf(choice, today) ?? lastPeriods(ALL_TIME_BUCKETS[interval], interval, today);
      return { ...days, interval };
    })
    .find((plan) => {
      const buckets = countPeriods(plan, plan.interval);
      return buckets <= MAX_BUCKETS && buckets * channels <= MAX_CHANNEL_ENTRIES;
    });
}
