/** An axis has at most so many steps. */
const MOST_STEPS = 5;
const STEPS = [1, 2, 5];

/**
 * The figures beside an axis from 0 up to the highest one or above: whole multiples of 1, 2 or 5, and of these by a
 * power of ten.
 */
export function niceSteps(highest: number): number[] {
  const least = Math.max(1, highest / MOST_STEPS);
  const power = 10 ** Math.floor(Math.log10(least));
  const step = power * (STEPS.find((factor) => factor * power >= least) ?? 10);
  return Array.from({ length: Math.max(1, Math.ceil(highest / step)) + 1 }, (_, index) => index * step);
}
