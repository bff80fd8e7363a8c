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
  test('puts the series on top of each other, with room between the bars and a line between the parts', () => {
    expect(
      paths(
        [
          { values: [2, 1], total: 3 },
          { values: [3, 2], total: 5 },
        ],
        10,
      ),
    ).toEqual({
      series: [
        { id: 'a', color: '#111111', parts: whole('M1 100h8V80h-8ZM11 100h8V70h-8Z') },
        { id: 'b', color: '#222222', parts: whole('M1 79h8V70h-8ZM11 69h8V50h-8Z') },
      ],
      edges: 'M1 100h8V70h-8ZM11 100h8V50h-8Z',
      earlier: '',
      earlierArea: '',
    });
  });

  test('leaves out what is zero, and puts the next series where it would have been', () => {
    const { series } = paths(
      [
        { values: [0, 1], total: 1 },
        { values: [3, 0], total: 3 },
      ],
      10,
    );
    expect(series.map(({ parts }) => parts.whole)).toEqual(['M11 100h8V70h-8Z', 'M1 100h8V90h-8Z']);
  });

  test('keeps bars that are not whole apart, by why they are not', () => {
    const { series } = paths(
      [
        { values: [3, 0], total: 3, incomplete: 'cut by the range' },
        { values: [2, 0], total: 2 },
        { values: [1, 0], total: 1, incomplete: 'so far' },
      ],
      10,
    );
    expect(series[0]?.parts).toEqual({
      'cut by the range': 'M1 100h8V70h-8Z',
      whole: 'M11 100h8V80h-8Z',
      'so far': 'M21 100h8V90h-8Z',
    });
  });

  test('draws what the bars are compared with in steps, interrupted where nothing is known', () => {
    const day = { start: '', end: '' };
    const drawn = paths(
      [
        { earlier: { ...day, total: 2 } },
        { earlier: { ...day, total: 3 } },
        { earlier: { ...day, total: undefined } },
        { earlier: { ...day, total: 0 } },
      ],
      10,
    );
    expect(drawn.earlier).toBe('M0 80H10V70H20M30 100H40');
    expect(drawn.earlierArea).toBe('M0 100h10V80h-10ZM10 100h10V70h-10Z');
  });

  test('spares the line where a part is too low for it', () => {
    const { series } = paths([{ values: [2, 0.2], total: 2.2 }], 10);
    expect(series[1]?.parts.whole).toBe('M1 80h8V78h-8Z');
  });

  test('draws no edges around narrow bars', () => {
    expect(paths([{ values: [1, 1], total: 2 }], 6).edges).toBe('');
  });

  test('makes no bar wider than 44 pixels', () => {
    expect(paths([{ values: [1, 0], total: 1 }], 200).series[0]?.parts.whole).toBe('M78 100h44V90h-44Z');
  });

  test('draws nothing for what the chart does not show', () => {
    const stack = { series: SERIES, bars: [{ start: '0', end: '0', values: [1, 1], total: 2 }] };
    const nowhere = pathsOf(stack, { band: () => [undefined, undefined], height: () => 1 });
    expect(nowhere.series.map(({ parts }) => parts)).toEqual([whole(''), whole('')]);
    expect(nowhere.edges).toBe('');
  });
});

function whole(path: string) {
  return { whole: path, 'so far': '', 'cut by the range': '' };
}
