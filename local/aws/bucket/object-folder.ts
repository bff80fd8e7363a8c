import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { PutObject } from '../../../functions/shared/runtime/s3-client.ts';
import { writeDurably } from '../../support/durable-file.ts';
import { withFile } from '../../support/file-error.ts';
import { makeFolder } from '../../support/owner-alone.ts';

/** Most file systems take no longer names of files, and a file that is being written has a few characters more. */
const NAME_CHARACTERS = 240;
const HASH_CHARACTERS = 16;

/** Puts objects into a folder, as files under their keys. */
export function intoFolder(folder: string): PutObject {
  return async (key, body) => {
    const file = join(folder, ...key.split('/').map(fileName));
    await withFile('write', file, () => makeFolder(dirname(file)));
    await writeDurably(file, body);
  };
}

/** A part of a key as a file can be called; one that is too long ends in a hash of it. */
export function fileName(part: string): string {
  if (part.length <= NAME_CHARACTERS) return part;
  const hash = createHash('sha256').update(part).digest('hex').slice(0, HASH_CHARACTERS);
  return `${part.slice(0, NAME_CHARACTERS - HASH_CHARACTERS - 1)}~${hash}`;
}
