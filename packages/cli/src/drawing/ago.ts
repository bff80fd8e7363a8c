import {
  DAY_MS,
  dayOf,
  type EpochMillis,
  HOUR_MS,
  MINUTE_MS,
} from '../../../../functions/shared/domain/utc-day.ts';
import { dates } from '../terminal/formats.ts';

/** How long ago something was, in the largest unit of which it is at least one; of long ago, the day. */
export function ago(instant: EpochMillis, now: EpochMillis): string {
  const age = now - instant;
  if (age < MINUTE_MS) return 'just now';
  if (age < HOUR_MS) return `${Math.floor(age / MINUTE_MS)} min ago`;
  if (age < DAY_MS) return `${Math.floor(age / HOUR_MS)} h ago`;
  return dates.day(dayOf(instant));
}
