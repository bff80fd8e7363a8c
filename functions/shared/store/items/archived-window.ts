import * as z from 'zod/mini';
import {
  type ArchivedSpan,
  lastStretchFor,
  levelOf,
  type Stretch,
  startOfStretch,
  stretchOf,
} from '../../domain/archive.ts';
import type { ArchivedWindow, DailyCounterKey } from '../../domain/daily-counter.ts';
import type { Fingerprint } from '../../domain/dedupe-window.ts';
import { lazily } from '../../domain/lazily.ts';
import { DAY_MS, type EpochMillis, startOf } from '../../domain/utc-day.ts';
import { between, type Expressions } from '../expressions.ts';
import { fingerprints } from './fingerprint.ts';
import { expirySeconds, type Item, parseItem } from './item.ts';
import { type Key, keyPart, peerPartition } from './keys.ts';

// Windows sort by their level, and those of a level by the latest `sentAt` that they hold. Where those of a stretch
// were split, a marker behind them says so, and what they held is in shares of the stretch: windows by the first digits
// of their fingerprints. A share may be split further, in the same way.

const archivedWindow = lazily(() => z.object({ fingerprints: fingerprints() }));

/** What every sort key of a marker ends with: it sorts behind numbers, and behind hexadecimal digits. */
const MARKER = '~';

/** Digits of the longest millisecond of a day, and of one behind it that a stretch may end with. */
const INSTANT_DIGITS = 9;
const NUMBER_DIGITS = 8;
const LEVEL_DIGITS = 2;

/** The windows of a stretch, or one share of them. */
export interface Share extends Stretch {
  /** What the fingerprints in it begin with, in hexadecimal digits: nothing for the stretch itself. */
  digits: string;
}

/** A window as it is stored. */
export interface StoredWindow {
  sk: string;
  fingerprints: readonly Fingerprint[];
  /** The windows that it was stored with. */
  share: Share;
  /** Its number among those of its counter; nothing where it was made by a split. */
  number?: number;
}

/** What stands, in the partitions with archived windows, behind what a peer's partitions begin with. */
const WINDOWS_PART = '#WINDOWS#';

/** The partition with all archived windows of a daily counter. */
export function archivedWindowsPartition({ peerId, channelId, day }: DailyCounterKey): string {
  return `${peerPartition(peerId)}${WINDOWS_PART}${day}#${keyPart(channelId)}`;
}

/** The key of an archived window of a daily counter. */
export function archivedWindowKey(key: DailyCounterKey, span: ArchivedSpan): Key {
  const number = String(span.number).padStart(NUMBER_DIGITS, '0');
  return {
    pk: archivedWindowsPartition(key),
    sk: `${levelPart(levelOf(span))}#${instantPart(intoDay(key, span.through))}#${number}`,
  };
}

/** An archived window of a daily counter. */
export function archivedWindowItem(key: DailyCounterKey, window: ArchivedWindow): Item {
  return { ...archivedWindowKey(key, window), ...contents(window.fingerprints, window.expiresAt) };
}

/** @throws MalformedItemError */
export function parseArchivedWindow(item: Item): Pick<StoredWindow, 'fingerprints'> {
  return parseItem(archivedWindow(), item, 'archived window');
}

/**
 * The windows of a level that may hold a message which was sent within a span, and the markers of their stretches, each
 * behind its windows.
 */
export function windowsFor(
  key: DailyCounterKey,
  level: number,
  from: EpochMillis,
  through: EpochMillis,
): { pk: string; from: string; to: string } {
  return {
    pk: archivedWindowsPartition(key),
    from: `${levelPart(level)}#${instantPart(intoDay(key, from))}#`,
    to: shareMarkerSortKey({ ...lastStretchFor(level, intoDay(key, through)), digits: '' }),
  };
}

/** The windows of a share, and its marker behind them. */
export function windowsOfShare(key: DailyCounterKey, share: Share): Expressions {
  const to = shareMarkerSortKey(share);
  const from =
    share.digits === ''
      ? `${levelPart(share.level)}#${instantPart(startOfStretch(share))}#`
      : to.slice(0, -MARKER.length);
  return between({ pk: archivedWindowsPartition(key), from, to });
}

/** Says, behind the windows of a share, that there are others for each next digit of their fingerprints. */
export function shareMarkerItem(key: DailyCounterKey, share: Share, expiresAt: EpochMillis): Item {
  const sk = shareMarkerSortKey(share);
  return { pk: archivedWindowsPartition(key), sk, expiresAt: expirySeconds(expiresAt) };
}

/**
 * A window that a split makes.
 *
 * @param name tells it from the others of its share; in hexadecimal digits
 */
export function shareWindowItem(
  key: DailyCounterKey,
  share: Share,
  name: string,
  held: readonly Fingerprint[],
  expiresAt: EpochMillis,
): Item {
  const sk = `${shareMarkerSortKey(share).slice(0, -MARKER.length)}${name}`;
  return { pk: archivedWindowsPartition(key), sk, ...contents(held, expiresAt) };
}

/** Whether an item of the windows' partition is a marker, rather than a window. */
export function isShareMarker({ sk }: Item): boolean {
  return String(sk).endsWith(MARKER);
}

const SORT_KEY = /^(?:share#)?(\d+)#(\d+)#(?:([0-9a-f]+)#)?([0-9a-f]+|~)$/;

/** The share that a window or a marker belongs to. */
export function shareOf({ sk }: Item): Share {
  const [, level = '', instant = '', digits = ''] = SORT_KEY.exec(String(sk)) ?? [];
  return { ...stretchOf(Number(level), Number(instant)), digits };
}

/** What tells a share from all others of a counter. */
export function nameOfShare({ level, end, digits }: Share): string {
  return `${level} ${end} ${digits}`;
}

/** A window with what its key says of it. @throws MalformedItemError */
export function parseStoredWindow(item: Item): StoredWindow {
  const share = shareOf(item);
  const sk = String(item['sk']);
  const number = share.digits === '' ? { number: Number(sk.slice(sk.lastIndexOf('#') + 1)) } : {};
  return { sk, ...parseArchivedWindow(item), share, ...number };
}

/**
 * What a counter has to know of one of its windows, so that it is looked into: its level, and the latest `sentAt` that
 * it may hold, which of a window that a split made is known to its stretch.
 */
export function reachOf(key: DailyCounterKey, item: Item): { level: number; latest: EpochMillis } {
  const [, level = '', instant = ''] = SORT_KEY.exec(String(item['sk'])) ?? [];
  const intoIt = Math.min(Number(instant), DAY_MS - 1);
  return { level: Number(level), latest: startOf(key.day) + intoIt };
}

function contents(held: readonly Fingerprint[], expiresAt: EpochMillis) {
  return { ...z.encode(archivedWindow(), { fingerprints: held }), expiresAt: expirySeconds(expiresAt) };
}

function shareMarkerSortKey({ level, end, digits }: Share): string {
  const stretch = `${levelPart(level)}#${instantPart(end)}`;
  return digits === '' ? `${stretch}#${MARKER}` : `share#${stretch}#${digits}#${MARKER}`;
}

function levelPart(level: number): string {
  return String(level).padStart(LEVEL_DIGITS, '0');
}

function instantPart(milliseconds: number): string {
  return String(milliseconds).padStart(INSTANT_DIGITS, '0');
}

function intoDay({ day }: DailyCounterKey, instant: EpochMillis): number {
  return instant - startOf(day);
}
