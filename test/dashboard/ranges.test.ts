import { expect, test } from 'vitest';
import { daysOf, type RangeChoice } from '../../dashboard/src/state/ranges.ts';

test.each<[choice: RangeChoice, today: string, days: { from: string; to: string } | undefined]>([
  ['all', '2026-11-22', undefined],
  ['last-7-days', '2026-11-22', { from: '2026-11-16', to: '2026-11-22' }],
  ['last-7-days', '2028-03-01', { from: '2028-02-24', to: '2028-03-01' }],
  ['last-30-days', '2026-11-22', { from: '2026-10-24', to: '2026-11-22' }],
  ['last-90-days', '2026-11-22', { from: '2026-08-25', to: '2026-11-22' }],
  ['this-month', '2026-11-22', { from: '2026-11-01', to: '2026-11-22' }],
  ['this-month', '2026-11-01', { from: '2026-11-01', to: '2026-11-01' }],
  ['last-month', '2026-11-30', { from: '2026-10-01', to: '2026-10-31' }],
  ['last-month', '2027-01-01', { from: '2026-12-01', to: '2026-12-31' }],
  ['last-month', '2028-03-31', { from: '2028-02-01', to: '2028-02-29' }],
  [{ from: '2026-01-01', to: '2026-01-02' }, '2026-11-22', { from: '2026-01-01', to: '2026-01-02' }],
])('the days of %j on %s', (choice, today, days) => {
  expect(daysOf(choice, today)).toEqual(days);
});
