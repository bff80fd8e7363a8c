import * as z from 'zod/mini';

/** A whole number of a body, both limits included. */
// @__NO_SIDE_EFFECTS__
export function wholeNumber(name: string, { least, most }: { least: number; most: number }) {
  const wrong = `${name} must be a whole number from ${least} to ${most}`;
  return z.int(wrong).check(z.minimum(least, wrong), z.maximum(most, wrong));
}
