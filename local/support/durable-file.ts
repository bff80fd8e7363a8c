import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCode } from '../../functions/shared/runtime/error-text.ts';
import { withFile } from './file-error.ts';
import { OWNER_ALONE } from './owner-alone.ts';

/** What is added to the name of a file until it is complete. */
export const BEING_WRITTEN = '.new';

/**
 * Replaces a file's content. Whatever happens in between, a loss of power included, the file has either
 * its old content or the new one; when this resolves, it has the new one for good. Its owner alone may
 * read it.
 *
 * @throws HostError where it cannot be written, such as on a full disk
 */
export async function writeDurably(file: string, content: string): Promise<void> {
  const temporary = `${file}${BEING_WRITTEN}`;
  await withFile('write', file, async () => {
    // One that an earlier attempt has left may be open to others.
    await rm(temporary, { force: true });
    await withOpen(temporary, 'wx', async (handle) => {
      await handle.writeFile(content);
      await handle.sync();
    });
    await rename(temporary, file);
    // Windows opens no folders.
    if (process.platform !== 'win32') await withOpen(dirname(file), 'r', (folder) => folder.sync());
  });
}

/** The content of a file; nothing where there is no such file. @throws HostError where it cannot be read */
export async function readIfThere(file: string): Promise<string | undefined> {
  return withFile('read', file, async () => {
    try {
      return await readFile(file, 'utf8');
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  });
}

type FileHandle = Awaited<ReturnType<typeof open>>;

async function withOpen(
  file: string,
  flags: string,
  use: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  const handle = await open(file, flags, OWNER_ALONE.file);
  try {
    await use(handle);
  } finally {
    await handle.close();
  }
}
