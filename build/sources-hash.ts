import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The SHA-256 of sources, names and contents.
 *
 * @param patterns globs of their paths in the repository; what lies in a folder `dist` is none
 */
export function sourcesHash(repository: string, patterns: readonly string[]): string {
  const paths = globSync(patterns, { cwd: repository, exclude: ['**/dist/**'] }).sort();
  const hash = createHash('sha256');
  for (const path of paths) {
    const content = createHash('sha256')
      .update(readFileSync(join(repository, path)))
      .digest('hex');
    hash.update(`${content} ${path}\n`);
  }
  return hash.digest('hex');
}
