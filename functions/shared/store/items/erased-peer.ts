import * as z from 'zod/mini';
import { lazily } from '../../domain/lazily.ts';
import type { EpochMillis } from '../../domain/utc-day.ts';
import { count, type Item, parseItem } from './item.ts';
import type { Key } from './keys.ts';

// That a peer was erased, under a keyed hash: so that what was sent before that is refused, wherever it still comes from.

/** What the partitions of erased peers, and of the secret behind their hashes, begin with. */
export const ERASED_PREFIX = 'ERASED#';

/** The key of the secret behind the hashes of erased peers. No hash is empty. */
export const ERASED_SECRET_KEY: Key = { pk: ERASED_PREFIX, sk: 'SECRET' };

/** A peer that was erased, or is being erased. */
export interface ErasedPeer {
  /** What was sent until then is refused. While the peer is being erased there is none yet, and all is refused. */
  erasedAt?: EpochMillis;
  /** The last number that a channel of it had: none is ever given again. */
  lastNumber: number;
}

/** The key of an erased peer. @param hash the keyed hash of its id */
export function erasedPeerKey(hash: string): Key {
  return { pk: `${ERASED_PREFIX}${hash}`, sk: 'ERASED' };
}

const erasedPeer = lazily(() => z.object({ erasedAt: z.exactOptional(count()), lastNumber: count() }));

/** An erased peer. */
export function erasedPeerItem(hash: string, erased: ErasedPeer): Item {
  return { ...erasedPeerKey(hash), ...z.encode(erasedPeer(), erased) };
}

/** @throws MalformedItemError */
export function parseErasedPeer(item: Item): ErasedPeer {
  return parseItem(erasedPeer(), item, 'erased peer');
}
