import { createHash } from 'node:crypto';
import type { ApiKeyGrant, ApiKeyRecord } from './api-key.ts';
import {
  isShareLinkId,
  SHARE_LINK_ID_PREFIX,
  SHARE_LINK_SCOPES,
  type ShareLinkRecord,
} from './share-link.ts';
import type { EpochMillis } from './utc-day.ts';

/** The two parts of the text of an API key, `cua_<keyId>_<secret>`. */
export interface ApiKeyParts {
  keyId: string;
  secret: string;
}

/** A text that should be an API key is none. The text is not in the message. */
export class ApiKeyFormatError extends Error {
  override name = 'ApiKeyFormatError';
}

const KEY_ID_BYTES = 8;
const SECRET_BYTES = 24;

// The id holds no underscore, so that the first one after it ends it, whatever the secret holds. With 22
// characters out of these 64, and no fewer, a secret can hold 128 random bits.
const KEY = /^cua_([A-Za-z0-9]{1,32})_([A-Za-z0-9_-]{22,128})$/;
/** Long enough for every key and every embed token. */
const BEARER = /^Bearer +(\S{1,512}) *$/i;

/** The parts of an API key, or nothing where the text is none. */
export function parseApiKey(text: string): ApiKeyParts | undefined {
  const [, keyId, secret] = KEY.exec(text) ?? [];
  return keyId === undefined || secret === undefined ? undefined : { keyId, secret };
}

/** What stands behind `Bearer` in the value of an `Authorization` header, or nothing where that is no such value. */
export function bearerText(authorization: string): string | undefined {
  return BEARER.exec(authorization)?.[1];
}

/** The SHA-256 of a key's secret. */
export function hashSecret(secret: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(secret).digest());
}

/**
 * Makes a new API key, with a secret of 192 random bits.
 *
 * @param randomBytes gives so many unpredictable bytes
 * @returns the key as its holder sends it, which nothing can show again, and the record to be stored
 */
export function makeApiKey(
  grant: ApiKeyGrant,
  now: EpochMillis,
  randomBytes: (length: number) => Uint8Array,
): { key: string; record: ApiKeyRecord } {
  return makeKey('', grant, now, randomBytes);
}

/**
 * Makes the key of a share link: its id says that it is one, so that it is stored apart from all other keys.
 *
 * @param randomBytes gives so many unpredictable bytes
 */
export function makeShareLink(
  { peerId, label, expiresAtInstant }: { peerId: string; label?: string; expiresAtInstant: EpochMillis },
  now: EpochMillis,
  randomBytes: (length: number) => Uint8Array,
): { key: string; record: ShareLinkRecord } {
  const grant = { scopes: SHARE_LINK_SCOPES, peers: [peerId], ...(label !== undefined && { label }) };
  const { key, record } = makeKey(SHARE_LINK_ID_PREFIX, grant, now, randomBytes);
  return { key, record: { ...record, peers: [peerId], expiresAtInstant } };
}

function makeKey(
  idPrefix: string,
  grant: ApiKeyGrant,
  now: EpochMillis,
  randomBytes: (length: number) => Uint8Array,
): { key: string; record: ApiKeyRecord } {
  const keyId = `${idPrefix}${hex(randomBytes(KEY_ID_BYTES))}`;
  const parts = { keyId, secret: hex(randomBytes(SECRET_BYTES)) };
  return { key: `cua_${parts.keyId}_${parts.secret}`, record: apiKeyRecord(parts, grant, now) };
}

/**
 * The record of a key that somebody else made.
 *
 * @param text the whole key
 * @throws ApiKeyFormatError where the text is no API key
 */
export function apiKeyRecordOf(text: string, grant: ApiKeyGrant, now: EpochMillis): ApiKeyRecord {
  const parts = parseApiKey(text);
  if (parts === undefined) {
    throw new ApiKeyFormatError(
      'an API key reads cua_<keyId>_<secret>, where keyId is 1 to 32 letters and digits, ' +
        'and secret is 22 to 128 letters, digits, hyphens and underscores',
    );
  }
  if (isShareLinkId(parts.keyId)) {
    throw new ApiKeyFormatError('the keyId of an API key must not be like that of a share link');
  }
  return apiKeyRecord(parts, grant, now);
}

function apiKeyRecord({ keyId, secret }: ApiKeyParts, grant: ApiKeyGrant, now: EpochMillis): ApiKeyRecord {
  const { scopes, peers, ...rest } = grant;
  return {
    keyId,
    secretHash: hashSecret(secret),
    scopes: [...scopes],
    peers: peers === 'all' ? peers : [...peers],
    ...rest,
    createdAt: now,
  };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
