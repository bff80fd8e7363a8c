import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type NpmPackage, packagesOf } from './bundled-packages.ts';

/** A part of what is handed out, and the modules that it is made of. */
export interface BundledPart {
  /** What it is called, at the beginning of a line. */
  name: string;
  /** As esbuild and Vite name them. */
  modules: readonly string[];
  /** Packages of which there is code in it without a module of its own. */
  bundlers?: readonly string[];
}

const REPOSITORY = join(import.meta.dirname, '..');

const LICENCE_FILE = /^(licen[cs]e|copying|unlicense)/i;
const NOTICE_FILE = /^(notice|third[-_ ]?party)/i;
const CODE_FILE = /\.([cm]?[jt]sx?|json|map)$/i;

/** Where a file of a bundler goes on to what is bundled in itself, which it puts into no bundle. */
const BUNDLED_IN_THE_BUNDLER = /^# Licenses of bundled dependencies$/m;

/** The texts of licences, for packages that state theirs and have no file with its text. */
const TEXTS_OF_LICENCES = new Map([
  ['Apache-2.0', join(REPOSITORY, 'LICENSE')],
  ['MIT', join(import.meta.dirname, 'licences/MIT.txt')],
  ['MIT-0', join(import.meta.dirname, 'licences/MIT-0.txt')],
]);

/**
 * The notices of the packages whose code is in what is handed out: for each part its packages with their
 * versions and licences, then the texts of all licences and notices. The same packages give the same text.
 *
 * @throws Error with its name where a package has neither a file with its licence nor one whose text is known
 */
export function noticesOf(parts: readonly BundledPart[]): string {
  const lists = parts.map(({ name, modules, bundlers }) => ({
    name,
    packages: packagesOf(REPOSITORY, modules, bundlers),
  }));
  const named = new Map(lists.flatMap(({ packages }) => packages.map((one) => [one.folder, one])));
  const byText = Map.groupBy([...named.values()], textsOf);
  const texts = [...byText].map(([text, packages]) => `${packages.map(labelOf).join('\n')}\n\n${text}`);
  return `${['Notices of the packages whose code is in this software', ...lists.map(listOf), ...texts].join(RULE)}\n`;
}

const RULE = `\n\n${'-'.repeat(80)}\n\n`;

function listOf({ name, packages }: { name: string; packages: readonly NpmPackage[] }): string {
  if (packages.length === 0) return `${name} has code of no package.`;
  const lines = packages.map((one) => `  ${labelOf(one)} (${one.licence})`);
  return [`${name} has code of these packages:`, '', ...lines].join('\n');
}

function labelOf({ name, version }: NpmPackage): string {
  return `${name} ${version}`;
}

/** The licence of a package, and what else it wants to be told. */
function textsOf(one: NpmPackage): string {
  const files = readdirSync(one.folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && !CODE_FILE.test(entry.name))
    .map(({ name }) => name)
    .sort();
  const read = (name: string) => readText(join(one.folder, name));
  const licences = files.filter((name) => LICENCE_FILE.test(name)).map(read);
  const notices = files.filter((name) => NOTICE_FILE.test(name)).map(read);
  return [...(licences.length > 0 ? licences : [statedLicence(one)]), ...notices].join('\n\n');
}

function statedLicence({ authors, licence, name }: NpmPackage): string {
  const file = TEXTS_OF_LICENCES.get(licence);
  if (file === undefined) {
    throw new Error(
      `${name} has no file with its licence, ${licence}: put the text of that licence into npm-packages/licences, and into TEXTS_OF_LICENCES in npm-packages/notices.ts`,
    );
  }
  return readText(file).replace('{authors}', authors);
}

function readText(file: string): string {
  const [text = ''] = readFileSync(file, 'utf8').split(BUNDLED_IN_THE_BUNDLER);
  return text.replaceAll('\r\n', '\n').trim();
}
