import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { keyText } from '../../support/service/test-service.ts';
import { PEER, test } from './cli-fixture.ts';
import { runCommand } from './cli-run.ts';

// Who is asked, with which key, and what is said where no answer comes.

const KEY = keyText('someone');
const READING: readonly (readonly string[])[] = [
  ['stats', PEER],
  ['stats', PEER, '--watch', '--json'],
  ['history', PEER],
  ['growth', PEER],
  ['health', PEER],
  ['report', PEER],
  ['report', PEER, '--format', 'md'],
  ['peers'],
  ['trust', PEER],
  ['lookup', PEER, '--conversation', 'c', 'm'],
  ['share', 'list', PEER],
  ['channels', 'list', PEER],
];

/** A `fetch` that answers the same to everything, and what it was asked. */
function answering(status: number, body: string, headers: Record<string, string> = {}) {
  const asked: Request[] = [];
  const send: typeof fetch = async (input, init) => {
    asked.push(new Request(input, init));
    return new Response(body, { status, headers: { 'content-type': 'application/json', ...headers } });
  };
  return { send, asked };
}

function refusal(status: number, message: string): string {
  return JSON.stringify({ error: { code: 'some_code', message, status, requestId: 'request-1' } });
}

describe.each(READING.map((command) => [command]))('%j', (command) => {
  test('with a wrong key ends with 3, says why, and not with which key', async ({ cli }) => {
    const run = await cli(command, { environment: { CHANNEL_USAGE_API_KEY: KEY } });
    expect(run).toMatchObject({ exitCode: 3, stdout: '' });
    expect(run.stderr).toMatch(/^error: the service says 401: /);
    expect(run.stderr).not.toContain(KEY);
  });

  // What is watched is asked for until it comes.
  test.skipIf(command.includes('--watch'))('with no server ends with 4', async ({ cli }) => {
    const send: typeof fetch = async () => {
      throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED 127.0.0.1:1') });
    };
    expect(await cli(command, { fetch: send })).toMatchObject({
      exitCode: 4,
      stdout: '',
      stderr: expect.stringMatching(/^error: http:\S+ could not be reached: connect ECONNREFUSED .*\n$/m),
    });
  });

  test.skipIf(command.includes('--watch'))('with a server that is too slow ends with 4', async ({ cli }) => {
    const send: typeof fetch = (input, init) =>
      new Promise((_resolve, reject) => {
        const { signal } = new Request(input, init);
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    const waited: number[] = [];
    const waiting = {
      pause: async () => {},
      deadline: async (milliseconds: number) => {
        waited.push(milliseconds);
      },
      random: () => 1,
    };
    const run = await cli(command, { fetch: send, waiting });
    expect(run).toMatchObject({ exitCode: 4, stdout: '' });
    expect(run.stderr).toMatch(/^error: http:\S+ did not answer within 30000 ms\n$/m);
    expect(new Set(waited)).toEqual(new Set([30_000, 2_000]));
  });
});

describe('an answer', () => {
  test.for([
    [
      'a page of something else',
      200,
      '<html>',
      4,
      /answers with something that is no JSON: is the address right\?\n$/,
    ],
    ['JSON of something else', 200, '{"channels":1}', 3, /is not this service, or another version of it/],
    ['a redirection', 302, '', 3, /says 302: the answer leads to https:\/\/elsewhere\/, and is not followed/],
    ['a failure that lasts', 503, refusal(503, 'busy'), 4, /says 503: busy \(request request-1\)/],
    ['too many requests', 429, refusal(429, 'slower'), 4, /says 429: slower/],
    ['what is not there', 404, refusal(404, 'no such thing'), 3, /says 404: no such thing\n$/],
    [
      'what would work on a terminal',
      403,
      refusal(403, 'no\u001b[31m\u202e\u009b2J'),
      3,
      /^error: the service says 403: no\ufffd\[31m\ufffd\ufffd2J\n$/,
    ],
  ] as const)('that is %s is told in a line', async ([, status, body, exitCode, words], { cli }) => {
    const { send, asked } = answering(status, body, { location: 'https://elsewhere/' });
    const run = await cli(['stats', PEER, '--json'], { fetch: send });
    expect(run).toMatchObject({ exitCode, stdout: '' });
    expect(run.stderr).toMatch(words);
    expect(asked.length).toBe(exitCode === 4 ? 3 : 1);
    expect(asked.every(({ url }) => !url.includes('cua_'))).toBe(true);
  });
});

describe('a command line', () => {
  test.for([
    [[], 'Usage: '],
    [['stast', PEER], 'Did you mean stats?'],
    [['stats'], "missing required argument 'peer'"],
    [['stats', ''], 'must not be empty'],
    [['stats', PEER, '--comapre'], 'Did you mean --compare?'],
    [['stats', PEER, '--compare'], '--compare needs a range'],
    [['stats', PEER, '--from', '2026-02-30'], 'must be a day that exists'],
    [['history', PEER, '--from', '2026-11-02', '--to', '2026-11-01'], '--from must not be after --to'],
    [['stats', PEER, '--json', '--csv'], 'cannot be used with'],
    [['stats', PEER, 'more'], 'too many arguments'],
    [['growth', PEER, '--weeks', '53'], 'must be a whole number from 1 to 52'],
    [['history', PEER, '--interval', 'year'], 'day, week, month'],
    [['report', PEER, '--period', '2026-13'], 'must be a month'],
    [['peers', '--url', 'ftp://somewhere'], 'must be a URL'],
    [['peers', '--key', 'secret'], 'the API key is none'],
    [['lookup', PEER], 'say which messages'],
    [['lookup', PEER, 'm1'], 'say with --conversation'],
    [['lookup', PEER, '--file', '/nowhere/at/all'], 'cannot read /nowhere/at/all'],
    [['channels', 'set', PEER, 'c'], 'say what to set'],
    [['open', '--channel', 'c'], 'say of which peer'],
    [['completion', 'tcsh'], 'bash, zsh, fish'],
    [['peers', '--profile', 'nowhere'], 'there is no profile nowhere'],
    [['profile', 'add', 'no/name'], 'must be 1 to 64 letters'],
  ] as const)('that is wrong is told so, with 2: %j', async ([given, words], { cli }) => {
    const { exitCode, stdout, stderr } = await cli(given);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(words);
  });

  test('without a key says where one may be kept', async ({ folder }) => {
    const environment = { CHANNEL_USAGE_URL: 'https://usage.example.com' };
    expect(await runCommand(['peers'], { home: folder, environment })).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/an API key for https:\/\/usage.example.com is needed: .*profile add/),
    });
  });

  test('that would send the key unencrypted says so', async ({ cli }) => {
    const { send } = answering(200, '{}');
    const run = (url: string) => cli(['peers', '--url', url], { fetch: send });
    expect((await run('http://usage.example.com')).stderr).toMatch(/^warning: .* is not https/);
    expect((await run('http://localhost:8787')).stderr).not.toMatch(/warning/);
    expect((await run('https://usage.example.com')).stderr).not.toMatch(/warning/);
  });
});

describe('profiles', () => {
  const OTHER = keyText('another');
  const fileIn = (folder: string) => join(folder, '.config/channel-usage/profiles.json');

  /** Runs a command without anything in the environment, and says where it went, and with which key. */
  async function asking(folder: string, given: readonly string[], environment: Record<string, string> = {}) {
    const { send, asked } = answering(401, refusal(401, 'no'));
    const { exitCode, stderr } = await runCommand(given, { home: folder, fetch: send, environment });
    const [request] = asked;
    return {
      ...{ exitCode, stderr },
      origin: request && new URL(request.url).origin,
      key: request?.headers.get('authorization')?.replace('Bearer ', ''),
    };
  }

  async function* piped(text: string) {
    yield Buffer.from(text);
  }

  async function add(folder: string, name: string, url: string, key: string) {
    return runCommand(['profile', 'add', name, '--url', url], {
      home: folder,
      input: () => piped(`${key}\n`),
    });
  }

  test('are kept where nobody else may read them, and keys are in no output', async ({ folder }) => {
    const added = await add(folder, 'work', 'https://usage.example.com/api/v1/', KEY);
    expect(added).toMatchObject({ exitCode: 0, stdout: '' });
    const { mode } = await stat(fileIn(folder));
    expect(mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, '.config/channel-usage'))).mode & 0o777).toBe(0o700);
    // Nothing is left of how it was written.
    expect(await readdir(join(folder, '.config/channel-usage'))).toEqual(['profiles.json']);
    const runs = [added];
    for (const form of [[], ['--json'], ['--csv']]) {
      runs.push(await runCommand(['profile', 'list', ...form], { home: folder }));
    }
    for (const { exitCode, stdout, stderr } of runs) {
      expect(exitCode).toBe(0);
      expect(stdout + stderr).not.toContain(KEY.slice(-20));
    }
    expect(runs.at(1)?.stdout).toContain('https://usage.example.com  someone');
  });

  test('take keys that are typed without being shown', async ({ folder }) => {
    const questions: string[] = [];
    const askSecretly = async (question: string) => {
      questions.push(question);
      return KEY;
    };
    await runCommand(['profile', 'add', 'typed', '--url', 'https://a.example'], {
      home: folder,
      askSecretly,
    });
    expect(questions).toEqual(['API key for https://a.example (it is not shown): ']);
    expect(await asking(folder, ['peers'])).toMatchObject({ origin: 'https://a.example', key: KEY });
  });

  test('refuse what is no key, and keep nothing of it', async ({ folder }) => {
    expect(await add(folder, 'work', 'https://a.example', 'not-a-key')).toMatchObject({ exitCode: 2 });
    await expect(readFile(fileIn(folder))).rejects.toThrow(/ENOENT/);
  });

  test('are used in their order: what is named, the environment, the one in use', async ({ folder }) => {
    await add(folder, 'first', 'https://first.example', KEY);
    await add(folder, 'second', 'https://second.example', OTHER);
    const environment = { CHANNEL_USAGE_URL: 'https://env.example', CHANNEL_USAGE_API_KEY: keyText('env') };
    const first = { origin: 'https://first.example', key: KEY };
    const second = { origin: 'https://second.example', key: OTHER };
    expect(await asking(folder, ['peers'])).toMatchObject(first);
    expect(await asking(folder, ['peers', '--profile', 'second'])).toMatchObject(second);
    expect(await asking(folder, ['peers', '--profile', 'second'], environment)).toMatchObject(second);
    expect(await asking(folder, ['peers'], environment)).toMatchObject({
      ...{ origin: 'https://env.example', key: keyText('env') },
    });
    await runCommand(['profile', 'use', 'second'], { home: folder });
    expect(await asking(folder, ['peers'])).toMatchObject(second);
    await runCommand(['profile', 'remove', 'second'], { home: folder });
    expect(await asking(folder, ['peers'])).toMatchObject({ exitCode: 2, key: undefined });
    expect(await readFile(fileIn(folder), 'utf8')).not.toContain(OTHER);
  });

  test('give their key to no address but their own', async ({ folder }) => {
    await add(folder, 'work', 'https://usage.example.com', KEY);
    for (const given of [[], ['--profile', 'work']]) {
      const run = await asking(folder, ['peers', '--url', 'https://elsewhere.example', ...given]);
      expect(run).toMatchObject({ exitCode: 2, origin: undefined });
    }
    const environment = { CHANNEL_USAGE_URL: 'https://elsewhere.example' };
    expect(await asking(folder, ['peers'], environment)).toMatchObject({ exitCode: 2, origin: undefined });
  });

  test('that others may read are refused', async ({ folder }) => {
    await add(folder, 'work', 'https://usage.example.com', KEY);
    await chmod(fileIn(folder), 0o640);
    expect(await asking(folder, ['peers'])).toEqual({
      exitCode: 2,
      stderr: `error: others may read the keys in ${fileIn(folder)}: run chmod 600 ${fileIn(folder)}\n`,
      ...{ origin: undefined, key: undefined },
    });
  });

  test('that are none are told, and not overwritten', async ({ folder }) => {
    await add(folder, 'work', 'https://usage.example.com', KEY);
    await writeFile(fileIn(folder), '{"profiles":');
    expect(await add(folder, 'more', 'https://a.example', KEY)).toMatchObject({ exitCode: 2 });
    expect(await readFile(fileIn(folder), 'utf8')).toBe('{"profiles":');
  });

  test('are not needed for the local host of this folder', async ({ folder }) => {
    await mkdir(join(folder, '.local'));
    await writeFile(join(folder, '.local/api-key'), `${KEY}\n`);
    const { send, asked } = answering(401, refusal(401, 'no'));
    await runCommand(['peers'], { home: folder, workingFolder: folder, fetch: send });
    expect(asked[0]?.headers.get('authorization')).toBe(`Bearer ${KEY}`);
    const environment = { CHANNEL_USAGE_URL: 'https://elsewhere.example' };
    const elsewhere = await runCommand(['peers'], {
      home: folder,
      workingFolder: folder,
      fetch: send,
      environment,
    });
    expect(elsewhere.exitCode).toBe(2);
  });
});

describe('opening the dashboard', () => {
  test.for([
    ['linux', { DISPLAY: ':0' }, 'xdg-open'],
    ['darwin', {}, 'open'],
    ['win32', {}, 'explorer.exe'],
  ] as const)(
    'asks the browser of %s, without the key',
    async ([platform, environment, program], { cli }) => {
      const started: unknown[] = [];
      const run = async (...given: unknown[]) => {
        started.push(given);
        return true;
      };
      const given = [
        'open',
        'a peer&more',
        '--from',
        '2026-11-01',
        '--to',
        '2026-11-02',
        '--url',
        'https://a.example',
      ];
      const { exitCode, stdout } = await cli(given, { platform, environment, run });
      const address = 'https://a.example/?peer=a+peer%26more&from=2026-11-01&to=2026-11-02';
      expect({ exitCode, stdout, started }).toEqual({
        exitCode: 0,
        stdout: '',
        started: [[program, [address]]],
      });
    },
  );

  test('prints the address where there is no browser, or none opens, and needs no key', async ({
    folder,
  }) => {
    const given = ['open', '--url', 'https://a.example/'];
    expect(await runCommand(given, { home: folder })).toMatchObject({
      exitCode: 0,
      stdout: 'https://a.example/\n',
    });
    const run = async () => false;
    const environment = { DISPLAY: ':0' };
    expect(await runCommand(given, { home: folder, run, environment })).toMatchObject({
      ...{ exitCode: 0, stdout: 'https://a.example/\n' },
    });
  });
});
