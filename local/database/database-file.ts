import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { errorMessage } from '../../functions/shared/runtime/error-text.ts';
import { HostError } from '../support/host-error.ts';
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
