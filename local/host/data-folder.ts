import { constants } from 'node:fs';
import { access, open, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { errorMessage, systemCode } from '../../functions/shared/runtime/error-text.ts';
import { BEING_WRITTEN, readIfThere, writeDurably } from '../support/durable-file.ts';
import { fileProblem } from '../support/file-error.ts';
import { HostError } from '../support/host-error.ts';
import { closeFolder, closeToOthers, makeFolder, OWNER_ALONE, requireFile } from '../support/owner-alone.ts';
import { isDamage } from '../support/sqlite-error.ts';

/** The folder in which the local host keeps its data, open for this process alone, and closed to other people. */
export interface DataFolder {
  path: string;
  databaseFile: string;
  /** Is there while the database is to be compacted. */
  compactFile: string;
  dynamodbLocalFolder: string;
  /** Where the database answers while this folder is in use. */
  databaseEndpointFile: string;
  checkpointFile: string;
  apiKeyFile: string;
  sampleFile: string;
  logFile: string;
  failedBatchesFolder: string;
  /** All that people were told. */
  alertsFile: string;
  /** The announced days that a consumer could not take. */
  failedAnnouncementsFile: string;
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
  compactFile: 'compact-database',
  checkpointFile: 'checkpoint.json',
  apiKeyFile: 'api-key',
  sampleFile: 'sample.json',
  logFile: 'host.log',
  dynamodbLocalFolder: 'dynamodb-local',
  failedBatchesFolder: 'failed-batches',
  alertsFile: 'alerts.jsonl',
  failedAnnouncementsFile: 'failed-announcements.jsonl',
  exportsFolder: 'exports',
  reportsFolder: 'reports',
};
/** Those of them that are folders. */
const FOLDERS: readonly string[] = [
  CONTENTS.dynamodbLocalFolder,
  CONTENTS.failedBatchesFolder,
  CONTENTS.exportsFolder,
  CONTENTS.reportsFolder,
];

/** Where a data folder keeps the batches that were given up. */
export function failedBatchesFolderOf(folder: string): string {
  return join(resolve(folder), CONTENTS.failedBatchesFolder);
}

/** Where a data folder keeps its database, and how far the stream in it was counted. */
export function databaseFilesOf(
  folder: string,
): Pick<DataFolder, 'databaseFile' | 'compactFile' | 'checkpointFile'> {
  const path = resolve(folder);
  return {
    databaseFile: join(path, CONTENTS.databaseFile),
    compactFile: join(path, CONTENTS.compactFile),
    checkpointFile: join(path, CONTENTS.checkpointFile),
  };
}

/** Where a data folder keeps what is told and what is taken with: files that name peers. */
export function toldFilesOf(
  folder: string,
): Record<'exports' | 'reports' | 'alerts' | 'failedAnnouncements', string> {
  const path = resolve(folder);
  return {
    exports: join(path, CONTENTS.exportsFolder),
    reports: join(path, CONTENTS.reportsFolder),
    alerts: join(path, CONTENTS.alertsFile),
    failedAnnouncements: join(path, CONTENTS.failedAnnouncementsFile),
  };
}

/** Where a data folder keeps the days that are exported as files. */
export function exportsFolderOf(folder: string): string {
  return join(resolve(folder), CONTENTS.exportsFolder);
}

/** What SQLite keeps beside a database. */
const DATABASE_SUFFIXES = ['-wal', '-shm', '-journal'];

/**
 * Opens a data folder, which is made where there is none. Its owner alone can read it and what hosts leave in
 * it, also where that was left by a host that did not see to it.
 *
 * @param fresh empties it first
 * @throws HostError where the folder cannot be used, is in use, or holds something else
 */
export async function openDataFolder(folder: string, { fresh }: { fresh: boolean }): Promise<DataFolder> {
  const path = resolve(folder);
  try {
    await makeFolder(path);
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
    const names = await readdir(path);
    if (names.length > 0 && !names.includes(MARKER)) {
      throw new HostError(
        `${path} is not empty, and not a data folder of this program; choose another one with --data`,
      );
    }
    await closeFolder(path);
    await closeContents(path);
    if (!names.includes(MARKER)) await writeDurably(join(path, MARKER), MARKER_TEXT);
    const lock = await lockFolder(path);
    try {
      if (fresh) await empty(path);
      await rm(join(path, DATABASE_ENDPOINT), { force: true });
      await writeDurably(join(path, PROCESS_ID), `${process.pid}\n`);
      await makeFolder(failedBatchesFolderOf(path));
    } catch (error) {
      lock.close();
      throw error;
    }
    return {
      path,
      databaseFile: join(path, CONTENTS.databaseFile),
      compactFile: join(path, CONTENTS.compactFile),
      dynamodbLocalFolder: join(path, CONTENTS.dynamodbLocalFolder),
      databaseEndpointFile: join(path, DATABASE_ENDPOINT),
      checkpointFile: join(path, CONTENTS.checkpointFile),
      apiKeyFile: join(path, CONTENTS.apiKeyFile),
      sampleFile: join(path, CONTENTS.sampleFile),
      logFile: join(path, CONTENTS.logFile),
      failedBatchesFolder: failedBatchesFolderOf(path),
      alertsFile: join(path, CONTENTS.alertsFile),
      failedAnnouncementsFile: join(path, CONTENTS.failedAnnouncementsFile),
      close: () => lock.close(),
    };
  } catch (error) {
    throw unusable(path, error);
  }
}

/** Whether a folder is one in which a local host has kept data. @throws HostError where it cannot be read */
export async function isDataFolder(folder: string): Promise<boolean> {
  try {
    await access(join(folder, MARKER), constants.R_OK);
    return true;
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw unusable(folder, error);
  }
}

function unusable(path: string, error: unknown): unknown {
  const isMissing = systemCode(error) === 'ENOENT';
  const problem = isMissing ? 'it is not there, and cannot be made' : fileProblem(error);
  if (problem === undefined || error instanceof HostError) return error;
  return new HostError(`cannot use the data folder ${path}: ${problem}`, { cause: error });
}

/**
 * Takes the folder's lock: an exclusive one on an SQLite database, which the system releases when the
 * process ends in whatever way. A file with a process id alone would outlive a `kill -9`, and lie as soon
 * as that id belongs to another process.
 */
async function lockFolder(path: string): Promise<DatabaseSync> {
  const file = join(path, LOCK);
  // SQLite would make it as open as the umask lets it be.
  await (await open(file, 'a', OWNER_ALONE.file)).close();
  const lock = new DatabaseSync(file);
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    if (systemCode(error) !== 'ERR_SQLITE_ERROR') throw error;
    if (!/locked/.test(String(error))) {
      const problem = isDamage(error)
        ? `${file} is damaged: delete it, which loses nothing`
        : `cannot use ${file}: ${errorMessage(error)}`;
      throw new HostError(problem, { cause: error });
    }
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
  for (const name of [...dataFiles(), ...FOLDERS]) {
    await rm(join(path, name), { recursive: true, force: true });
  }
}

/** Closes to others what earlier hosts have left; nothing that somebody put into the folder beside it. */
async function closeContents(path: string): Promise<void> {
  const files = [...dataFiles(), ...withTemporary([MARKER, LOCK, PROCESS_ID, DATABASE_ENDPOINT])];
  for (const name of files) {
    await requireFile(join(path, name));
    await closeToOthers(join(path, name));
  }
  for (const name of FOLDERS) await closeToOthers(join(path, name));
}

function dataFiles(): string[] {
  const files = Object.values(CONTENTS).filter((name) => !FOLDERS.includes(name));
  const database = DATABASE_SUFFIXES.map((suffix) => `${CONTENTS.databaseFile}${suffix}`);
  return [...withTemporary(files), ...database];
}

function withTemporary(names: readonly string[]): string[] {
  return names.flatMap((name) => [name, `${name}${BEING_WRITTEN}`]);
}
