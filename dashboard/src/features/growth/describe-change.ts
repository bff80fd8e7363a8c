import type { Comparison } from '../../../../functions/shared/domain/comparison.ts';
import type { PageFormats } from '../../page-formats.ts';

/** What is said of a range of days before which nothing is known. */
export const NO_FIGURES_BEFORE = 'no figures before';

/** A change in words and signs. */
export interface DescribedChange {
  direction: 'up' | 'down' | 'none';
  /** Such as `8 (+25.0%)`; what it goes up or down by. */
  text: string;
}

/**
 * Says what became of a figure. Where there is no percentage, it says why.
 *
 * @param noHistory what is said where nothing is known of the time before
 */
export function describeChange(
  { change, changePercent, reason }: Comparison,
  formats: PageFormats,
  noHistory = 'no earlier week',
): DescribedChange {
  if (reason === 'no_history' || change === null) return { direction: 'none', text: noHistory };
  if (reason === 'zero_baseline' || changePercent === null) {
    return { direction: 'up', text: `${formats.count(change)} (new)` };
  }
  if (change === 0) return { direction: 'none', text: 'no change' };
  return {
    direction: change > 0 ? 'up' : 'down',
    text: `${formats.count(Math.abs(change))} (${formats.signedShare(changePercent)})`,
  };
}
