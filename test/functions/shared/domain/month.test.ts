import { describe, expect, test } from 'vitest';
import { daysOfMonth } from '../../../../functions/shared/domain/interval.ts';
import {
  MONTH_PATTERN,
  monthBefore,
  monthInWords,
  monthNumber,
  monthOf,
  numberedMonth,
} from '../../../../functions/shared/domain/month.ts';

test.each([
  ['2026-11', '2026-11-30', '2026-10', 'November 2026'],
  ['2026-12', '2026-12-31', '2026-11', 'December 2026'],
  ['2026-01', '2026-01-31', '2025-12', 'January 2026'],
  ['2026-02', '2026-02-28', '2026-01', 'February 2026'],
  ['2028-02', '2028-02-29', '2028-01', 'February 2028'],
  ['1900-02', '1900-02-28', '1900-01', 'February 1900'],
  ['1000-01', '1000-01-31', '0999-12', 'January 1000'],
  ['9999-12', '9999-12-31', '9999-11', 'December 9999'],
])('%s ends on %s, follows on %s, and is called %s', (month, last, before, words) => {
  expect(daysOfMonth(month)).toEqual({ from: `${month}-01`, to: last });
  expect(monthBefore(month)).toBe(before);
  expect(monthInWords(month)).toBe(words);
  expect(monthOf(last)).toBe(month);
});

describe('a month that exists', () => {
  test.each(['2026-01', '2026-12', '1000-01', '9999-12'])('%s does', (text) => {
    expect(text).toMatch(MONTH_PATTERN);
  });

  test.each([
    '2025-13',
    '2025-00',
    '0000-01',
    '0999-12',
    '2025-1',
    '2025',
    '2025-10-01',
    ' 2025-10',
    '2025-10\n',
    '２０２５-10',
    '',
  ])('%j does not', (text) => {
    expect(text).not.toMatch(MONTH_PATTERN);
  });
});

test('months that follow one another have numbers that do, which tell the month', () => {
  const months = ['2026-11', '2026-12', '2027-01'];
  const first = monthNumber('2026-11');
  expect(months.map(monthNumber)).toEqual([first, first + 1, first + 2]);
  expect([...months, '0999-12', '9999-12'].map((month) => numberedMonth(monthNumber(month)))).toEqual([
    ...months,
    '0999-12',
    '9999-12',
  ]);
});
