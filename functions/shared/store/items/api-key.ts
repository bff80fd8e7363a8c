import * as z from 'zod/mini';
import type { ApiKeyRecord } from '../../domain/api-key.ts';
import { isShareLinkId, SHARE_LINK_SCOPES, type ShareLinkRecord } from '../../domain/share-link.ts';
import { DAY_MS, type EpochMillis, SECOND_MS } from '../../domain/utc-day.ts';
import { setMissing, type Update } from '../expressions.ts';
import { bytes, type Item, parseItem } from './item.ts';
import { fromKeyPart, type Key, keyPart } from './keys.ts';

/** The partition with all API keys that tools make: there are few, and they are cached where they are used. */
export const API_KEYS_PARTITION = 'API_KEY';

/**
 * The partition with the keys of share links, which a function makes. What lies here reads the figures of one peer,
 * whatever is written: so whoever may write here can make no other key.
 */
export const SHARE_LINKS_PARTITION = 'SHARE_LINK';

/** For so long the key of a link that has expired is kept, for whoever asks what it was. */
const KEPT_AFTER_EXPIRY_DAYS = 30;

const fields = {
  sk: z.string(),
  secretHash: bytes(),
  label: z.exactOptional(z.string()),
  createdAt: z.int(),
  revokedAt: z.exactOptional(z.int()),
};

const apiKey = z.object({
  ...fields,
  scopes: z.array(z.string()),
  peers: z.union([z.literal('all'), z.array(z.string())]),
  expiresAtInstant: z.exactOptional(z.int()),
});

const shareLink = z.object({ ...fields, peerId: z.string(), expiresAtInstant: z.int() });

/** The key of an API key's item, that of a share link among them. */
export function apiKeyKey(keyId: string): Key {
  return { pk: isShareLinkId(keyId) ? SHARE_LINKS_PARTITION : API_KEYS_PARTITION, sk: keyPart(keyId) };
}

/** An API key, without its secret. */
export function apiKeyItem({ keyId, ...key }: ApiKeyRecord): Item {
  if (isShareLinkId(keyId)) throw new Error('a share link is no key that tools make');
  return { ...apiKeyKey(keyId), ...key };
}

/** The key of a share link, without its secret, and without what follows from its being one. */
export function shareLinkItem({ keyId, scopes: _, peers: [peerId], ...key }: ShareLinkRecord): Item {
  const expiresAt = Math.ceil((key.expiresAtInstant + KEPT_AFTER_EXPIRY_DAYS * DAY_MS) / SECOND_MS);
  return { ...apiKeyKey(keyId), ...key, peerId, expiresAt };
}

/** @throws MalformedItemError */
export function parseApiKeyItem(item: Item): ApiKeyRecord {
  if (isShareLinkItem(item)) return parseShareLinkItem(item);
  const { sk, ...key } = parseItem(apiKey, item, 'API key');
  return { keyId: fromKeyPart(sk), ...key };
}

/** @throws MalformedItemError */
export function parseShareLinkItem(item: Item): ShareLinkRecord {
  const { sk, peerId, ...key } = parseItem(shareLink, item, 'share link');
  return { keyId: fromKeyPart(sk), ...key, scopes: [...SHARE_LINK_SCOPES], peers: [peerId] };
}

/** Whether an item is the key of a share link. */
export function isShareLinkItem({ pk }: Item): boolean {
  return pk === SHARE_LINKS_PARTITION;
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
