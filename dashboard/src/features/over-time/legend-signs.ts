import type { DateFormats } from '../../date-formats.ts';
import { NO_FIGURES_BEFORE } from './bar-words.ts';
import { beforeInWords, type EarlierPlan } from './earlier.ts';
import type { Marks } from './marks.ts';
import { INCOMPLETE, type Incomplete, type Stack } from './stack.ts';

/** A sign in a chart beside the colours of its series, and what it stands for. */
export interface LegendSign {
  sign: Incomplete | 'earlier' | 'finding';
  text: string;
  /** The days that it is about, where the text does not tell. */
  days?: string;
}

/** All signs that a chart holds, in the order in which its legend explains them. */
export function legendSigns(
  { bars }: Stack,
  marks: Marks,
  before: EarlierPlan | undefined,
  dates: DateFormats,
): LegendSign[] {
  const incomplete = new Set(bars.map((bar) => bar.incomplete));
  const signs: LegendSign[] = INCOMPLETE.filter((state) => incomplete.has(state)).map((state) => ({
    sign: state,
    text: state,
  }));
  if (before !== undefined && bars.some(({ earlier }) => earlier !== undefined)) {
    const hasEarlier = bars.some(({ earlier }) => earlier?.total !== undefined);
    const days = dates.range(before);
    const text = hasEarlier ? beforeInWords(before) : `${NO_FIGURES_BEFORE} (${days})`;
    signs.push({ sign: 'earlier', text, days });
  }
  if (marks.byBar.size > 0) signs.push({ sign: 'finding', text: 'finding' });
  return signs;
}
