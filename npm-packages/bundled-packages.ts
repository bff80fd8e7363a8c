import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as z from 'zod';

/** An npm package, as it lies in its folder. */
export interface NpmPackage {
  folder: string;
  name: string;
  version: string;
  /** The SPDX expression of its licence. */
  licence: string;
  /** Who made it, as it says itself. */
  authors: string;
}

const person = z.union([z.string(), z.object({ name: z.string() }).transform(({ name }) => name)]);
const packageFile = z.object({
  name: z.string(),
  version: z.string(),
  license: z.string('states no licence as an SPDX expression'),
  author: person.optional(),
});

/** A folder of a package: the innermost one, since packages may lie in others. */
const PACKAGE_FOLDER = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/;

/** The code that a bundler adds by itself, by how it names that, and the package that it is of. */
const HELPERS = new Map([
  ['\0rolldown/runtime.js', 'rolldown'],
  ['\0vite/preload-helper.js', 'vite'],
]);

/**
 * The packages that modules of a bundle are of, each once, by name. The project's own modules are of none.
 *
 * @param repository the folder that relative paths of modules begin at, with its `node_modules`
 * @param modules as esbuild and Vite name them
 * @param bundlers packages of which there is code in a bundle without a module of its own
 * @throws Error where a module is none that is known, or a package says neither its version nor its licence
 */
export function packagesOf(
  repository: string,
  modules: readonly string[],
  bundlers: readonly string[] = [],
): NpmPackage[] {
  const folders = bundlers.map((name) => `node_modules/${name}`);
  for (const id of modules) folders.push(...foldersOf(id.replaceAll('\\', '/')));
  const packages = [...new Set(folders.map((folder) => resolve(repository, folder)))].map(readPackage);
  return packages.sort((a, b) => compare(a.name, b.name) || compare(a.version, b.version));
}

/** The folder of the package that a module is of; none for a module of the project. */
function foldersOf(id: string): string[] {
  if (id.startsWith('\0')) {
    const helper = HELPERS.get(id);
    if (helper === undefined) throw new Error(`nobody knows whose code ${JSON.stringify(id)} is`);
    return [`node_modules/${helper}`];
  }
  return PACKAGE_FOLDER.exec(id)?.slice(0, 1) ?? [];
}

function readPackage(folder: string): NpmPackage {
  const { data, error } = packageFile.safeParse(
    JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')),
  );
  if (data === undefined) throw new Error(`the package in ${folder}: ${z.prettifyError(error)}`);
  const { author, license, name, version } = data;
  return { folder, name, version, licence: license, authors: author ?? `the authors of ${name}` };
}

/** By code units: the same order in every language. */
function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
