import { expect } from 'vitest';
import type { DIFFERENCES } from '../../functions/shared/domain/audit/difference.ts';
import { mapConcurrently } from '../../functions/shared/runtime/concurrency.ts';
import { test } from '../support/fixture.ts';
import { SCHEDULES_AT_ONCE } from './schedule.ts';
import { RESTORE_SITUATIONS, type RestoreOutcome, runTornRestore } from './torn-restore.ts';

const RESTORES = 40;
/** In so many of a thousand restores some situations are met that forty do not have to meet. */
const RARE = new Set<keyof typeof DIFFERENCES | (typeof RESTORE_SITUATIONS)[number]>([
  'days were lost, and their sum was kept',
  'days were lost, and it had to be decided on their sum',
  'a peer could not be sealed before the repair',
  'nothing that was sealed was left',
]);

test(`whatever of a peer is torn by a restore is found, and mended as far as it is told, in ${RESTORES} restores`, async ({
  inMemory,
}) => {
  const failures: string[] = [];
  const met: RestoreOutcome = new Map();
  const seeds = Array.from({ length: RESTORES }, (_, index) => index + 1);
  await mapConcurrently(seeds, SCHEDULES_AT_ONCE, (seed) =>
    runTornRestore(inMemory, seed).then(
      (situations) => {
        for (const situation of situations.keys()) met.set(situation, (met.get(situation) ?? 0) + 1);
      },
      (error: unknown) => {
        failures.push(
          `seed ${seed} (npm run test:faults -- --restores --runs 1 --seed ${seed} --trace): ${error}`,
        );
      },
    ),
  );
  expect(failures).toEqual([]);
  // What no restore meets, none of them tells anything about.
  expect(RESTORE_SITUATIONS.filter((situation) => !RARE.has(situation) && !met.has(situation))).toEqual([]);
});

// There the order of what a scan finds is another one, and so is what is torn.
test.for([1, 2, 3, 4, 5, 6])(
  'so it is on the embedded DynamoDB: the restore of seed %i',
  async (seed, { database }) => {
    await expect(runTornRestore(database, seed)).resolves.toBeInstanceOf(Map);
  },
);
