import { expect, test } from 'vitest';
import { inBatches } from '../../../../functions/shared/domain/in-batches.ts';

test('items stay in their order, and the last batch holds what is left', () => {
  expect(inBatches([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
  expect(inBatches([1, 2, 3, 4], 2)).toEqual([
    [1, 2],
    [3, 4],
  ]);
});

test('nothing makes no batch', () => {
  expect(inBatches([], 2)).toEqual([]);
});
