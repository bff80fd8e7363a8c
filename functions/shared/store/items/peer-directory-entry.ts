import * as z from 'zod/mini';
import { lazily } from '../../domain/lazily.ts';
import type { ListedPeer } from '../../domain/peer-directory.ts';
import type { UtcDay } from '../../domain/utc-day.ts';
import {
  type Condition,
  IF_ABSENT,
  ifAttributeIs,
  raise,
  setAll,
  together,
  type Update,
} from '../expressions.ts';
import { LANES, laneOf } from '../usage-table.ts';
import { bytes, type Item, itemKey, parseItem } from './item.ts';
import { type Key, peerOfPartition, peerPartition } from './keys.ts';

const directoryEntry = lazily(() => z.object({ sk: z.string(), lastActiveDay: z.exactOptional(z.string()) }));

/** What the partitions of the directory begin with. */
export const DIRECTORY_PARTITIONS_PREFIX = 'DIRECTORY#';

/** The key of a peer's entry in the directory of all peers. */
export function directoryKey(peerId: string): Key {
  return { pk: directoryPartition(laneOf(peerId)), sk: directorySortKey(peerId) };
}

/** The partitions of the directory, which together list every peer once. */
export const DIRECTORY_PARTITIONS: readonly string[] = Array.from({ length: LANES }, (_, lane) =>
  directoryPartition(lane),
);

/** The partition with the peers of a lane. */
export function directoryPartition(lane: number): string {
  return `${DIRECTORY_PARTITIONS_PREFIX}${lane}`;
}

/**
 * The sort key of a peer's entry in the directory, or what the sort keys begin with of all the peers whose
 * ids begin with a text: what a text becomes in a key is what its characters become, one after the other.
 */
export function directorySortKey(peerIdOrPrefix: string): string {
  return peerPartition(peerIdOrPrefix);
}

/** The peer of an entry, of which nothing else is looked at. @throws MalformedItemError */
export function peerOfDirectoryKey(item: Item): string {
  return peerOfPartition(parseItem(itemKey(), item, 'directory entry').sk);
}

/** @throws MalformedItemError */
export function parseDirectoryEntry(item: Item): ListedPeer & Pick<Key, 'sk'> {
  const { sk, lastActiveDay = null } = parseItem(directoryEntry(), item, 'directory entry');
  return { sk, peerId: peerOfPartition(sk), lastActiveDay };
}

const keyed = lazily(() => z.object({ proofKey: z.exactOptional(bytes()) }));

/** The proof key of the peer of an entry; nothing where it has none yet. @throws MalformedItemError */
export function proofKeyOf(item: Item): Uint8Array | undefined {
  return parseItem(keyed(), item, 'directory entry').proofKey;
}

/** The last day on which the peer of an entry was active; nothing where the entry tells none. */
export function lastActiveDayOf(item: Item | undefined): UtcDay | undefined {
  return z.safeParse(directoryEntry().shape.lastActiveDay, item?.['lastActiveDay']).data;
}

/**
 * Moves the last day on which the peer was active forward. It makes the entry where there is none.
 *
 * @param proofKey the key behind the peer's fingerprints, always the same
 */
export function raiseLastActiveDay(day: UtcDay, proofKey: Uint8Array): Update & Condition {
  return raise('lastActiveDay', day, { proofKey });
}

/** The same where nothing has changed since an entry was read: without a function, which no statement can have. */
export function moveLastActiveDay(
  from: UtcDay | undefined,
  to: UtcDay,
  proofKey: Uint8Array,
): Update & Condition {
  const isAsRead = from === undefined ? IF_ABSENT : ifAttributeIs('lastActiveDay', from);
  return together(setAll({ lastActiveDay: to, proofKey }), isAsRead);
}
