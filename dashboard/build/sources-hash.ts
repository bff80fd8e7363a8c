import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** All that the dashboard may be made of: the rest of the repository it must not import. */
const SOURCES = [
  'dashboard/**/*.*',
  'functions/shared/domain/**/*.ts',
  'functions/*/contract.ts',
  'package-lock.json',
];

/** The SHA-256 of all that the dashboard of a repository may be made of, names and contents. */
export function sourcesHash(repository: string): string {
  const paths = globSync(SOURCES, { cwd: repository, exclude: ['dashboard/dist/**'] }).sort();
  const hash = createHash('sha256');
  for (const path of paths) {
    const content = createHash('sha256')
      .update(readFileSync(join(repository, path)))
      .digest('hex');
    hash.update(`${content} ${path}\n`);
  }
  return hash.digest('hex');
}
