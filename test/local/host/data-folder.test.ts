import { chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { DataFolderInUseError, isDataFolder, openDataFolder } from '../../../local/host/data-folder.ts';
import { HostError } from '../../../local/support/host-error.ts';
import { test as it } from '../../support/fixture.ts';

describe('a data folder', () => {
  it('is made where there is none', async ({ folder }) => {
    const path = join(folder, 'a', 'b');
    (await openDataFolder(path, { fresh: false })).close();
    expect(await readdir(path)).toContain('channel-usage-analytics');
  });

  it('is refused while another host uses it, and free again after that', async ({ folder: path }) => {
    const first = await openDataFolder(path, { fresh: false });
    const inUse =
      `the data folder ${path} is in use by another local host (process ${process.pid}); ` +
      'stop it, or choose another one with --data';
    await expect(openDataFolder(path, { fresh: true })).rejects.toThrow(
      new DataFolderInUseError(inUse, { databaseEndpoint: undefined }),
    );
    first.close();
    (await openDataFolder(path, { fresh: false })).close();
  });

  it('tells where its database answers while it is in use, and not where that of an earlier host did', async ({
    folder: path,
  }) => {
    const earlier = await openDataFolder(path, { fresh: false });
    await writeFile(earlier.databaseEndpointFile, 'http://127.0.0.1:8000\n');
    await expect(openDataFolder(path, { fresh: false })).rejects.toMatchObject({
      databaseEndpoint: 'http://127.0.0.1:8000',
    });
    earlier.close();
    const later = await openDataFolder(path, { fresh: false });
    await expect(openDataFolder(path, { fresh: false })).rejects.toMatchObject({
      databaseEndpoint: undefined,
    });
    later.close();
  });

  it('is told from other folders', async ({ folder: path }) => {
    expect(await isDataFolder(path)).toBe(false);
    expect(await isDataFolder(join(path, 'missing'))).toBe(false);
    await writeFile(join(path, 'file'), '');
    expect(await isDataFolder(join(path, 'file'))).toBe(false);
    await rm(join(path, 'file'));
    (await openDataFolder(path, { fresh: false })).close();
    expect(await isDataFolder(path)).toBe(true);
  });

  it.for([true, false])(
    'is refused, and left alone, where it is of somebody else (fresh: %s)',
    async (fresh, { folder: path }) => {
      await writeFile(join(path, 'api-key'), 'mine');
      await expect(openDataFolder(path, { fresh })).rejects.toThrow(
        `${path} is not empty, and not a data folder of this program`,
      );
      expect(await readdir(path)).toEqual(['api-key']);
    },
  );

  it('loses its data, and nothing else, when it is to be fresh', async ({ folder: path }) => {
    const before = await openDataFolder(path, { fresh: false });
    before.close();
    const dataFiles = [
      before.databaseFile,
      `${before.databaseFile}-wal`,
      before.checkpointFile,
      before.apiKeyFile,
      before.sampleFile,
      before.logFile,
      join(before.failedBatchesFolder, 'one.json'),
    ];
    for (const file of dataFiles) await writeFile(file, 'data');
    await mkdir(join(path, 'notes'));
    const after = await openDataFolder(path, { fresh: true });
    after.close();
    expect((await readdir(path)).toSorted()).toEqual([
      'channel-usage-analytics',
      'failed-batches',
      'host.lock',
      'host.pid',
      'notes',
    ]);
    expect(await readdir(after.failedBatchesFolder)).toEqual([]);
  });

  it('keeps its data otherwise', async ({ folder: path }) => {
    const before = await openDataFolder(path, { fresh: false });
    await writeFile(before.apiKeyFile, 'key');
    before.close();
    const after = await openDataFolder(path, { fresh: false });
    after.close();
    expect(await readFile(after.apiKeyFile, 'utf8')).toBe('key');
  });

  it('is closed to others, and so is what an earlier host left open in it', async ({ folder: path }) => {
    const before = await openDataFolder(path, { fresh: false });
    before.close();
    const files = [before.databaseFile, `${before.databaseFile}-wal`, before.logFile, before.apiKeyFile];
    const batch = join(before.failedBatchesFolder, 'copies', 'one.json');
    await mkdir(join(before.failedBatchesFolder, 'copies'));
    for (const file of [...files, batch]) await writeFile(file, 'data');
    const names = await readdir(path, { recursive: true });
    for (const name of names) await chmod(join(path, name), 0o777);
    await chmod(path, 0o777);
    (await openDataFolder(path, { fresh: false })).close();
    expect(await modeOf(path)).toBe(0o700);
    for (const name of await readdir(path, { recursive: true })) {
      const isFolder = (await stat(join(path, name))).isDirectory();
      expect([name, await modeOf(join(path, name))]).toEqual([name, isFolder ? 0o700 : 0o600]);
    }
  });

  it('leaves alone what a symbolic link in it names', async ({ folder }) => {
    const path = join(folder, 'data');
    const elsewhere = join(folder, 'elsewhere.log');
    await writeFile(elsewhere, '');
    await chmod(elsewhere, 0o644);
    const before = await openDataFolder(path, { fresh: false });
    before.close();
    await symlink(elsewhere, before.logFile);
    (await openDataFolder(path, { fresh: false })).close();
    expect(await modeOf(elsewhere)).toBe(0o644);
  });

  it('is refused where it is a file', async ({ folder }) => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(openDataFolder(file, { fresh: false })).rejects.toThrow(
      new HostError(`cannot use the data folder ${file}: it is not a folder`),
    );
    await expect(openDataFolder(join(file, 'below'), { fresh: false })).rejects.toThrow('it is not a folder');
  });
});

async function modeOf(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777;
}
