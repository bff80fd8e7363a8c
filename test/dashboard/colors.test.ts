import {
  converter,
  differenceCiede2000,
  filterDeficiencyDeuter,
  filterDeficiencyProt,
  type Lab65,
  wcagContrast,
} from 'culori';
import { describe, expect, test } from 'vitest';
import { inkOn, LIGHTNESS, OTHER_COLOR } from '../../dashboard/shared/channel-colors.ts';
import { inContrast, LEAST_APART } from '../../dashboard/src/features/over-time/stack-order.ts';

// Whether the colours of channels are told apart, by whoever sees which colours. Deficiencies are simulated as by
// Machado, Oliveira and Fernandes (2009), at their full severity, and differences are those of CIEDE2000.

const COLORS = [...LIGHTNESS.keys()];
const NAMED = COLORS.filter((color) => color !== OTHER_COLOR);
const PAIRS = COLORS.flatMap((color, index) =>
  COLORS.slice(0, index).map((other) => [color, other] as const),
);
const difference = differenceCiede2000();
const lab = converter('lab65');
const SIGHTS: Readonly<Record<string, (color: Lab65) => Lab65>> = {
  'all colours': (color) => color,
  deuteranopia: filterDeficiencyDeuter(1),
  protanopia: filterDeficiencyProt(1),
};

/** About 2 can just be told apart side by side, and 10 at a glance. */
const LEAST_DIFFERENCE = 12;
/** Of things that are no text (WCAG 2.2, 1.4.11), and of text. */
const LEAST_CONTRAST = 3;
const LEAST_CONTRAST_OF_INK = 4.5;

describe('any two colours', () => {
  test.each(Object.entries(SIGHTS))('are told apart with %s', (_name, seen) => {
    const alike = PAIRS.filter((pair) => {
      const [one, other] = pair.map((color) => lab(color));
      return (
        one === undefined || other === undefined || difference(seen(one), seen(other)) < LEAST_DIFFERENCE
      );
    });
    expect(alike).toEqual([]);
  });
});

describe('in greyscale', () => {
  test.each([...LIGHTNESS])('%s is as light as is said', (color, lightness) => {
    expect(Math.round(lab(color)?.l ?? Number.NaN)).toBe(lightness);
  });

  test('neighbours are told apart in a stack of any six colours or more', () => {
    const alike = subsets(NAMED).flatMap((colors) =>
      [[], [{ color: OTHER_COLOR }]].flatMap(([top]) => {
        if (colors.length + (top === undefined ? 0 : 1) < 6) return [];
        const stack = inContrast(
          colors.map((color) => ({ color })),
          top,
        ).map(({ color }) => color);
        expect(stack.toSorted()).toEqual([...colors, ...(top ? [top.color] : [])].toSorted());
        return stack.every(
          (color, index) => index === 0 || apart(color, stack[index - 1] ?? '') >= LEAST_APART,
        )
          ? []
          : [stack];
      }),
    );
    expect(alike).toEqual([]);
  });

  test('a stack keeps its order where that is possible, and where none is', () => {
    const dark = { color: '#832db6' };
    const asDark = { color: '#bd1f01' };
    const light = { color: '#92dadd' };
    expect(inContrast([dark, light, asDark])).toEqual([dark, light, asDark]);
    expect(inContrast([dark, asDark])).toEqual([dark, asDark]);
  });
});

describe('on both backgrounds', () => {
  const EDGES = { '#ffffff': '#7e8694', '#1c1f26': '#79818f' };

  test.each(Object.entries(EDGES))('on %s the edge around all colours is seen', (background, edge) => {
    expect(wcagContrast(edge, background)).toBeGreaterThanOrEqual(LEAST_CONTRAST);
  });

  test.each(COLORS)('the icon on %s is seen', (color) => {
    expect(wcagContrast(inkOn(color), color)).toBeGreaterThanOrEqual(LEAST_CONTRAST_OF_INK);
  });
});

function apart(one: string, other: string): number {
  return Math.abs((LIGHTNESS.get(one) ?? 0) - (LIGHTNESS.get(other) ?? 0));
}

function subsets(colors: readonly string[]): string[][] {
  const [first, ...rest] = colors;
  if (first === undefined) return [[]];
  const without = subsets(rest);
  return [...without, ...without.map((others) => [first, ...others])];
}
