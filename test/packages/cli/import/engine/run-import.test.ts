import { readdirSync } from 'node:fs';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { MINUTE_MS } from '../../../../../functions/shared/domain/utc-day.ts';
import { ROUTES } from '../../../../../functions/shared/http/routes.ts';
import type { Fate } from '../../../../support/sending/faulty-proxy.ts';
import { call } from '../../../../support/service/http-events.ts';
import { PEER } from '../../cli-fixture.ts';
import { idsOf, keptIn, line, lines, test, writeLines } from './import-run.ts';

const ROLES = { assistant: 'assistant', tool: 'tool' } as const;

/** What the command says, with the same words wherever the test runs; lines of a path are as long as it is. */
function told(text: string, folder: string): string {
  return text
    .replaceAll(/http:\/\/[^\s/]+/g, 'URL')
    .replaceAll(folder, 'FOLDER')
    .replaceAll(/such as\s+\S+/g, 'such as …');
}

/** What a file holds that an import has something to say about. */
const MIXED = [
  line('newest', 20),
  line('m1', 18, { channelId: 'int_1', galleryKey: 'slack', channelName: 'Support' }),
  line('m1', 3),
  line('answer', 18, { role: ROLES.assistant, channelId: 'int_1' }),
  'no JSON',
  line('undated', 18, { sentAt: undefined }),
  line('old', 18, { sentAt: '2025-10-18T09:59:59.999Z' }),
  line('oldest', 2, { sentAt: '2025-10-18T10:00:00.000Z' }),
  '',
];

describe('an import', () => {
  test('records the oldest first, and says what became of everything', async ({
    folder,
    state,
    importing,
    sent,
  }) => {
    const file = await writeLines(folder, MIXED);
    const refused = join(folder, 'refused.jsonl');
    const { exitCode, stdout, stderr } = await importing([file, '--refused', refused]);
    expect(idsOf(sent)).toEqual(['oldest', 'm1', 'answer', 'newest']);
    expect(sent[0]?.[1]).toEqual({
      ...{ messageId: 'm1', conversationId: 'c1', channelId: 'int_1', role: 'user' },
      ...{ sentAt: Date.parse('2026-11-18T09:00:00Z'), galleryKey: 'slack', channelName: 'Support' },
    });
    expect(told(stdout, folder)).toMatchInlineSnapshot(`
      "Recorded for peer_123 at URL
        messages in the files  7
        recorded               4
        there already          0
        refused                3
        repeated in the files  1
        skipped                1

      Refused, all of it in FOLDER/refused.jsonl
        2 invalid_message, the first: is no JSON
          such as … line 5
        1 too_old: sentAt must not be more than 400 days ago: the first whole day
          that is accepted is 2025-10-19
          such as … line 7

      Skipped
        1 empty line

      channel   of users  conversations  all roles
      direct           2              1          2
      int_1            1              1          2
      "
    `);
    expect(told(stderr, folder)).toMatchInlineSnapshot(`
      "Reading: 1 of 1 MB (100 %)
      Recording: 4 of 4 messages (100 %)

      They are counted within seconds or minutes: channel-usage trust peer_123 says up to when.
      See them with channel-usage stats peer_123, or at URL/?peer=peer_123
      error: 3 messages refused: see FOLDER/refused.jsonl
      "
    `);
    expect(exitCode).toBe(1);
    expect(
      (await readFile(refused, 'utf8'))
        .trimEnd()
        .split('\n')
        .map((text) => JSON.parse(text)),
    ).toEqual([
      { place: expect.stringContaining('line 5'), code: 'invalid_message', reason: expect.any(String) },
      { place: expect.stringContaining('line 6'), code: 'invalid_message', reason: expect.any(String) },
      { place: expect.stringContaining('line 7'), code: 'too_old', reason: expect.any(String) },
    ]);
    expect(await keptIn(state)).toEqual([]);
  });

  test('that is done again records nothing, and says so', async ({ folder, importing, service, sent }) => {
    const file = await writeLines(folder, lines(1_200));
    const first = await importing([file, '--json']);
    expect(JSON.parse(first.stdout)).toMatchObject({ messages: 1_200, recorded: 1_200, alreadyThere: 0 });
    expect(sent.map(({ length }) => length)).toEqual([500, 500, 200]);
    const writes = service.watched.calls.length;
    const second = await importing([file, '--json']);
    expect([first.exitCode, second.exitCode]).toEqual([0, 0]);
    expect(JSON.parse(second.stdout)).toMatchObject({ recorded: 0, alreadyThere: 1_200 });
    expect(service.watched.calls.length).toBeGreaterThan(writes);
    const { stdout } = await importing([file]);
    expect(stdout).toMatch(/there already +1,200\n/);
  });

  test('gives its figures to programs', async ({ folder, importing }) => {
    const file = await writeLines(folder, MIXED);
    const json = JSON.parse((await importing([file, '--json'])).stdout);
    expect(json).toMatchObject({
      peerId: PEER,
      ...{ messages: 4, recorded: 4, alreadyThere: 0, repeated: 1 },
      skipped: [{ reason: 'empty line', number: 1 }],
      refused: [
        { code: 'invalid_message', number: 2 },
        { code: 'too_old', number: 1 },
      ],
      channels: [
        { channelId: 'direct', messages: 2, userMessages: 2, conversations: 1 },
        { channelId: 'int_1', messages: 2, userMessages: 1, conversations: 1 },
      ],
    });
    expect(json.refusedFile).toMatch(/\.refused\.jsonl$/);
    expect((await importing([file, '--csv'])).stdout).toBe(
      '\ufeffchannelId,userMessages,conversations,messagesOfAllRoles\r\ndirect,2,1,2\r\nint_1,1,1,2\r\n',
    );
  });

  test('keeps what the service refuses with its reason, and records the rest', async ({
    folder,
    importing,
    service,
    state,
  }) => {
    const file = await writeLines(folder, [
      line('old', 1, { sentAt: '2025-10-18T10:00:00.000Z' }),
      line('new', 20),
    ]);
    // Between the reading and the sending it becomes too old.
    const { exitCode, stdout } = await importing([file, '--json'], {
      clock: () => service.clock() - MINUTE_MS,
      fetch: async (...given) => {
        service.setClock('2026-11-22T10:00:01.000Z');
        return fetch(...given);
      },
    });
    expect({ exitCode, json: JSON.parse(stdout) }).toMatchObject({
      exitCode: 1,
      json: { messages: 2, recorded: 1, refused: [{ code: 'too_old', number: 1 }] },
    });
    const [name = ''] = readdirSync(join(state, 'imports')).filter((each) => each.endsWith('.jsonl'));
    expect(JSON.parse(await readFile(join(state, 'imports', name), 'utf8'))).toEqual({
      place: expect.stringContaining('line 1'),
      code: 'too_old',
      reason: 'sentAt must not be more than 400 days ago',
      conversationId: 'c1',
      messageId: 'old',
    });
  });

  test('takes a file of what was refused away when nothing is refused any more', async ({
    folder,
    importing,
    state,
  }) => {
    const file = await writeLines(folder, [line('a', 1), 'no JSON']);
    expect((await importing([file])).exitCode).toBe(1);
    expect(await keptIn(state)).toEqual(['import.refused.jsonl']);
    await writeLines(folder, [line('a', 1)]);
    expect((await importing([file])).exitCode).toBe(0);
    expect(await keptIn(state)).toEqual([]);
  });
});

describe('a service that fails', () => {
  const FATES: readonly Fate[] = [
    'lost',
    'answer lost',
    'garbled',
    'answers for other messages',
    { status: 429, headers: { 'retry-after': '7' } },
    { status: 500 },
    { status: 503, body: '<html>' },
  ];

  test('in every way gets each message once, and in order', async ({
    folder,
    importing,
    behind,
    sent,
    key,
  }) => {
    const file = await writeLines(folder, lines(1_600));
    const fates = [...FATES];
    const proxy = await behind({
      fate: (number) => (number % 3 === 0 ? 'passes' : (fates.shift() ?? 'passes')),
    });
    const pauses: number[] = [];
    const { exitCode, stdout } = await importing([file, '--json', '--url', proxy.url], {
      waiting: {
        pause: async (milliseconds) => {
          pauses.push(milliseconds);
        },
        deadline: () => new Promise(() => {}),
        random: () => 0,
      },
    });
    expect(exitCode).toBe(0);
    expect(fates).toEqual([]);
    const { recorded, alreadyThere } = JSON.parse(stdout);
    expect(recorded + alreadyThere).toBe(1_600);
    expect(pauses).toContain(7_000);
    // Each request is the one before it again, or the next one.
    const order = [...new Set(idsOf(sent))];
    expect(order).toEqual(
      lines(1_600)
        .map(({ messageId }) => messageId)
        .toReversed(),
    );
    expect(key).not.toBe('');
  });

  test('for too long is told with how to go on, which does', async ({
    folder,
    importing,
    behind,
    sent,
    state,
  }) => {
    const file = await writeLines(folder, lines(1_200));
    let isDown = true;
    const proxy = await behind({ fate: (number) => (number > 1 && isDown ? { status: 503 } : 'passes') });
    const given = [file, '--url', proxy.url];
    const first = await importing(given);
    expect(first.exitCode).toBe(4);
    expect(first.stderr).toMatch(
      /^error: the service says 503: not now; 500 of 1,200 messages are done; the same command goes on with the rest$/m,
    );
    expect(await keptIn(state)).toEqual(expect.arrayContaining(['import.spool']));
    isDown = false;
    sent.length = 0;
    const second = await importing([...given, '--json']);
    expect(second.exitCode).toBe(0);
    expect(second.stderr).toMatch(/^Goes on where it was: 500 of 1,200 messages are done\.$/m);
    expect(sent.map(({ length }) => length)).toEqual([500, 200]);
    expect(JSON.parse(second.stdout)).toMatchObject({ messages: 1_200, recorded: 1_200, alreadyThere: 0 });
    expect(await keptIn(state)).toEqual([]);
  });

  test('of which parts cannot be stored gets these again', async ({ folder, importing, behind }) => {
    const file = await writeLines(folder, lines(3));
    const unavailable = { index: 1, code: 'unavailable', message: 'it may be sent again' };
    const partly = JSON.stringify({ received: 3, recorded: 2, duplicates: 0, rejected: [unavailable] });
    const proxy = await behind({
      fate: (number) => (number === 1 ? { status: 200, body: partly } : 'passes'),
    });
    const { exitCode, stdout } = await importing([file, '--json', '--url', proxy.url]);
    expect({ exitCode, ...JSON.parse(stdout) }).toMatchObject({ exitCode: 0, recorded: 3, refused: [] });
  });

  test('that is not there at all is told before anything is kept', async ({ folder, importing }) => {
    const file = await writeLines(folder, lines(1));
    const { exitCode, stderr } = await importing([file, '--url', 'http://127.0.0.1:9']);
    expect(exitCode).toBe(4);
    const problem = 'http://127.0.0.1:9 could not be reached: bad port';
    expect(stderr).toBe(
      `${problem}; trying again (2 of 3)\n${problem}; trying again (3 of 3)\nerror: ${problem}\n`,
    );
    expect(readdirSync(folder)).toEqual(['messages.jsonl']);
  });

  test('that was there is asked eight times, and what is waited for is told above the progress', async ({
    folder,
    importing,
    behind,
  }) => {
    const file = await writeLines(folder, lines(3));
    const proxy = await behind({ fate: (number) => (number === 0 ? 'passes' : { status: 503, body: '' }) });
    const { exitCode, stderr } = await importing([file, '--url', proxy.url]);
    expect(exitCode).toBe(4);
    const told = [...stderr.matchAll(/says 503: .*; trying again(?: in (\d+) s)? \((\d) of 8\)\n/g)];
    expect(told.map(([, seconds, next]) => [seconds, next])).toEqual([
      ...[
        [undefined, '2'],
        [undefined, '3'],
        ['2', '4'],
        ['4', '5'],
        ['8', '6'],
        ['16', '7'],
        ['30', '8'],
      ],
    ]);
    const quiet = await importing([file, '--url', proxy.url, '--quiet']);
    expect(quiet.stderr).not.toContain('trying again');
  });

  test.for([
    ['a key that may only read', { scopes: ['stats:read'] }, /lacks the scope messages:write/],
    [
      'a key for another peer',
      { scopes: ['messages:write'], peers: ['peer_2'] },
      /is not for the peer peer_123/,
    ],
    ['a key that has ended', { expiresAtInstant: 0 }, /the service says 401/],
  ] as const)(
    '%s is refused, and nothing is sent',
    async ([, grant, words], { folder, importing, service, sent }) => {
      const key = await service.addKey('other', structuredClone<object>(grant));
      const file = await writeLines(folder, lines(1));
      const { exitCode, stderr } = await importing([file], { environment: { CHANNEL_USAGE_API_KEY: key } });
      expect(exitCode).toBe(3);
      expect(stderr).toMatch(words);
      expect(sent).toEqual([]);
    },
  );

  test('refuses a key in the midst of it: what is done stays done', async ({ folder, importing, behind }) => {
    const file = await writeLines(folder, lines(600));
    const proxy = await behind({ fate: (number) => (number === 2 ? { status: 401 } : 'passes') });
    const given = [file, '--url', proxy.url];
    expect(await importing(given)).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('500 of 600 messages are done; the same command goes on'),
    });
    expect((await importing(given)).exitCode).toBe(0);
  });
});

describe('an import that was stopped', () => {
  test('by Ctrl-C ends behind the running request, says so, and goes on', async ({
    folder,
    importing,
    behind,
    sent,
  }) => {
    const file = await writeLines(folder, lines(1_200));
    const stop = new AbortController();
    const proxy = await behind({ after: () => stop.abort() });
    const given = [file, '--url', proxy.url];
    expect(await importing(given, { interruption: () => stop.signal })).toMatchObject({
      exitCode: 130,
      stderr: expect.stringContaining(
        'stopped: 500 of 1,200 messages are done; the same command goes on with the rest',
      ),
    });
    expect((await importing(given)).exitCode).toBe(0);
    expect(sent.map(({ length }) => length)).toEqual([500, 500, 200]);
  });

  test('by Ctrl-C while it waits to ask again ends at once', async ({ folder, importing, behind }) => {
    const file = await writeLines(folder, lines(2));
    const proxy = await behind({ fate: () => ({ status: 503 }) });
    const stop = new AbortController();
    const waiting = {
      pause: () => {
        stop.abort();
        return new Promise<never>(() => {});
      },
      deadline: () => new Promise<never>(() => {}),
      random: () => 1,
    };
    expect(
      await importing([file, '--url', proxy.url], { interruption: () => stop.signal, waiting }),
    ).toMatchObject({ exitCode: 130, stderr: expect.stringContaining('stopped: 0 of 2 messages') });
  });

  test.for([
    [
      'files have changed',
      async (file: string) => appendFile(file, `${JSON.stringify(line('more', 2))}\n`),
      [],
    ],
    ['options have changed', async () => {}, ['--channel', 'other']],
    ['that is wanted', async () => {}, ['--anew']],
  ] as const)(
    'begins anew where %s, and counts nothing twice',
    async ([, change, options], { folder, importing, behind, sent }) => {
      const file = await writeLines(folder, lines(600));
      const proxy = await behind({ fate: (number) => (number === 2 ? { status: 401 } : 'passes') });
      const given = [file, '--url', proxy.url];
      expect((await importing(given)).exitCode).toBe(3);
      await change(file);
      sent.length = 0;
      const { exitCode, stderr, stdout } = await importing([...given, ...options, '--json']);
      expect({ exitCode, stderr }).toMatchObject({
        exitCode: 0,
        stderr: expect.stringMatching(/^Begins anew/),
      });
      expect(sent[0]).toHaveLength(500);
      expect(JSON.parse(stdout)).toMatchObject({ alreadyThere: 500 });
    },
  );

  test('is one of its own for another peer, and another key', async ({
    folder,
    importing,
    behind,
    service,
    sent,
  }) => {
    const file = await writeLines(folder, lines(600));
    const proxy = await behind({ fate: (number) => (number === 2 ? { status: 401 } : 'passes') });
    expect((await importing([file, '--url', proxy.url])).exitCode).toBe(3);
    const other = await service.addKey('other');
    for (const [options, environment] of [
      [['--peer', 'peer_2'], {}],
      [[], { environment: { CHANNEL_USAGE_API_KEY: other } }],
    ] as const) {
      sent.length = 0;
      expect((await importing([file, '--url', proxy.url, ...options], environment)).exitCode).toBe(0);
      expect(sent).toHaveLength(2);
    }
  });

  test('is not begun a second time while it runs', async ({ folder, importing, behind, sent }) => {
    const file = await writeLines(folder, lines(600));
    const given = [file];
    const beside: unknown[] = [];
    const proxy = await behind({
      async fate(number): Promise<Fate> {
        if (number === 1) {
          beside.push(await importing([file, '--url', proxy.url]));
          beside.push(await importing([file, '--url', proxy.url, '--peer', 'peer_2', '--quiet']));
        }
        return 'passes';
      },
    });
    expect((await importing([...given, '--url', proxy.url])).exitCode).toBe(0);
    expect(beside).toMatchObject([
      {
        exitCode: 2,
        stderr: expect.stringContaining('another process is importing the same files for this peer'),
      },
      { exitCode: 0 },
    ]);
    expect(idsOf(sent)).toHaveLength(1_200);
  });
});

describe('a dry run', () => {
  test('sends nothing, writes nothing, and leaves nothing behind', async ({
    folder,
    importing,
    service,
    state,
    sent,
  }) => {
    const file = await writeLines(folder, MIXED);
    // The channels of a service that knows nothing yet, and the last use of a key.
    await importing([file, '--dry-run', '--quiet']);
    const calls = service.watched.calls.length;
    const { exitCode } = await importing([file, '--dry-run']);
    expect(exitCode).toBe(1);
    expect(sent).toEqual([]);
    expect(service.watched.calls.slice(calls).filter((name) => !/^(Get|BatchGet|Query)/.test(name))).toEqual(
      [],
    );
    expect(await keptIn(state)).toEqual([]);
  });

  test.for([40, 80, 160])(
    'draws what would be counted in %i columns',
    async (width, { folder, importing }) => {
      const file = await writeLines(folder, MIXED);
      const screen = () => ({ isTerminal: true, width, height: 24, hasColors: false });
      const { stdout } = await importing([file, '--dry-run'], { screen });
      expect(told(stdout, folder)).toMatchSnapshot();
    },
  );

  test('says the same to programs', async ({ folder, importing }) => {
    const file = await writeLines(folder, MIXED);
    expect(JSON.parse((await importing([file, '--dry-run', '--json'])).stdout)).toMatchObject({
      messages: 4,
      repeated: 1,
      recordedFrom: { instant: '2025-10-18T10:00:00Z', firstWholeDay: '2025-10-19' },
      channels: [
        {
          ...{ channelId: 'direct', messages: 2, userMessages: 2, conversations: 1, roles: { user: 2 } },
          days: [
            { day: '2025-10-18', messages: 1, conversations: 1 },
            { day: '2026-11-20', messages: 1, conversations: 0 },
          ],
        },
        {
          ...{ channelId: 'int_1', roles: { user: 1, assistant: 1 } },
          days: [{ day: '2026-11-18', messages: 1, conversations: 1 }],
        },
      ],
    });
    expect((await importing([file, '--dry-run', '--csv'])).stdout).toBe(
      '\ufeffchannelId,day,messages,conversations\r\n' +
        'direct,2025-10-18,1,1\r\ndirect,2026-11-20,1,0\r\nint_1,2026-11-18,1,1\r\n',
    );
  });

  test('beside an import that was stopped lets it go on where it was', async ({
    folder,
    importing,
    behind,
    sent,
  }) => {
    const file = await writeLines(folder, lines(600));
    const proxy = await behind({ fate: (number) => (number === 2 ? { status: 401 } : 'passes') });
    const given = [file, '--url', proxy.url];
    await importing(given);
    expect((await importing([...given, '--dry-run'])).exitCode).toBe(0);
    sent.length = 0;
    await importing(given);
    expect(sent.map(({ length }) => length)).toEqual([100]);
  });
});

describe('what cannot be imported', () => {
  test.for([
    ['a file that is not there', 'nothing.jsonl', /nothing\.jsonl: there is no such file/],
    ['a file that is no export', 'image.png', /image\.png/],
  ] as const)('as %s is told, and nothing is sent', async ([, name, words], { folder, importing, sent }) => {
    await writeFile(join(folder, 'image.png'), Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3]));
    const { exitCode, stderr } = await importing([join(folder, name)]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(words);
    expect(sent).toEqual([]);
  });

  test('for want of a place for it is told before anything is sent', async ({ folder, importing, sent }) => {
    const file = await writeLines(folder, lines(1));
    const { exitCode, stderr } = await importing([file, '--state', file]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(
      /^error: cannot keep in .*: it is not a folder; choose another folder with --state$/m,
    );
    expect(sent).toEqual([]);
  });

  test('without an answer to a question is asked, and not asked again when it goes on', async ({
    folder,
    importing,
    behind,
  }) => {
    const file = await writeLines(folder, [line('a', 1, { sentAt: '2026-11-01 09:00:00' })]);
    const alone = await importing([file, '--yes']);
    expect(alone).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/--time-zone {2}.*messages\.jsonl/),
    });
    const proxy = await behind({ fate: (number) => (number === 1 ? { status: 401 } : 'passes') });
    const asked: string[] = [];
    const ask = async (question: string) => {
      asked.push(question);
      return 'Europe/Zurich';
    };
    const given = [file, '--url', proxy.url];
    const stopped = await importing(given, { ask });
    expect(stopped.exitCode).toBe(3);
    expect(stopped.stderr).toContain('Next time add: --time-zone Europe/Zurich\n');
    expect((await importing([...given, '--yes'], { ask })).exitCode).toBe(0);
    expect(asked).toHaveLength(1);
  });

  test('waits with --wait until it is counted', async ({ folder, importing, service }) => {
    const file = await writeLines(folder, lines(1));
    service.stopHeartbeats();
    let pauses = 0;
    const waiting = {
      async pause() {
        pauses += 1;
        if (pauses === 3) {
          service.setClock('2026-11-22T10:00:05.000Z');
          await service.passHeartbeats();
        }
      },
      deadline: () => new Promise<never>(() => {}),
      random: () => 1,
    };
    const { stderr, exitCode } = await importing([file, '--wait'], { waiting });
    expect({ exitCode, pauses }).toEqual({ exitCode: 0, pauses: 3 });
    expect(stderr).toContain('They are counted: the figures are complete through 2026-11-22T10:00:05Z.');
    const { body } = await call(service.usageApi, {
      route: ROUTES.getTrust,
      peerId: PEER,
      key: await service.addKey('k'),
    });
    expect(body).toMatchObject({ countedThrough: '2026-11-22T10:00:05Z' });
  });
});
