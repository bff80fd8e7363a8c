import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { mapConcurrently } from '../../functions/shared/runtime/concurrency.ts';
import type { Scope } from './explorer.ts';
import { SCENARIOS } from './scenarios.ts';
import { exploreScopes, SCOPES } from './scopes.ts';
import type { Scenario } from './world.ts';

// npm run test:exhaustive [-- --only WORDS --scope small|full]: tries every schedule of the scenarios whose name has
// these words, and says how many there were. Where something is wrong, it shows the shortest schedule in
// which it is, step by step.

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    scope: { type: 'string', default: 'full' },
  },
});
const { only, scope } = values;
const scenarios = SCENARIOS.filter(({ name }) => name.includes(only));
if ((scope !== 'small' && scope !== 'full') || scenarios.length === 0) {
  process.stderr.write('--scope must be small or full, and --only words of the name of a scenario:\n');
  for (const { name } of SCENARIOS) process.stderr.write(`  ${name}\n`);
  process.exit(2);
}
const print = (line: string) => process.stdout.write(`${line}\n`);

/** Tries the schedules of one scenario. @returns whether all of them are right */
async function isRight(scenario: Scenario, scopes: readonly Scope[]): Promise<boolean> {
  let isFine = true;
  const begun = process.cpuUsage();
  print(scenario.name);
  await exploreScopes(scenario, scopes, ({ preemptions, faults }, found) => {
    const { schedules, states, pruned, executed, violation } = found;
    const within = `preemptions: ${preemptions}, faults: ${faults}`;
    if (violation === undefined) {
      print(
        `  ${within}: ${schedules} schedules through ${states} states; ${executed} were executed, ` +
          `and ${pruned} times a state was met again`,
      );
      return;
    }
    isFine = false;
    print(`schedule failed: ${violation.problem} (${scenario.name}; ${within})`);
    for (const [index, step] of violation.steps.entries()) print(`${String(index + 1).padStart(4)}  ${step}`);
    print(`repeat it with: npm run test:exhaustive -- --scope ${scope} --only '${scenario.name}'`);
  });
  const { user, system } = process.cpuUsage(begun);
  print(`  ${((user + system) / 1e6).toFixed(0)} s of a processor`);
  return isFine;
}

/** Does the same in a process of its own, and prints what it printed once it has ended. */
async function isRightElsewhere({ name }: Scenario): Promise<boolean> {
  const child = spawn(process.execPath, [import.meta.filename, '--scope', scope, '--only', name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [printed] = await Promise.all([text(child.stdout), once(child, 'close')]);
  print(printed.trimEnd());
  return child.exitCode === 0;
}

const [first] = scenarios;
if (first !== undefined && scenarios.length === 1) {
  process.exitCode = (await isRight(first, SCOPES[scope])) ? 0 : 1;
} else {
  const outcomes = await mapConcurrently(scenarios, availableParallelism(), isRightElsewhere);
  const failed = outcomes.filter((is) => !is).length;
  print(`${outcomes.length - failed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}
