import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Says of which sources a build was made. */
const STAMP = 'sources.sha256';

/** What is built, of what and where to. */
export interface BuildOrder {
  /** The folder of the build. */
  folder: string;
  /** The names of what the build makes, files and folders, as they are to lie in its folder. */
  parts: readonly string[];
  /** Names the sources as they are: another text stands for other sources. */
  sources: string;
  /** Builds the parts, and whatever it needs on its way, into a folder that does not exist yet. */
  build: (folder: string) => Promise<void>;
}

/**
 * Builds, unless what is in the folder was made of the sources as they are.
 *
 * @throws whatever the build throws; an earlier build is still there then
 */
export async function ensureBuilt({ folder, parts, sources, build }: BuildOrder): Promise<void> {
  if ((await readStamp(folder)) === sources) return;
  const workFolder = join(folder, `building-${process.pid}`);
  try {
    await build(workFolder);
    // Taken away first and written last: half a build is none.
    await rm(join(folder, STAMP), { force: true });
    for (const part of parts) {
      await rm(join(folder, part), { recursive: true, force: true });
      await rename(join(workFolder, part), join(folder, part));
    }
    await writeFile(join(folder, STAMP), sources);
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
}

async function readStamp(folder: string): Promise<string | undefined> {
  try {
    return await readFile(join(folder, STAMP), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
