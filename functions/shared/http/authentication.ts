import { timingSafeEqual } from 'node:crypto';
import { type ApiKeyRecord, apiKeyState } from '../domain/api-key.ts';
import { type ApiKeyParts, bearerText, hashSecret, parseApiKey } from '../domain/api-key-text.ts';
import { type EmbedTokenParts, embeddedKey, embedSignature, parseEmbedToken } from '../domain/embed-token.ts';
import type { EpochMillis } from '../domain/utc-day.ts';
import { BoundedMap } from '../runtime/bounded-map.ts';
import type { ApiKeyStore } from '../store/api-key-store.ts';

/** Why a caller was not let in; for the log. */
export type Refusal =
  | 'missing'
  | 'malformed'
  | 'unknown_key'
  | 'wrong_secret'
  | 'revoked'
  | 'expired'
  /** The key that made an embed token may not share the peer any more. */
  | 'withdrawn';

/** Who calls, or why nobody is let in. */
export type Authentication =
  | {
      key: ApiKeyRecord;
      /**
       * What shares an allowance of requests, where it is not the key: each embed token has one, so that those who look
       * at a page of others keep neither each other out nor whoever holds the key.
       */
      allowance?: string;
    }
  /** The id is there where the caller has proven to hold the key. */
  | { refusal: Refusal; keyId?: string };

/** How long a key, or that there is none, is remembered: half of the time in which revoking must show. */
const REMEMBERED_MS = 30_000;
const REMEMBERED_KEYS = 1_000;

/** Compared with where there is no key, so that an unknown id takes the same steps as a wrong secret. */
const NO_SECRET_HASH = new Uint8Array(32);

interface RememberedKey {
  /** As long after it was asked for, however long the answer took. */
  until: EpochMillis;
  key: ApiKeyRecord | undefined;
}

/** Tells who calls, by the API key or the embed token in the `Authorization` header. */
export class Authenticator {
  readonly #keys: Pick<ApiKeyStore, 'read'>;
  readonly #clock: () => EpochMillis;
  readonly #remembered = new BoundedMap<string, RememberedKey>(REMEMBERED_KEYS);

  constructor(keys: Pick<ApiKeyStore, 'read'>, clock: () => EpochMillis) {
    this.#keys = keys;
    this.#clock = clock;
  }

  /**
   * Checks an API key or an embed token, with one read where the id of the key is not remembered.
   *
   * @param authorization the value of the `Authorization` header
   */
  async authenticate(authorization: string | undefined): Promise<Authentication> {
    if (authorization === undefined) return { refusal: 'missing' };
    const sent = credentialsIn(authorization);
    if (sent === undefined) return { refusal: 'malformed' };
    const key = await this.#find(sent.keyId);
    const isProof = isProofOf(sent, key?.secretHash ?? NO_SECRET_HASH);
    if (key === undefined) return { refusal: 'unknown_key' };
    if (!isProof) return { refusal: 'wrong_secret' };
    const now = this.#clock();
    const state = apiKeyState(key, now);
    if (state !== 'active') return { refusal: state, keyId: key.keyId };
    return 'secret' in sent ? { key } : embedded(key, sent, now);
  }

  /** What is stored for the id, whatever secret comes with it: every secret is compared with it anew. */
  async #find(keyId: string): Promise<ApiKeyRecord | undefined> {
    const askedAt = this.#clock();
    const known = this.#remembered.get(keyId);
    if (known !== undefined && askedAt < known.until) return known.key;
    // A read under way is shared with nobody: one whose answer never comes would keep all of them waiting.
    const key = await this.#keys.read(keyId);
    this.#remember(keyId, { until: askedAt + REMEMBERED_MS, key });
    return key;
  }

  /** An answer that took long may be older than one that is remembered already. */
  #remember(keyId: string, remembered: RememberedKey): void {
    const known = this.#remembered.get(keyId);
    if (known === undefined || known.until < remembered.until) this.#remembered.set(keyId, remembered);
  }
}

function credentialsIn(authorization: string): ApiKeyParts | EmbedTokenParts | undefined {
  const text = bearerText(authorization);
  return text === undefined ? undefined : (parseApiKey(text) ?? parseEmbedToken(text));
}

/** Whether what was sent was made by somebody who knows the secret of a key, or made a token with it. */
function isProofOf(sent: ApiKeyParts | EmbedTokenParts, secretHash: Uint8Array): boolean {
  return 'secret' in sent
    ? equalBytes(hashSecret(sent.secret), secretHash)
    : equalBytes(sent.signature, embedSignature(sent.signed, secretHash));
}

/** @param token one that the key has signed */
function embedded(key: ApiKeyRecord, token: EmbedTokenParts, now: EpochMillis): Authentication {
  if (token.expiresAtInstant <= now) return { refusal: 'expired', keyId: key.keyId };
  const acting = embeddedKey(key, token);
  if (acting === undefined) return { refusal: 'withdrawn', keyId: key.keyId };
  return { key: acting, allowance: Buffer.from(token.signature).toString('hex') };
}

function equalBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.byteLength === other.byteLength && timingSafeEqual(one, other);
}
