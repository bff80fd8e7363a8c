import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import * as z from 'zod';

const PACKAGE = join(import.meta.dirname, '../../../packages/client');

test('the client is made of its own files and of openapi-fetch, for every platform, and small', async () => {
  const { metafile, outputFiles } = await build({
    entryPoints: [join(PACKAGE, 'src/index.ts')],
    bundle: true,
    minify: true,
    format: 'esm',
    // Modules of Node.js cannot be resolved for browsers.
    platform: 'browser',
    metafile: true,
    write: false,
    absWorkingDir: PACKAGE,
    logLevel: 'silent',
  });
  const inputs = Object.keys(metafile.inputs);
  expect(inputs.length).toBeGreaterThan(8);
  for (const input of inputs) expect(input).toMatch(/^(src\/|\.\.\/\.\.\/node_modules\/openapi-fetch\/)/);
  // openapi-fetch alone is 6,500.
  expect(outputFiles[0]?.contents.length).toBeLessThan(21_000);
});

test('openapi-fetch is all that installing it brings, in the version that is tested', async () => {
  const text = await readFile(join(PACKAGE, 'package.json'), 'utf8');
  const { dependencies } = z
    .object({ dependencies: z.record(z.string(), z.string()) })
    .parse(JSON.parse(text));
  const installed = await readFile(join(PACKAGE, '../../node_modules/openapi-fetch/package.json'), 'utf8');
  expect(dependencies).toEqual({ 'openapi-fetch': JSON.parse(installed).version });
});

test('the packages have the version of the service', async () => {
  const version = async (path: string) =>
    z.object({ version: z.string() }).parse(JSON.parse(await readFile(join(PACKAGE, path), 'utf8'))).version;
  const whole = await version('../../package.json');
  expect([await version('package.json'), await version('../cli/package.json')]).toEqual([whole, whole]);
});
