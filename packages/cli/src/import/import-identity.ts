import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileProblem } from '../../../../local/support/file-error.ts';
import { filesInFolder } from './files/open-sources.ts';
import { ExportError } from './import-errors.ts';
import type { ReadOptions } from './read-options.ts';
import { SPOOL_VERSION } from './spool.ts';

/** What an import is about: the same again is the same import, which goes on where it was. */
export interface ImportSubject {
  /** Where the messages go: an address, or a table. */
  destination: string;
  /** Whose key it was: messages that another deployment has at the same address are not these. */
  keyId: string;
  peerId: string;
  paths: readonly string[];
}

const NAME_DIGITS = 16;

/** The name of an import among those of this machine. */
export function importName({ destination, keyId, peerId, paths }: ImportSubject): string {
  const files = paths.map((path) => resolve(path));
  return sha256(JSON.stringify([SPOOL_VERSION, destination, keyId, peerId, ...files])).slice(0, NAME_DIGITS);
}

/**
 * What is read, and how: files by their sizes and times of change, and the options. Where that has changed, what was read
 * before is not what would be read now.
 *
 * @throws ExportError where a file is not there
 */
export async function importSources(paths: readonly string[], options: ReadOptions): Promise<string> {
  const files: unknown[] = [];
  for (const path of paths) files.push(...(await filesIn(path)));
  const { authors, map, roles, ...others } = options;
  const said = Object.entries({ ...others, authors: [...authors], map: [...map], roles: [...roles] }).sort();
  return sha256(JSON.stringify([files, said]));
}

async function filesIn(path: string): Promise<unknown[]> {
  try {
    const found = await stat(path);
    if (!found.isDirectory()) return [{ path, size: found.size, mtimeMs: found.mtimeMs }];
    return await filesInFolder(path);
  } catch (error) {
    const problem = fileProblem(error);
    if (problem === undefined) throw error;
    throw new ExportError(
      path,
      '',
      problem === 'there is no such folder' ? 'there is no such file' : problem,
    );
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
