import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { compareTexts } from '../../../../../functions/shared/domain/compare-texts.ts';
import { ExportError } from '../import-errors.ts';
import type { Source, SourceFile } from './source.ts';

/** What every ZIP that holds something begins with, and one that holds nothing. */
const ZIP_SIGNATURES = ['PK\u0003\u0004', 'PK\u0005\u0006'];

/** How many entries a ZIP may have: their names are held in memory. */
const MOST_ENTRIES = 1_000_000;
/** How large its entries may be together, unpacked, in bytes. */
const MOST_BYTES = 1024 ** 4;
/** How many times smaller than itself a large entry may be packed: text is some ten times smaller, zeros a thousand. */
const MOST_PACKED = 200;
/** From how many bytes on an entry is large: reading a smaller one costs nothing, however it is packed. */
const LARGE_BYTES = 64 * 1024 ** 2;

const DEFLATED_OR_STORED = [0, 8];

/** How many of the first bytes of a file tell whether it is one. */
export const ZIP_HEAD_BYTES = 64;

/** Where the name of the first entry is. */
const FIRST_NAME_AT = 30;

/** What the first entry of a document or a program is called: attachments of a chat that are packed, and no ZIP to people. */
const OF_DOCUMENTS =
  /^(\[Content_Types\]\.xml|mimetype|_rels\/|docProps\/|word\/|xl\/|ppt\/|META-INF\/|AndroidManifest\.xml)/;

/** Whether bytes are the first ones of a ZIP, one that is no document. */
export function isZip(head: Uint8Array): boolean {
  const text = Buffer.from(head).toString('latin1');
  return ZIP_SIGNATURES.includes(text.slice(0, 4)) && !OF_DOCUMENTS.test(text.slice(FIRST_NAME_AT));
}

/**
 * Opens a ZIP. Nothing is unpacked but what is read, and that goes nowhere: a name such as `../../x` is a name only.
 *
 * @param path where it lies
 * @param name what a person knows it by
 * @param given the path that was given
 * @throws {ExportError} for one that is cut off, encrypted, or packed so densely that it is made to do harm
 */
export async function openZip(path: string, name: string, given: string): Promise<Source> {
  const zip = await opened(path, name);
  try {
    const entries = await entriesOf(zip, name);
    checkTogether(entries, zip.fileSize, name);
    return {
      name,
      given,
      isFile: false,
      // In the order in which those of a folder are.
      files: entries
        .map((entry) => zippedFile(zip, entry, name))
        .toSorted((a, b) => compareTexts(a.path, b.path)),
      close: () => zip.close(),
    };
  } catch (error) {
    zip.close();
    throw error;
  }
}

async function opened(path: string, name: string): Promise<ZipFile> {
  try {
    // Names are decoded here: the library refuses a whole ZIP for one that would be dangerous to write to a disk.
    return await yauzl.openPromise(path, { lazyEntries: true, autoClose: false, decodeStrings: false });
  } catch (error) {
    throw new ExportError(name, '', 'is no whole ZIP: its end, where its files are listed, is missing', {
      cause: error,
    });
  }
}

async function entriesOf(zip: ZipFile, name: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  try {
    for await (const entry of zip.eachEntry()) {
      if (entries.length === MOST_ENTRIES) {
        throw new ExportError(name, '', `holds more than ${MOST_ENTRIES.toLocaleString('en')} files`);
      }
      if (!nameOf(entry).endsWith('/')) entries.push(entry);
    }
  } catch (error) {
    if (error instanceof ExportError) throw error;
    throw new ExportError(name, '', 'is a damaged ZIP: the list of its files cannot be read', {
      cause: error,
    });
  }
  return entries;
}

/** Refuses what no export is, before anything is unpacked. */
function checkTogether(entries: readonly Entry[], bytesOfZip: number, name: string): void {
  let packed = 0;
  let unpacked = 0;
  for (const entry of entries) {
    packed += entry.compressedSize;
    unpacked += entry.uncompressedSize;
    checkEntry(entry, name);
  }
  if (packed > bytesOfZip) throw bomb(name, '', 'its files overlap');
  if (unpacked > MOST_BYTES) throw bomb(name, '', 'its files are more than 1 TiB unpacked');
}

function checkEntry(entry: Entry, name: string): void {
  const where = nameOf(entry);
  if (entry.isEncrypted())
    throw new ExportError(name, where, 'is encrypted: unpack it with its password first');
  if (!DEFLATED_OR_STORED.includes(entry.compressionMethod)) {
    throw new ExportError(
      name,
      where,
      `is packed by method ${entry.compressionMethod}, which is not known here`,
    );
  }
  if (entry.uncompressedSize > LARGE_BYTES && entry.uncompressedSize > MOST_PACKED * entry.compressedSize) {
    throw bomb(name, where, `unpacked it is more than ${MOST_PACKED} times as large`);
  }
}

function bomb(name: string, where: string, why: string): ExportError {
  return new ExportError(name, where, `looks like a ZIP bomb: ${why}`);
}

function zippedFile(zip: ZipFile, entry: Entry, zipName: string): SourceFile {
  const path = nameOf(entry);
  return {
    name: `${zipName}/${path}`,
    path,
    size: entry.uncompressedSize,
    async *open() {
      try {
        // It ends with an error where there is more, or less, than the ZIP says.
        for await (const piece of await zip.openReadStreamPromise(entry)) {
          if (piece instanceof Uint8Array) yield piece;
        }
      } catch (error) {
        throw unreadable(zipName, path, error);
      }
    },
  };
}

function unreadable(zipName: string, path: string, error: unknown): ExportError {
  if (error instanceof ExportError) return error;
  const isLonger = error instanceof Error && error.message.startsWith('too many bytes in the stream');
  return isLonger
    ? bomb(zipName, path, 'it holds more than the ZIP says')
    : new ExportError(zipName, path, 'is damaged and cannot be unpacked further', { cause: error });
}

/** The path of an entry. A name that is no UTF-8 is an old one, in a code of one byte a character. */
function nameOf(entry: Entry): string {
  const bytes = Buffer.from(entry.fileNameRaw);
  const text = bytes.toString('utf8');
  return (text.includes('\ufffd') ? bytes.toString('latin1') : text).replaceAll('\\', '/');
}
