import { expect, test } from 'vitest';
import type { RedriveRun } from '../../../../functions/redrive-records/redrive-records.ts';
import { runRedriveLoop } from '../../../../local/aws/schedule/redrive-loop.ts';

const MINUTE_MS = 60_000;

/** Lets the loop make so many runs, which come to what is given, and stops it in the last pause. */
async function loopOf(runs: (RedriveRun | Error)[]) {
  const stop = new AbortController();
  const pauses: number[] = [];
  const reported: RedriveRun[] = [];
  const errors: string[] = [];
  const left = [...runs];
  await runRedriveLoop(
    {
      async job() {
        const run = left.shift();
        if (run === undefined) throw new Error('there was a run too many');
        if (run instanceof Error) throw run;
        return run;
      },
      report: (run) => reported.push(run),
      async pause(milliseconds) {
        pauses.push(milliseconds / MINUTE_MS);
        if (left.length > 0) return;
        stop.abort();
        throw new Error('stopped');
      },
      log: { info() {}, warn() {}, error: (message) => errors.push(message) },
    },
    stop.signal,
  );
  return { pauses, reported, errors };
}

const run = (taken: number, left: number): RedriveRun => ({ taken, left });

test('runs come at once, and then every minute', async () => {
  const { pauses, reported, errors } = await loopOf([run(0, 0), run(3, 0), run(0, 0)]);
  expect(pauses).toEqual([1, 1, 1]);
  expect(reported).toEqual([run(3, 0)]);
  expect(errors).toEqual([]);
});

test('runs that take nothing of what is there, or fail, come less and less often, down to once an hour', async () => {
  const stuck = Array.from({ length: 7 }, () => run(0, 2));
  const { pauses, errors } = await loopOf([...stuck, new Error('disk'), run(1, 1), run(0, 1)]);
  expect(pauses).toEqual([2, 4, 8, 16, 32, 60, 60, 60, 1, 2]);
  expect(errors).toEqual(['feeding back failed']);
});
