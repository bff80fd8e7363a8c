import { expect } from 'vitest';
import { median, noiseNote, ratioOf } from '../../../bench/measure/statistics.ts';
import { test } from '../../support/fixture.ts';

test('the median of an even number of values lies between the two in the middle', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
});

test('a ratio is taken round by round, so that a slow round meets both alike', () => {
  expect(ratioOf([2, 20, 200], [1, 10, 100])).toEqual({ median: 2, spread: 0 });
});

test('the spread tells how far the middle half of the rounds lies from the ratio', () => {
  expect(ratioOf([1, 2, 3, 4, 5], [1, 1, 1, 1, 1])).toEqual({ median: 3, spread: 1 / 3 });
});

test('a machine is said to be noisy where rounds differ by more than 15%', () => {
  expect(noiseNote([{ median: 2, spread: 0.15 }])).toBe(
    'The middle half of the rounds lies within 15% of every ratio.',
  );
  expect(noiseNote([{ median: 2, spread: 0.16 }])).toContain('The machine was noisy');
});
