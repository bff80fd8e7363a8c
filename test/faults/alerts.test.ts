import { expect } from 'vitest';
import { mapConcurrently } from '../../functions/shared/runtime/concurrency.ts';
import { test } from '../support/fixture.ts';
import { ALERT_SITUATIONS, runAlertSchedule } from './alert-schedule.ts';
import { SCHEDULES_AT_ONCE } from './schedule.ts';
import { stepsOnEach } from './steps-on-each.ts';

const SCHEDULES = 32;
/** In how many schedules each of their situations is met at least. */
const LEAST_TIMES = 3;

test(`each finding is told to begin once and to end once, in order, under ${SCHEDULES} schedules of faults`, async ({
  inMemory,
}) => {
  const failures: string[] = [];
  const met = new Map(ALERT_SITUATIONS.map((situation) => [situation, 0]));
  const seeds = Array.from({ length: SCHEDULES }, (_, index) => index + 1);
  await mapConcurrently(seeds, SCHEDULES_AT_ONCE, (seed) =>
    runAlertSchedule(inMemory, seed).then(
      (situations) => {
        for (const situation of situations) met.set(situation, (met.get(situation) ?? 0) + 1);
      },
      (error: unknown) => {
        failures.push(`seed ${seed}: ${error}`);
      },
    ),
  );
  expect(failures).toEqual([]);
  // What no schedule meets, none of them tells anything about.
  expect([...met].filter(([, times]) => times < LEAST_TIMES)).toEqual([]);
});

test.for([1, 2, 3])(
  'the schedule of seed %i follows from it, on the embedded DynamoDB as in memory',
  async (seed, { database, inMemory }) => {
    const [embedded, within] = await stepsOnEach([database, inMemory], (one, trace) =>
      runAlertSchedule(one, seed, trace),
    );
    expect(embedded?.steps.length).toBeGreaterThan(20);
    expect(within).toEqual(embedded);
  },
);
