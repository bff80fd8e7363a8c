import { execFile } from 'node:child_process';
import { chmod, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import {
  channelStats,
  cleanUp,
  hostHealth,
  postMessages,
  type RunningHost,
  runHost,
  startLocalHost,
  statsWith,
  temporaryFolder,
} from '../../support/host/local-host.ts';

const run = promisify(execFile);

afterEach(cleanUp);

function message(messageId: string, role = 'user'): object {
  return { messageId, conversationId: 'conversation-1', channelId: 'direct', role };
}

const directWith = (messageCount: number) => ({
  channels: [{ channelId: 'direct', channelName: 'Direct/Web', conversationCount: 1, messageCount }],
  total: { conversationCount: 1, messageCount },
});

async function startEmpty(dataFolder: string, environment?: Record<string, string>): Promise<RunningHost> {
  return startLocalHost({
    dataFolder,
    options: ['--no-sample'],
    ...(environment !== undefined && { environment }),
  });
}

describe('the local host', () => {
  it('prints curl lines that work as they are', async () => {
    const host = await startEmpty(await temporaryFolder());
    const [look = '', record = '', health = ''] = host.output().match(/^curl .*$/gm) ?? [];
    expect(await pasted(look)).toEqual({
      channels: [],
      total: { conversationCount: 0, messageCount: 0 },
    });
    expect(await pasted(record)).toEqual({ received: 1, recorded: 1, duplicates: 0, rejected: [] });
    expect(await statsWith(host, 'peer_support', 1)).toEqual(directWith(1));
    expect(await pasted(health)).toEqual({ status: 'ok', findings: [] });
  });

  it('prints the address of the dashboard, and serves it there', async () => {
    const host = await startEmpty(await temporaryFolder());
    const [, address = ''] = /Dashboard +(\S+)/.exec(host.output()) ?? [];
    const page = await fetch(address);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<div id="root">')]);
  });

  it('says at /health that it has no sample to load, where none is wanted, and tells the page of that address', async () => {
    const host = await startEmpty(await temporaryFolder());
    expect(await hostHealth(host)).toEqual({
      sample: { state: 'none', countedMessages: 0, messages: 0, peers: [] },
    });
    const page = await (await fetch(`${host.url}/`)).text();
    expect(page).toContain('<meta name="host-health" content="./health" />');
    expect((await fetch(`${host.url}/health`, { method: 'POST' })).status).toBe(404);
    expect(host.output()).not.toContain('The sample is loading');
  });

  it('counts what is posted, once, and keeps it over a clean stop and over a kill', async () => {
    const dataFolder = await temporaryFolder();
    const first = await startEmpty(dataFolder);
    await postMessages(first, 'peer_1', [message('a'), message('b'), message('reply', 'assistant')]);
    expect(await statsWith(first, 'peer_1', 2)).toEqual(directWith(2));
    first.process.kill('SIGINT');
    expect(await first.exit).toMatchObject({ code: 0, signal: null, stderr: '' });
    const log = await readFile(join(dataFolder, 'host.log'), 'utf8');
    expect(JSON.parse(log.trim().split('\n').at(-1) ?? '')).toMatchObject({
      message: 'stopped',
      metrics: { RecordsReceived: 2, MessagesCounted: 2 },
    });

    const second = await startEmpty(dataFolder);
    expect(second.apiKey).toBe(first.apiKey);
    await postMessages(second, 'peer_1', [message('b'), message('c')]);
    second.process.kill('SIGKILL');
    await second.exit;

    const third = await startEmpty(dataFolder);
    expect(await statsWith(third, 'peer_1', 3)).toEqual(directWith(3));
    third.process.kill('SIGTERM');
    expect(await third.exit).toMatchObject({ code: 0, stderr: '' });
  });

  it('uses the API key that is wanted, and begins anew when it is to be fresh', async () => {
    const dataFolder = await temporaryFolder();
    const LOCAL_API_KEY = `cua_mine_${'m'.repeat(32)}`;
    const first = await startEmpty(dataFolder, { LOCAL_API_KEY });
    expect(first.apiKey).toBe(LOCAL_API_KEY);
    await postMessages(first, 'peer_1', [message('a')]);
    await statsWith(first, 'peer_1', 1);
    first.process.kill('SIGINT');
    await first.exit;
    const second = await startLocalHost({ dataFolder, options: ['--no-sample', '--fresh'] });
    expect(await channelStats(second, 'peer_1')).toEqual({
      channels: [],
      total: { conversationCount: 0, messageCount: 0 },
    });
  });
});

describe('a local host that cannot run', () => {
  it('says that its port, or its data folder, is in use', async () => {
    const running = await startEmpty(await temporaryFolder());
    const { port } = new URL(running.url);
    expect(await runHost({ dataFolder: await temporaryFolder(), options: ['--port', port] })).toEqual({
      code: 1,
      signal: null,
      stdout: '',
      stderr: `port ${port} of 127.0.0.1 is in use; choose another one with --port\n`,
    });
    expect(await runHost({ dataFolder: running.dataFolder })).toEqual({
      code: 1,
      signal: null,
      stdout: '',
      stderr:
        `the data folder ${running.dataFolder} is in use by another local host ` +
        `(process ${running.process.pid}); stop it, or choose another one with --data\n`,
    });
    expect(await channelStats(running, 'peer_1')).toMatchObject({ channels: [] });
  });

  it('says that its data folder cannot be read', async () => {
    const dataFolder = await temporaryFolder();
    await chmod(dataFolder, 0o000);
    // Root may read everything, so that it has to be somebody else.
    expect(await runHost({ dataFolder, asNobody: true })).toMatchObject({
      code: 1,
      stderr: `cannot use the data folder ${dataFolder}: permission denied\n`,
    });
  });

  it.each([
    [
      'an API key of the wrong form',
      [],
      { LOCAL_API_KEY: 'mine' },
      /^LOCAL_API_KEY is wrong: an API key reads /,
    ],
    [
      'a DynamoDB that is not there',
      ['--dynamodb-endpoint', 'http://127.0.0.1:9'],
      {},
      /^the DynamoDB at http:\/\/127\.0\.0\.1:9 cannot be used: ECONNREFUSED\n$/,
    ],
    ['an unknown option', ['--prot', '1'], {}, /^error: unknown option '--prot'\n/],
    [
      'a port that is none',
      ['--port', '70000'],
      {},
      /^error: option '--port <number>' argument '70000' is invalid/,
    ],
    [
      'an endpoint that is none',
      ['--dynamodb-endpoint', 'there'],
      {},
      /^error: option '--dynamodb-endpoint <url>' argument 'there' is invalid/,
    ],
    [
      'options that do not go together',
      ['--fresh', '--dynamodb-endpoint', 'http://127.0.0.1:9'],
      {},
      /^error: --fresh empties the embedded DynamoDB/,
    ],
  ])('complains of %s', async (_case, options, environment, complaint) => {
    const dataFolder = await temporaryFolder();
    const { code, stdout, stderr } = await runHost({ dataFolder, options, environment });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(complaint);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

/** What a pasted curl line is answered: a shell takes it apart, and the request is made from here. */
async function pasted(line: string): Promise<unknown> {
  const { stdout } = await run('sh', ['-c', `curl() { printf '%s\\0' "$@"; }; ${line}`]);
  const words = stdout.split('\0').slice(0, -1);
  const headers = new Headers();
  let url = '';
  let body: string | undefined;
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '-H') {
      const [name = '', value = ''] = (words.shift() ?? '').split(': ');
      headers.append(name, value);
    } else if (word === '-d') body = words.shift();
    else url = word;
  }
  const response = await fetch(url, { headers, ...(body !== undefined && { method: 'POST', body }) });
  expect(response.status).toBe(200);
  return response.json();
}
