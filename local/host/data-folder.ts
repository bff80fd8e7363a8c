import { constants } from 'node:fs';
import { access, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { systemCode } from '../../functions/shared/runtime/error-text.ts';
import { readIfThere, writeDurably } from '../support/durable-file.ts';
import { HostError } from '../support/host-error.ts';

/** The folder in which the local host keeps its data, open for this process alone. */
export interface DataFolder {
  path: string;
  databaseFile: string;
  /** Where the database answers while this folder is in use. */
  databaseEndpointFile: string;
  checkpointFile: string;
  apiKeyFile: string;
  sampleFile: string;
  logFile: string;
  failedBatchesFolder: string;
  /** Lets the next host in. */
  close(): void;
}

/** Another process has the folder. */
export class DataFolderInUseError extends HostError {
  override name = 'DataFolderInUseError';
  /** Where its database answers, as soon as it does. */
  readonly databaseEndpoint: string | undefined;

  constructor(message: string, { databaseEndpoint }: { databaseEndpoint: string | undefined }) {
    super(message);
    this.databaseEndpoint = databaseEndpoint;
  }
}

const MARKER = 'channel-usage-analytics';
const MARKER_TEXT = `The data of Channel Usage Analytics' local host.
It starts anew with \`npm start -- --fresh\`, or when this whole folder is deleted.
`;
const LOCK = 'host.lock';
const PROCESS_ID = 'host.pid';
const DATABASE_ENDPOINT = 'database-endpoint';

/** Everything that a host leaves in its folder beside the marker and the lock. */
const CONTENTS = {
  databaseFile: 'dynamodb.sqlite',
  checkpointFile: 'checkpoint.json',
  apiKeyFile: 'api-key',
  sampleFile: 'sample.json',
  logFile: 'host.log',
  failedBatchesFolder: 'failed-batches',
};
/** Where a data folder keeps the batches that were given up. */
export function failedBatchesFolderOf(folder: string): string {
  return join(resolve(folder), CONTENTS.failedBatchesFolder);
}

/** What SQLite keeps beside a database. */
const DATABASE_SUFFIXES = ['-wal', '-shm', '-journal'];

/**
 * Opens a data folder, which is made where there is none.
 *
 * @param fresh empties it first
 * @throws HostError where the folder cannot be used, is in use, or holds something else
 */
export async function openDataFolder(folder: string, { fresh }: { fresh: boolean }): Promise<DataFolder> {
  const path = resolve(folder);
  try {
    await mkdir(path, { recursive: true });
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
    const names = await readdir(path);
    if (names.length > 0 && !names.includes(MARKER)) {
      throw new HostError(
        `${path} is not empty, and not a data folder of this program; choose another one with --data`,
      );
    }
    await writeFile(join(path, MARKER), MARKER_TEXT);
    const lock = await lockFolder(path);
    try {
      if (fresh) await empty(path);
      await rm(join(path, DATABASE_ENDPOINT), { force: true });
      await writeDurably(join(path, PROCESS_ID), `${process.pid}\n`);
      await mkdir(failedBatchesFolderOf(path), { recursive: true });
    } catch (error) {
      lock.close();
      throw error;
    }
    return {
      path,
      databaseFile: join(path, CONTENTS.databaseFile),
      databaseEndpointFile: join(path, DATABASE_ENDPOINT),
      checkpointFile: join(path, CONTENTS.checkpointFile),
      apiKeyFile: join(path, CONTENTS.apiKeyFile),
      sampleFile: join(path, CONTENTS.sampleFile),
      logFile: join(path, CONTENTS.logFile),
      failedBatchesFolder: failedBatchesFolderOf(path),
      close: () => lock.close(),
    };
  } catch (error) {
    const code = systemCode(error);
    if (error instanceof HostError || code === undefined) throw error;
    throw unusable(path, code, error);
  }
}

const PROBLEMS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EEXIST: 'it is not a folder',
  ENOTDIR: 'it is not a folder',
};

/** Whether a folder is one in which a local host has kept data. @throws HostError where it cannot be read */
export async function isDataFolder(folder: string): Promise<boolean> {
  try {
    await access(join(folder, MARKER), constants.R_OK);
    return true;
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw code === undefined ? error : unusable(folder, code, error);
  }
}

function unusable(path: string, code: string, cause: unknown): HostError {
  return new HostError(`cannot use the data folder ${path}: ${PROBLEMS[code] ?? code}`, { cause });
}

/**
 * Takes the folder's lock: an exclusive one on an SQLite database, which the system releases when the
 * process ends in whatever way. A file with a process id alone would outlive a `kill -9`, and lie as soon
 * as that id belongs to another process.
 */
async function lockFolder(path: string): Promise<DatabaseSync> {
  const lock = new DatabaseSync(join(path, LOCK));
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    if (systemCode(error) !== 'ERR_SQLITE_ERROR' || !/locked/.test(String(error))) throw error;
    const processId = (await readIfThere(join(path, PROCESS_ID)))?.trim();
    throw new DataFolderInUseError(
      `the data folder ${path} is in use by another local host` +
        `${processId === undefined ? '' : ` (process ${processId})`}; stop it, or choose another one with --data`,
      { databaseEndpoint: (await readIfThere(join(path, DATABASE_ENDPOINT)))?.trim() },
    );
  }
}

/** Deletes by name what hosts leave: nothing that somebody put into the folder beside it. */
async function empty(path: string): Promise<void> {
  const names = [
    ...Object.values(CONTENTS),
    ...DATABASE_SUFFIXES.map((suffix) => `${CONTENTS.databaseFile}${suffix}`),
  ];
  for (const name of names) await rm(join(path, name), { recursive: true, force: true });
}
