import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { errorMessage } from '../../functions/shared/runtime/error-text.ts';
import { HostError } from '../support/host-error.ts';
import { OWNER_ALONE } from '../support/owner-alone.ts';
import { isDamage } from '../support/sqlite-error.ts';

/** How long SQLite waits for another one that uses the same file, in milliseconds. */
export const BUSY_MS = 5_000;

/**
 * Looks a database file through, where there is one. A damaged one would otherwise be found out in the midst
 * of counting.
 *
 * @throws HostError where it is damaged, or cannot be read
 */
export function checkDatabase(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) return;
  // SQLite would take it for a new database, and all that was counted would be gone without a word.
  if (found.size === 0) throw damaged(file, 'it is empty');
  const problem = problemOf(file);
  if (problem !== undefined) throw damaged(file, problem);
}

function problemOf(file: string): string | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { timeout: BUSY_MS });
    const { quick_check: found } = database.prepare('PRAGMA quick_check(1)').get() ?? {};
    return found === 'ok' ? undefined : String(found);
  } catch (error) {
    if (isDamage(error)) return errorMessage(error);
    throw new HostError(`cannot use ${file}: ${errorMessage(error)}`, { cause: error });
  } finally {
    database?.close();
  }
}

function damaged(file: string, problem: string): HostError {
  const [line = ''] = problem.split('\n');
  return new HostError(
    `${file} is damaged (${line}): put a copy of the whole data folder in its place, ` +
      'or begin anew with `npm start -- --fresh`, which loses what was counted',
  );
}

/** A database file, and the file beside it which tells that it is to be compacted. */
export interface CompactableDatabase {
  databaseFile: string;
  compactFile: string;
}

/** While one of this size is compacted, a DynamoDB that runs on it waits for about a second, and fails no request. */
const COMPACTED_BESIDE_BYTES = 100_000_000;

/**
 * Makes sure that what is deleted from now on, and what was before, does not stay in free parts of a database file, whatever
 * happens to this process: whoever starts the database next compacts it first.
 */
export function askToCompact({ databaseFile, compactFile }: CompactableDatabase): void {
  if (!existsSync(databaseFile)) return;
  writeFileSync(compactFile, 'What was deleted here is to leave nothing behind.\n', {
    mode: OWNER_ALONE.file,
  });
}

/**
 * Compacts a database file, where that was asked for.
 *
 * @param isInUse whether a DynamoDB runs on it: then a large one is left as it is
 * @param largest in bytes, for tests
 * @returns why it still has to be compacted; nothing where it has not
 */
export function compactIfAsked(
  { databaseFile, compactFile }: CompactableDatabase,
  { isInUse, largest = COMPACTED_BESIDE_BYTES }: { isInUse: boolean; largest?: number },
): string | undefined {
  if (!existsSync(compactFile)) return undefined;
  const found = statSync(databaseFile, { throwIfNoEntry: false });
  // One that is empty is damaged, as whoever starts it says.
  if (found === undefined || found.size === 0) return undefined;
  if (isInUse && found.size > largest) return 'it is large, and in use';
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(databaseFile, { timeout: BUSY_MS });
    database.exec('VACUUM');
    const { busy } = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() ?? {};
    if (busy !== 0) return 'it is in use';
    rmSync(compactFile, { force: true });
    return undefined;
  } catch (error) {
    return errorMessage(error);
  } finally {
    database?.close();
  }
}
