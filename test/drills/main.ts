import { Command, InvalidArgumentError } from 'commander';
import { errorMessage } from '../../functions/shared/runtime/error-text.ts';
import { startTestDatabase } from '../support/database/database.ts';
import { COMBINATIONS, drill, live } from './restore-drill.ts';

// npm run drill:restore [-- --seed S]: what test/drills/restore.test.ts tests, for those who want to see it, with
// another life at every seed.

const { seed } = new Command('npm run drill:restore --')
  .description(
    'Restores both tables from copies of different moments, on a database in memory, follows docs/how-to/restore.md' +
      ' with the tools themselves, and compares every figure with the truth. It takes a minute or so.',
  )
  .option('--seed <number>', 'of what is lived before the accident', parseSeed, 1)
  .allowExcessArguments(false)
  .showHelpAfterError()
  .parse()
  .opts<{ seed: number }>();
process.exitCode = await main();

async function main(): Promise<number> {
  const database = await startTestDatabase();
  let failed = 0;
  try {
    const lived = await live(database, seed);
    for (const combination of COMBINATIONS) {
      try {
        const { before, after } = await drill(database, lived, combination);
        say(
          `ok      ${combination.name}: ${before} messages were counted, ${after} are in the figures again`,
        );
      } catch (error) {
        failed += 1;
        say(`FAILED  ${combination.name}: ${errorMessage(error)}`);
      }
    }
  } finally {
    await database.stop();
  }
  say('\nNot tried here: a restore in AWS, and all that docs/how-to/restore.md lists as not drilled.');
  return failed === 0 ? 0 : 1;
}

function parseSeed(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 0 on.');
  return Number(text);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
