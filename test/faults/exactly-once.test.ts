import { expect } from 'vitest';
import { mapConcurrently } from '../../functions/shared/runtime/concurrency.ts';
import { test } from '../support/fixture.ts';
import { runSchedule, SCHEDULES_AT_ONCE, SITUATIONS } from './schedule.ts';
import { stepsOnEach } from './steps-on-each.ts';

const SCHEDULES = 200;
/** How often all schedules together meet each of their situations at least. */
const LEAST_TIMES = 3;

test(`counters equal the set of delivered messages under ${SCHEDULES} schedules of faults`, async ({
  inMemory,
}) => {
  const failures: string[] = [];
  const met = new Map(SITUATIONS.map((situation) => [situation, 0]));
  const seeds = Array.from({ length: SCHEDULES }, (_, index) => index + 1);
  await mapConcurrently(seeds, SCHEDULES_AT_ONCE, (seed) =>
    runSchedule(inMemory, seed).then(
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

test.for([1, 2, 3, 4, 5, 6, 7, 8])(
  'the schedule of seed %i follows from it, on the embedded DynamoDB as in memory',
  async (seed, { database, inMemory }) => {
    const [embedded, within] = await stepsOnEach([database, inMemory], (one, trace) =>
      runSchedule(one, seed, trace),
    );
    expect(embedded?.steps.length).toBeGreaterThan(20);
    expect(within).toEqual(embedded);
  },
);
