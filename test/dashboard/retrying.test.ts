import { describe, expect, test } from 'vitest';
import { RequestProblem } from '../../dashboard/src/api/request-problem.ts';
import { mayRetry, retryDelay } from '../../dashboard/src/api/retry-policy.ts';
import { Throttle } from '../../dashboard/src/state/throttle.ts';

const UNREACHABLE = new RequestProblem('unreachable', 'The service cannot be reached.');

describe('asking again', () => {
  test.each([
    ['unreachable', true],
    ['busy', true],
    ['failed', true],
    ['unauthenticated', false],
    ['forbidden', false],
    ['not_found', false],
    ['refused', false],
  ] as const)('after %s: %s', (kind, expected) => {
    expect(mayRetry(new RequestProblem(kind, ''))).toBe(expected);
  });

  test('is no cure for a mistake of the page', () => {
    expect(mayRetry(new TypeError('undefined is not a function'))).toBe(false);
  });

  test('waits longer each time, up to half a minute', () => {
    const delays = [0, 1, 2, 3, 4, 5, 50].map((failures) => retryDelay(failures, UNREACHABLE, 1));
    expect(delays).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });

  test('does not wait equally long on every page', () => {
    expect(retryDelay(2, UNREACHABLE, 0)).toBe(2000);
    expect(retryDelay(2, UNREACHABLE, 0.5)).toBe(3000);
  });

  test('waits at least as long as the service wants', () => {
    const busy = new RequestProblem('busy', '', { retryAfterMs: 5000 });
    expect([0, 1, 5].map((failures) => retryDelay(failures, busy, 0))).toEqual([5000, 5000, 15_000]);
  });
});

describe('a throttle', () => {
  /** Asks a throttle of ten seconds at some times, and gives the times at which it acted. */
  function timesOfActing(
    timesOfAsking: readonly number[],
    { stopAt, nowAt }: { stopAt?: number; nowAt?: number } = {},
  ): number[] {
    let now = 0;
    let planned: { at: number; action: () => void } | undefined;
    const acted: number[] = [];
    const throttled = new Throttle(() => acted.push(now), 10_000, {
      clock: () => now,
      later: (action, milliseconds) => {
        planned = { at: now + milliseconds, action };
        return () => {
          planned = undefined;
        };
      },
    });
    for (now = 0; now <= 60_000; now += 500) {
      if (planned !== undefined && planned.at <= now) {
        const { action } = planned;
        planned = undefined;
        action();
      }
      if (timesOfAsking.includes(now)) throttled.ask();
      if (now === nowAt) throttled.now();
      if (now === stopAt) throttled.stop();
    }
    return acted;
  }

  test('acts at once', () => {
    expect(timesOfActing([3000])).toEqual([3000]);
  });

  test('acts once more for all that is asked within ten seconds', () => {
    expect(timesOfActing([3000, 3500, 9000, 12_500])).toEqual([3000, 13_000]);
  });

  test('acts every ten seconds while it is asked all the time', () => {
    const always = Array.from({ length: 70 }, (_, index) => index * 500);
    expect(timesOfActing(always)).toEqual([0, 10_000, 20_000, 30_000, 40_000]);
  });

  test('acts no more when it was stopped', () => {
    expect(timesOfActing([3000, 4000], { stopAt: 5000 })).toEqual([3000]);
  });

  test('acts at once where it must, and not again for what was asked before', () => {
    expect(timesOfActing([3000, 4000, 6000], { nowAt: 5000 })).toEqual([3000, 5000, 15_000]);
  });
});
