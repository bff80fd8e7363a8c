import { globSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { beforeEach, describe, expect, test } from 'vitest';
import { DASHBOARD_SOURCES, OPENAPI_SOURCES } from '../../build/sources.ts';
import { sourcesHash } from '../../build/sources-hash.ts';

const REPOSITORY = join(import.meta.dirname, '../..');

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sources-'));
  return () => rm(folder, { recursive: true, force: true });
});

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

describe("the hash of the dashboard's sources", () => {
  beforeEach(async () => {
    await write('package-lock.json', '{}');
    await write('dashboard/index.html', '<!doctype html>');
    await write('dashboard/src/main.tsx', 'main();');
    await write('functions/shared/domain/csv.ts', 'csv();');
    await write('functions/usage-api/get-growth.ts', 'operation();');
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
    [
      'what makes operations is changed',
      () => write('functions/shared/http/operation.ts', 'operation(parts);'),
    ],
    ['an operation is changed', () => write('functions/usage-api/get-growth.ts', 'operation(1);')],
    ['a package is changed', () => write('package-lock.json', '{ }')],
  ])('is another one when %s', async (_what, change) => {
    const before = sourcesHash(folder, DASHBOARD_SOURCES);
    await change();
    expect(sourcesHash(folder, DASHBOARD_SOURCES)).not.toBe(before);
  });

  test('is the same whatever was built, and whatever else there is', async () => {
    const before = sourcesHash(folder, DASHBOARD_SOURCES);
    await write('dashboard/dist/served/index.html', '');
    await write('functions/usage-api/handler.ts', 'handler();');
    await write('test/dashboard/build.test.ts', '');
    expect(sourcesHash(folder, DASHBOARD_SOURCES)).toBe(before);
  });
});

describe("the hash of the sources of the API's description", () => {
  beforeEach(async () => {
    await write('package.json', '{}');
    await write('package-lock.json', '{}');
    await write('openapi/document.ts', 'document();');
    await write('openapi/page.css', 'p {}');
    await write('functions/shared/http/routes.ts', 'routes();');
    await write('functions/usage-api/get-growth.ts', 'operation();');
  });

  test.each<[string, () => Promise<void>]>([
    ['the description is changed', () => write('openapi/document.ts', 'document(1);')],
    ['the style of the page is changed', () => write('openapi/page.css', 'p { }')],
    ['a module is added', () => write('openapi/html.ts', '')],
    ['the routes are changed', () => write('functions/shared/http/routes.ts', 'routes(1);')],
    ['an operation is changed', () => write('functions/usage-api/get-growth.ts', 'operation(1);')],
    ['the version is changed', () => write('package.json', '{ }')],
    ['a package is changed', () => write('package-lock.json', '{ }')],
  ])('is another one when %s', async (_what, change) => {
    const before = sourcesHash(folder, OPENAPI_SOURCES);
    await change();
    expect(sourcesHash(folder, OPENAPI_SOURCES)).not.toBe(before);
  });

  test('is the same whatever was built, and whatever else there is', async () => {
    const before = sourcesHash(folder, OPENAPI_SOURCES);
    await write('openapi/dist/openapi.json', '{}');
    await write('openapi/dist/published/reference.html.gz', '');
    await write('test/openapi/document.test.ts', '');
    expect(sourcesHash(folder, OPENAPI_SOURCES)).toBe(before);
  });
});

test.each([
  ['the dashboard', ['dashboard/src/main.tsx', 'dashboard/embed/channel-usage.ts'], DASHBOARD_SOURCES],
  ["the API's description", ['openapi/build.ts'], OPENAPI_SOURCES],
])('every module that %s is made of is among its sources', async (_what, entryPoints, patterns) => {
  const { metafile } = await build({
    absWorkingDir: REPOSITORY,
    entryPoints,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    outdir: 'none',
    write: false,
    metafile: true,
    logLevel: 'error',
  });
  // How a module is taken in, such as `?inline`, is no part of where it lies.
  const modules = Object.keys(metafile.inputs).map((path) => path.replace(/\?.*$/, ''));
  expect(modules).toEqual(expect.arrayContaining(entryPoints));
  const sources = new Set(globSync(patterns, { cwd: REPOSITORY }));
  expect(modules.filter((path) => !sources.has(path))).toEqual([]);
});
