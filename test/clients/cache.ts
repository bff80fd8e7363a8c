import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where what was installed stays for the next run, whichever clone it is of. */
const CACHE = join(
  process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'),
  'channel-usage-analytics/clients',
);

const REACHED_WITHIN_MS = 20_000;

/** Where packages come from cannot be reached, which is no fault of the clients. */
export class RegistryUnreachableError extends Error {
  override name = 'RegistryUnreachableError';
}

/** Something that is installed once for each of its versions. */
export interface Installation {
  name: string;
  /** All that decides what is installed: another text is another version. */
  versions: string;
  /** The address that it is installed from. */
  registry: () => string | Promise<string>;
  /** Installs it into a folder that is there, and empty. It is moved when it is complete. */
  install: (folder: string) => Promise<void>;
}

/**
 * Installs something, unless it is there already.
 *
 * @returns its folder
 * @throws RegistryUnreachableError where it could not be installed, and the registry does not answer either
 */
export async function installed({ name, versions, registry, install }: Installation): Promise<string> {
  const version = createHash('sha256').update(versions).digest('hex').slice(0, 16);
  const folder = join(CACHE, `${name}-${version}`);
  if (existsSync(folder)) return folder;
  await mkdir(CACHE, { recursive: true });
  const made = await mkdtemp(`${folder}-`);
  try {
    await install(made);
    await rename(made, folder);
  } catch (error) {
    // Another run may have been faster.
    if (existsSync(folder)) return folder;
    const address = await registry();
    if (!(await isReachable(address))) {
      throw new RegistryUnreachableError(`${new URL(address).host} cannot be reached`, { cause: error });
    }
    throw error;
  } finally {
    await rm(made, { recursive: true, force: true });
  }
  return folder;
}

/** Whether anything answers there that is not at a loss itself. */
async function isReachable(address: string): Promise<boolean> {
  try {
    const { status } = await fetch(address, {
      method: 'HEAD',
      signal: AbortSignal.timeout(REACHED_WITHIN_MS),
    });
    return status < 500;
  } catch {
    return false;
  }
}
