import { createHash } from 'node:crypto';
import type { TableDefinition } from './table-definition.ts';

/** Lists the daily counters that changed since they were sealed. */
export const DIRTY_DAYS_INDEX = {
  name: 'dirty-days',
  partitionKey: 'dirtyLane',
  sortKey: 'sk',
} as const;

/** Lists peers by when the totals of their sealed days changed last. */
export const CHANGED_PEERS_INDEX = {
  name: 'changed-peers',
  partitionKey: 'changedLane',
  sortKey: 'changedAt',
} as const;

/** What the partitions of that index begin with. */
export const CHANGED_LANES_PREFIX = 'CHANGED#';

/** What the partitions of the list of dirty days begin with. */
export const DIRTY_LANES_PREFIX = 'DIRTY#';

/** Counters and all that belongs to them. */
export const USAGE_TABLE = {
  partitionKey: 'pk',
  sortKey: 'sk',
  timeToLive: 'expiresAt',
  keysOnlyIndexes: [DIRTY_DAYS_INDEX, CHANGED_PEERS_INDEX],
} as const satisfies TableDefinition;

/** How many lanes spread what is kept for all peers over partitions. */
export const LANES = 8;

/** The lane of a peer, always the same. */
export function laneOf(peerId: string): number {
  return createHash('sha256').update(peerId).digest().readUInt32BE(0) % LANES;
}
