import { expect, test } from 'vitest';
import {
  DEPLOYED_RETRIES,
  LOCAL_RETRIES,
  nextAttempt,
  type RetryDelays,
} from '../../../functions/send-notifications/retry-schedule.ts';

const HOUR = 60 * 60_000;

/** When something is sent that is never taken, in milliseconds after it was decided. */
function attempts(delays: RetryDelays, random: number): number[] {
  const times: number[] = [];
  let now: number | undefined = 0;
  while (now !== undefined) {
    times.push(now);
    now = nextAttempt({ createdAt: 0, attempts: times.length }, delays, now, random);
  }
  return times;
}

test.each([0, 0.5, 0.999])('what is not taken is sent for a day at least, with a jitter of %f', (random) => {
  const times = attempts(DEPLOYED_RETRIES, random);
  expect(times).toHaveLength(10);
  expect(times.at(-1)).toBeGreaterThanOrEqual(24 * HOUR);
  expect(times.at(-1)).toBeLessThanOrEqual(24 * HOUR * 1.1);
});

test.each([0, 0.999])(
  'on the local host the first four retries come within 30 seconds, with a jitter of %f',
  (random) => {
    const times = attempts(LOCAL_RETRIES, random);
    expect(times[4]).toBeLessThanOrEqual(30_000);
    expect(times.at(-1)).toBeGreaterThanOrEqual(24 * HOUR);
  },
);

test('a receiver that asks for more time gets it, but no more than six hours', () => {
  const waiting = { createdAt: 0, attempts: 1 };
  expect(nextAttempt(waiting, DEPLOYED_RETRIES, 1_000, 0, 10 * 60_000)).toBe(601_000);
  expect(nextAttempt(waiting, DEPLOYED_RETRIES, 0, 0, 100 * HOUR)).toBe(6 * HOUR);
});
