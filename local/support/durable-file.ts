import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCode } from '../../functions/shared/runtime/error-text.ts';

/** What is added to the name of a file until it is complete. */
export const BEING_WRITTEN = '.new';

/**
 * Replaces a file's content. Whatever happens in between, a loss of power included, the file has either
 * its old content or the new one; when this resolves, it has the new one for good.
 *
 * @param mode the permissions of the file
 */
export async function writeDurably(file: string, content: string, mode = 0o644): Promise<void> {
  const temporary = `${file}${BEING_WRITTEN}`;
  await withOpen(temporary, 'w', mode, async (handle) => {
    await handle.writeFile(content);
    await handle.sync();
  });
  await rename(temporary, file);
  await withOpen(dirname(file), 'r', mode, (folder) => folder.sync());
}

/** The content of a file; nothing where there is no such file. */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

type FileHandle = Awaited<ReturnType<typeof open>>;

async function withOpen(
  file: string,
  flags: string,
  mode: number,
  use: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  const handle = await open(file, flags, mode);
  try {
    await use(handle);
  } finally {
    await handle.close();
  }
}
