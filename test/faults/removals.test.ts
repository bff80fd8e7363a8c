import { expect } from 'vitest';
import { mapConcurrently } from '../../functions/shared/runtime/concurrency.ts';
import { test } from '../support/fixture.ts';
import { REMOVAL_SITUATIONS, runRemovalSchedule } from './removal-schedule.ts';

const SCHEDULES = 40;

test(`nothing is left of what was purged or erased, and all else is exact, under ${SCHEDULES} schedules of faults`, async ({
  database,
}) => {
  const failures: string[] = [];
  const met = new Set<string>();
  const seeds = Array.from({ length: SCHEDULES }, (_, index) => index + 1);
  await mapConcurrently(seeds, 4, (seed) =>
    runRemovalSchedule(database, seed).then(
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
