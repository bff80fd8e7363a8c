import { expect } from 'vitest';
import { mapConcurrently } from '../../functions/shared/runtime/concurrency.ts';
import { test } from '../support/fixture.ts';
import { REMOVAL_SITUATIONS, runRemovalSchedule } from './removal-schedule.ts';

const SCHEDULES = 40;

test(`nothing is left of what was purged or erased, and all else is exact, under ${SCHEDULES} schedules of faults`, async ({
  inMemory,
}) => {
  const failures: string[] = [];
  const met = new Set<string>();
  const seeds = Array.from({ length: SCHEDULES }, (_, index) => index + 1);
  await mapConcurrently(seeds, 4, (seed) =>
    runRemovalSchedule(inMemory, seed).then(
      (situations) => {
        for (const situation of situations) met.add(situation);
      },
      (error: unknown) => {
        failures.push(`seed ${seed}: ${error}`);
      },
    ),
  );
  expect(failures).toEqual([]);
  expect([...met].sort()).toEqual([...REMOVAL_SITUATIONS].sort());
});

test.for([1, 2, 3, 4, 5])(
  'the schedule of seed %i meets the same on the embedded DynamoDB as in memory',
  async (seed, { database, inMemory }) => {
    const met = await runRemovalSchedule(database, seed);
    expect(await runRemovalSchedule(inMemory, seed)).toEqual(met);
  },
);
