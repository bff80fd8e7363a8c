/**
 * A UTC calendar day, written `YYYY-MM-DD`. Days compare as strings, in the order of time.
 */
export type UtcDay = string;

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMillis = number;

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** No day lies before this one. */
export const EARLIEST_DAY: UtcDay = '0000-01-01';
/** No day that can be written lies after this one. */
export const LATEST_DAY: UtcDay = '9999-12-31';

/** The day that was asked for last: most instants lie on the day of the one before, and to write a day takes long. */
let lastOne: { number: number; day: UtcDay } = { number: 0, day: '1970-01-01' };

/** The UTC day on which an instant lies. */
export function dayOf(instant: EpochMillis): UtcDay {
  const number = Math.floor(Math.trunc(instant) / DAY_MS);
  if (number !== lastOne.number) lastOne = { number, day: new Date(instant).toISOString().slice(0, 10) };
  return lastOne.day;
}

/** The first instant of a day. */
export function startOf(day: UtcDay): EpochMillis {
  return Date.parse(`${day}T00:00:00.000Z`);
}

/** The last millisecond of a day. */
export function endOf(day: UtcDay): EpochMillis {
  return startOf(day) + DAY_MS - 1;
}

/** The day that lies `days` days after `day` (before it, where `days` is negative). */
export function addDays(day: UtcDay, days: number): UtcDay {
  return dayOf(startOf(day) + days * DAY_MS);
}

/** How many days a day lies after 1970-01-01. */
export function dayNumber(day: UtcDay): number {
  return startOf(day) / DAY_MS;
}

/** The day of a `dayNumber`. */
export function numberedDay(number: number): UtcDay {
  return dayOf(number * DAY_MS);
}

/** Whether a text is a day that exists: `2028-02-29` does, `2026-02-29` and `2026-2-1` do not. */
export function isUtcDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const instant = startOf(text);
  return !Number.isNaN(instant) && dayOf(instant) === text;
}

/** An instant as ISO 8601 in UTC, to the second. */
export function isoSeconds(instant: EpochMillis): string {
  return `${new Date(instant).toISOString().slice(0, 19)}Z`;
}
