import type { EpochMillis } from '../../../../functions/shared/domain/utc-day.ts';
import { ImportUsageError } from './import-errors.ts';
import { instantIn, milliseconds, type WallTime } from './times.ts';

/** Reads a text as a format says: nothing where it is not written so. */
export type DateReader = (text: string) => { instant: EpochMillis } | { wall: WallTime } | undefined;

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** What the letters of a format stand for, as a regular expression whose group is the letter's name. */
const LETTERS: Readonly<Record<string, string>> = {
  YYYY: '(?<year>\\d{4})',
  YY: '(?<shortYear>\\d\\d)',
  MMM: `(?<monthName>${MONTHS.join('|')})[a-z]*\\.?`,
  MM: '(?<month>\\d\\d)',
  M: '(?<month>\\d\\d?)',
  DD: '(?<day>\\d\\d)',
  D: '(?<day>\\d\\d?)',
  HH: '(?<hour>\\d\\d)',
  H: '(?<hour>\\d\\d?)',
  hh: '(?<hour12>\\d\\d)',
  h: '(?<hour12>\\d\\d?)',
  mm: '(?<minute>\\d\\d)',
  ss: '(?<second>\\d\\d)',
  SSS: '(?<fraction>\\d{1,9})',
  A: '(?<half>[ap])\\.?\\s?m\\.?',
  a: '(?<half>[ap])\\.?\\s?m\\.?',
  Z: '(?<zone>Z|[+-]\\d\\d:?\\d\\d)',
};

const PART = /\[[^\]]*\]|YYYY|YY|MMM|MM|M|DD|D|HH|H|hh|h|mm|ss|SSS|A|a|Z|[A-Za-z]+|[^A-Za-z[]+|\[/g;

/** Formats that are common, to ask with. */
export const COMMON_DATE_FORMATS: readonly string[] = ['.', '/', '-'].flatMap((between) =>
  [
    ['DD', 'MM', 'YYYY'],
    ['MM', 'DD', 'YYYY'],
    ['YYYY', 'MM', 'DD'],
    ['D', 'M', 'YYYY'],
    ['M', 'D', 'YYYY'],
    ['D', 'M', 'YY'],
    ['M', 'D', 'YY'],
  ]
    .map((parts) => parts.join(between))
    .flatMap((day) =>
      [' HH:mm:ss', ' HH:mm', ' H:mm', ', HH:mm', ' h:mm A', ' h:mm:ss A', ', h:mm A'].map(
        (time) => day + time,
      ),
    ),
);

/**
 * Makes a reader of times that are written as a format says, such as `DD.MM.YYYY HH:mm:ss`. It knows `YYYY YY M MM MMM
 * D DD H HH h hh mm ss SSS A Z`; what stands in `[brackets]` is taken literally.
 *
 * @throws {ImportUsageError} for a format that leaves out a part of the day or the hour, or has letters of no meaning
 */
export function dateReader(format: string): DateReader {
  const pattern = new RegExp(`^${patternOf(format)}$`, 'iu');
  return (text) => {
    const parts = pattern.exec(text.trim())?.groups;
    return parts === undefined ? undefined : timeOf(parts);
  };
}

function patternOf(format: string): string {
  const known = new Set<string>();
  const parts = (format.match(PART) ?? []).map((part) => {
    const letters = Object.hasOwn(LETTERS, part) ? LETTERS[part] : undefined;
    if (letters !== undefined) {
      const name = /\?<(\w+)>/.exec(letters)?.[1] ?? part;
      if (known.has(name)) throw unusable(format, `it has the ${name} twice`);
      known.add(name);
      return letters;
    }
    if (/^[A-Za-z]/.test(part)) throw unusable(format, `"${part}" means nothing in it`);
    return literal(part.startsWith('[') && part.endsWith(']') ? part.slice(1, -1) : part);
  });
  const lacks = [['year', 'shortYear'], ['month', 'monthName'], ['day'], ['hour', 'hour12'], ['minute']].find(
    (names) => !names.some((name) => known.has(name)),
  );
  if (lacks !== undefined) throw unusable(format, `it has no ${lacks[0]}`);
  if (known.has('hour12') && !known.has('half')) throw unusable(format, 'hours of h need A, for am or pm');
  return parts.join('');
}

function unusable(format: string, why: string): ImportUsageError {
  return new ImportUsageError(`--date-format "${format}": ${why}; it is written as DD.MM.YYYY HH:mm:ss`);
}

function literal(text: string): string {
  // Platforms put narrow and non-breaking spaces where a format has one.
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&').replace(/\s+/g, '\\s+');
}

function timeOf(
  parts: Record<string, string | undefined>,
): { instant: EpochMillis } | { wall: WallTime } | undefined {
  const { shortYear, monthName, hour12, half, zone } = parts;
  const hour = hour12 === undefined ? Number(parts['hour']) : hourOf(Number(hour12), half);
  if (hour === undefined) return undefined;
  const wall: WallTime = {
    year: shortYear === undefined ? Number(parts['year']) : 2000 + Number(shortYear),
    month: monthName === undefined ? Number(parts['month']) : MONTHS.indexOf(monthName.toLowerCase()) + 1,
    day: Number(parts['day']),
    hour,
    minute: Number(parts['minute']),
    second: Number(parts['second'] ?? 0),
    millisecond: milliseconds(parts['fraction']),
  };
  if (zone === undefined) return { wall };
  const offset = zone.toUpperCase() === 'Z' ? '+00:00' : `${zone.slice(0, 3)}:${zone.slice(-2)}`;
  const read = instantIn(offset, wall);
  return read === undefined ? undefined : { instant: read.instant };
}

/**
 * The hour of the day of an hour up to 12, before noon (`a`) or after it.
 *
 * @returns nothing for one that no clock of twelve hours shows
 */
export function hourOf(hour: number, half: string | undefined): number | undefined {
  if (hour < 1 || hour > 12) return undefined;
  return (hour % 12) + (half?.toLowerCase() === 'p' ? 12 : 0);
}
