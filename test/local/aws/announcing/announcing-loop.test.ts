import { expect, test } from 'vitest';
import { runAnnouncingLoop } from '../../../../local/aws/announcing/announcing-loop.ts';
import { watchedLog } from '../../../support/service/test-dependencies.ts';

/** Runs the loop until it has paused for each of some runs; a run takes so many milliseconds, or fails. */
async function pausesAfter(runs: (number | 'fails')[]): Promise<number[]> {
  const stopping = new AbortController();
  const pauses: number[] = [];
  let now = 0;
  await runAnnouncingLoop(
    {
      job: async () => {
        const run = runs[pauses.length] ?? 0;
        if (run === 'fails') throw new Error('a day was not announced');
        now += run;
        return { daysAnnounced: 0, failed: 0, lanesLeft: 0 };
      },
      clock: () => now,
      pause: async (milliseconds) => {
        pauses.push(milliseconds);
        if (pauses.length < runs.length) return;
        stopping.abort();
        throw stopping.signal.reason;
      },
      log: watchedLog(),
    },
    stopping.signal,
  );
  return pauses;
}

test('it looks for changes every five seconds, and takes no more than a fifth of the time', async () => {
  expect(await pausesAfter([20, 1_000, 10_000, 0])).toEqual([5_000, 5_000, 40_000, 5_000]);
});

test('as long as runs fail they come less and less often, down to once a minute', async () => {
  expect(await pausesAfter(['fails', 'fails', 'fails', 'fails', 'fails', 'fails', 0])).toEqual([
    5_000, 10_000, 20_000, 40_000, 60_000, 60_000, 5_000,
  ]);
});

test('a run is told when it has to stop', async () => {
  const stopping = new AbortController();
  const seen: boolean[] = [];
  await runAnnouncingLoop(
    {
      job: async (outOfTime) => {
        seen.push(outOfTime());
        stopping.abort();
        seen.push(outOfTime());
        return { daysAnnounced: 0, failed: 0, lanesLeft: 0 };
      },
      clock: () => 0,
      pause: async () => {
        throw stopping.signal.reason;
      },
      log: watchedLog(),
    },
    stopping.signal,
  );
  expect(seen).toEqual([false, true]);
});
