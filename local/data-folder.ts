import { constants } from 'node:fs';
import { access, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { readIfThere, writeDurably } from './durable-file.ts';
import { HostError, systemCode } from './host-error.ts';

/** The folder in which the local host keeps its data, open for this process alone. */
export interface DataFolder {
  path: string;
  databaseFile: string;
  checkpointFile: string;
  apiKeyFile: string;
  sampleFile: string;
  logFile: string;
  failedBatchesFolder: string;
  /** Lets the next host in. */
  close(): void;
}

const MARKER = 'channel-usage-analytics';
const MARKER_TEXT = `The data of Channel Usage Analytics' local host.
It starts anew with \`npm start -- --fresh\`, or when this whole folder is deleted.
`;
const LOCK = 'host.lock';
const PROCESS_ID = 'host.pid';

/** Everything that a host leaves in its folder beside the marker and the lock. */
const CONTENTS = {
  databaseFile: 'dynamodb.sqlite',
  checkpointFile: 'checkpoint.json',
  apiKeyFile: 'api-key',
  sampleFile: 'sample.json',
  logFile: 'host.log',
  failedBatchesFolder: 'failed-batches',
};
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
      await writeDurably(join(path, PROCESS_ID), `${process.pid}\n`);
      await mkdir(join(path, CONTENTS.failedBatchesFolder), { recursive: true });
    } catch (error) {
      lock.close();
      throw error;
    }
    return {
      path,
      databaseFile: join(path, CONTENTS.databaseFile),
      checkpointFile: join(path, CONTENTS.checkpointFile),
      apiKeyFile: join(path, CONTENTS.apiKeyFile),
      sampleFile: join(path, CONTENTS.sampleFile),
      logFile: join(path, CONTENTS.logFile),
      failedBatchesFolder: join(path, CONTENTS.failedBatchesFolder),
      close: () => lock.close(),
    };
  } catch (error) {
    const code = systemCode(error);
    if (error instanceof HostError || code === undefined) throw error;
    throw new HostError(`cannot use the data folder ${path}: ${PROBLEMS[code] ?? code}`, { cause: error });
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
    throw new HostError(
      `the data folder ${path} is in use by another local host` +
        `${processId === undefined ? '' : ` (process ${processId})`}; stop it, or choose another one with --data`,
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
