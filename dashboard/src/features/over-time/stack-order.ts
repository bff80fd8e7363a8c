import { LIGHTNESS } from '../../../shared/channel-colors.ts';

interface Colored {
  color: string;
}

/** Neighbours whose colours are as far apart in lightness are told apart where no colours are seen. */
export const LEAST_APART = 8;

/**
 * The parts of a stack from the bottom up: in their order, as far as neighbours are told apart in greyscale, which
 * puts a part further up where it is as light as the one below. Where no order does that, it is their own, and the
 * lines between them have to do.
 *
 * @param top what lies on all of them
 */
export function inContrast<Part extends Colored>(parts: readonly Part[], top?: Part): Part[] {
  const onTop = top === undefined ? [] : [top];
  return arranged([], parts, onTop) ?? [...parts, ...onTop];
}

/** The first of the orders of what is left, on what is there, in which all neighbours are told apart. */
function arranged<Part extends Colored>(
  below: readonly Part[],
  left: readonly Part[],
  top: readonly Part[],
): Part[] | undefined {
  const last = below.at(-1);
  const candidates = left.length === 0 ? top : left;
  if (candidates.length === 0) return [...below];
  for (const part of candidates) {
    if (last !== undefined && !areApart(last, part)) continue;
    const rest = left.filter((other) => other !== part);
    const found = arranged([...below, part], rest, left.length === 0 ? [] : top);
    if (found !== undefined) return found;
  }
  return undefined;
}

function areApart(one: Colored, other: Colored): boolean {
  const [lightness = 0, another = 0] = [LIGHTNESS.get(one.color), LIGHTNESS.get(other.color)];
  return Math.abs(lightness - another) >= LEAST_APART;
}
