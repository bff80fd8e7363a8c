import { type EpochMillis, isUtcDay, MINUTE_MS, SECOND_MS } from './utc-day.ts';

/** What an instant is written like, for messages. */
export const INSTANT_WORDS = 'an RFC 3339 instant with a time zone, such as 2026-11-22T10:00:00Z';

/** The parts of an instant: RFC 3339, and what common platforms send beside it. */
const INSTANT =
  /^(?<day>\d{4}-\d\d-\d\d)[Tt ](?<hour>[01]\d|2[0-3]):(?<minute>[0-5]\d)(:(?<second>[0-5]\d|60)(\.(?<fraction>\d{1,9}))?)?(?<zone>[Zz]|(?<sign>[+-])(?<zoneHour>[01]\d|2[0-3])(:?(?<zoneMinute>[0-5]\d))?)$/;

/** The last minute of a day, in UTC, which may have a leap second. */
const MAY_HAVE_LEAP_SECOND = '23:59';

/**
 * Reads an instant: RFC 3339, and the offset as `+0000` or `+00`, small letters, and no seconds. What is finer
 * than a millisecond is cut off; a leap second is the second after it.
 *
 * @returns nothing where it is no instant
 */
export function parseInstant(text: string): EpochMillis | undefined {
  const parts = INSTANT.exec(text)?.groups;
  if (parts === undefined) return undefined;
  const {
    day = '',
    hour = '',
    minute = '',
    second = '00',
    fraction = '',
    sign,
    zoneHour,
    zoneMinute,
  } = parts;
  if (!isUtcDay(day)) return undefined;
  const offset = (Number(zoneHour ?? 0) * 60 + Number(zoneMinute ?? 0)) * (sign === '-' ? -1 : 1);
  const toTheMinute = Date.parse(`${day}T${hour}:${minute}:00.000Z`) - offset * MINUTE_MS;
  const isLeapSecond = second === '60';
  if (isLeapSecond && !new Date(toTheMinute).toISOString().includes(`T${MAY_HAVE_LEAP_SECOND}`))
    return undefined;
  return toTheMinute + Number(second) * SECOND_MS + Number(fraction.padEnd(3, '0').slice(0, 3));
}
