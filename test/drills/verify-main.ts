import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { startTestDatabase } from '../support/database/database.ts';
import { drillVerify, type VerifyDrill } from './verify-drill.ts';

// npm run drill:verify: that what is planted among many messages is found, and nothing else, and what that reads.

const options = new Command('npm run drill:verify --')
  .description(
    'Counts messages of a peer on a database in memory, makes some of a list of them differ, and lets the command verify' +
      ' find these over HTTP. A million messages take some minutes, and 3 GB.',
  )
  .option('--messages <number>', 'how many there are', parseNumber, 1_000_000)
  .option('--days <number>', 'on how many days they are', parseNumber, 360)
  .option('--differences <number>', 'how many of them differ', parseNumber, 25)
  .option('--seed <number>', 'of which those are', parseNumber, 1)
  .allowExcessArguments(false)
  .showHelpAfterError()
  .parse()
  .opts<VerifyDrill>();
process.exitCode = await main();

async function main(): Promise<number> {
  process.env['TEST_DATABASE'] = 'in-memory';
  const database = await startTestDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'verify-drill-'));
  try {
    const { isExact, found, places, differingPlaces, evidence, reads, peakBytes } = await drillVerify(
      database,
      folder,
      options,
    );
    const lines = [
      `${options.differences} of ${options.messages} messages differ, on ${differingPlaces} of ${places} channels and days`,
      `found: ${found} differences, ${isExact ? 'which are those' : 'which are NOT those that were planted'}`,
      `read: ${reads.fingerprints} fingerprints of the ${evidence} on these channels and days, ${reads.requests} requests`,
      `the command had ${Math.round(peakBytes / 1_048_576)} MB at most`,
    ];
    process.stdout.write(lines.map((line) => `${line}\n`).join(''));
    return isExact ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
    await database.stop();
  }
}

function parseNumber(text: string): number {
  if (!/^\d{1,7}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 0 on.');
  return Number(text);
}
