import { Temporal } from 'temporal-polyfill';
import { parseInstant } from '../../../../functions/shared/domain/instant.ts';
import type { EpochMillis } from '../../../../functions/shared/domain/utc-day.ts';
import { nearestName } from '../../../../functions/shared/http/nearest-name.ts';
import { ImportUsageError } from './import-errors.ts';

/** A time as a clock on a wall shows it. */
export interface WallTime {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  millisecond: number;
}

/** An instant that a text names, or that a wall time is. */
export interface ReadTime {
  instant: EpochMillis;
  warning?: string;
}

const OFFSET = /^[+-](?:[01]\d|2[0-3]):[0-5]\d$/;

/** @throws {ImportUsageError} for a time zone that does not exist, naming the nearest that does */
export function checkTimeZone(zone: string): void {
  if (OFFSET.test(zone)) return;
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
  } catch {
    const nearest = nearestZone(zone);
    const help = nearest === undefined ? 'such as Europe/Berlin or +02:00' : `did you mean ${nearest}?`;
    throw new ImportUsageError(`--time-zone: there is no time zone "${zone}": ${help}`);
  }
}

function nearestZone(zone: string): string | undefined {
  const zones = ['UTC', ...Intl.supportedValuesOf('timeZone')];
  const cities = new Map(zones.map((name) => [name.slice(name.lastIndexOf('/') + 1), name]));
  const nearestCity = nearestName(zone.slice(zone.lastIndexOf('/') + 1), [...cities.keys()]);
  return nearestName(zone, zones) ?? (nearestCity === undefined ? undefined : cities.get(nearestCity));
}

/**
 * The instant at which clocks of a zone show a time. Where a change of the clocks makes it twice, or never, it is the
 * earlier of the two that it could be, with a warning.
 *
 * @returns nothing for a time that no clock shows, such as the 31st of February
 */
export function instantIn(zone: string, wall: WallTime): ReadTime | undefined {
  let time: Temporal.PlainDateTime;
  try {
    time = Temporal.PlainDateTime.from({ ...wall }, { overflow: 'reject' });
  } catch {
    return undefined;
  }
  const earlier = time.toZonedDateTime(zone, { disambiguation: 'earlier' }).epochMilliseconds;
  const later = time.toZonedDateTime(zone, { disambiguation: 'later' }).epochMilliseconds;
  if (earlier === later) return { instant: earlier };
  const iso = time.toString({ smallestUnit: 'second' });
  return {
    instant: earlier,
    warning: `${iso} is ambiguous in ${zone}, whose clocks changed: the earlier instant is taken`,
  };
}

/** What may stand in the place of a zone. */
const ISO_WALL = /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)$/;

/** A time of ISO 8601 without a zone: `2026-10-28 16:32:40.251069`. */
export function isoWallTime(text: string): WallTime | undefined {
  const parts = ISO_WALL.exec(text);
  if (parts === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1)
    .map((part) => Number(part ?? 0));
  return { year, month, day, hour, minute, second, millisecond: milliseconds(parts[7]) };
}

/** The first three digits behind the point. */
export function milliseconds(fraction: string | undefined): number {
  return Number((fraction ?? '').padEnd(3, '0').slice(0, 3));
}

/** Seconds, or milliseconds, since 1970: in 2001 and long afterwards nothing else has as many digits. */
const EPOCH_SECONDS = /^\d{10}(?:\.(\d+))?$/;
const EPOCH_MILLISECONDS = /^\d{13}$/;

/** What a text tells of a time without any help: an instant, or a wall time that a zone is needed for. */
export function readTime(text: string): { instant: EpochMillis } | { wall: WallTime } | undefined {
  const instant = parseInstant(text);
  if (instant !== undefined) return { instant };
  const seconds = EPOCH_SECONDS.exec(text);
  if (seconds !== null) return { instant: Number(text.slice(0, 10)) * 1000 + milliseconds(seconds[1]) };
  if (EPOCH_MILLISECONDS.test(text)) return { instant: Number(text) };
  const wall = isoWallTime(text) ?? isoWallTime(text.replace(/ UTC$/, ''));
  if (wall === undefined) return undefined;
  return text.endsWith(' UTC') ? utc(wall) : { wall };
}

function utc(wall: WallTime): { instant: EpochMillis } | undefined {
  const read = instantIn('UTC', wall);
  return read === undefined ? undefined : { instant: read.instant };
}
