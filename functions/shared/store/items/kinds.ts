import * as z from 'zod/mini';
import { ANALYTICS_GAPS_PREFIX } from './analytics-gap.ts';
import { FOLLOWERS_PREFIX } from './announcing-progress.ts';
import { API_KEYS_PARTITION, SHARE_LINKS_PARTITION } from './api-key.ts';
import { ERASED_PREFIX } from './erased-peer.ts';
import { GIVEN_UP_PARTITION } from './given-up-count.ts';
import { GIVEN_UP_NOTIFICATIONS_PREFIX } from './given-up-notification.ts';
import { HASH_SECRET_PARTITION } from './hash-secret.ts';
import type { Item } from './item.ts';
import { keyPart, PEER_PARTITIONS_PREFIX, peerPartition } from './keys.ts';
import { ID_SEPARATOR } from './message.ts';
import { NOTIFICATION_TARGET_PARTITION } from './notification-target.ts';
import { PASSED_HEARTBEATS_PARTITION } from './passed-heartbeats.ts';
import { DIRECTORY_PARTITIONS_PREFIX, directorySortKey } from './peer-directory-entry.ts';
import { QUARANTINE_PARTITIONS_PREFIX } from './quarantine-entry.ts';
import { REFUSED_ROWS_PREFIX } from './refused-row.ts';
import { SWEEPS_PREFIX } from './sweep-progress.ts';
import { NOTIFICATIONS_PREFIX } from './waiting-notification.ts';

/** How an item of the usage table is of a peer, for each kind of partition that there is. */
type OfPeer =
  /** It names no peer. */
  | 'no peer'
  /** It may name some among others: it stays without them. */
  | 'names peers'
  /** Whether all of it is the peer's. */
  | ((item: Item, peerId: string) => boolean);

const byFirstPart: OfPeer = ({ sk }, peerId) => String(sk).startsWith(`${keyPart(peerId)}#`);

const quarantined = z.object({
  peerId: z.exactOptional(z.string()),
  itemKey: z.exactOptional(z.object({ pk: z.object({ S: z.string() }) })),
});

/**
 * Every kind of partition of the usage table, by what its key begins with, and how to tell whose its items are. Erasing a
 * peer goes by this list: whoever adds a kind of item adds it here.
 */
export const KINDS: readonly { begins: string; of: OfPeer }[] = [
  {
    begins: PEER_PARTITIONS_PREFIX,
    of: ({ pk }, peerId) => `${String(pk)}#`.startsWith(`${peerPartition(peerId)}#`),
  },
  { begins: DIRECTORY_PARTITIONS_PREFIX, of: ({ sk }, peerId) => sk === directorySortKey(peerId) },
  { begins: ANALYTICS_GAPS_PREFIX, of: byFirstPart },
  { begins: REFUSED_ROWS_PREFIX, of: byFirstPart },
  { begins: NOTIFICATIONS_PREFIX, of: byFirstPart },
  { begins: GIVEN_UP_NOTIFICATIONS_PREFIX, of: byFirstPart },
  {
    begins: QUARANTINE_PARTITIONS_PREFIX,
    of: (item, peerId) => {
      const entry = z.safeParse(quarantined, item).data;
      if (entry?.peerId === peerId) return true;
      return entry?.itemKey?.pk.S.startsWith(`${peerId}${ID_SEPARATOR}`) === true;
    },
  },
  { begins: GIVEN_UP_PARTITION, of: ({ pk, sk }, peerId) => pk === GIVEN_UP_PARTITION && sk === peerId },
  { begins: API_KEYS_PARTITION, of: 'names peers' },
  { begins: SHARE_LINKS_PARTITION, of: (item, peerId) => item['peerId'] === peerId },
  { begins: SWEEPS_PREFIX, of: 'names peers' },
  { begins: FOLLOWERS_PREFIX, of: 'no peer' },
  { begins: HASH_SECRET_PARTITION, of: 'no peer' },
  { begins: PASSED_HEARTBEATS_PARTITION, of: 'no peer' },
  { begins: NOTIFICATION_TARGET_PARTITION, of: 'no peer' },
  { begins: ERASED_PREFIX, of: 'no peer' },
];

/** What an item of the usage table is to a peer. */
export function kindFor(item: Item, peerId: string): 'its own' | 'names peers' | 'of others' | 'unknown' {
  const kind = KINDS.find(({ begins }) => String(item['pk']).startsWith(begins));
  if (kind === undefined) return 'unknown';
  if (kind.of === 'names peers') return 'names peers';
  return kind.of !== 'no peer' && kind.of(item, peerId) ? 'its own' : 'of others';
}
