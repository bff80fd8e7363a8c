import { DAY_MS, type EpochMillis, HOUR_MS, MINUTE_MS, SECOND_MS } from '../shared/domain/utc-day.ts';
import type { WaitingNotification } from '../shared/store/items/waiting-notification.ts';

/** How long a notification waits after each attempt that failed, in milliseconds; after the last one as before. */
export type RetryDelays = readonly [number, ...number[]];

/** After the first attempt: 1 min, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h. */
export const DEPLOYED_RETRIES: RetryDelays = [
  MINUTE_MS,
  4 * MINUTE_MS,
  25 * MINUTE_MS,
  1.5 * HOUR_MS,
  3 * HOUR_MS,
  5 * HOUR_MS,
  4 * HOUR_MS,
  6 * HOUR_MS,
  4 * HOUR_MS,
];

/** The first four within half a minute, so that somebody who tries it sees them; then as above. */
export const LOCAL_RETRIES: RetryDelays = [
  SECOND_MS,
  4 * SECOND_MS,
  7 * SECOND_MS,
  13 * SECOND_MS,
  ...DEPLOYED_RETRIES.slice(1),
];

/** So long something is sent at least before it is given up. */
const SENT_FOR_MS = DAY_MS;
/** So often something is sent at least, also what had to wait for others of its peer for more than a day. */
const LEAST_ATTEMPTS = 4;
/** A receiver that wants to be left alone for longer is asked again all the same. */
const LONGEST_RETRY_AFTER_MS = 6 * HOUR_MS;
/** Each wait is longer than it is said to be by a random part of this. */
const JITTER = 0.1;

/**
 * When a notification is sent again after an attempt that failed.
 *
 * @param random from 0 up to 1: those that failed together are not all sent again together
 * @param retryAfterMs for how long the receiver wants to be left alone, where it said so
 * @returns nothing where it is given up
 */
export function nextAttempt(
  { createdAt, attempts }: Pick<WaitingNotification, 'createdAt' | 'attempts'>,
  delays: RetryDelays,
  now: EpochMillis,
  random: number,
  retryAfterMs = 0,
): EpochMillis | undefined {
  if (now >= createdAt + SENT_FOR_MS && attempts >= LEAST_ATTEMPTS) return undefined;
  const delay = delays[Math.min(attempts, delays.length) - 1] ?? delays[0];
  const least = Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS);
  return now + Math.ceil(Math.max(delay * (1 + JITTER * random), least));
}

/**
 * For how long a receiver wants to be left alone, in milliseconds, by its header `Retry-After`: a number of seconds, or
 * an instant.
 *
 * @returns nothing where it does not say so, or says something else
 */
export function readRetryAfter(header: string | undefined, now: EpochMillis): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * SECOND_MS;
  // An instant of HTTP begins with the day of the week; Date.parse takes much else for one.
  const instant = /^[A-Z][a-z]{2,8}, /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(instant) ? undefined : Math.max(0, instant - now);
}
