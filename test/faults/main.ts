import { parseArgs } from 'node:util';
import { mapConcurrently } from '../../functions/shared/runtime/concurrency.ts';
import { errorStack } from '../../functions/shared/runtime/error-text.ts';
import { startTestDatabase } from '../support/database/database.ts';
import { NoCounterError, putUnderSchedules } from './any-counter/command.ts';
import { runSchedule, SCHEDULES_AT_ONCE, SITUATIONS } from './schedule.ts';
import { RESTORE_SITUATIONS, runTornRestore } from './torn-restore.ts';

// npm run test:faults -- --runs N --seed S [--trace]: runs schedules from a seed on until one fails, and
// prints the seed of that one; and how often the schedules met what they are to meet. With --restores: torn restores
// of a peer, which are audited and repaired. With --counter FILE: any counter, ours or another one, under schedules that
// fit all of them (docs/testing-exactly-once.md).
const { values } = parseArgs({
  options: {
    runs: { type: 'string' },
    seed: { type: 'string', default: '1' },
    trace: { type: 'boolean', default: false },
    restores: { type: 'boolean', default: false },
    counter: { type: 'string' },
  },
});
const DEFAULT_RUNS = { ofTheService: 2_000, ofAnyCounter: 200 };
const { counter } = values;
const runs = Number(
  values.runs ?? (counter === undefined ? DEFAULT_RUNS.ofTheService : DEFAULT_RUNS.ofAnyCounter),
);
const first = Number(values.seed);
if (!Number.isSafeInteger(runs) || runs < 1 || !Number.isSafeInteger(first) || first < 0) {
  process.stderr.write('--runs must be a positive whole number, and --seed a whole number from 0 on\n');
  process.exit(2);
}
if (counter !== undefined && (values.restores || values.trace)) {
  process.stderr.write('--counter goes with neither --restores nor --trace\n');
  process.exit(2);
}
const print = (line: string) => process.stdout.write(`${line}\n`);
const database = await startTestDatabase();
try {
  const areRight =
    counter === undefined
      ? await runSchedules()
      : await putUnderSchedules(database, { file: counter, seed: first, runs, print });
  process.exitCode = areRight ? 0 : 1;
} catch (error) {
  if (!(error instanceof NoCounterError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
} finally {
  await database.stop();
}

/** Runs the schedules of the service's own counter. @returns whether all of them passed */
async function runSchedules(): Promise<boolean> {
  const toBeMet: readonly string[] = values.restores ? RESTORE_SITUATIONS : SITUATIONS;
  const met = new Map(toBeMet.map((situation) => [situation, 0]));
  const run: (...run: Parameters<typeof runSchedule>) => Promise<ReadonlyMap<string, number>> =
    values.restores ? runTornRestore : runSchedule;
  let passed = 0;
  let failed = 0;
  const seeds = Array.from({ length: runs }, (_, index) => first + index);
  await mapConcurrently(seeds, values.trace ? 1 : SCHEDULES_AT_ONCE, async (seed) => {
    if (failed > 0) return;
    try {
      const situations = await run(database, seed, values.trace ? print : undefined);
      for (const [situation, times] of situations) met.set(situation, (met.get(situation) ?? 0) + times);
      passed += 1;
    } catch (error) {
      failed += 1;
      print(`seed ${seed} failed: ${errorStack(error)}`);
      print(
        `repeat it with: npm run test:faults --${values.restores ? ' --restores' : ''} --runs 1 --seed ${seed} --trace`,
      );
    }
  });
  for (const [situation, times] of met) print(`${String(times).padStart(8)}  ${situation}`);
  print(`${passed} passed, ${failed} failed`);
  return failed === 0;
}
