import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

export const REPOSITORY = join(import.meta.dirname, '../..');

const lockFile = z.object({
  packages: z.record(
    z.string(),
    z.object({
      name: z.string().optional(),
      version: z.string().optional(),
      dev: z.boolean().default(false),
    }),
  ),
});

/** A package of the lock file: its name, its version, and whether it is for development alone. */
export interface LockedPackage {
  name: string;
  version: string;
  dev: boolean;
}

/** All packages of the lock file, in their places; one may be there in several. */
export function lockedPackages(): LockedPackage[] {
  const { packages } = lockFile.parse(
    JSON.parse(readFileSync(join(REPOSITORY, 'package-lock.json'), 'utf8')),
  );
  return Object.entries(packages).flatMap(([place, { name, version, dev }]) => {
    // The repository itself, and links to packages of it, which have no version.
    if (place === '' || version === undefined) return [];
    return [{ name: name ?? place.replace(/^.*node_modules\//, ''), version, dev }];
  });
}
