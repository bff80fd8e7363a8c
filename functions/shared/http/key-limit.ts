import type { EpochMillis } from '../domain/utc-day.ts';
import { BoundedMap } from '../runtime/bounded-map.ts';
import type { Settings } from '../runtime/settings.ts';

/** Of more keys than that, those that asked first begin anew. */
const REMEMBERED_KEYS = 1_000;

/** How much a key may still ask, at the moment at which it asked last. */
interface Allowance {
  /** In thousandths of a request, of which whole ones are regained in every millisecond. */
  thousandths: number;
  at: EpochMillis;
}

const REQUEST = 1_000;

/**
 * Limits how much one API key asks, so that nobody's program keeps the others out: a token bucket for each
 * key. It knows of the requests to this process alone. Where a function runs in several, a key that reaches
 * all of them may ask so much of each.
 */
export class KeyLimit {
  readonly #limit: NonNullable<Settings['keyLimit']>;
  readonly #clock: () => EpochMillis;
  readonly #allowances = new BoundedMap<string, Allowance>(REMEMBERED_KEYS);

  constructor(limit: NonNullable<Settings['keyLimit']>, clock: () => EpochMillis) {
    this.#limit = limit;
    this.#clock = clock;
  }

  /**
   * Takes note of a request.
   *
   * @returns after how many milliseconds the key may ask again, where it may not do so now; else 0
   */
  take(keyId: string): number {
    const { requestsPerSecond, burst } = this.#limit;
    const now = this.#clock();
    const most = burst * REQUEST;
    const { thousandths, at } = this.#allowances.get(keyId) ?? { thousandths: most, at: now };
    // A clock that goes back gives nothing.
    const regained = Math.max(0, now - at) * requestsPerSecond;
    const available = Math.min(most, thousandths + regained);
    const isAllowed = available >= REQUEST;
    this.#allowances.set(keyId, { thousandths: isAllowed ? available - REQUEST : available, at: now });
    return isAllowed ? 0 : Math.ceil((REQUEST - available) / requestsPerSecond);
  }
}
