import { expect } from 'vitest';
import { mapConcurrently } from '../../functions/shared/runtime/concurrency.ts';
import { test } from '../support/fixture.ts';
import { runSchedule, SCHEDULES_AT_ONCE, SITUATIONS } from './schedule.ts';

const SCHEDULES = 200;
/** How often all schedules together meet each of their situations at least. */
const LEAST_TIMES = 3;

test(`counters equal the set of delivered messages under ${SCHEDULES} schedules of faults`, async ({
  database,
}) => {
  const failures: string[] = [];
  const met = new Map(SITUATIONS.map((situation) => [situation, 0]));
  const seeds = Array.from({ length: SCHEDULES }, (_, index) => index + 1);
  await mapConcurrently(seeds, SCHEDULES_AT_ONCE, (seed) =>
    runSchedule(database, seed).then(
      (situations) => {
        for (const [situation, times] of situations) met.set(situation, (met.get(situation) ?? 0) + times);
      },
      (error: unknown) => {
        failures.push(`seed ${seed} (npm run test:faults -- --runs 1 --seed ${seed} --trace): ${error}`);
      },
    ),
  );
  expect(failures).toEqual([]);
  // What no schedule meets, none of them tells anything about.
  expect([...met].filter(([, times]) => times < LEAST_TIMES)).toEqual([]);
});

test('a schedule follows from its seed', async ({ database }) => {
  const traces = [];
  for (let run = 0; run < 2; run += 1) {
    const trace: string[] = [];
    await runSchedule(database, 7, (line) => trace.push(line));
    traces.push(trace);
  }
  expect(traces[0]?.length).toBeGreaterThan(20);
  expect(traces[1]).toEqual(traces[0]);
});
