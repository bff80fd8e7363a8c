import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { describe, expect } from 'vitest';
import { type BundledProgram, build } from '../../../packages/cli/build/build.ts';
import { PROGRAM } from '../../../packages/cli/build/build-folder.ts';
import { conversation, test as fixture, PEER } from './cli-fixture.ts';

// The package as it is published, and the program as it is started.

const PACKAGE = join(import.meta.dirname, '../../../packages/cli');
const run = promisify(execFile);

/** One build for all tests of this file. */
const test = fixture.extend('built', { scope: 'worker' }, async () => {
  const parent = await mkdtemp(join(tmpdir(), 'cli-build-'));
  try {
    return await build(join(parent, 'dist'));
  } finally {
    await rm(parent, { recursive: true, force: true });
  }
});

/** The outputs that are loaded before a command is known, and what they are made of. */
function loadedAtOnce({ outputs }: BundledProgram) {
  const paths = new Set([PROGRAM]);
  for (const path of paths) {
    for (const { path: imported, kind, external } of outputs[path]?.imports ?? []) {
      if (kind === 'import-statement' && external !== true) paths.add(imported);
    }
  }
  const loaded = [...paths].map((path) => outputs[path]);
  return {
    bytes: loaded.reduce((sum, output) => sum + (output?.bytes ?? 0), 0),
    modules: loaded.flatMap((output) => Object.keys(output?.inputs ?? {})),
  };
}

describe('the bundle', () => {
  test('loads for stats neither what talks to AWS, nor what imports, serves assistants or verifies', ({
    built,
  }) => {
    const { modules } = loadedAtOnce(built);
    const foreign = modules.filter((path) =>
      /node_modules\/(@aws-sdk|@smithy|@modelcontextprotocol|yauzl|csv-parse|postal-mime|temporal-polyfill|@streamparser|cli-progress)\//.test(
        path,
      ),
    );
    expect(foreign).toEqual([]);
    const heavy = modules.filter(
      (path) =>
        /^packages\/cli\/src\/(import|verify|mcp|history)\//.test(path) &&
        !/-(options|warning)\.ts$/.test(path),
    );
    expect(heavy).toEqual([]);
  });

  test('stays small where little is asked for', ({ built }) => {
    // 10 % above what it has: commander, the client, what reads, draws and writes answers, and zod, a third of it: all
    // chunks share one, so that what the server for assistants needs of it is loaded as well.
    expect(loadedAtOnce(built).bytes).toBeLessThan(330_000);
  });
});

test('the package holds what it needs, and nothing else', async () => {
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: PACKAGE });
  const [{ files = [] } = {}]: { files?: { path: string; mode: number }[] }[] = JSON.parse(stdout);
  const paths = files.map(({ path }) => path);
  const chunks = paths.filter((path) => /^dist\/chunks\/[\w.-]+\.js$/.test(path));
  expect(chunks.length).toBeGreaterThan(0);
  expect(paths.filter((path) => !chunks.includes(path)).sort()).toEqual([
    'README.md',
    'bin/channel-usage.js',
    'dist/LICENSE',
    'dist/THIRD-PARTY-NOTICES.txt',
    'dist/channel-usage.js',
    'package.json',
  ]);
  expect((files.find(({ path }) => path === 'bin/channel-usage.js')?.mode ?? 0) & 0o111).toBe(0o111);
});

test('the program runs as a process of its own, by what npm starts', async ({ url, key, service }) => {
  const slack = { channelId: 'integration_1', channelName: 'Slack', galleryKey: 'slack' };
  await service.count(conversation(slack, '2026-11-20', 3));
  const env = {
    PATH: process.env['PATH'],
    CHANNEL_USAGE_URL: url,
    CHANNEL_USAGE_API_KEY: key,
    COLUMNS: '40',
  };
  const bin = join(PACKAGE, 'bin/channel-usage.js');
  const { stdout, stderr } = await run(process.execPath, [bin, 'stats', PEER], { env });
  expect(stderr).toBe('');
  expect(stdout).toContain('│ 💬 Slack                  3 (100.0%) │');
  const wrong = await run(process.execPath, [bin, 'stats', PEER, '--key', 'wrong'], { env }).catch(
    (error) => error,
  );
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('the API key is none') });
});

test('an import goes on where nobody reads any more how far it is', async ({ url, key, folder }) => {
  const file = join(folder, 'messages.jsonl');
  const messages = conversation({ channelId: 'direct' }, '2026-11-20', 5);
  const lines = messages.map(({ peerId: _, sentAt, ...message }) =>
    JSON.stringify({ ...message, role: 'user', sentAt: new Date(sentAt).toISOString() }),
  );
  await writeFile(file, `${lines.join('\n')}\n`);
  const env = {
    PATH: process.env['PATH'],
    CHANNEL_USAGE_URL: url,
    CHANNEL_USAGE_API_KEY: key,
    XDG_STATE_HOME: folder,
  };
  const bin = join(PACKAGE, 'bin/channel-usage.js');
  const child = spawn(process.execPath, [bin, 'import', file, '--peer', PEER, '--json'], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stderr.destroy();
  const [stdout, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  expect([JSON.parse(stdout), code]).toEqual([expect.objectContaining({ recorded: 5 }), 0]);
});

test.for(['20.20.2', '22.17.1'])('a Node.js that is too old is told in a line: %s', async (version) => {
  const versions = JSON.stringify({ ...process.versions, node: version });
  const pretend = `data:text/javascript,Object.defineProperty(process, 'versions', { value: ${versions} })`;
  const bin = join(PACKAGE, 'bin/channel-usage.js');
  const ran = await run(process.execPath, ['--import', pretend, bin, '--help']).catch((error) => error);
  expect(ran).toMatchObject({
    ...{ code: 2, stdout: '' },
    stderr: `error: Node.js ${version} is too old: 22.18 or newer is needed\n`,
  });
});
