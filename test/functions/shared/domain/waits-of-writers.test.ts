import { expect, test } from 'vitest';
import {
  LONGEST_PAUSE_MS,
  pauseBehindOthers,
  smoothedWait,
} from '../../../../functions/shared/domain/waits-of-writers.ts';

test.for([
  { others: 0, own: 0, pause: 0 },
  { others: 100, own: 0, pause: 90 },
  { others: 100, own: 50, pause: 40 },
  { others: 100, own: 90, pause: 0 },
  { others: 100, own: 5_000, pause: 0 },
  // A clock that was set back.
  { others: 100, own: -9, pause: 90 },
  { others: 60_000, own: 0, pause: LONGEST_PAUSE_MS * 0.9 },
])(
  'who has waited $own ms pauses for $pause ms where others have waited $others ms',
  ({ others, own, pause }) => {
    expect(pauseBehindOthers(others, own)).toBe(pause);
  },
);

test('a smoothed wait follows what is waited, and ends once nobody waits', () => {
  let wait = 0;
  for (let times = 0; times < 20; times += 1) wait = smoothedWait(wait, 400);
  expect(wait).toBeGreaterThan(390);
  expect(wait).toBeLessThanOrEqual(400);
  for (let times = 0; times < 30; times += 1) wait = smoothedWait(wait, 0);
  expect(wait).toBe(0);
});

test('one wait that is out of proportion keeps nobody waiting for long', () => {
  expect(smoothedWait(0, 3_600_000)).toBe(LONGEST_PAUSE_MS / 4);
  expect(smoothedWait(0, -5)).toBe(0);
});
