import * as z from 'zod/mini';
import type { ApiKeyRecord } from '../../domain/api-key.ts';
import type { EpochMillis } from '../../domain/utc-day.ts';
import { setMissing, type Update } from '../expressions.ts';
import { bytes, type Item, parseItem } from './item.ts';
import { fromKeyPart, type Key, keyPart } from './keys.ts';

/** The partition with all API keys: there are few, and they are cached where they are used. */
export const API_KEYS_PARTITION = 'API_KEY';

const apiKey = z.object({
  sk: z.string(),
  secretHash: bytes(),
  scopes: z.array(z.string()),
  peers: z.union([z.literal('all'), z.array(z.string())]),
  label: z.exactOptional(z.string()),
  createdAt: z.int(),
  expiresAtInstant: z.exactOptional(z.int()),
  revokedAt: z.exactOptional(z.int()),
});

/** The key of an API key's item. */
export function apiKeyKey(keyId: string): Key {
  return { pk: API_KEYS_PARTITION, sk: keyPart(keyId) };
}

/** An API key, without its secret. */
export function apiKeyItem({ keyId, ...key }: ApiKeyRecord): Item {
  return { ...apiKeyKey(keyId), ...key };
}

/** @throws MalformedItemError */
export function parseApiKeyItem(item: Item): ApiKeyRecord {
  const { sk, ...key } = parseItem(apiKey, item, 'API key');
  return { keyId: fromKeyPart(sk), ...key };
}

/** Revokes a key from an instant on; one that was revoked before stays revoked from then. */
export function revokeFrom(at: EpochMillis): Update {
  return setMissing({ revokedAt: at });
}

/** @throws MalformedItemError */
export function wasRevoked(item: Item): boolean {
  const { revokedAt } = parseItem(z.pick(apiKey, { revokedAt: true }), item, 'API key');
  return revokedAt !== undefined;
}
