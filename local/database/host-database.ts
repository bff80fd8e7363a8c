import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../../functions/shared/runtime/error-text.ts';
import { readIfThere, writeDurably } from '../support/durable-file.ts';
import { HostError } from '../support/host-error.ts';
import { makeFolder } from '../support/owner-alone.ts';
import { type CompactableDatabase, compactIfAsked } from './database-file.ts';
import { DynamoDBLocalError, startDynamoDBLocal } from './dynamodb-local.ts';
import { type DynamoDBProcess, freePort } from './dynamodb-process.ts';
import { findDynoxide, startEmbeddedDynamoDB } from './embedded-dynamodb.ts';
import { addressWithKey } from './local-database.ts';

/** Where a data folder keeps its database: one of the two is there, or none yet. */
export interface DatabaseFiles extends CompactableDatabase {
  /** That of the official DynamoDB Local. */
  dynamodbLocalFolder: string;
}

/** The database of a data folder, which runs. */
export interface HostDatabase extends Pick<DynamoDBProcess, 'ended' | 'stop'> {
  /** Where it answers, with the key that it wants to see, as `connectionTo` reads it. Whoever knows it can read and write all data. */
  address: string;
  /** What it is to a person, such as where it keeps its data. */
  place: string;
  /** What a person has to know of it. */
  notice?: string;
}

/** The ways to a dynoxide, for people. */
const WAYS =
  'npm install --no-save dynoxide, brew install nubo-db/tap/dynoxide, or cargo install dynoxide-rs';

/**
 * Starts the database of a data folder: the one that its data is of; where there is none yet the embedded
 * DynamoDB, and where there is no dynoxide the official DynamoDB Local, if Java is there.
 *
 * @throws HostError where it cannot be started
 */
export async function startHostDatabase({
  databaseFile,
  compactFile,
  dynamodbLocalFolder,
}: DatabaseFiles): Promise<HostDatabase> {
  const dynoxide = findDynoxide(process.platform, process.arch);
  const isOfDynamoDBLocal = await holdsDatabase(dynamodbLocalFolder);
  if (dynoxide !== undefined && !isOfDynamoDBLocal) {
    const problem = compactIfAsked({ databaseFile, compactFile }, { isInUse: false });
    const database = await startEmbeddedDynamoDB({ binary: dynoxide, databaseFile });
    const place = `the database ${databaseFile}`;
    return hostDatabase(database, database.endpoint, place, problem && notCompacted(databaseFile, problem));
  }
  if (!isOfDynamoDBLocal && existsSync(databaseFile)) {
    throw new HostError(
      `${databaseFile} is of dynoxide, and there is none here for ${platform()}: install it (${WAYS}), ` +
        'choose another folder with --data, or begin anew with `npm start -- --fresh`, which loses what was counted',
    );
  }
  try {
    return await startWithKey(dynamodbLocalFolder);
  } catch (error) {
    if (!(error instanceof DynamoDBLocalError)) throw error;
    throw new HostError(isOfDynamoDBLocal ? unopened(dynamodbLocalFolder, error) : noDatabase(error), {
      cause: error,
    });
  }
}

function platform(): string {
  return `${process.platform}-${process.arch}`;
}

function hostDatabase(
  database: DynamoDBProcess,
  address: string,
  place: string,
  notice?: string,
): HostDatabase {
  return {
    address,
    place,
    ended: database.ended,
    stop: () => database.stop(),
    ...(notice !== undefined && { notice }),
  };
}

/**
 * Starts DynamoDB Local with its data in a folder. It listens on every address of the machine and asks for no
 * secret, but shows each access key tables of its own: with one that nobody can guess, nobody finds the data.
 */
async function startWithKey(folder: string): Promise<HostDatabase> {
  const database = await startDynamoDBLocal(await freePort(), {
    folder: async () => {
      await makeFolder(folder);
      return folder;
    },
  });
  try {
    const address = addressWithKey(database.endpoint, await accessKeyOf(folder));
    return hostDatabase(database, address, `DynamoDB Local's ${folder}`, NOTICE);
  } catch (error) {
    await database.stop();
    throw error;
  }
}

const NOTICE =
  'There is no dynoxide here, and so it runs on the official DynamoDB Local, with Java: it starts and counts more slowly. docs/how-to/run-locally.md#the-database says what else is different.';

const ACCESS_KEY_FILE = 'access-key';

/** The access key to which DynamoDB Local shows the data of a folder; it is made where there is none. */
async function accessKeyOf(folder: string): Promise<string> {
  const file = join(folder, ACCESS_KEY_FILE);
  const text = (await readIfThere(file))?.trim();
  if (text !== undefined && /^[0-9a-f]{32}$/.test(text)) return text;
  if (await holdsDatabase(folder)) {
    throw new HostError(
      `${file} does not hold the key of the data beside it, which is in the name of the largest file there: ` +
        'write it back, or begin anew with `npm start -- --fresh`, which loses what was counted',
    );
  }
  const made = randomBytes(16).toString('hex');
  await writeDurably(file, `${made}\n`);
  return made;
}

/** Whether DynamoDB Local has kept data in a folder. */
async function holdsDatabase(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).some((name) => name.endsWith('.db'));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/** What cannot be compacted, as on a full disk, can be used all the same. */
function notCompacted(databaseFile: string, problem: string): string {
  return (
    `${databaseFile} could not be compacted (${problem}): what was forgotten may still be in free parts of it. ` +
    'It is tried again at the next start.'
  );
}

function unopened(folder: string, { message }: DynamoDBLocalError): string {
  return (
    `the data in ${folder} is of DynamoDB Local, which cannot run here: ${message}. ` +
    'Install it, or begin anew with `npm start -- --fresh`, which loses what was counted'
  );
}

function noDatabase({ message }: DynamoDBLocalError): string {
  return (
    `there is no database to run on. Install dynoxide, a DynamoDB in one program, for ${platform()}: ${WAYS}. ` +
    `Or install Java, and the host runs on the official DynamoDB Local by itself: ${message}. ` +
    'Or name a DynamoDB that runs: npm start -- --dynamodb-endpoint http://127.0.0.1:8000'
  );
}
