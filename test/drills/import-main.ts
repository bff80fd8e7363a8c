import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { cleanUp, startLocalHost, temporaryFolder } from '../support/host/local-host.ts';
import { drillImport, type ImportDrill } from './import-drill.ts';

// npm run drill:import: that an import which is killed again and again ends with exactly what is in the file.

const options = new Command('npm run drill:import --')
  .description(
    'Starts a local host, imports a large file of JSON Lines into it with the command as it is built, kills that at' +
      ' moments that follow from the seed, and compares channels, days and conversations with the truth.',
  )
  .option('--lines <number>', 'how many lines the file has', parseNumber, 100_000)
  .option('--kills <number>', 'how often the command is killed', parseNumber, 10)
  .option('--seed <number>', 'of the messages and the moments', parseNumber, 1)
  .allowExcessArguments(false)
  .showHelpAfterError()
  .parse()
  .opts<ImportDrill>();
process.exitCode = await main();

async function main(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'import-drill-'));
  try {
    const host = await startLocalHost({ dataFolder: await temporaryFolder(), options: ['--no-sample'] });
    const {
      kills,
      problems,
      export: written,
      requests,
      seconds,
      peakBytes,
    } = await drillImport(host, folder, options);
    const lines = [
      `${options.lines} lines: ${written.messages} messages, ${written.repeated} repeated, ${written.refused} refused`,
      ...kills.map((kill) => `killed: ${kill}`),
      `${requests} requests before the last run; ${Math.round(seconds)} seconds in all, until everything was counted`,
      `the command had ${Math.round(peakBytes / 1_048_576)} MB at most in its last run`,
      ...(problems.length === 0 ? ['every figure is exact'] : problems.map((problem) => `WRONG: ${problem}`)),
    ];
    process.stdout.write(lines.map((line) => `${line}\n`).join(''));
    return problems.length === 0 ? 0 : 1;
  } finally {
    await cleanUp();
    await rm(folder, { recursive: true, force: true });
  }
}

function parseNumber(text: string): number {
  if (!/^\d{1,7}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 0 on.');
  return Number(text);
}
