import { createHmac } from 'node:crypto';
import type { ApiKeyRecord, Scope } from './api-key.ts';
import { identifierProblem } from './identifier.ts';
import { SHARE_LINK_SCOPES } from './share-link.ts';
import { type EpochMillis, SECOND_MS } from './utc-day.ts';

/** For how many seconds an embed token works. */
export const EMBED_TOKEN_SECONDS = { least: 60, most: 3_600, default: 900 };

/** The scope that a key needs to make embed tokens, and must still have for them to work. */
const EMBEDDING_SCOPE: Scope = 'shares:write';

/** An embed token, taken apart: `cue_<keyId>.<expiry>.<peer>.<signature>`. */
export interface EmbedTokenParts {
  /** The key that made it. */
  keyId: string;
  peerId: string;
  /** From this instant on it does not work any more: a whole second. */
  expiresAtInstant: EpochMillis;
  /** What is signed: all before the signature. */
  signed: string;
  signature: Uint8Array;
}

// The peer has up to 256 bytes, which are 342 characters of base64url. An expiry in seconds of ten digits lasts until
// the year 2286.
const TOKEN = /^(cue_([A-Za-z0-9]{1,32})\.([1-9][0-9]{9})\.([A-Za-z0-9_-]{2,342}))\.([A-Za-z0-9_-]{43})$/;

/** Keeps a signature from being one of anything else that is ever signed with the same hash. */
const PURPOSE = 'channel-usage-analytics embed token 1\n';

/**
 * Makes an embed token: nothing is stored of it.
 *
 * @param key the key that makes it, and ends it
 * @param expiresAtInstant a whole second
 */
export function makeEmbedToken(
  key: Pick<ApiKeyRecord, 'keyId' | 'secretHash'>,
  peerId: string,
  expiresAtInstant: EpochMillis,
): string {
  const peer = Buffer.from(peerId, 'utf8').toString('base64url');
  const signed = `cue_${key.keyId}.${expiresAtInstant / SECOND_MS}.${peer}`;
  return `${signed}.${Buffer.from(embedSignature(signed, key.secretHash)).toString('base64url')}`;
}

/** The parts of an embed token, whose signature nobody has looked at; nothing where the text is none. */
export function parseEmbedToken(text: string): EmbedTokenParts | undefined {
  const [, signed, keyId, seconds, peer, signature] = TOKEN.exec(text) ?? [];
  if (signed === undefined || keyId === undefined || peer === undefined || signature === undefined) {
    return undefined;
  }
  const peerId = Buffer.from(peer, 'base64url').toString('utf8');
  if (identifierProblem('peerId', peerId) !== undefined) return undefined;
  return {
    ...{ keyId, peerId, signed },
    expiresAtInstant: Number(seconds) * SECOND_MS,
    signature: new Uint8Array(Buffer.from(signature, 'base64url')),
  };
}

/** What a token is signed with: HMAC-SHA-256 under the stored hash of the key that made it. */
export function embedSignature(signed: string, secretHash: Uint8Array): Uint8Array {
  return new Uint8Array(createHmac('sha256', secretHash).update(`${PURPOSE}${signed}`).digest());
}

/**
 * The key as which whoever has a token acts: it reads the figures of one peer, ends with the token, and says nothing
 * of what the key that made it is for.
 *
 * @returns nothing where that key may not share this peer, or may not any more
 */
export function embeddedKey(
  key: ApiKeyRecord,
  { peerId, expiresAtInstant }: Pick<EmbedTokenParts, 'peerId' | 'expiresAtInstant'>,
): ApiKeyRecord | undefined {
  const { label: _, peers, scopes, ...rest } = key;
  const mayShare = scopes.includes(EMBEDDING_SCOPE) && (peers === 'all' || peers.includes(peerId));
  if (!mayShare) return undefined;
  return { ...rest, scopes: [...SHARE_LINK_SCOPES], peers: [peerId], expiresAtInstant };
}
