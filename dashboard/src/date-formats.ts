import type { DayRange, Interval } from '../../functions/shared/domain/interval.ts';
import { dayOf, type EpochMillis, startOf, type UtcDay } from '../../functions/shared/domain/utc-day.ts';
import { usableLocale } from '../shared/formats.ts';

/** How days and times are written for a reader. All are in UTC. */
export interface DateFormats {
  /** `22 Nov 2026` */
  day(day: UtcDay): string;
  /** `Sun, 22 Nov 2026` */
  weekday(day: UtcDay): string;
  /** `16 – 22 Nov 2026` */
  range(range: DayRange): string;
  /**
   * A bucket of a history, in short: `22 Nov`, `16 – 22 Nov`, `Nov 2026`.
   *
   * @param withYear whether it is not clear otherwise which year is meant: `22 Nov 2026`
   */
  bucket(range: DayRange, interval: Interval, withYear?: boolean): string;
  /** `12:03:05 UTC` */
  time(instant: EpochMillis): string;
  /** `22 Nov 2026, 12:03:05 UTC`; the time alone where the day is today's. @param today a UTC day */
  instant(instant: EpochMillis, today?: UtcDay): string;
}

/**
 * Formats for a locale.
 *
 * @param locale a BCP 47 tag, such as `de-CH`; one that is not valid gives the environment's own
 */
export function dateFormatsFor(locale: string): DateFormats {
  const usable = usableLocale(locale);
  const dateFormat = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(usable, { ...options, timeZone: 'UTC' });
  const day = dateFormat({ day: 'numeric', month: 'short', year: 'numeric' });
  const weekday = dateFormat({ weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' });
  const short = dateFormat({ day: 'numeric', month: 'short' });
  const month = dateFormat({ month: 'short', year: 'numeric' });
  const time = dateFormat({ hour: '2-digit', minute: '2-digit', second: '2-digit' });
  const range = (format: Intl.DateTimeFormat, { start, end }: { start: UtcDay; end: UtcDay }) =>
    format.formatRange(startOf(start), startOf(end));
  const timeOf = (instant: EpochMillis) => `${time.format(instant)} UTC`;
  return {
    day: (text) => day.format(startOf(text)),
    weekday: (text) => weekday.format(startOf(text)),
    range: ({ from, to }) => range(day, { start: from, end: to }),
    bucket: ({ from, to }, interval, withYear = false) =>
      interval === 'month'
        ? month.format(startOf(from))
        : range(withYear ? day : short, { start: from, end: to }),
    time: timeOf,
    instant: (instant, today) =>
      dayOf(instant) === today ? timeOf(instant) : `${day.format(instant)}, ${timeOf(instant)}`,
  };
}
