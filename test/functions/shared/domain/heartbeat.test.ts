import { describe, expect, test } from 'vitest';
import {
  countingProgress,
  DEPLOYED_RHYTHM,
  keysPassed,
  LOCAL_RHYTHM,
} from '../../../../functions/shared/domain/heartbeat.ts';

describe('how far counting has come', () => {
  test('is told by the key whose newest heartbeat is the oldest', () => {
    const passed = new Map([
      [0, 300],
      [1, 100],
      [2, 200],
    ]);
    expect(countingProgress(passed, 3)).toEqual({ countedThrough: 100, newestPassed: 300 });
  });

  test('is not told by keys that are not sent any more', () => {
    const passed = new Map([
      [0, 300],
      [1, 200],
      [2, 100],
      [3, 400],
    ]);
    expect(countingProgress(passed, 2)).toEqual({ countedThrough: 200, newestPassed: 300 });
  });

  test('is not known as long as there is a key of which no heartbeat has passed', () => {
    expect(countingProgress(new Map([[0, 300]]), 2)).toEqual({ newestPassed: 300 });
    expect(countingProgress(new Map([[5, 300]]), 2)).toEqual({});
    expect(countingProgress(new Map(), 2)).toEqual({});
  });
});

test('a key counts as passed where its newest heartbeat is not older than it may be', () => {
  const rhythm = { keys: 4, behindAfterSeconds: 10 };
  const passed = new Map([
    [0, 90_000],
    [1, 89_999],
    [3, 100_000],
    [4, 0],
  ]);
  expect(keysPassed(passed, rhythm, 100_000)).toBe(2);
});

test.each([DEPLOYED_RHYTHM, LOCAL_RHYTHM])(
  'heartbeats come more often than they may be missing',
  (rhythm) => {
    expect(rhythm.everySeconds).toBeLessThan(rhythm.behindAfterSeconds);
    expect(rhythm.behindAfterSeconds).toBeLessThan(rhythm.stalledAfterSeconds);
  },
);
