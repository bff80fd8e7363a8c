import { timingSafeEqual } from 'node:crypto';
import { type ApiKeyRecord, apiKeyState } from '../domain/api-key.ts';
import { hashSecret, parseBearer } from '../domain/api-key-text.ts';
import type { EpochMillis } from '../domain/utc-day.ts';
import { BoundedMap } from '../runtime/bounded-map.ts';
import type { ApiKeyStore } from '../store/api-key-store.ts';

/** Why a caller was not let in; for the log. */
export type Refusal = 'missing' | 'malformed' | 'unknown_key' | 'wrong_secret' | 'revoked' | 'expired';

/** Who calls, or why nobody is let in. */
export type Authentication =
  | { key: ApiKeyRecord }
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

/** Tells who calls, by the API key in the `Authorization` header. */
export class Authenticator {
  readonly #keys: Pick<ApiKeyStore, 'read'>;
  readonly #clock: () => EpochMillis;
  readonly #remembered = new BoundedMap<string, RememberedKey>(REMEMBERED_KEYS);

  constructor(keys: Pick<ApiKeyStore, 'read'>, clock: () => EpochMillis) {
    this.#keys = keys;
    this.#clock = clock;
  }

  /**
   * Checks an API key, with one read where its id is not remembered.
   *
   * @param authorization the value of the `Authorization` header
   */
  async authenticate(authorization: string | undefined): Promise<Authentication> {
    if (authorization === undefined) return { refusal: 'missing' };
    const parts = parseBearer(authorization);
    if (parts === undefined) return { refusal: 'malformed' };
    const key = await this.#find(parts.keyId);
    const isSecret = equalBytes(hashSecret(parts.secret), key?.secretHash ?? NO_SECRET_HASH);
    if (key === undefined) return { refusal: 'unknown_key' };
    if (!isSecret) return { refusal: 'wrong_secret' };
    const state = apiKeyState(key, this.#clock());
    return state === 'active' ? { key } : { refusal: state, keyId: key.keyId };
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

function equalBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.byteLength === other.byteLength && timingSafeEqual(one, other);
}
