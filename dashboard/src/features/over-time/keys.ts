type Place = (at: number, last: number) => number;

/** So many bars are passed with Page Up and Page Down: a week of days. */
const MANY = 7;

/**
 * Which bar a key leads to, as with a slider.
 *
 * @param at the place of the present bar, from 0
 * @param last the place of the last one
 * @returns nothing for a key that leads nowhere
 */
export function barForKey(key: string, at: number, last: number): number | undefined {
  const place = PLACES.get(key)?.(at, last);
  return place === undefined ? undefined : Math.max(0, Math.min(last, place));
}

const PLACES: ReadonlyMap<string, Place> = new Map<string, Place>([
  ['ArrowLeft', (at) => at - 1],
  ['ArrowDown', (at) => at - 1],
  ['ArrowRight', (at) => at + 1],
  ['ArrowUp', (at) => at + 1],
  ['PageDown', (at) => at - MANY],
  ['PageUp', (at) => at + MANY],
  ['Home', () => 0],
  ['End', (_at, last) => last],
]);
