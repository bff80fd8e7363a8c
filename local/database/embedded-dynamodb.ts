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

/**
 * Starts the embedded DynamoDB, where a web page cannot find it.
 *
 * @param databaseFile where its data is kept; without one it is kept in memory
 * @throws HostError where there is no binary for this platform, or the file cannot be used
 */
export async function startEmbeddedDynamoDB(databaseFile?: string): Promise<DynamoDBProcess> {
  const binary = findBinary(process.platform, process.arch, process.env['PATH'] ?? '');
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
 * @throws HostError where there is neither
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
  throw new HostError(
    [
      `there is no embedded DynamoDB for this platform (${platform}-${architecture}).`,
      `Either install it:        npm install --no-save ${packageName}   (or put a dynoxide binary on the PATH)`,
      'or use another DynamoDB:  npm start -- --dynamodb-endpoint http://127.0.0.1:8000',
      '                          which `npm run dynamodb-local` starts, where Java 17 is installed',
    ].join('\n'),
  );
}

async function withIndex(database: DynamoDBProcess, databaseFile: string): Promise<DynamoDBProcess> {
  try {
    indexStream(databaseFile);
    return database;
  } catch (error) {
    await database.stop();
    throw new HostError(`the database ${databaseFile} cannot be used: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}

/**
 * Gives the stream's records the index that dynoxide lacks. It looks for the highest sequence number at
 * every write, among all records of the table: without an index each message is slower to record than the
 * one before it, by 20,000 messages fifteen times slower than the first.
 */
function indexStream(databaseFile: string): void {
  const database = new DatabaseSync(databaseFile, { timeout: BUSY_MS });
  try {
    database.exec(
      'CREATE INDEX IF NOT EXISTS _stream_records_in_order ' +
        'ON _stream_records (table_name, CAST(sequence_number AS INTEGER))',
    );
  } finally {
    database.close();
  }
}
