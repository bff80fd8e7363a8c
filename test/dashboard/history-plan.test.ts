import { describe, expect, test } from 'vitest';
import { type HistoryPlan, planHistory } from '../../dashboard/src/features/over-time/history-plan.ts';
import type { RangeChoice } from '../../dashboard/src/state/ranges.ts';
import { INTERVALS, type Interval, periodsOf } from '../../functions/shared/domain/interval.ts';

const SUNDAY = '2026-11-22';
const MONDAY = '2026-11-23';

describe('the history of all time', () => {
  test.each<[interval: Interval, today: string, from: string, buckets: number]>([
    ['day', SUNDAY, '2026-08-25', 90],
    ['week', SUNDAY, '2025-11-17', 53],
    ['week', MONDAY, '2025-11-24', 53],
    ['month', SUNDAY, '2025-11-01', 13],
    ['month', '2026-03-31', '2025-03-01', 13],
  ])('by %s on %s begins on %s', (interval, today, from, buckets) => {
    const plan = { from, to: today, interval };
    expect(planHistory('all', interval, today, 4)).toEqual(plan);
    expect(periodsOf(plan, interval)).toHaveLength(buckets);
  });
});

describe('a range that the service would refuse', () => {
  test.each<
    [title: string, range: RangeChoice, asked: Interval, channels: number, expected: HistoryPlan | undefined]
  >([
    [
      '400 days are shown by day',
      { from: '2025-10-19', to: SUNDAY },
      'day',
      4,
      { from: '2025-10-19', to: SUNDAY, interval: 'day' },
    ],
    [
      '401 days are shown by week',
      { from: '2025-10-18', to: SUNDAY },
      'day',
      4,
      { from: '2025-10-18', to: SUNDAY, interval: 'week' },
    ],
    [
      'more than 400 weeks are shown by month',
      { from: '2018-01-01', to: SUNDAY },
      'week',
      4,
      { from: '2018-01-01', to: SUNDAY, interval: 'month' },
    ],
    [
      'days of 20,000 entries are shown by day',
      { from: '2026-08-15', to: SUNDAY },
      'day',
      200,
      { from: '2026-08-15', to: SUNDAY, interval: 'day' },
    ],
    [
      'days of more entries are shown by week',
      { from: '2026-08-14', to: SUNDAY },
      'day',
      200,
      { from: '2026-08-14', to: SUNDAY, interval: 'week' },
    ],
    [
      'all time by day becomes the longer all time by week',
      'all',
      'day',
      300,
      { from: '2025-11-17', to: SUNDAY, interval: 'week' },
    ],
    [
      'a month is not divided further than asked for',
      'last-month',
      'month',
      4,
      { from: '2026-10-01', to: '2026-10-31', interval: 'month' },
    ],
    ['too many months are not shown', { from: '1990-01-01', to: SUNDAY }, 'day', 4, undefined],
    ['months of too many channels are not shown', { from: '2020-01-01', to: SUNDAY }, 'day', 500, undefined],
  ])('%s', (_title, range, asked, channels, expected) => {
    expect(planHistory(range, asked, SUNDAY, channels)).toEqual(expected);
  });

  test('every named range of the most channels that a peer can have is shown', () => {
    const plans = (
      ['all', 'last-7-days', 'last-30-days', 'last-90-days', 'this-month', 'last-month'] as const
    ).flatMap((range) => INTERVALS.map((interval) => planHistory(range, interval, SUNDAY, 500)));
    expect(plans).not.toContain(undefined);
  });
});
