import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { DAY_MS } from '../../../../../functions/shared/domain/utc-day.ts';
import { ImportState, inStorage, stateFolder } from '../../../../../packages/cli/src/import/import-state.ts';
import { test } from '../../../../support/fixture.ts';
import { exported } from './spooled.ts';

const NOW = Date.now();
const STATE = new URL('../../../../../packages/cli/src/import/import-state.ts', import.meta.url).href;

describe('the state of an import', () => {
  test.for([
    [undefined, {}, '/home/ann/.local/state/channel-usage/imports'],
    [undefined, { XDG_STATE_HOME: '/state' }, '/state/channel-usage/imports'],
    [undefined, { XDG_STATE_HOME: 'relative' }, '/home/ann/.local/state/channel-usage/imports'],
    ['there', { XDG_STATE_HOME: '/state' }, 'there/imports'],
  ] as const)('lies in a folder of its own: %s %o', ([given, environment, expected]) => {
    expect(stateFolder(given, { environment, home: '/home/ann' })).toBe(expected);
  });

  test('is for its owner alone, also where the folder was there', async ({ folder }) => {
    const imports = join(folder, 'imports');
    await mkdir(imports, { mode: 0o755 });
    await chmod(imports, 0o755);
    (await ImportState.open(imports, 'a', NOW)).close();
    expect((await stat(imports)).mode & 0o777).toBe(0o700);
    const made = join(folder, 'new', 'imports');
    (await ImportState.open(made, 'a', NOW)).close();
    expect((await stat(made)).mode & 0o777).toBe(0o700);
  });

  test('is had by one at a time: another is told, and other imports go on', async ({ folder }) => {
    const state = await ImportState.open(folder, 'a', NOW);
    await expect(ImportState.open(folder, 'a', NOW)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('another process is importing the same files'),
    });
    (await ImportState.open(folder, 'b', NOW)).close();
    state.close();
    (await ImportState.open(folder, 'a', NOW)).close();
  });

  test('is let go by a process that is killed, and kept for as long as it lives', async ({ folder }) => {
    const hold = `const { ImportState } = await import(${JSON.stringify(STATE)});
      globalThis.held = await ImportState.open(${JSON.stringify(folder)}, 'a', ${NOW});
      process.stdout.write('held'); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', hold], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = await once(child.stdout, 'data');
    expect(String(said)).toBe('held');
    await expect(ImportState.open(folder, 'a', NOW)).rejects.toMatchObject({ exitCode: 2 });
    child.kill('SIGKILL');
    await once(child, 'close');
    (await ImportState.open(folder, 'a', NOW)).close();
  });

  test('keeps nothing for longer than 30 days, and nothing but empty locks when it is removed', async ({
    folder,
  }) => {
    const old = join(folder, 'old.spool');
    const recent = join(folder, 'recent.spool.reading');
    await writeFile(old, 'ids');
    await writeFile(recent, 'ids');
    await utimes(old, (NOW - 31 * DAY_MS) / 1_000, (NOW - 31 * DAY_MS) / 1_000);
    await utimes(recent, (NOW - 29 * DAY_MS) / 1_000, (NOW - 29 * DAY_MS) / 1_000);
    const state = await ImportState.open(folder, 'a', NOW);
    const writer = state.newSpool();
    writer.add(exported('m'));
    writer.finish('sources');
    expect(await readdir(folder)).toEqual(['a.lock', 'a.spool', 'recent.spool.reading']);
    state.spool()?.remove();
    state.close();
    expect(await readdir(folder)).toEqual(['a.lock', 'recent.spool.reading']);
    expect((await stat(join(folder, 'a.lock'))).size).toBe(0);
  });

  test.for([
    ['no database', 'ids of messages'],
    ['empty', ''],
    ['half a database', 'SQLite format 3\0'.padEnd(8_192, 'x')],
  ] as const)('that is %s is thrown away, and read again', async ([, content], { folder }) => {
    await writeFile(join(folder, 'a.spool'), content);
    const state = await ImportState.open(folder, 'a', NOW);
    expect(state.spool()).toBeUndefined();
    expect(await readdir(folder)).toEqual(['a.lock']);
    state.close();
  });

  test('that cannot be written is told with the folder, and what helps', async ({ folder }) => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    const attempts = [join(file, 'imports'), '/proc/nothing/here'];
    for (const place of attempts) {
      await expect(inStorage(place, () => ImportState.open(place, 'a', NOW))).rejects.toMatchObject({
        exitCode: 2,
        message: expect.stringMatching(
          /^cannot keep in .*: (it is not a folder|there is no such folder|permission denied|EINVAL); choose another folder with --state$/,
        ),
      });
    }
  });

  test('that fills the disk is told so', async ({ folder }) => {
    const full = Object.assign(new Error('database or disk is full'), { errcode: 13 });
    await expect(inStorage(folder, () => Promise.reject(full))).rejects.toMatchObject({
      exitCode: 2,
      message: `cannot keep in ${folder} what is read: the disk is full; choose another folder with --state`,
    });
    const other = new TypeError('a mistake of ours');
    await expect(inStorage(folder, () => Promise.reject(other))).rejects.toBe(other);
  });
});
