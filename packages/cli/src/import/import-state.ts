import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DAY_MS, type EpochMillis } from '../../../../functions/shared/domain/utc-day.ts';
import { HostError } from '../../../../local/support/host-error.ts';
import { closeFolder, makeFolder } from '../../../../local/support/owner-alone.ts';
import type { CliContext } from '../cli-context.ts';
import { UsageError } from '../exit-codes.ts';
import { removeSpool, Spool, SpoolWriter } from './spool.ts';
import { isHeldByOther, storageProblem } from './storage-problem.ts';

/** What was begun so long ago and not gone on with since is not kept any longer. */
const KEPT_DAYS = 30;

/** Where imports keep what they have read until all of it is recorded. */
export function stateFolder(
  given: string | undefined,
  { environment, home }: Pick<CliContext, 'environment' | 'home'>,
): string {
  if (given !== undefined) return join(given, 'imports');
  const { XDG_STATE_HOME: state = '' } = environment;
  // A relative one is to be ignored, says the specification.
  return join(isAbsolute(state) ? state : join(home, '.local', 'state'), 'channel-usage', 'imports');
}

/**
 * What an import keeps on this machine, for its owner alone. As long as this is open nobody else has it; a process that is
 * killed leaves no lock behind.
 */
export class ImportState {
  readonly #lock: DatabaseSync;
  readonly #spoolFile: string;
  /** Where what is refused is written, unless another file is named. */
  readonly refusedFile: string;

  private constructor(folder: string, name: string, lock: DatabaseSync) {
    this.#lock = lock;
    this.#spoolFile = join(folder, `${name}.spool`);
    this.refusedFile = join(folder, `${name}.refused.jsonl`);
  }

  /**
   * @param name which import it is
   * @throws UsageError where the folder cannot be used, or another process is at the same import
   */
  static async open(folder: string, name: string, now: EpochMillis): Promise<ImportState> {
    return inStorage(folder, async () => {
      await makeFolder(folder);
      await closeFolder(folder);
      removeOldOnes(folder, now);
      return new ImportState(folder, name, locked(join(folder, `${name}.lock`)));
    });
  }

  /** What was read before and is not recorded yet; nothing where there is none, or where it cannot be read any more. */
  spool(): Spool | undefined {
    if (!existsSync(this.#spoolFile)) return undefined;
    try {
      return new Spool(this.#spoolFile);
    } catch {
      // Whatever is wrong with it: the export itself is there to be read again.
      this.removeSpool();
      return undefined;
    }
  }

  /** Begins to write what is read. @throws Error of the system or of SQLite */
  newSpool(): SpoolWriter {
    this.removeSpool();
    return new SpoolWriter(this.#spoolFile);
  }

  removeSpool(): void {
    removeSpool(this.#spoolFile);
  }

  /** Of an earlier run that had refused something. */
  removeRefused(): void {
    rmSync(this.refusedFile, { force: true });
  }

  close(): void {
    if (this.#lock.isOpen) this.#lock.close();
  }
}

/**
 * Does something with the state of an import.
 *
 * @throws UsageError where the folder or a file in it cannot be written, or is full
 */
export async function inStorage<Result>(folder: string, use: () => Promise<Result>): Promise<Result> {
  try {
    return await use();
  } catch (error) {
    if (error instanceof HostError) throw new UsageError(error.message, error);
    const problem = storageProblem(error);
    if (problem === undefined) throw error;
    throw new UsageError(
      `cannot keep in ${folder} what is read: ${problem}; choose another folder with --state`,
      error,
    );
  }
}

/** A lock of the operating system, which ends with the process. Its file is empty, and stays. */
function locked(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec('pragma journal_mode = memory; pragma locking_mode = exclusive; begin exclusive');
    return database;
  } catch (error) {
    database.close();
    if (!isHeldByOther(error)) throw error;
    throw new UsageError(
      'another process is importing the same files for this peer: wait for it, or stop it',
    );
  }
}

/** What nobody goes on with holds ids of messages. */
function removeOldOnes(folder: string, now: EpochMillis): void {
  for (const name of readdirSync(folder)) {
    if (!/\.(spool(\.reading|-wal|-shm)?|part)$/.test(name)) continue;
    const file = join(folder, name);
    const changed = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? now;
    if (changed < now - KEPT_DAYS * DAY_MS) rmSync(file, { force: true });
  }
}
