import { expect, test } from 'vitest';
import { nearestName } from '../../../../functions/shared/http/nearest-name.ts';

const KNOWN = ['from', 'to', 'interval', 'include', 'inactiveAfterDays'];

test.each([
  ['FROM', 'from'],
  ['inactive_after_days', 'inactiveAfterDays'],
  ['inactiveAfterDay', 'inactiveAfterDays'],
  ['INCLUED', 'include'],
  ['frm', 'from'],
  ['startDate', 'from'],
  ['END_TIME', 'to'],
  ['group-by', 'interval'],
])('by %s was meant %s', (name, meant) => {
  expect(nearestName(name, KNOWN)).toBe(meant);
});

test.each(['', '[]', 'a', 'xy', 'weeks', '日本', '__proto__', 'constructor', 'hasOwnProperty'])(
  'by %j was meant none of them',
  (name) => {
    expect(nearestName(name, KNOWN)).toBeUndefined();
  },
);

test('where there are none, none was meant', () => {
  expect(nearestName('from', [])).toBeUndefined();
});
