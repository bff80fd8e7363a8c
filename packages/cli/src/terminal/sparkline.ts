const BLOCKS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
const NOTHING = '·';

/**
 * Figures over time as one line of blocks, each a figure, or the sum of as many that follow one another as it takes to
 * fit. The tallest block is the highest figure; a point is none at all.
 *
 * @param width in columns, at most
 */
export function sparkline(figures: readonly number[], width: number): string {
  const together = figuresTogether(figures.length, width);
  const sums = Array.from({ length: Math.ceil(figures.length / together) }, (_, index) =>
    figures.slice(index * together, (index + 1) * together).reduce((sum, figure) => sum + figure, 0),
  );
  const highest = Math.max(0, ...sums);
  return sums
    .map((sum) => {
      if (sum <= 0) return NOTHING;
      return BLOCKS[Math.min(BLOCKS.length - 1, Math.ceil((sum * BLOCKS.length) / highest) - 1)] ?? NOTHING;
    })
    .join('');
}

/** How many of so many figures each block of a sparkline is the sum of. */
export function figuresTogether(figures: number, width: number): number {
  return Math.max(1, Math.ceil(figures / Math.max(1, width)));
}
