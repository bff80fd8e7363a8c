import * as z from 'zod/mini';
import { lazily } from '../../domain/lazily.ts';
import { bytes, type Item, parseItem } from './item.ts';
import type { Key } from './keys.ts';

/** The partition with the hash secret alone. */
export const HASH_SECRET_PARTITION = 'HASH_SECRET';

/** The key of the one item with the secret behind every fingerprint and conversation hash. */
export const HASH_SECRET_KEY: Key = { pk: HASH_SECRET_PARTITION, sk: 'HASH_SECRET' };

const hashSecret = lazily(() => z.object({ secret: bytes() }));

/** The item with a secret. */
export function hashSecretItem(secret: Uint8Array, key: Key = HASH_SECRET_KEY): Item {
  return { ...key, ...z.encode(hashSecret(), { secret }) };
}

/** @throws MalformedItemError */
export function parseHashSecret(item: Item): Uint8Array {
  return parseItem(hashSecret(), item, 'hash secret').secret;
}
