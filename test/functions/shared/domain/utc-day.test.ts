import { describe, expect, test } from 'vitest';
import {
  addDays,
  DAY_MS,
  dayNumber,
  dayOf,
  EARLIEST_DAY,
  isUtcDay,
  numberedDay,
  startOf,
} from '../../../../functions/shared/domain/utc-day.ts';

describe('the day of an instant', () => {
  test.each([
    ['2026-11-22T00:00:00.000Z', '2026-11-22'],
    ['2026-11-22T23:59:59.999Z', '2026-11-22'],
    ['2026-11-22T23:30:00-01:00', '2026-11-23'],
    ['1969-12-31T23:59:59.999Z', '1969-12-31'],
    ['2028-02-29T12:00:00Z', '2028-02-29'],
  ])('of %s is %s', (instant, day) => {
    expect(dayOf(Date.parse(instant))).toBe(day);
  });

  test('follows from the instant alone, whatever was asked before', () => {
    const instants = [0, -1, -0.5, DAY_MS - 1, DAY_MS, 0.5, -DAY_MS, -DAY_MS - 1, 253_402_300_799_999, 1];
    for (const before of instants) {
      for (const instant of instants) {
        dayOf(before);
        expect(dayOf(instant)).toBe(new Date(instant).toISOString().slice(0, 10));
      }
    }
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, 8.64e15 + 1])('%d is no instant', (instant) => {
    expect(() => dayOf(instant)).toThrow(RangeError);
    expect(() => dayOf(instant)).toThrow(RangeError);
  });

  test('begins at midnight UTC and lasts 24 hours', () => {
    expect(new Date(startOf('2026-03-29')).toISOString()).toBe('2026-03-29T00:00:00.000Z');
    expect(startOf('2026-03-30') - startOf('2026-03-29')).toBe(DAY_MS);
  });
});

describe('adding days', () => {
  test.each([
    ['2026-11-22', 0, '2026-11-22'],
    ['2026-11-30', 1, '2026-12-01'],
    ['2026-12-31', 1, '2027-01-01'],
    ['2026-03-01', -1, '2026-02-28'],
    ['2028-02-28', 1, '2028-02-29'],
    ['2026-11-22', -365, '2025-11-22'],
    ['1970-01-01', -1, '1969-12-31'],
  ])('%s and %i days is %s', (day, days, sum) => {
    expect(addDays(day, days)).toBe(sum);
  });
});

describe('a day that exists', () => {
  test.each(['2026-11-22', '2028-02-29', '2000-02-29', '1970-01-01', EARLIEST_DAY, '9999-12-31'])(
    '%s does',
    (day) => {
      expect(isUtcDay(day)).toBe(true);
    },
  );

  test.each([
    '',
    '2026-02-29',
    '1900-02-29',
    '2026-04-31',
    '2026-13-01',
    '2026-00-10',
    '2026-10-00',
    '2026-1-1',
    '26-01-01',
    '20260101',
    '2026/01/01',
    '2026-01-01T00:00:00Z',
    ' 2026-01-01',
    '2026-01-01\n',
    '+02026-01-01',
    '-2026-01-01',
    '２０２６-01-01',
  ])('%j does not', (text) => {
    expect(isUtcDay(text)).toBe(false);
  });

  test('compares with others as a text', () => {
    const days = ['2026-11-22', EARLIEST_DAY, '2026-02-01', '9999-12-31', '1999-12-31'];
    expect(days.toSorted()).toEqual(days.toSorted((a, b) => startOf(a) - startOf(b)));
  });
});

test('days that follow one another have numbers that do, which tell the day', () => {
  expect(['1970-01-01', '1970-01-02', '2026-11-22'].map(dayNumber)).toEqual([0, 1, 20_779]);
  const days = ['0000-01-01', '1970-01-01', '2028-02-29', '9999-12-31'];
  expect(days.map((day) => numberedDay(dayNumber(day)))).toEqual(days);
});
