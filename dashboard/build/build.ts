import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { type Plugin, build as viteBuild } from 'vite';
import { noticesOf } from '../../npm-packages/notices.ts';
import { EMBED_SCRIPT, MODULES, NOTICES, SERVED } from './build-folder.ts';

const DASHBOARD = join(import.meta.dirname, '..');
const PAGE = 'index.html';

const compressed = promisify(gzip);

/**
 * Builds the page, the script for other people's pages, and the notices of the packages in both.
 *
 * @param folder where to; it does not exist yet
 * @throws Error where something cannot be built; files may be left in the folder
 */
export async function build(folder: string): Promise<void> {
  const plain = join(folder, 'plain');
  const page: string[] = [];
  const embedScript: string[] = [];
  await viteBuild({
    logLevel: 'warn',
    configFile: join(DASHBOARD, 'vite.config.ts'),
    build: { outDir: plain, manifest: MODULES },
    plugins: [modulesInto(page)],
  });
  // One classic script, which shares nothing with the page.
  await viteBuild({
    logLevel: 'warn',
    configFile: false,
    plugins: [modulesInto(embedScript)],
    build: {
      outDir: plain,
      emptyOutDir: false,
      // Shortened, and nothing else: browsers of today know what it says.
      cssTarget: 'esnext',
      lib: {
        entry: join(DASHBOARD, 'embed/channel-usage.ts'),
        formats: ['iife'],
        name: 'channelUsage',
        fileName: () => EMBED_SCRIPT,
      },
    },
  });
  const notices = noticesOf([
    { name: 'The dashboard', modules: page },
    { name: EMBED_SCRIPT, modules: embedScript },
  ]);
  await writeFile(join(plain, NOTICES), notices);
  await rename(join(plain, MODULES), join(folder, MODULES));
  await compressAll(plain, join(folder, SERVED));
}

/** Puts the modules that a build has code or style of into a list, as Vite names them. */
function modulesInto(list: string[]): Plugin {
  return {
    name: 'modules-of-the-build',
    generateBundle(_options, files) {
      for (const file of Object.values(files)) {
        if (file.type === 'chunk') list.push(...Object.keys(file.modules));
      }
    },
  };
}

/** Compresses every file but the page, into which every answer puts something of its own. */
async function compressAll(from: string, to: string): Promise<void> {
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const source = join(entry.parentPath, entry.name);
    const target = join(to, relative(from, source));
    const content = await readFile(source);
    await mkdir(dirname(target), { recursive: true });
    if (entry.name === PAGE) await writeFile(target, content);
    else await writeFile(`${target}.gz`, await compressed(content, { level: constants.Z_BEST_COMPRESSION }));
  }
}
