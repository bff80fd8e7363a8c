import { describeChange } from '../../../../dashboard/src/features/growth/describe-change.ts';
import type { Comparison } from '../../../../functions/shared/domain/comparison.ts';
import { formats } from '../terminal/formats.ts';
import type { Style } from '../terminal/style.ts';

const SIGNS = { up: '▲ ', down: '▼ ', none: '' } as const;

/** A change in a few characters, such as `▲ 8 (+25.0%)`. @param noHistory what is said where nothing is known of before */
export function changeText(comparison: Comparison, style: Style, noHistory?: string): string {
  const { direction, text } = describeChange(comparison, formats, noHistory);
  const signed = `${SIGNS[direction]}${text}`;
  if (direction === 'none') return style.quiet(signed);
  return direction === 'up' ? style.good(signed) : style.attention(signed);
}
