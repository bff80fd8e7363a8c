import { describe, expect, test } from 'vitest';
import {
  countPeriods,
  daysBetween,
  INTERVALS,
  type Interval,
  lastPeriods,
  periodIndex,
  periodsOf,
} from '../../../../functions/shared/domain/interval.ts';
import { addDays } from '../../../../functions/shared/domain/utc-day.ts';

/** The periods of a range, those that are cut with a tilde. */
function periods(interval: Interval, from: string, to: string): string[] {
  return periodsOf({ from, to }, interval).map(
    ({ start, end, isCut }) => `${isCut ? '~' : ''}${start}${start === end ? '' : ` to ${end}`}`,
  );
}

describe('the periods of a range', () => {
  test.each<[title: string, interval: Interval, from: string, to: string, expected: string[]]>([
    ['a day', 'day', '2026-11-22', '2026-11-22', ['2026-11-22']],
    [
      'the days around a leap day',
      'day',
      '2028-02-28',
      '2028-03-01',
      ['2028-02-28', '2028-02-29', '2028-03-01'],
    ],
    [
      'the days around 28 February of another year',
      'day',
      '2026-02-28',
      '2026-03-01',
      ['2026-02-28', '2026-03-01'],
    ],
    ['the days around the end of a year', 'day', '2026-12-31', '2027-01-01', ['2026-12-31', '2027-01-01']],
    // Clocks change in Europe on 29 March and 25 October 2026, in America on 8 March and 1 November.
    [
      'days on which clocks change',
      'day',
      '2026-10-24',
      '2026-10-26',
      ['2026-10-24', '2026-10-25', '2026-10-26'],
    ],
    [
      'whole weeks over the end of a year',
      'week',
      '2026-12-21',
      '2027-01-10',
      ['2026-12-21 to 2026-12-27', '2026-12-28 to 2027-01-03', '2027-01-04 to 2027-01-10'],
    ],
    [
      'weeks cut at both ends',
      'week',
      '2026-11-10',
      '2026-11-28',
      ['~2026-11-10 to 2026-11-15', '2026-11-16 to 2026-11-22', '~2026-11-23 to 2026-11-28'],
    ],
    ['a week cut to one day', 'week', '2026-11-18', '2026-11-18', ['~2026-11-18']],
    ['a Sunday and a Monday', 'week', '2026-11-22', '2026-11-23', ['~2026-11-22', '~2026-11-23']],
    ['the week of 1970-01-01', 'week', '1969-12-29', '1970-01-04', ['1969-12-29 to 1970-01-04']],
    [
      'weeks on which clocks change',
      'week',
      '2026-03-23',
      '2026-04-05',
      ['2026-03-23 to 2026-03-29', '2026-03-30 to 2026-04-05'],
    ],
    ['a leap February', 'month', '2028-02-01', '2028-02-29', ['2028-02-01 to 2028-02-29']],
    [
      'a leap February without its last day',
      'month',
      '2028-02-01',
      '2028-02-28',
      ['~2028-02-01 to 2028-02-28'],
    ],
    [
      'months over the end of a year',
      'month',
      '2026-11-15',
      '2027-01-31',
      ['~2026-11-15 to 2026-11-30', '2026-12-01 to 2026-12-31', '2027-01-01 to 2027-01-31'],
    ],
    [
      'the first days',
      'month',
      '0000-01-01',
      '0000-02-29',
      ['0000-01-01 to 0000-01-31', '0000-02-01 to 0000-02-29'],
    ],
    [
      'the first week, which began in the year before',
      'week',
      '0000-01-01',
      '0000-01-02',
      ['~0000-01-01 to 0000-01-02'],
    ],
    ['the last week, which ends in the year after', 'week', '9999-12-31', '9999-12-31', ['~9999-12-31']],
    ['the last month', 'month', '9999-12-01', '9999-12-31', ['9999-12-01 to 9999-12-31']],
    ['the last day', 'day', '9999-12-31', '9999-12-31', ['9999-12-31']],
  ])('%s', (_title, interval, from, to, expected) => {
    expect(periods(interval, from, to)).toEqual(expected);
  });

  test('a year of 53 ISO weeks has 53, another 52', () => {
    const weeksOf = (from: string, to: string) =>
      periodsOf({ from, to }, 'week').filter(({ isCut }) => !isCut);
    // By ISO 8601 a week belongs to the year of its Thursday.
    expect(weeksOf('2025-12-29', '2027-01-03')).toHaveLength(53);
    expect(weeksOf('2027-01-04', '2028-01-02')).toHaveLength(52);
  });

  test.each(INTERVALS)('by %s: every day of a range is in one period, and they are counted', (interval) => {
    for (const [from, to] of [
      ['2027-12-30', '2028-03-02'],
      ['1969-12-25', '1970-01-10'],
    ] as const) {
      const found = periodsOf({ from, to }, interval);
      expect(countPeriods({ from, to }, interval)).toBe(found.length);
      for (let day = from as string; day <= to; day = addDays(day, 1)) {
        const holding = found.flatMap(({ start, end }, index) => (start <= day && day <= end ? [index] : []));
        expect(holding).toEqual([periodIndex({ from, to }, interval, day)]);
      }
    }
  });
});

test.each([
  ['2026-11-22', '2026-11-22', 0],
  ['2026-12-31', '2027-01-01', 1],
  ['2028-02-28', '2028-03-01', 2],
  ['2026-10-24', '2026-10-26', 2],
  ['2026-11-22', '2026-11-20', -2],
  ['0000-01-01', '9999-12-31', 3_652_424],
])('from %s to %s it is %i days', (from, to, days) => {
  expect(daysBetween(from, to)).toBe(days);
});

test.each([
  [1, 'day', '2026-11-22', '2026-11-22'],
  [28, 'day', '2026-03-01', '2026-02-02'],
  [1, 'week', '2026-11-22', '2026-11-16'],
  [2, 'week', '2026-11-23', '2026-11-16'],
  [1, 'month', '2026-11-22', '2026-11-01'],
  [13, 'month', '2026-03-31', '2025-03-01'],
] as const)('the last %i periods by %s up to %s begin on %s', (count, interval, to, from) => {
  const range = lastPeriods(count, interval, to);
  expect(range).toEqual({ from, to });
  expect(countPeriods(range, interval)).toBe(count);
});
