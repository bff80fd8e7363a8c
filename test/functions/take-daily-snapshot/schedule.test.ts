import { expect, test } from 'vitest';
import { lastSealableDay, whyNotSealable } from '../../../functions/take-daily-snapshot/schedule.ts';

test.each([
  ['2026-11-22T00:03:59.999Z', '2026-11-20'],
  ['2026-11-22T00:04:00.000Z', '2026-11-21'],
  ['2026-11-22T23:59:59.999Z', '2026-11-21'],
])('at %s the last day that can be sealed is %s', (now, day) => {
  expect(lastSealableDay(Date.parse(now))).toBe(day);
  expect(whyNotSealable(day, Date.parse(now))).toBeUndefined();
});

test.each([
  ['2026-11-22', '2026-11-22 is not over yet, in UTC'],
  ['2026-11-21', '2026-11-21 has only just ended: a day is sealed 4 minutes after its end, in UTC'],
])('why %s cannot be sealed right after midnight is told', (day, words) => {
  expect(whyNotSealable(day, Date.parse('2026-11-22T00:03:00.000Z'))).toBe(words);
});
