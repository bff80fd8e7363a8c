import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build as bundle, type Metafile } from 'esbuild';
import { noticesOf } from '../../../npm-packages/notices.ts';
import { CHUNKS, LICENCE, NOTICES, PROGRAM } from './build-folder.ts';

const REPOSITORY = join(import.meta.dirname, '../../..');
const ENTRY_POINT = 'packages/cli/src/main.ts';

/** What packages that are no ES modules call to load modules of Node.js. */
const REQUIRE = `import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);`;

/** What was bundled: the files by their paths, and what each was made of and imports. */
export type BundledProgram = Pick<Metafile, 'outputs'>;

/**
 * Builds the command line: a file that is run, and chunks that it loads when a command needs them.
 *
 * @param folder where to; it does not exist yet
 * @returns what was bundled, with paths from the folder
 * @throws Error where something that is imported cannot be found, or the licence of a package is not known
 */
export async function build(folder: string): Promise<BundledProgram> {
  const { metafile, outputFiles } = await bundle({
    absWorkingDir: REPOSITORY,
    entryPoints: [{ in: ENTRY_POINT, out: PROGRAM.replace(/\.js$/, '') }],
    outdir: '.',
    chunkNames: `${CHUNKS}/[name]-[hash]`,
    splitting: true,
    write: false,
    metafile: true,
    bundle: true,
    platform: 'node',
    target: 'node22.18',
    format: 'esm',
    mainFields: ['module', 'main'],
    banner: { js: REQUIRE },
    minify: true,
    legalComments: 'none',
    logLevel: 'error',
  });
  for (const file of outputFiles) {
    const path = join(folder, file.path.slice(REPOSITORY.length + 1));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, file.contents);
  }
  const modules = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
  const notices = noticesOf([
    { name: 'channel-usage', modules: [...new Set(modules)], bundlers: ['esbuild'] },
  ]);
  await writeFile(join(folder, NOTICES), notices);
  await copyFile(join(REPOSITORY, 'LICENSE'), join(folder, LICENCE));
  return metafile;
}
