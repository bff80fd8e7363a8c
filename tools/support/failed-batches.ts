import { readdir, readFile, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { systemCode } from '../../functions/shared/runtime/error-text.ts';
import { BEING_WRITTEN } from '../../local/support/durable-file.ts';
import { ToolError } from './tool-error.ts';

/** Where the batches are that were given up, each a document of its own. */
export interface FailedBatchSource {
  /** The names of the documents. */
  list(): Promise<string[]>;
  read(name: string): Promise<string>;
  remove(name: string): Promise<void>;
}

/**
 * The failed batches of a folder, those in folders within it too: the local host's, or copies of what
 * Lambda wrote to a bucket. Its methods throw a ToolError where a file cannot be used.
 */
export class FailedBatchesInFolder implements FailedBatchSource {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async list(): Promise<string[]> {
    const folder = this.#folder;
    try {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true });
      return entries
        .filter((entry) => entry.isFile() && !entry.name.endsWith(BEING_WRITTEN))
        .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
        .sort();
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return [];
      throw unusable(folder, error);
    }
  }

  async read(name: string): Promise<string> {
    try {
      return await readFile(join(this.#folder, name), 'utf8');
    } catch (error) {
      throw unusable(name, error);
    }
  }

  async remove(name: string): Promise<void> {
    try {
      await rm(join(this.#folder, name));
    } catch (error) {
      throw unusable(name, error);
    }
  }
}

function unusable(name: string, error: unknown): unknown {
  const code = systemCode(error);
  return code === undefined ? error : new ToolError(`${name} cannot be used: ${code}`, { cause: error });
}
