import { parseArgs } from 'node:util';
import { errorStack } from '../../functions/shared/runtime/error-text.ts';
import { startTestDatabase } from '../support/database.ts';
import { runSchedule } from './schedule.ts';

// npm run test:faults -- --runs N --seed S [--trace]: runs schedules from a seed on, and prints the seed
// of the first that fails.
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    trace: { type: 'boolean', default: false },
  },
});
const runs = Number(values.runs);
const first = Number(values.seed);
if (!Number.isSafeInteger(runs) || runs < 1 || !Number.isSafeInteger(first) || first < 0) {
  process.stderr.write('--runs must be a positive whole number, and --seed a whole number from 0 on\n');
  process.exit(2);
}
const print = (line: string) => process.stdout.write(`${line}\n`);
const database = await startTestDatabase();
let failed = 0;
let seed = first;
for (; seed < first + runs && failed === 0; seed += 1) {
  try {
    await runSchedule(database, seed, values.trace ? print : undefined);
  } catch (error) {
    failed += 1;
    print(`seed ${seed} failed: ${errorStack(error)}`);
    print(`repeat it with: npm run test:faults -- --runs 1 --seed ${seed} --trace`);
  }
}
await database.stop();
print(`${seed - first - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
