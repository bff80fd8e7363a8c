import { parseArgs } from 'node:util';
import { mapConcurrently } from '../../functions/shared/runtime/concurrency.ts';
import { errorStack } from '../../functions/shared/runtime/error-text.ts';
import { startTestDatabase } from '../support/database/database.ts';
import { CORRUPTIONS_OF_A_PEER, corruptPeer } from './corrupted-peer.ts';
import { runSchedule, SCHEDULES_AT_ONCE, SITUATIONS } from './schedule.ts';
import { RESTORE_SITUATIONS, runTornRestore } from './torn-restore.ts';

// npm run test:faults -- --runs N --seed S [--trace]: runs schedules from a seed on until one fails, and
// prints the seed of that one; and how often the schedules met what they are to meet. With --restores: torn restores
// of a peer, which are audited and repaired. With --corruptions: things that are stored of a peer corrupted, forty of
// each of N peers, one after the other.
const { values } = parseArgs({
  options: {
    runs: { type: 'string' },
    seed: { type: 'string', default: '1' },
    trace: { type: 'boolean', default: false },
    restores: { type: 'boolean', default: false },
    corruptions: { type: 'boolean', default: false },
  },
});
const kind = values.corruptions ? 'corruptions' : values.restores ? 'restores' : undefined;
/** With corruptions: ten thousand of them. */
const runs = Number(values.runs ?? (kind === 'corruptions' ? 250 : 2000));
const first = Number(values.seed);
if (!Number.isSafeInteger(runs) || runs < 1 || !Number.isSafeInteger(first) || first < 0) {
  process.stderr.write('--runs must be a positive whole number, and --seed a whole number from 0 on\n');
  process.exit(2);
}
const print = (line: string) => process.stdout.write(`${line}\n`);
const database = await startTestDatabase();
const toBeMet: readonly string[] =
  kind === 'corruptions' ? [] : kind === 'restores' ? RESTORE_SITUATIONS : SITUATIONS;
const met = new Map(toBeMet.map((situation) => [situation, 0]));
const run = (...given: Parameters<typeof runSchedule>): Promise<ReadonlyMap<string, number>> => {
  if (kind === 'restores') return runTornRestore(...given);
  return kind === 'corruptions' ? corruptPeer(given[1], CORRUPTIONS_OF_A_PEER) : runSchedule(...given);
};
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
      `repeat it with: npm run test:faults --${kind === undefined ? '' : ` --${kind}`} --runs 1 --seed ${seed} --trace`,
    );
  }
});
await database.stop();
for (const [situation, times] of met) print(`${String(times).padStart(8)}  ${situation}`);
print(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
