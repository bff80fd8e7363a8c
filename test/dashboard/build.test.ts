import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';
import { gunzipSync } from 'node:zlib';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BUILD_FOLDER, EMBED_SCRIPT, MODULES, SERVED } from '../../dashboard/build/build-folder.ts';
import { ensureBuilt } from '../../dashboard/build/ensure-built.ts';
import { sourcesHash } from '../../dashboard/build/sources-hash.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dashboard-build-'));
  return () => rm(folder, { recursive: true, force: true });
});

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

describe('the hash of the sources', () => {
  beforeEach(async () => {
    await write('package-lock.json', '{}');
    await write('dashboard/index.html', '<!doctype html>');
    await write('dashboard/src/main.tsx', 'main();');
    await write('functions/shared/domain/csv.ts', 'csv();');
    await write('functions/usage-api/contract.ts', 'contract();');
  });

  test.each<[string, () => Promise<void>]>([
    ['a module is changed', () => write('dashboard/src/main.tsx', 'main(1);')],
    ['a module is added', () => write('dashboard/src/api/client.ts', '')],
    [
      'a module is renamed',
      () => rename(join(folder, 'dashboard/src/main.tsx'), join(folder, 'dashboard/a.tsx')),
    ],
    ['a module is gone', () => rm(join(folder, 'dashboard/src/main.tsx'))],
    ['the page is changed', () => write('dashboard/index.html', '<!doctype html> ')],
    ['the domain is changed', () => write('functions/shared/domain/csv.ts', 'csv(1);')],
    ['a contract is changed', () => write('functions/usage-api/contract.ts', 'contract(1);')],
    ['a package is changed', () => write('package-lock.json', '{ }')],
  ])('is another one when %s', async (_what, change) => {
    const before = sourcesHash(folder);
    await change();
    expect(sourcesHash(folder)).not.toBe(before);
  });

  test('is the same whatever was built, and whatever else there is', async () => {
    const before = sourcesHash(folder);
    await write('dashboard/dist/served/index.html', '');
    await write('functions/usage-api/handler.ts', 'handler();');
    await write('test/dashboard/build.test.ts', '');
    expect(sourcesHash(folder)).toBe(before);
  });
});

describe('building', () => {
  let builds: number;

  beforeEach(() => {
    builds = 0;
  });

  /** Builds a page that says by how many builds it was made. */
  async function build(workFolder: string): Promise<void> {
    builds += 1;
    await mkdir(join(workFolder, SERVED), { recursive: true });
    await writeFile(join(workFolder, SERVED, 'index.html'), String(builds));
    await writeFile(join(workFolder, MODULES), '{}');
  }

  const page = () => readFile(join(folder, SERVED, 'index.html'), 'utf8');

  test('is done once for the same sources', async () => {
    await ensureBuilt({ folder, sources: 'a', build });
    await ensureBuilt({ folder, sources: 'a', build });
    expect([builds, await page()]).toEqual([1, '1']);
    expect((await readdir(folder)).sort()).toEqual([MODULES, SERVED, 'sources.sha256']);
  });

  test('is done again for other sources, and leaves nothing of the build before', async () => {
    await ensureBuilt({
      folder,
      sources: 'a',
      build: async (workFolder) => {
        await build(workFolder);
        await writeFile(join(workFolder, SERVED, 'old.js'), '');
      },
    });
    await ensureBuilt({ folder, sources: 'b', build });
    expect([await page(), await readdir(join(folder, SERVED))]).toEqual(['2', ['index.html']]);
  });

  test('that fails leaves the build before, and is tried again', async () => {
    await ensureBuilt({ folder, sources: 'a', build });
    const failing = ensureBuilt({
      folder,
      sources: 'b',
      build: async (workFolder) => {
        await mkdir(join(workFolder, 'plain'), { recursive: true });
        throw new Error('main.tsx cannot be read');
      },
    });
    await expect(failing).rejects.toThrow('main.tsx cannot be read');
    expect([await page(), (await readdir(folder)).sort()]).toEqual([
      '1',
      [MODULES, SERVED, 'sources.sha256'],
    ]);
    await ensureBuilt({ folder, sources: 'b', build });
    expect(await page()).toBe('2');
  });

  test('that ended on its way is done again', async () => {
    const halfBuild = async (workFolder: string) => {
      await build(workFolder);
      // Without it the build cannot be put into its place.
      await rm(join(workFolder, MODULES));
    };
    await ensureBuilt({ folder, sources: 'a', build });
    await expect(ensureBuilt({ folder, sources: 'b', build: halfBuild })).rejects.toThrow('ENOENT');
    await ensureBuilt({ folder, sources: 'a', build });
    expect([builds, await page()]).toEqual([3, '3']);
  });
});

describe('what is built', () => {
  let page: string;
  let files: Map<string, string>;

  beforeAll(async () => {
    const served = join(BUILD_FOLDER, SERVED);
    page = await readFile(join(served, 'index.html'), 'utf8');
    const names = (await readdir(served, { recursive: true })).filter((name) => name.endsWith('.gz'));
    files = new Map();
    for (const name of names) {
      files.set(name.replace(/\.gz$/, ''), gunzipSync(await readFile(join(served, name))).toString('utf8'));
    }
  });

  const namesOf = (kind: string) => [...files.keys()].filter((name) => name.endsWith(kind));

  test('is a page whose scripts and styles are files of its origin, with a hash in their names', () => {
    const loaded = [...page.matchAll(/<(?:script|link)[^>]* (?:src|href)="([^"]*)"/g)].map(([, url]) => url);
    expect(loaded).toContainEqual(expect.stringMatching(/^\/assets\/[\w-]+-[\w-]{8}\.js$/));
    expect(loaded.filter((url = '') => !/^(\/assets\/[\w-]+-[\w-]{8}\.(js|css)|data:,)$/.test(url))).toEqual(
      [],
    );
  });

  test('is a page that a strict content security policy lets be', () => {
    expect(page).toContain('<meta name="csp-nonce" content="__CSP_NONCE__" />');
    expect(page).not.toMatch(/<style|<script>|<script(?![^>]* src=)| style=| on\w+=|javascript:/i);
  });

  test('makes no code of text', () => {
    // How some libraries look for the global object where there is no `self`, which no browser lacks.
    const making = /\beval\(|\bFunction\((?!`return this`\))/;
    expect(namesOf('.js').filter((name) => making.test(files.get(name) ?? ''))).toEqual([]);
  });

  test('loads nothing from elsewhere', () => {
    const loading = [...files].filter(([, text]) =>
      /@import\b|url\(["']?(?!data:|#)|\bimport\(["'`]\w+:|(?:src|href)=["']?(?:\w+:)?\/\//.test(text),
    );
    expect(loading.map(([name]) => name)).toEqual([]);
  });

  test('has one classic script for the pages of others', () => {
    const text = files.get(EMBED_SCRIPT) ?? '';
    expect(() => new Script(text)).not.toThrow();
    expect(text).toContain('channel-usage');
    expect(text).not.toMatch(/\bimport\(/);
  });
});
