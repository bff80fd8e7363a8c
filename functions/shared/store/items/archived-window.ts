import * as z from 'zod/mini';
import type { ArchivedWindow, DailyCounterKey } from '../../domain/daily-counter.ts';
import type { EpochMillis } from '../../domain/utc-day.ts';
import { type Expressions, startingAt } from '../expressions.ts';
import { fingerprints } from './fingerprint.ts';
import { expirySeconds, type Item, parseItem } from './item.ts';
import { type Key, keyPart, peerPartition } from './keys.ts';

const archivedWindow = z.object({ from: z.int(), fingerprints });

/** The key of an archived window; windows sort by the latest `sentAt` that they hold. */
export function archivedWindowKey(key: DailyCounterKey, through: EpochMillis, number: number): Key {
  return {
    pk: archivedWindowsPartition(key),
    sk: `${archivedWindowSortFrom(through)}#${String(number).padStart(6, '0')}`,
  };
}

/** Those archived windows of a daily counter that hold messages sent at an instant or later. */
export function archivedFrom(key: DailyCounterKey, instant: EpochMillis): Expressions {
  return startingAt({ pk: archivedWindowsPartition(key), from: archivedWindowSortFrom(instant) });
}

/** The number of an archived window, by its sort key. */
export function archivedWindowNumber({ sk }: Item): number {
  const text = String(sk);
  return Number(text.slice(text.lastIndexOf('#') + 1));
}

/** The partition with all archived windows of a daily counter. */
export function archivedWindowsPartition({ peerId, channelId, day }: DailyCounterKey): string {
  return `${peerPartition(peerId)}#WINDOWS#${day}#${keyPart(channelId)}`;
}

/** The first sort key of the archived windows that hold messages sent at an instant or later. */
export function archivedWindowSortFrom(instant: EpochMillis): string {
  return new Date(instant).toISOString();
}

/** An archived window of a daily counter. */
export function archivedWindowItem(key: DailyCounterKey, window: ArchivedWindow): Item {
  return {
    ...archivedWindowKey(key, window.through, window.number),
    ...z.encode(archivedWindow, window),
    expiresAt: expirySeconds(window.expiresAt),
  };
}

/** @throws MalformedItemError */
export function parseArchivedWindow(item: Item): Pick<ArchivedWindow, 'from' | 'fingerprints'> {
  return parseItem(archivedWindow, item, 'archived window');
}
