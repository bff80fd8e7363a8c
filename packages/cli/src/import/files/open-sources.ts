import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { compareTexts } from '../../../../../functions/shared/domain/compare-texts.ts';
import { ExportError } from '../import-errors.ts';
import { headOf, type Source, type SourceFile } from './source.ts';
import { isZip, openZip, ZIP_HEAD_BYTES } from './zip.ts';

/**
 * Opens what paths lead to: files, folders with all that is in them, ZIPs, also those in a folder, in the order in which
 * they were given and, within a folder, by name.
 *
 * @throws {ExportError} for a path that leads nowhere, and for a ZIP that cannot be read
 */
export async function openSources(paths: readonly string[]): Promise<Source[]> {
  const sources: Source[] = [];
  try {
    for (const path of paths) sources.push(...(await openPath(path)));
    return sources;
  } catch (error) {
    for (const source of sources) source.close();
    throw error;
  }
}

async function openPath(path: string): Promise<Source[]> {
  const status = await stat(path).catch((error: unknown) => {
    throw new ExportError(path, '', 'there is no such file, or it may not be read', { cause: error });
  });
  if (status.isDirectory()) return openFolder(path);
  if (!status.isFile()) throw new ExportError(path, '', 'is neither a file nor a folder');
  const file = fileAt(path, path, basename(path), status.size);
  if (isZip(await headOf(file, ZIP_HEAD_BYTES))) return [await openZip(path, path, path)];
  return [{ name: path, given: path, isFile: true, files: [file], close: () => undefined }];
}

async function openFolder(folder: string): Promise<Source[]> {
  const files: SourceFile[] = [];
  const zips: Source[] = [];
  for (const { path, size } of await filesInFolder(folder)) {
    const within = relative(folder, path).split(sep).join('/');
    const file = fileAt(path, join(folder, within), within, size);
    if (isZip(await headOf(file, ZIP_HEAD_BYTES))) zips.push(await openZip(path, file.name, folder));
    else files.push(file);
  }
  return [{ name: folder, given: folder, isFile: false, files, close: () => undefined }, ...zips];
}

/** A file of a folder, or of a folder in it. */
interface FolderFile {
  path: string;
  /** In bytes. */
  size: number;
  /** When it was changed last, in milliseconds since 1970. */
  mtimeMs: number;
}

/**
 * All files of a folder, by name.
 *
 * @throws {ExportError} for one that cannot be found by its name, as by one that is no UTF-8
 */
export async function filesInFolder(folder: string): Promise<FolderFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files: FolderFile[] = [];
  for (const path of paths.toSorted(compareTexts)) {
    const { size, mtimeMs } = await stat(path).catch((cause: unknown) => {
      throw new ExportError(path, '', 'cannot be opened: rename it, or take it out of the folder', { cause });
    });
    files.push({ path, size, mtimeMs });
  }
  return files;
}

function fileAt(path: string, name: string, within: string, size: number): SourceFile {
  return {
    name,
    path: within,
    size,
    async *open() {
      try {
        for await (const piece of createReadStream(path)) yield piece;
      } catch (error) {
        throw new ExportError(name, '', 'cannot be read', { cause: error });
      }
    },
  };
}
