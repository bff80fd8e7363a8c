import * as z from 'zod/mini';
import { lazily } from '../../domain/lazily.ts';

/** The key of an item, of whichever table. */
export type Key = { pk: string; sk: string };

/** A text that names the item of a key, or an item by its key. */
export function nameOfKey({ pk, sk }: { pk?: unknown; sk?: unknown }): string {
  return `${pk}\n${sk}`;
}

/**
 * The kind of partition that an item is in: IAM tells kinds apart, and is asked about all partitions of a call together.
 */
export function partitionKindOf({ pk }: { pk?: unknown }): string {
  const [kind = ''] = String(pk).split('#', 1);
  return kind;
}

/** Reads the key of an image: of what has its attributes with their types, as streams and the plain client give them. */
export const keyOfImage = lazily(() =>
  z.pipe(
    z.object({ pk: z.object({ S: z.string() }), sk: z.object({ S: z.string() }) }),
    z.transform(({ pk, sk }): Key => ({ pk: pk.S, sk: sk.S })),
  ),
);

/** What the partitions with all that belongs to a peer begin with. */
export const PEER_PARTITIONS_PREFIX = 'PEER#';

/** What the partitions of a peer begin with, and of no other peer; by itself, the partition of its usage. */
export function peerPartition(peerId: string): string {
  return `${PEER_PARTITIONS_PREFIX}${keyPart(peerId)}`;
}

/** The peer of a `peerPartition`. */
export function peerOfPartition(partition: string): string {
  return fromKeyPart(partition.slice(PEER_PARTITIONS_PREFIX.length));
}

/**
 * Encodes an identifier from outside for use within a key, so that no identifier contains the separator:
 * `#` becomes `%23`, and `%` becomes `%25`.
 */
export function keyPart(identifier: string): string {
  return identifier.replaceAll('%', '%25').replaceAll('#', '%23');
}

/** The inverse of `keyPart`. */
export function fromKeyPart(part: string): string {
  return part.replaceAll('%23', '#').replaceAll('%25', '%');
}
