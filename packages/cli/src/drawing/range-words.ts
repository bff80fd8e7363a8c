import type { UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import { dates } from '../terminal/formats.ts';

/** A range of days in words, either end of which may be open: `1–15 Nov 2026`, `since 1 Nov 2026`. */
export function rangeWords({ from, to }: { from?: UtcDay | undefined; to?: UtcDay | undefined }): string {
  if (from === undefined) return to === undefined ? 'all time' : `up to ${dates.day(to)}`;
  if (to === undefined) return `since ${dates.day(from)}`;
  return dates.range({ from, to });
}
