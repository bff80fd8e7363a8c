import { expect, test } from 'vitest';
import { compareFigures } from '../../../../functions/shared/domain/comparison.ts';

test.each<[current: number, previous: number, change: number, changePercent: number]>([
  [40, 32, 8, 25],
  [5, 5, 0, 0],
  [0, 0, 0, 0],
  [0, 7, -7, -100],
  [3, 1, 2, 200],
  [2, 3, -1, -33.3],
  [1, 3, -2, -66.7],
  // Halves of a tenth: up and down by the same.
  [2_001, 2_000, 1, 0.1],
  [1_999, 2_000, -1, -0.1],
  [401, 400, 1, 0.3],
  [399, 400, -1, -0.3],
  // Less than half of a tenth is no change to be seen, and has no sign.
  [9_999, 10_000, -1, 0],
  [2_000_000_001, 2_000_000_000, 1, 0],
  [9_000_000_000, 3_000_000_000, 6_000_000_000, 200],
])('%i after %i is a change of %i, or %d%%', (current, previous, change, changePercent) => {
  expect(compareFigures(current, previous)).toStrictEqual({ current, previous, change, changePercent });
});

test('a change from nothing has no percentage', () => {
  expect(compareFigures(40, 0)).toStrictEqual({
    current: 40,
    previous: 0,
    change: 40,
    changePercent: null,
    reason: 'zero_baseline',
  });
});

test.each([40, 0])('%i without history is not compared', (current) => {
  expect(compareFigures(current, undefined)).toStrictEqual({
    current,
    previous: null,
    change: null,
    changePercent: null,
    reason: 'no_history',
  });
});
