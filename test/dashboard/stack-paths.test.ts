import { describe, expect, test } from 'vitest';
import type { Bar, Stack } from '../../dashboard/src/features/over-time/stack.ts';
import { pathsOf } from '../../dashboard/src/features/over-time/stack-paths.ts';

const SERIES = [
  { id: 'a', name: 'A', color: '#111111', total: 5 },
  { id: 'b', name: 'B', color: '#222222', total: 3 },
];

/** Paths of bars whose bands are so wide, in a chart in which 0 is 100 down and every message 10 up. */
function paths(bars: readonly Partial<Bar>[], bandWidth: number) {
  const stack: Stack = {
    series: SERIES,
    bars: bars.map((bar, index) => ({
      start: String(index),
      end: String(index),
      values: [0, 0],
      total: 0,
      ...bar,
    })),
  };
  return pathsOf(stack, {
    band: (start) => [Number(start) * bandWidth, (Number(start) + 1) * bandWidth],
    height: (figure) => 100 - 10 * figure,
  });
}

describe('the drawing of a stacked chart', () => {
  test('puts the series on top of each other, with room between the bars', () => {
    expect(paths([{ values: [2, 1] }, { values: [3, 2] }], 10)).toEqual([
      { id: 'a', color: '#111111', complete: 'M1 100h8V80h-8ZM11 100h8V70h-8Z', incomplete: '' },
      { id: 'b', color: '#222222', complete: 'M1 80h8V70h-8ZM11 70h8V50h-8Z', incomplete: '' },
    ]);
  });

  test('leaves out what is zero, and puts the next series where it would have been', () => {
    expect(paths([{ values: [0, 1] }, { values: [3, 0] }], 10).map(({ complete }) => complete)).toEqual([
      'M11 100h8V70h-8Z',
      'M1 100h8V90h-8Z',
    ]);
  });

  test('keeps bars that are not complete apart', () => {
    expect(paths([{ values: [2, 0] }, { values: [1, 0], incomplete: 'so far' }], 10)[0]).toEqual({
      id: 'a',
      color: '#111111',
      complete: 'M1 100h8V80h-8Z',
      incomplete: 'M11 100h8V90h-8Z',
    });
  });

  test('makes no bar wider than 44 pixels', () => {
    expect(paths([{ values: [1, 0] }], 200)[0]?.complete).toBe('M78 100h44V90h-44Z');
  });

  test('draws nothing for what the chart does not show', () => {
    const stack = { series: SERIES, bars: [{ start: '0', end: '0', values: [1, 1], total: 2 }] };
    const nowhere = pathsOf(stack, { band: () => [undefined, undefined], height: () => 1 });
    expect(nowhere.map(({ complete, incomplete }) => complete + incomplete)).toEqual(['', '']);
  });
});
