import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { errorMessage, systemCode } from '../../functions/shared/runtime/error-text.ts';
import { HostError } from '../support/host-error.ts';
import { BUSY_MS, checkDatabase } from './database-file.ts';
import { type Address, DynamoDBProcess, freePort, LOCALHOST } from './dynamodb-process.ts';

const START_ATTEMPTS = 3;

/** What the embedded DynamoDB is started with. */
export interface EmbeddedOptions {
  /** The dynoxide that runs; by default the one that `findDynoxide` finds. */
  binary?: string | undefined;
  /** Where its data is kept; without one it is kept in memory. */
  databaseFile?: string;
}

/**
 * Starts the embedded DynamoDB, where a web page cannot find it.
 *
 * @throws HostError where there is no binary for this platform, or the file cannot be used
 */
export async function startEmbeddedDynamoDB({
  binary = findDynoxide(process.platform, process.arch),
  databaseFile,
}: EmbeddedOptions = {}): Promise<DynamoDBProcess> {
  if (binary === undefined) {
    throw new HostError(`there is no dynoxide for ${process.platform}-${process.arch}`);
  }
  if (databaseFile !== undefined) checkDatabase(databaseFile);
  for (let attempt = 1; ; attempt += 1) {
    const address = await hiddenAddress();
    const place = ['--host', address.host, '--port', String(address.port)];
    const options = databaseFile === undefined ? [] : ['--db-path', databaseFile];
    const outcome = await DynamoDBProcess.start(address, [binary, 'serve', ...place, ...options]);
    if (!('problem' in outcome)) {
      if (databaseFile === undefined) return outcome;
      return withIndex(outcome, databaseFile);
    }
    // Another process may have taken the port since it was found free.
    if (attempt < START_ATTEMPTS && /already in use/.test(outcome.problem)) continue;
    throw new HostError(
      databaseFile === undefined
        ? `the embedded DynamoDB did not start: ${outcome.problem}`
        : `the embedded DynamoDB cannot use ${databaseFile}: ${outcome.problem}`,
    );
  }
}

/**
 * An address that pages in a browser cannot find. The embedded DynamoDB asks for no key, and lets every page
 * read its answers. Linux has 16 million addresses for itself, of which this is any. Where there is only
 * 127.0.0.1, the port alone is hidden.
 *
 * @param host which address is wanted, for tests
 */
export async function hiddenAddress(host = randomLoopback()): Promise<Address> {
  try {
    return { host, port: await freePort(host) };
  } catch (error) {
    if (systemCode(error) !== 'EADDRNOTAVAIL') throw error;
    return { host: LOCALHOST, port: await freePort() };
  }
}

function randomLoopback(): string {
  return `127.${randomInt(0, 256)}.${randomInt(0, 256)}.${randomInt(1, 255)}`;
}

/**
 * The binary of the embedded DynamoDB: the one that npm installed for this platform, else one on the path.
 *
 * @param path folders, as the environment variable PATH lists them
 * @returns nothing where there is neither
 */
export function findDynoxide(
  platform: string,
  architecture: string,
  path = process.env['PATH'] ?? '',
): string | undefined {
  const program = platform === 'win32' ? 'dynoxide.exe' : 'dynoxide';
  try {
    const require = createRequire(import.meta.url);
    return join(dirname(require.resolve(`@dynoxide/${platform}-${architecture}/package.json`)), program);
  } catch {
    // Not installed: npm installs optional packages for the platforms that they are made for.
  }
  return path
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, program))
    .find((candidate) => existsSync(candidate));
}

async function withIndex(database: DynamoDBProcess, databaseFile: string): Promise<DynamoDBProcess> {
  try {
    indexStream(databaseFile);
    return database;
  } catch (error) {
    await database.stop();
    throw error;
  }
}

/**
 * Gives the stream's records the index that dynoxide lacks; no request to it could. It looks for the highest sequence number at
 * every write, among all records of the table: without an index each message is slower to record than the
 * one before it, by 20,000 messages fifteen times slower than the first.
 *
 * @param databaseFile that of a dynoxide which runs
 * @throws HostError where it is none
 */
export function indexStream(databaseFile: string): void {
  let database: DatabaseSync | undefined;
  try {
    // SQLite would make a file that is not there.
    if (!existsSync(databaseFile)) throw new Error('there is no such file');
    database = new DatabaseSync(databaseFile, { timeout: BUSY_MS });
    database.exec(
      'CREATE INDEX IF NOT EXISTS _stream_records_in_order ' +
        'ON _stream_records (table_name, CAST(sequence_number AS INTEGER))',
    );
  } catch (error) {
    throw new HostError(`the database ${databaseFile} cannot be used: ${errorMessage(error)}`, {
      cause: error,
    });
  } finally {
    database?.close();
  }
}
