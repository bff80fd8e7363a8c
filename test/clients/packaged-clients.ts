import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as z from 'zod';
import { FailingService, type Fault } from '../support/client/failing-service.ts';
import { runCommand } from './command.ts';
import type { Place } from './place.ts';
import { packPython } from './python-package.ts';
import { npmPackages, pythonWithPackages } from './tools.ts';

// The clients that are handed out as packages: packed, installed elsewhere, and used from there.

const PROGRAMS = join(import.meta.dirname, 'programs');
const CLIENT = join(import.meta.dirname, '../../packages/client');

/** Where the packages are left once they have been tried, if anywhere. */
const KEPT = process.env['CLIENT_PACKAGES'];

/** The ways in which TypeScript finds packages. */
const RESOLUTIONS = [
  { module: 'nodenext', moduleResolution: 'nodenext' },
  { module: 'esnext', moduleResolution: 'bundler' },
];

/** What the package is made of. */
const PACKED = [
  'README.md',
  'dist/LICENSE',
  'dist/{answer-error,caller,client,errors,index,pages,process-exit,record-messages,recorder,timing}.{d.ts,js}',
  'dist/generated/openapi.{d.ts,js}',
  'package.json',
];

/** Packs `@channel-usage/client`, and compiles and runs a program against it in a project of its own. */
export async function channelUsageClient({ folder, env }: Place): Promise<string> {
  const installed = join(folder, 'node_modules/@channel-usage/client');
  await mkdir(installed, { recursive: true });
  await runCommand('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: CLIENT });
  const [tarball = ''] = globSync('*.tgz', { cwd: folder });
  await runCommand('tar', ['-xzf', tarball, '--strip-components=1', '-C', installed], { cwd: folder });
  const files = globSync('**/{*.*,LICENSE}', { cwd: installed }).sort();
  assert.deepEqual(files, globSync(PACKED, { cwd: installed }).sort());
  assert.equal(files.length, 3 + 2 * 11);

  // What its dependencies are, and the compiler, stands in the lock file of the other clients.
  const packages = join(await npmPackages(), 'node_modules');
  for (const name of ['openapi-fetch', 'openapi-typescript-helpers', '@types', 'undici-types']) {
    await symlink(join(packages, name), join(folder, 'node_modules', name));
  }
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await copyFile(join(PROGRAMS, 'channel-usage-client.ts'), join(folder, 'program.ts'));
  for (const resolution of RESOLUTIONS) {
    const compilerOptions = {
      ...resolution,
      ...{
        target: 'es2022',
        strict: true,
        exactOptionalPropertyTypes: true,
        outDir: 'built',
        types: ['node'],
      },
    };
    const files = ['program.ts'];
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
    await runCommand(join(packages, '.bin/tsc'), ['--project', folder], { cwd: folder });
  }
  const said = await runCommand(process.execPath, ['built/program.js'], { cwd: folder, env });
  await keep(join(folder, tarball));
  return said;
}

async function keep(file: string): Promise<void> {
  if (KEPT === undefined) return;
  await mkdir(KEPT, { recursive: true });
  await copyFile(file, join(KEPT, basename(file)));
}

/** What becomes of the requests of the Python client, one after another; the last two are of a message that is refused. */
const FAULTS: Fault[] = [
  'cut before',
  'cut after',
  'cut within',
  'none',
  'html',
  'other json',
  'empty',
  'none',
  { status: 429, retryAfter: '1' },
  { status: 500 },
  { status: 502 },
  { status: 503 },
  'none',
  { status: 504 },
  'slow',
  'none',
  { status: 401 },
];
/** How many messages that is: each `none` and each refusal ends one. */
const MESSAGES = 7;
const REFUSED = 4;

const failures = z.object({ failed: z.array(z.tuple([z.int(), z.string()])), shared: z.int() });

/** Packs the Python client, installs it, and uses it with the host and with a service that fails. */
export async function channelUsageClientForPython({ document, folder, env }: Place): Promise<string> {
  const interpreter = await pythonWithPackages();
  const wheels = await packPython(interpreter, document, join(folder, 'package'));
  const [wheel = ''] = globSync('*.whl', { cwd: wheels });
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(await readFile(join(CLIENT, 'package.json'), 'utf8')));
  assert.equal(wheel, `channel_usage_client-${version}-py3-none-any.whl`);
  const site = join(folder, 'site');
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--no-index'];
  await runCommand(interpreter, [...pip, '--target', site, join(wheels, wheel)], { cwd: folder });
  await runCommand(interpreter, ['-m', 'compileall', '-q', site], { cwd: folder });
  await recordDespiteFailures(interpreter, folder, site);
  const growth = join(PROGRAMS, 'python_package_growth.py');
  await runCommand(interpreter, [growth], { cwd: folder, env: { PYTHONPATH: site } });
  const program = join(PROGRAMS, 'python_package.py');
  const said = await runCommand(interpreter, [program], { cwd: folder, env: { ...env, PYTHONPATH: site } });
  await keep(join(wheels, wheel));
  return said;
}

async function recordDespiteFailures(interpreter: string, folder: string, site: string): Promise<void> {
  const service = new FailingService();
  const url = await service.start();
  try {
    // The last request, which makes a share link, is not one to be sent again.
    service.faults = [
      ...FAULTS,
      ...Array.from({ length: MESSAGES - REFUSED - 1 }, () => 'none' as const),
      { status: 503 },
    ];
    const env = { PYTHONPATH: site, URL_OF_SERVICE: url, MESSAGES: `${MESSAGES}` };
    const program = join(PROGRAMS, 'python_package_failures.py');
    const said = failures.parse(JSON.parse(await runCommand(interpreter, [program], { cwd: folder, env })));
    assert.deepEqual(said, { failed: [[REFUSED, 'it is a 401']], shared: 503 });
    const recorded = Array.from({ length: MESSAGES }, (_, index) => `m-${index}`).toSpliced(REFUSED, 1);
    assert.deepEqual(
      service.taken.map(({ messageId }) => messageId),
      recorded,
    );
    assert.deepEqual(service.changed, []);
    assert.equal(service.requests, FAULTS.length + MESSAGES - REFUSED - 1 + 1);
  } finally {
    await service[Symbol.asyncDispose]();
  }
}
