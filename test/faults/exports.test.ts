import { expect } from 'vitest';
import { mapConcurrently } from '../../functions/shared/runtime/concurrency.ts';
import { test } from '../support/fixture.ts';
import { runExportSchedule } from './export-schedule.ts';

const SCHEDULES = 40;

/** What schedules are to meet, or they show nothing. */
const SITUATIONS = [
  'a worker died',
  'a day had to come again',
  'an item was seen as it was before a transaction',
  'rows were refused',
  'Mixpanel got an event twice',
  'there were gaps',
  'a request came when its day was too old',
];

test(`what Mixpanel and S3 have are the snapshots, and Google Analytics never has more, under ${SCHEDULES} schedules of faults`, async ({
  inMemory,
}) => {
  const failures: string[] = [];
  const met = new Set<string>();
  const seeds = Array.from({ length: SCHEDULES }, (_, index) => index + 1);
  await mapConcurrently(seeds, 8, (seed) =>
    runExportSchedule(inMemory, seed).then(
      (situations) => {
        for (const situation of situations) met.add(situation);
      },
      (error: unknown) => {
        failures.push(`seed ${seed}: ${error}`);
      },
    ),
  );
  expect(failures).toEqual([]);
  expect([...met].sort()).toEqual([...SITUATIONS].sort());
});

test.for([1, 2, 3, 4, 5])(
  'the schedule of seed %i meets the same on the embedded DynamoDB as in memory',
  async (seed, { database, inMemory }) => {
    const met = await runExportSchedule(database, seed);
    expect(await runExportSchedule(inMemory, seed)).toEqual(met);
  },
);
