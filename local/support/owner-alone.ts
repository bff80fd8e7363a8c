import { chmod, lstat, mkdir, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemCode } from '../../functions/shared/runtime/error-text.ts';
import { HostError } from './host-error.ts';

/** The permissions of what nobody but its owner may read. */
export const OWNER_ALONE = { file: 0o600, folder: 0o700 } as const;

const OTHERS = 0o077;

/**
 * Makes a folder for its owner alone, and those above it that are missing. One that is there stays as it is.
 *
 * Node's own `recursive` never ends in a folder that says of every name that it is not there, as `/proc` does.
 *
 * @throws the system's error where it cannot be made
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await makeIfMissing(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    // Somebody else may have made it meanwhile.
    await makeIfMissing(path);
  }
}

async function makeIfMissing(path: string): Promise<void> {
  try {
    await mkdir(path, OWNER_ALONE.folder);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST' || !(await stat(path)).isDirectory()) throw error;
  }
}

/** Takes the permissions of others from a folder, which a symbolic link may name. @throws HostError where that fails */
export async function closeFolder(path: string): Promise<void> {
  await close(path, (await stat(path)).mode, OWNER_ALONE.folder);
}

/**
 * Takes the permissions of others from a file, or from a folder and all that is in it, where there is one.
 * What a symbolic link names is left as it is: it may be a device that all need.
 *
 * @throws HostError where that fails
 */
export async function closeToOthers(path: string): Promise<void> {
  const found = await ifThere(() => lstat(path));
  if (found?.isFile() === true) await close(path, found.mode, OWNER_ALONE.file);
  if (found?.isDirectory() !== true) return;
  await close(path, found.mode, OWNER_ALONE.folder);
  for (const name of await readdir(path)) await closeToOthers(join(path, name));
}

/**
 * Requires that a path, where there is something, can be read and written as a file. A pipe would be waited
 * for without end.
 *
 * @throws HostError where it cannot
 */
export async function requireFile(path: string): Promise<void> {
  const found = await ifThere(() => stat(path));
  if (found === undefined || found.isFile() || found.isCharacterDevice()) return;
  throw new HostError(`${path} is not a file: move it away, or choose another data folder with --data`);
}

async function close(path: string, mode: number, wanted: number): Promise<void> {
  if ((mode & OTHERS) === 0) return;
  try {
    await chmod(path, wanted);
  } catch (error) {
    if (systemCode(error) !== 'EPERM') throw error;
    throw new HostError(
      `others of this machine may read ${path}, and that cannot be changed; choose another data folder with --data`,
      { cause: error },
    );
  }
}

async function ifThere<Result>(look: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await look();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
