import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';

/** A DynamoDB that runs as a child process, on 127.0.0.1. */
export interface EmbeddedDynamoDB {
  endpoint: string;
  /** Resolves when the process has ended, whether it was stopped or died. */
  ended: Promise<void>;
  stop(): Promise<void>;
}

/** The embedded DynamoDB cannot run here; the message says what to do about it. */
export class EmbeddedDynamoDBError extends Error {
  override name = 'EmbeddedDynamoDBError';
}

// Ends the database when this process ends in whatever way, `kill -9` included: then its standard input,
// which is ours, is closed. A child that is only signalled would live on.
const SUPERVISED =
  'exec 3<&0; "$0" "$@" & child=$!; { cat <&3 >/dev/null; kill "$child" 2>/dev/null; } & wait "$child"';

const START_ATTEMPTS = 3;
const READY_WITHIN_MS = 10_000;

/**
 * Starts the embedded DynamoDB.
 *
 * @param databaseFile where its data is kept; without one it is kept in memory
 * @throws EmbeddedDynamoDBError where there is no binary for this platform, or the file cannot be used
 */
export async function startEmbeddedDynamoDB(databaseFile?: string): Promise<EmbeddedDynamoDB> {
  const binary = findBinary(process.platform, process.arch, process.env['PATH'] ?? '');
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const options = databaseFile === undefined ? [] : ['--db-path', databaseFile];
    const outcome = await startOn(port, [binary, 'serve', '--port', String(port), ...options]);
    if (!('problem' in outcome)) {
      if (databaseFile !== undefined) indexStream(databaseFile);
      return outcome;
    }
    // Another process may have taken the port since it was found free.
    if (attempt < START_ATTEMPTS && /already in use/.test(outcome.problem)) continue;
    throw new EmbeddedDynamoDBError(
      databaseFile === undefined
        ? `the embedded DynamoDB did not start: ${outcome.problem}`
        : `the embedded DynamoDB cannot use ${databaseFile}: ${outcome.problem}`,
    );
  }
}

/**
 * The binary of the embedded DynamoDB: the one that npm installed for this platform, else one on the path.
 *
 * @throws EmbeddedDynamoDBError where there is neither
 */
export function findBinary(platform: string, architecture: string, path: string): string {
  const packageName = `@dynoxide/${platform}-${architecture}`;
  try {
    const require = createRequire(import.meta.url);
    return join(dirname(require.resolve(`${packageName}/package.json`)), 'dynoxide');
  } catch {
    // Not installed: npm installs optional packages for the platforms that they are made for.
  }
  for (const folder of path.split(delimiter)) {
    const candidate = join(folder, 'dynoxide');
    if (folder !== '' && existsSync(candidate)) return candidate;
  }
  throw new EmbeddedDynamoDBError(
    [
      `there is no embedded DynamoDB for this platform (${platform}-${architecture}).`,
      `Either install it:        npm install --no-save ${packageName}   (or put a dynoxide binary on the PATH)`,
      'or use another DynamoDB:  npm start -- --dynamodb-endpoint http://127.0.0.1:8000',
      '                          which `npm run dynamodb-local` starts, where Java 17 is installed',
    ].join('\n'),
  );
}

/**
 * Gives the stream's records the index that dynoxide lacks. It looks for the highest sequence number at
 * every write, among all records of the table: without an index each message is slower to record than the
 * one before it, by 20,000 messages fifteen times slower than the first.
 */
function indexStream(databaseFile: string): void {
  const database = new DatabaseSync(databaseFile, { timeout: 5_000 });
  try {
    database.exec(
      'CREATE INDEX IF NOT EXISTS _stream_records_in_order ' +
        'ON _stream_records (table_name, CAST(sequence_number AS INTEGER))',
    );
  } finally {
    database.close();
  }
}

/**
 * Starts a DynamoDB as a child process, which ends when this process ends.
 *
 * @param port a free one, on which the command makes it listen
 * @param command the program and its arguments
 * @returns once it answers; where it does not start, what it said about that
 */
export async function startOn(
  port: number,
  command: readonly string[],
  readyWithinMs: number = READY_WITHIN_MS,
): Promise<EmbeddedDynamoDB | { problem: string }> {
  const child = spawn('sh', ['-c', SUPERVISED, ...command], {
    stdio: ['pipe', 'ignore', 'pipe'],
    // A process group of its own: Ctrl-C is for us, and the database goes when we have finished.
    detached: true,
  });
  // It is closed when the child is gone.
  child.stdin?.on('error', () => {});
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2_000);
  });
  const ended = once(child, 'close').then(() => {
    child.stdin?.destroy();
  });
  const endpoint = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + readyWithinMs;
  while (!(await answers(endpoint))) {
    if (child.exitCode !== null || child.signalCode !== null) {
      await ended;
      return { problem: said.replace(/^.*?error: /s, '').trim() || `it ended with ${child.exitCode}` };
    }
    if (Date.now() > deadline) {
      child.stdin?.destroy();
      await ended;
      return { problem: `it did not answer within ${readyWithinMs / 1000} seconds` };
    }
    await pause(10);
  }
  return { endpoint, ended, stop: () => stop(child, ended) };
}

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.stdin?.end();
  await ended;
}

async function answers(endpoint: string): Promise<boolean> {
  try {
    await (await fetch(endpoint)).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

/** A port of 127.0.0.1 that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return address.port;
}
