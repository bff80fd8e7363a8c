import type { ExportRecord } from './export-record.ts';
import type { ReadLimits, ReadOptions } from './read-options.ts';

/** How far the reading is, in bytes of the files as they lie there (packed ones in a ZIP). */
export interface ReadProgress {
  read: number;
  of: number;
}

/**
 * Reads what chat platforms exported, record by record, in the order of the files and within them.
 *
 * A record that cannot be recorded is `refused` and the next one is read.
 *
 * @param paths files, folders and ZIPs
 * @throws {OpenQuestionsError} before any record, where the files leave something open
 * @throws {ImportUsageError} before any record, for options that cannot be or that no file has a use for
 * @throws {ExportError} for a file that cannot be read, or, behind its records, not further
 */
export async function* readExports(
  paths: readonly string[],
  _options: ReadOptions,
  _limits: ReadLimits,
  _progress?: (progress: ReadProgress) => void,
): AsyncGenerator<ExportRecord> {
  for (const path of paths) yield { kind: 'skipped', place: path, reason: 'no format is known yet' };
}
