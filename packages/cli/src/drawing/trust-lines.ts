import { trustWords } from '../../../../dashboard/src/features/trust/trust-words.ts';
import type { Trust } from '../../../../functions/shared/domain/trust.ts';
import type { UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import { dates, formats } from '../terminal/formats.ts';
import type { Style } from '../terminal/style.ts';
import { wrap } from '../terminal/text-width.ts';

/** Up to when figures are complete, and what may be missing in them, in lines of so many columns. */
export function trustLines(trust: Trust, today: UtcDay, width: number, style: Style): string[] {
  const { upTo, missing } = trustWords(trust, formats, dates, today);
  const lines = wrap(upTo, width).map(style.quiet);
  if (missing === undefined) return lines;
  return [...lines, ...wrap(`! ${missing.title}. ${missing.text}`, width).map(style.attention)];
}
