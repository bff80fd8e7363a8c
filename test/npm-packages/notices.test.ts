import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { build as viteBuild } from 'vite';
import { describe, expect } from 'vitest';
import { BUILD_FOLDER, EMBED_SCRIPT, NOTICES, SERVED } from '../../dashboard/build/build-folder.ts';
import { bundle, FUNCTION_FOLDERS, NOTICES_FILE, writeBundle } from '../../infra/bundling.ts';
import { noticesOf } from '../../npm-packages/notices.ts';
import { test } from '../support/fixture.ts';
import { lockedPackages, REPOSITORY } from './lock-file.ts';

/** The names of the packages in whose folders modules lie. */
function packageNames(modules: readonly string[]): string[] {
  const names = modules.flatMap((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []);
  return [...new Set(names)];
}

/** The packages that notices list under a name, without their versions. */
function listed(notices: string, part: string): string[] {
  const [, list = ''] = notices.split(`${part} has code of these packages:\n\n`);
  return [...list.replace(/\n\n[\s\S]*/, '').matchAll(/^ {2}(\S+) \S+ \(.+\)$/gm)].map(
    ([, name = '']) => name,
  );
}

/** The text under which the notices of a package stand. */
function textOf(notices: string, name: string): string {
  const label = new RegExp(`^${name} \\d`, 'm');
  return notices.split(`\n${'-'.repeat(80)}\n`).find((section) => label.test(section)) ?? '';
}

describe('the notices', () => {
  test.for(FUNCTION_FOLDERS)('beside the bundle of %s have every package in it', async (name, { folder }) => {
    writeBundle(name, folder);
    const notices = await readFile(join(folder, NOTICES_FILE), 'utf8');
    const packages = packageNames(bundle(name).modules);
    expect(packages).toContain('zod');
    expect(listed(notices, name).sort()).toEqual([...packages, 'esbuild'].sort());
    const untold = packages.filter((one) => !/licen[cs]e|permission/i.test(textOf(notices, one)));
    expect(untold).toEqual([]);
  });

  test('of the dashboard have every package in the page, and in the script for pages of others', async () => {
    const notices = gunzipSync(await readFile(join(BUILD_FOLDER, SERVED, `${NOTICES}.gz`))).toString('utf8');
    const packages = packageNames(await sourcesOfThePage());
    expect(packages).toEqual(expect.arrayContaining(['@mantine/core', 'react-dom', 'zod']));
    expect(packages.filter((name) => !listed(notices, 'The dashboard').includes(name))).toEqual([]);
    expect(packageNames(await sourcesOfTheScript())).toEqual([]);
    expect(notices).toContain(`${EMBED_SCRIPT} has code of no package.`);
    expect(textOf(notices, 'react-dom')).toContain('Copyright (c) Meta Platforms');
    // Beside its licence.
    expect(textOf(notices, 'es-toolkit')).toContain('Lodash');
  });

  test('name the versions that are installed', async ({ folder }) => {
    writeBundle('count-messages', folder);
    const notices = await readFile(join(folder, NOTICES_FILE), 'utf8');
    for (const { name, version } of lockedPackages().filter(({ name }) => name === 'zod')) {
      expect(notices).toContain(`\n  ${name} ${version} (MIT)\n`);
    }
  });

  /** Puts a package of a person's own into a folder, and gives one of its modules. */
  async function makePackage(folder: string, file: object, texts: Record<string, string>): Promise<string> {
    const place = join(folder, 'node_modules/@mine/tool');
    await mkdir(join(place, 'lib'), { recursive: true });
    await writeFile(join(place, 'package.json'), JSON.stringify({ name: '@mine/tool', ...file }));
    for (const [name, text] of Object.entries(texts)) await writeFile(join(place, name), text);
    return join(place, 'lib/index.js');
  }

  const noticesWith = (module: string) => noticesOf([{ name: 'It', modules: [module, 'functions/own.ts'] }]);

  test('hold the licence and the notice of a package as they are in its files', async ({ folder }) => {
    const module = await makePackage(
      folder,
      { version: '1.2.3', license: 'Apache-2.0' },
      { 'LICENSE.txt': 'The licence.\r\nAll of it.\n', NOTICE: 'It was made by me.', 'licences.js': 'code' },
    );
    const notices = noticesWith(module);
    expect(notices).toContain('It has code of these packages:\n\n  @mine/tool 1.2.3 (Apache-2.0)\n');
    expect(notices).toContain('@mine/tool 1.2.3\n\nThe licence.\nAll of it.\n\nIt was made by me.\n');
    expect(notices).not.toContain('own');
  });

  test('hold the known text of a licence that a package states and does not bring', async ({ folder }) => {
    const file = { version: '1.0.0', license: 'MIT', author: { name: 'Somebody' } };
    expect(noticesWith(await makePackage(folder, file, {}))).toMatch(
      /\n@mine\/tool 1\.0\.0\n\nMIT License\n\nCopyright \(c\) Somebody\n\nPermission is hereby granted/,
    );
  });

  test('are not made where a licence is not known, and say of which package', async ({ folder }) => {
    const unknown = await makePackage(folder, { version: '1.0.0', license: 'WTFPL' }, {});
    expect(() => noticesWith(unknown)).toThrow('@mine/tool has no file with its licence, WTFPL');
    const none = await makePackage(folder, { version: '1.0.0' }, { LICENSE: 'mine' });
    expect(() => noticesWith(none)).toThrow(/@mine\/tool.*\n?.*states no licence/);
    expect(() => noticesWith('\0somebody/helper.js')).toThrow('nobody knows whose code "\\u0000somebody');
  });
});

/** The modules of which the page has code, as its source maps tell. */
async function sourcesOfThePage(): Promise<string[]> {
  const built = await viteBuild({
    logLevel: 'silent',
    mode: 'production',
    configFile: join(REPOSITORY, 'dashboard/vite.config.ts'),
    build: { write: false, sourcemap: 'hidden' },
  });
  if (!('output' in built)) throw new Error('Vite made several builds, or none');
  return built.output.flatMap((file) => (file.type === 'chunk' ? (file.map?.sources ?? []) : []));
}

/** The modules of which the script for pages of others has code, as another bundler sees it. */
async function sourcesOfTheScript(): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: REPOSITORY,
    entryPoints: ['dashboard/embed/channel-usage.ts'],
    bundle: true,
    outdir: 'none',
    write: false,
    metafile: true,
  });
  const outputs = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs));
  return outputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path);
}
