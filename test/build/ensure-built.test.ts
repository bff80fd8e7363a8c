import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { ensureBuilt } from '../../build/ensure-built.ts';

const SERVED = 'served';
const MODULES = 'modules.json';
const parts = [SERVED, MODULES];

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'build-'));
  return () => rm(folder, { recursive: true, force: true });
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
    await ensureBuilt({ folder, parts, sources: 'a', build });
    await ensureBuilt({ folder, parts, sources: 'a', build });
    expect([builds, await page()]).toEqual([1, '1']);
    expect((await readdir(folder)).sort()).toEqual([MODULES, SERVED, 'sources.sha256']);
  });

  test('is done again for other sources, and leaves nothing of the build before', async () => {
    await ensureBuilt({
      folder,
      parts,
      sources: 'a',
      build: async (workFolder) => {
        await build(workFolder);
        await writeFile(join(workFolder, SERVED, 'old.js'), '');
      },
    });
    await ensureBuilt({ folder, parts, sources: 'b', build });
    expect([await page(), await readdir(join(folder, SERVED))]).toEqual(['2', ['index.html']]);
  });

  test('that fails leaves the build before, and is tried again', async () => {
    await ensureBuilt({ folder, parts, sources: 'a', build });
    const failing = ensureBuilt({
      folder,
      parts,
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
    await ensureBuilt({ folder, parts, sources: 'b', build });
    expect(await page()).toBe('2');
  });

  test('that ended on its way is done again', async () => {
    const halfBuild = async (workFolder: string) => {
      await build(workFolder);
      // Without it the build cannot be put into its place.
      await rm(join(workFolder, MODULES));
    };
    await ensureBuilt({ folder, parts, sources: 'a', build });
    await expect(ensureBuilt({ folder, parts, sources: 'b', build: halfBuild })).rejects.toThrow('ENOENT');
    await ensureBuilt({ folder, parts, sources: 'a', build });
    expect([builds, await page()]).toEqual([3, '3']);
  });
});
