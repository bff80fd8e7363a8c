import type { UtcDay } from '../../domain/utc-day.ts';
import { type Key, peerPartition } from './keys.ts';

const PREFIX = 'SNAPSHOT#';

/** The key of a daily snapshot. */
export function snapshotKey(peerId: string, day: UtcDay): Key {
  return { pk: peerPartition(peerId), sk: `${PREFIX}${day}` };
}

/** The day that a snapshot's sort key is of. */
export function dayOfSnapshot(sk: string): UtcDay {
  return sk.slice(PREFIX.length);
}

/** The range of sort keys with a peer's snapshots from one day, or from the first on, to another, both included. */
export function snapshotRange(
  peerId: string,
  from: UtcDay | undefined,
  to: UtcDay,
): { pk: string; from: string; to: string } {
  return { pk: peerPartition(peerId), from: `${PREFIX}${from ?? ''}`, to: `${PREFIX}${to}` };
}
