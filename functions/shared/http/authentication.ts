import { timingSafeEqual } from 'node:crypto';
import { type ApiKeyRecord, apiKeyState, hashSecret, parseBearer } from '../domain/api-key.ts';
import type { EpochMillis } from '../domain/utc-day.ts';
import { BoundedMap } from '../runtime/bounded-map.ts';
import type { Waiting } from '../runtime/waiting.ts';
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

/**
 * How long it takes at least to refuse a key whose id or secret is wrong, in milliseconds: longer than a read
 * nearly always takes, so that the time does not tell which of the two it is.
 */
const REFUSAL_MS = 25;

/** Compared with where there is no key, so that an unknown id takes the same time as a known one. */
const NO_SECRET_HASH = new Uint8Array(32);

interface RememberedKey {
  until: EpochMillis;
  key: Promise<ApiKeyRecord | undefined>;
}

/** Tells who calls, by the API key in the `Authorization` header. */
export class Authenticator {
  readonly #keys: Pick<ApiKeyStore, 'read'>;
  readonly #clock: () => EpochMillis;
  readonly #pause: Waiting['pause'];
  readonly #remembered = new BoundedMap<string, RememberedKey>(REMEMBERED_KEYS);

  constructor(keys: Pick<ApiKeyStore, 'read'>, clock: () => EpochMillis, pause: Waiting['pause']) {
    this.#keys = keys;
    this.#clock = clock;
    this.#pause = pause;
  }

  /**
   * Checks an API key, with one read for a key that is not remembered as it was given.
   *
   * @param authorization the value of the `Authorization` header
   */
  async authenticate(authorization: string | undefined): Promise<Authentication> {
    if (authorization === undefined) return { refusal: 'missing' };
    const parts = parseBearer(authorization);
    if (parts === undefined) return { refusal: 'malformed' };
    // It begins before anything that depends on the key; only a refusal waits for its end.
    const refusalTime = this.#pause(REFUSAL_MS);
    const secretHash = hashSecret(parts.secret);
    const key = await this.#find(parts.keyId, secretHash);
    const isSecret = equalBytes(secretHash, key?.secretHash ?? NO_SECRET_HASH);
    if (key === undefined || !isSecret) {
      await refusalTime;
      return { refusal: key === undefined ? 'unknown_key' : 'wrong_secret' };
    }
    const state = apiKeyState(key, this.#clock());
    return state === 'active' ? { key } : { refusal: state, keyId: key.keyId };
  }

  /**
   * Remembers what it found for the id with this very secret: were it remembered for the id alone, a wrong
   * secret would be refused without a read while the key's holder uses it, and so show that the id is known.
   */
  #find(keyId: string, secretHash: Uint8Array): Promise<ApiKeyRecord | undefined> {
    const now = this.#clock();
    const presented = `${keyId} ${Buffer.from(secretHash).toString('base64')}`;
    const known = this.#remembered.get(presented);
    if (known !== undefined && now < known.until) return known.key;
    const remembered: RememberedKey = { until: now + REMEMBERED_MS, key: this.#keys.read(keyId) };
    this.#remembered.set(presented, remembered);
    // Whoever waits for the key sees the error; the next request reads again.
    remembered.key.catch(() => {
      remembered.until = now;
    });
    return remembered.key;
  }
}

function equalBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.byteLength === other.byteLength && timingSafeEqual(one, other);
}
