import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { TestDatabase } from '../../support/database/database.ts';
import type { CounterKind } from './any-counter.ts';
import { type CounterOutcome, runCounterPlan, runCounterSchedule } from './counter-schedule.ts';
import { knownFaultsOf } from './known-faults.ts';
import { describeWrong } from './messages.ts';
import { shrink } from './shrink.ts';

/** There is nothing to put under schedules. */
export class NoCounterError extends Error {
  override name = 'NoCounterError';
}

/** Which schedules, of which counters. */
export interface CounterOptions {
  /** A module that exports one counter or several, or lists of them. */
  file: string;
  /** The first seed, and how many. */
  seed: number;
  runs: number;
  print(line: string): void;
}

/**
 * Puts all counters of a module under random schedules, each until it is wrong in one. Of that it tells the shortest
 * schedule that was found, step by step, and the known faults by their names.
 *
 * @returns whether all of them are right
 * @throws NoCounterError where there is no module, or one that exports no counter
 */
export async function putUnderSchedules(database: TestDatabase, options: CounterOptions): Promise<boolean> {
  let areRight = true;
  for (const kind of await countersOf(options.file)) {
    if (!(await isRight(database, kind, options))) areRight = false;
  }
  return areRight;
}

async function isRight(database: TestDatabase, kind: CounterKind, options: CounterOptions): Promise<boolean> {
  const { file, seed: first, runs, print } = options;
  print(kind.name);
  for (let seed = first; seed < first + runs; seed += 1) {
    const outcome = await runCounterSchedule(database, kind, seed);
    if (outcome.wrong.length === 0) continue;
    print(`seed ${seed} failed: ${outcome.wrong.length} of ${outcome.figures} figures are wrong`);
    for (const figure of outcome.wrong) print(`  ${describeWrong(figure)}`);
    await tellShortest(database, kind, outcome, print);
    const known = await knownFaultsOf(database, kind);
    if (known.length > 0) print('known faults:');
    for (const { name, told } of known) print(`  ${name}: ${told}`);
    print(`repeat it with: npm run test:faults -- --counter ${file} --runs 1 --seed ${seed}`);
    return false;
  }
  print(`  right in ${runs} schedules`);
  return true;
}

async function tellShortest(
  database: TestDatabase,
  kind: CounterKind,
  { plan }: CounterOutcome,
  print: (line: string) => void,
): Promise<void> {
  const shortest = await shrink(database, kind, plan);
  if (shortest === undefined) {
    print('no shorter schedule was found: it is right once calls come in another order');
    return;
  }
  print('the shortest schedule that was found in which it is wrong:');
  let steps = 0;
  await runCounterPlan(database, kind, shortest, (line) => {
    steps += 1;
    print(`${String(steps).padStart(4)}  ${line}`);
  });
}

/** The counters that a module exports, by themselves or in lists. */
async function countersOf(file: string): Promise<CounterKind[]> {
  const path = resolve(file);
  if (!existsSync(path)) throw new NoCounterError(`${file} is not there`);
  const exported: unknown = await import(pathToFileURL(path).href);
  const found = new Set(Object.values(Object(exported)).flat().filter(isCounterKind));
  if (found.size === 0)
    throw new NoCounterError(`${file} exports no counter: an object with a name and setUp(database)`);
  return [...found];
}

function isCounterKind(value: unknown): value is CounterKind {
  const { name, setUp } = Object(value);
  return typeof name === 'string' && typeof setUp === 'function';
}
