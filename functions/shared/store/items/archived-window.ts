import type { DailyCounterKey } from '../../domain/daily-counter.ts';
import type { EpochMillis } from '../../domain/utc-day.ts';
import { type Key, keyPart, peerPartition } from './keys.ts';

/** The key of an archived window; windows sort by the latest `sentAt` that they hold. */
export function archivedWindowKey(key: DailyCounterKey, through: EpochMillis, number: number): Key {
  return {
    pk: archivedWindowsPartition(key),
    sk: `${archivedWindowSortFrom(through)}#${String(number).padStart(6, '0')}`,
  };
}

/** The partition with all archived windows of a daily counter. */
export function archivedWindowsPartition({ peerId, channelId, day }: DailyCounterKey): string {
  return `${peerPartition(peerId)}#WINDOWS#${day}#${keyPart(channelId)}`;
}

/** The first sort key of the archived windows that hold messages sent at an instant or later. */
export function archivedWindowSortFrom(instant: EpochMillis): string {
  return new Date(instant).toISOString();
}
