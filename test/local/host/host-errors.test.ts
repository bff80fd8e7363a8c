import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import {
  cleanUp,
  hostHealth,
  postMessages,
  runHost,
  spawnHost,
  startLocalHost,
  statsWith,
  temporaryFolder,
} from '../../support/host/local-host.ts';
import { slowClient } from '../../support/host/slow-client.ts';

// What a person sees of a local host where something is wrong with its files: a line that says what, and what to
// do, and no calls of the program.

const run = promisify(execFile);

afterEach(cleanUp);

const onLinux = it.skipIf(process.platform !== 'linux');

/** How a host ends that says one line and does nothing else. */
function endedWith(stderr: string) {
  return { code: 1, signal: null, stdout: '', stderr: `${stderr}\n` };
}

/** A data folder as a host leaves it that has counted a message. */
async function usedFolder(): Promise<string> {
  const dataFolder = await temporaryFolder();
  const host = await startLocalHost({ dataFolder, options: ['--no-sample'] });
  await record(host);
  await statsWith(host, 'peer_1', 1);
  host.process.kill('SIGINT');
  await host.exit;
  return dataFolder;
}

function record(host: Parameters<typeof postMessages>[0], messageId = 'a') {
  return postMessages(host, 'peer_1', [
    { messageId, conversationId: 'conversation-1', channelId: 'direct', role: 'user' },
  ]);
}

describe('a data folder that cannot be', () => {
  onLinux.each([
    ['/proc/x', 'it is not there, and cannot be made'],
    ['/proc/x/y', 'it is not there, and cannot be made'],
    ['/dev/null', 'it is not a folder'],
    ['/dev/null/x', 'it is not a folder'],
  ])('ends the host at once: %s', async (dataFolder, problem) => {
    expect(await runHost({ dataFolder })).toEqual(
      endedWith(`cannot use the data folder ${dataFolder}: ${problem}`),
    );
  });

  onLinux('ends it where only the system writes', async () => {
    expect(await runHost({ dataFolder: '/sys/x' })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^cannot use the data folder \/sys\/x: .*\n$/),
    });
  });

  it('ends it where it is a pipe', async () => {
    const pipe = join(await temporaryFolder(), 'pipe');
    await run('mkfifo', [pipe]);
    expect(await runHost({ dataFolder: pipe })).toEqual(
      endedWith(`cannot use the data folder ${pipe}: it is not a folder`),
    );
  });

  it('ends it where it may only be read', async () => {
    const dataFolder = await temporaryFolder();
    await chmod(dataFolder, 0o555);
    const isOfSomebodyElse = process.getuid?.() === 0;
    expect(await runHost({ dataFolder, asNobody: true })).toEqual(
      endedWith(
        isOfSomebodyElse
          ? `others of this machine may read ${dataFolder}, and that cannot be changed; choose another data folder with --data`
          : `cannot use the data folder ${dataFolder}: permission denied`,
      ),
    );
  });
});

describe('a data file that is damaged', () => {
  const RESTORE =
    'put a copy of the whole data folder in its place, or begin anew with `npm start -- --fresh`, ' +
    'which loses what was counted';

  it.each([
    ['garbage', (file: string) => writeFile(file, 'garbage'.repeat(2_000)), 'file is not a database'],
    ['cut off', (file: string) => truncate(file, 20_000), 'database disk image is malformed'],
    ['empty', (file: string) => truncate(file, 0), 'it is empty'],
  ])('ends the host where it is the database, which is %s', async (_case, damage, problem) => {
    const dataFolder = await usedFolder();
    const file = join(dataFolder, 'dynamodb.sqlite');
    await damage(file);
    const size = (await stat(file)).size;
    expect(await runHost({ dataFolder, options: ['--no-sample'] })).toEqual(
      endedWith(`${file} is damaged (${problem}): ${RESTORE}`),
    );
    expect((await stat(file)).size).toBe(size);
    const anew = await startLocalHost({ dataFolder, options: ['--no-sample', '--fresh'] });
    await record(anew);
    await statsWith(anew, 'peer_1', 1);
  });

  it('is told, and does no harm, where it is the checkpoint', async () => {
    const dataFolder = await usedFolder();
    await writeFile(join(dataFolder, 'checkpoint.json'), '{"streamArn":');
    const host = await startLocalHost({ dataFolder, options: ['--no-sample'] });
    await record(host, 'b');
    const { total } = await statsWith(host, 'peer_1', 2);
    expect(total).toEqual({ conversationCount: 1, messageCount: 2 });
    host.process.kill('SIGINT');
    expect(await host.exit).toMatchObject({
      code: 0,
      stderr:
        `${join(dataFolder, 'checkpoint.json')} holds no checkpoint: ` +
        'the stream is read from its beginning, and what was counted is recognised\n',
    });
  });

  it('is told where it is the state of the sample, and the host serves', async () => {
    const dataFolder = await usedFolder();
    await writeFile(join(dataFolder, 'sample.json'), 'garbage');
    const host = await startLocalHost({ dataFolder });
    await statsWith(host, 'peer_1', 1);
    host.process.kill('SIGINT');
    expect(await host.exit).toMatchObject({
      code: 0,
      stderr:
        `the sample could not be loaded: ${join(dataFolder, 'sample.json')} cannot be read; ` +
        'delete it if the sample is not to go on\n',
    });
  });

  it('ends the host where it is the API key or the lock', async () => {
    const dataFolder = await usedFolder();
    const [lock, key] = [join(dataFolder, 'host.lock'), join(dataFolder, 'api-key')];
    await writeFile(lock, 'garbage'.repeat(1_000));
    expect(await runHost({ dataFolder })).toEqual(
      endedWith(`${lock} is damaged: delete it, which loses nothing`),
    );
    await rm(lock);
    await writeFile(key, 'garbage');
    expect(await runHost({ dataFolder })).toEqual(
      endedWith(`${key} does not hold an API key; delete it, and a new one is made`),
    );
  });

  it('ends the host where it is a pipe, which would be waited for without end', async () => {
    const dataFolder = await usedFolder();
    for (const name of ['checkpoint.json', 'host.log']) {
      const pipe = join(dataFolder, name);
      await rm(pipe);
      await run('mkfifo', [pipe]);
      expect(await runHost({ dataFolder })).toEqual(
        endedWith(`${pipe} is not a file: move it away, or choose another data folder with --data`),
      );
      await rm(pipe);
    }
  });
});

describe('a disk that takes no more', () => {
  const TOO_LARGE = 'no file may become that large here';

  it('ends the host in a line that names the file, when it starts', async () => {
    const dataFolder = await usedFolder();
    const { code, stdout, stderr } = await runHost({ dataFolder, before: 'ulimit -f 0' });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^cannot (use|write) [^\n]*host\.(lock|pid): [^\n]+\n$/);
  });

  it('ends the host in a line where only the database cannot grow', async () => {
    const dataFolder = await temporaryFolder();
    const { code, stdout, stderr } = await runHost({ dataFolder, before: 'ulimit -f 16' });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^[^\n]*${join(dataFolder, 'dynamodb.sqlite')}[^\n]*\n$`));
  });

  onLinux('is told once where the log is on it, and the host serves', async () => {
    const dataFolder = await usedFolder();
    const log = join(dataFolder, 'host.log');
    await rm(log);
    await symlink('/dev/full', log);
    const host = await startLocalHost({ dataFolder, options: ['--no-sample'] });
    await record(host, 'b');
    await statsWith(host, 'peer_1', 2);
    host.process.kill('SIGINT');
    expect(await host.exit).toMatchObject({
      code: 0,
      stderr: `cannot write to ${log}: the disk is full; what would be there is lost\n`,
    });
    await rm(log);
  });

  onLinux('does not end a host that runs, which counts on, and loses nothing', async () => {
    const dataFolder = await usedFolder();
    const host = await startLocalHost({ dataFolder, options: ['--no-sample'] });
    await run('prlimit', ['--pid', String(host.process.pid), '--fsize=0:']);
    await record(host, 'b');
    await statsWith(host, 'peer_1', 2);
    host.process.kill('SIGINT');
    expect(await host.exit).toMatchObject({
      code: 0,
      stderr: `cannot write to ${join(dataFolder, 'host.log')}: ${TOO_LARGE}; what would be there is lost\n`,
    });
    const next = await startLocalHost({ dataFolder, options: ['--no-sample'] });
    await record(next, 'c');
    expect((await statsWith(next, 'peer_1', 3)).total.messageCount).toBe(3);
  });
});

describe('600 connections on which no request comes to its end', () => {
  it('keep nobody out, and are closed by the host', async () => {
    const host = await startLocalHost({ dataFolder: await temporaryFolder(), options: ['--no-sample'] });
    const clients = Array.from({ length: 600 }, () => slowClient(host.url, 'GET / HTTP/1.1\r\nhost: local'));
    await Promise.all(clients.map(({ opened }) => opened));
    await record(host);
    await statsWith(host, 'peer_1', 1);
    await Promise.all(clients.map(({ closed }) => closed));
    host.process.kill('SIGINT');
    expect(await host.exit).toMatchObject({ code: 0, signal: null, stderr: '' });
  });
});

describe('a host that is stopped while the sample is loaded', () => {
  it('ends as it does otherwise, and goes on with it when it is started again', async () => {
    const dataFolder = await temporaryFolder();
    const host = await startLocalHost({ dataFolder });
    await host.said('Loading the sample: 0 of');
    const { sample } = await hostHealth(host);
    expect(sample).toMatchObject({ state: 'loading', messages: 30_310 });
    expect(sample.countedMessages).toBeLessThan(sample.messages);
    expect([...sample.peers].sort()).toEqual(['peer_123', 'peer_demo', 'peer_hr', 'peer_support']);
    expect(host.output()).toContain(`curl '${host.url}/health'`);
    host.process.kill('SIGINT');
    expect(await host.exit).toMatchObject({ code: 0, signal: null, stderr: '' });
    const again = await startLocalHost({ dataFolder });
    await again.said('Loading the sample:');
    await statsWith(again, 'peer_support', 1);
    again.process.kill('SIGTERM');
    expect(await again.exit).toMatchObject({ code: 0, signal: null, stderr: '' });
    const log = await readFile(join(dataFolder, 'host.log'), 'utf8');
    expect(log).not.toContain('"level":"ERROR"');
  });

  it('ends as it does otherwise when it has not even begun to serve', async () => {
    const host = spawnHost({ dataFolder: await temporaryFolder(), options: ['--no-sample'] });
    await host.said('serves at');
    host.process.kill('SIGINT');
    expect(await host.exit).toMatchObject({ code: 0, signal: null, stderr: '' });
  });
});

describe('what a host writes', () => {
  it('is for its owner alone, whatever the umask', async () => {
    const parent = await temporaryFolder();
    const dataFolder = join(parent, 'above', 'data');
    await mkdir(join(parent, 'above'));
    const host = await startLocalHost({ dataFolder, options: ['--no-sample'], before: 'umask 000' });
    await record(host);
    await statsWith(host, 'peer_1', 1);
    const names = await readdir(dataFolder, { recursive: true });
    expect(names).toEqual(expect.arrayContaining(['database-endpoint', 'dynamodb.sqlite-wal', 'host.log']));
    const modes = await Promise.all(names.map(async (name) => [name, await modeOf(join(dataFolder, name))]));
    expect((await stat(dataFolder)).mode & 0o777).toBe(0o700);
    const others = modes.filter(([, mode]) => mode !== undefined && mode !== 0o600);
    expect(others).toEqual([['failed-batches', 0o700]]);
    host.process.kill('SIGINT');
    await host.exit;
  });

  it('does not say where its database answers, except to its owner', async () => {
    const dataFolder = await usedFolder();
    const host = await startLocalHost({ dataFolder, options: ['--no-sample'] });
    const endpoint = (await readFile(join(dataFolder, 'database-endpoint'), 'utf8')).trim();
    const { host: place } = new URL(endpoint);
    const answers = await Promise.all(
      ['/', '/docs', '/api/v1/openapi.json', '/api/v1/peer/peer_1/channel-stats', '/nowhere'].map(
        async (path) => {
          const response = await fetch(`${host.url}${path}`);
          return JSON.stringify([...response.headers]) + (await response.text());
        },
      ),
    );
    expect(answers.filter((text) => text.includes(place))).toEqual([]);
    host.process.kill('SIGINT');
    const { stdout, stderr } = await host.exit;
    const log = await readFile(join(dataFolder, 'host.log'), 'utf8');
    expect(stdout + stderr + log).not.toContain(place);
  });
});

/** Who may do what with a file; nothing where it has gone, as one that took another's place has. */
async function modeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mode & 0o777;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
