/** How far two runs may differ before a figure is said to be noisy. */
const NOISY_FROM = 0.15;

/** The value in the middle of a list that is not empty. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/**
 * The value below which a share of a list lies; between two values in proportion.
 *
 * @param share from 0 to 1
 * @throws Error where the list is empty
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const position = (sorted.length - 1) * share;
  const [below, above] = [sorted[Math.floor(position)], sorted[Math.ceil(position)]];
  if (below === undefined || above === undefined) throw new Error('there is no value');
  return below + (above - below) * (position - Math.floor(position));
}

/** How many times as much something took as something else, over rounds in which both took their turn. */
export interface Ratio {
  median: number;
  /** How far the middle half of the rounds lies from the median at most, as a share of it. */
  spread: number;
}

/**
 * Compares two lists of the same rounds.
 *
 * @param values what is compared
 * @param base what it is compared with, round by round
 */
export function ratioOf(values: readonly number[], base: readonly number[]): Ratio {
  const ratios = values.map((value, round) => value / (base[round] ?? Number.NaN));
  const middle = median(ratios);
  const distances = [0.25, 0.75].map((share) => Math.abs(quantile(ratios, share) - middle));
  return { median: middle, spread: Math.max(...distances) / middle };
}

/** What is said of how much the rounds of a section differed. */
export function noiseNote(ratios: readonly Ratio[]): string {
  const widest = Math.max(0, ...ratios.map(({ spread }) => spread));
  const percent = (widest * 100).toFixed(0);
  return widest <= NOISY_FROM
    ? `The middle half of the rounds lies within ${percent}% of every ratio.`
    : `**The machine was noisy**: the middle half of the rounds lies up to ${percent}% away from a ratio. ` +
        'Another run may differ by as much.';
}
