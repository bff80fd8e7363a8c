import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect } from 'vitest';
import { conversation, test as fixture, PEER } from './cli-fixture.ts';

// What commands give to programs, what scripts learn of them, and what never reaches a terminal.

const FORMULA = { channelId: 'integration_1', channelName: '=HYPERLINK("http://evil")', galleryKey: 'slack' };
const QUOTED = { channelId: 'integration_2', channelName: 'Sales, "north"', galleryKey: 'email' };
/** What does something to a terminal or to the text around it, beside the end of a line. */
const CONTROL = /(?!\n)[\p{Cc}\u2028\u2029\u202a-\u202e\u2066\u2067]/u;

const test = fixture
  .extend('world', async ({ service }) => {
    await service.count([
      ...conversation(FORMULA, '2026-11-20', 3),
      ...conversation(QUOTED, '2026-11-21', 2),
      ...conversation(QUOTED, '2026-11-05', 1),
    ]);
  })
  /** What the API itself answers. */
  .extend('api', ({ url, key }) => async (path: string) => {
    const response = await fetch(`${url}/api/v1${path}`, { headers: { authorization: `Bearer ${key}` } });
    return response.json();
  });

/** Each command that answers a question of the API, and the question. */
const ANSWERS: readonly (readonly [readonly string[], string])[] = [
  [['stats', PEER], `/peer/${PEER}/channel-stats?include=percentage`],
  [
    [
      'stats',
      PEER,
      '--from',
      '2026-11-20',
      '--to',
      '2026-11-21',
      '--compare',
      '--include',
      'disabled,removed',
    ],
    `/peer/${PEER}/channel-stats?from=2026-11-20&to=2026-11-21&compare=previous&include=percentage,activity,disabled,removed`,
  ],
  [['history', PEER, '--interval', 'week'], `/peer/${PEER}/channel-stats/history?interval=week`],
  [['growth', PEER, '--weeks', '2'], `/peer/${PEER}/channel-stats/growth?weeks=2`],
  [['health', PEER], `/peer/${PEER}/channel-stats/health`],
  [['report', PEER, '--period', '2026-11'], `/peer/${PEER}/channel-stats/report?period=2026-11`],
  [['peers', '--sort', 'name', '--limit', '7'], '/peers/overview?sort=name&limit=7'],
  [['trust', PEER], `/peer/${PEER}/channel-stats/trust`],
  [['channels', 'list', PEER], `/peer/${PEER}/channels`],
  [['share', 'list', PEER], `/peer/${PEER}/share-links`],
];

describe('--json', () => {
  test.for(ANSWERS)('of %j is what the API answers', async ([command, path], { cli, api, world: _ }) => {
    const { exitCode, stdout, stderr } = await cli([...command, '--json']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual(await api(path));
  });
});

describe('--csv', () => {
  test.for([...ANSWERS.map(([command]) => command), ['lookup', PEER, '--conversation', 'c', '=1+1']])(
    'of %j is read back, each row as long as its columns, and runs no formula',
    async (command, { cli, world: _ }) => {
      const { exitCode, stdout } = await cli([...command, '--csv']);
      expect(exitCode).toBe(0);
      expect(stdout.startsWith('\ufeff')).toBe(true);
      expect(stdout.endsWith('\r\n')).toBe(true);
      const [columns = [], ...rows]: string[][] = parse(stdout, { bom: true, recordDelimiter: '\r\n' });
      expect(new Set(columns).size).toBe(columns.length);
      expect(rows.every(({ length }) => length === columns.length)).toBe(true);
      expect(rows.flat().filter((cell) => /^[=+@]/.test(cell))).toEqual([]);
    },
  );

  test('has a row for each channel, in the order of their use', async ({ cli, world: _ }) => {
    const { stdout } = await cli(['stats', PEER, '--from', '2026-11-20', '--csv']);
    const rows: Record<string, string>[] = parse(stdout, { bom: true, columns: true });
    expect(
      rows.map((row) => [row['Channel'], row['Messages'], row['Share %'], row['From'], row['To']]),
    ).toEqual([
      [`'${FORMULA.channelName}`, '3', '60', '2026-11-20', '2026-11-22'],
      [QUOTED.channelName, '2', '40', '2026-11-20', '2026-11-22'],
    ]);
  });
});

describe('a report', () => {
  test.for(['md', 'html', 'csv'] as const)(
    'as %s is the file of the service',
    async (format, { cli, folder, url, key, world: _ }) => {
      const path = `/api/v1/peer/${PEER}/channel-stats/report.${format}?period=2026-11`;
      const answer = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${key}` } });
      const bytes = Buffer.from(await answer.arrayBuffer()).toString('utf8');
      const given = ['report', PEER, '--period', '2026-11', '--format', format];
      expect((await cli(given)).stdout).toBe(bytes);
      const saved = await cli([...given, '--output', 'report.out']);
      expect(saved).toEqual({
        exitCode: 0,
        stdout: '',
        stderr: `${join(folder, 'report.out')} is written\n`,
      });
      expect(await readFile(join(folder, 'report.out'), 'utf8')).toBe(bytes);
    },
  );

  test('that cannot be written is told', async ({ cli, world: _ }) => {
    expect(await cli(['report', PEER, '--output', 'missing/report.txt'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/^error: cannot write .*missing\/report.txt: /),
    });
  });
});

describe('--check', () => {
  test('ends with 1 where something needs attention, and shows it all the same', async ({ cli, service }) => {
    await service.count(conversation(QUOTED, '2026-10-01', 2));
    expect(await cli(['health', PEER, '--check'])).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining('! Sales'),
      stderr: 'error: something needs attention\n',
    });
    expect(await cli(['peers', '--check'])).toMatchObject({
      exitCode: 1,
      stderr: 'error: 1 peer needs attention\n',
    });
    const lookup = ['lookup', PEER, '--conversation', 'nowhere', 'm', '--check'];
    expect(await cli(lookup)).toMatchObject({ exitCode: 1, stderr: 'error: 1 message is not counted\n' });
  });

  test('ends with 1 where counting is behind', async ({ cli, service }) => {
    await service.passHeartbeats();
    service.stopHeartbeats();
    service.setClock('2026-11-22T12:00:00.000Z');
    for (const command of ['stats', 'trust']) {
      const run = await cli([command, PEER, '--check', '--json']);
      expect(run).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('stalled') });
      expect(() => JSON.parse(run.stdout)).not.toThrow();
    }
  });

  test('ends with 0 where nothing does', async ({ cli }) => {
    for (const command of [['stats', 'peer_new'], ['health', 'peer_new'], ['trust', 'peer_new'], ['peers']]) {
      expect(await cli([...command, '--check'])).toMatchObject({ exitCode: 0, stderr: '' });
    }
  });
});

describe('names and ids that do something to a terminal', () => {
  const EVIL = 'evil\u001b[2J\u0007\u202etxt\u2066x\u009b31m\u2028';

  /** A service whose every text is hostile; what is none of ours keeps its form. */
  const hostile: typeof fetch = async (input, init) => {
    const { pathname } = new URL(new Request(input, init).url);
    const found = Object.entries(HOSTILE_ANSWERS).find(([end]) => pathname.endsWith(end));
    return new Response(JSON.stringify(found?.[1]), { headers: { 'content-type': 'application/json' } });
  };
  const channel = { channelId: EVIL, channelName: EVIL, galleryKey: EVIL };
  const counts = { messageCount: 3, conversationCount: 1 };
  const compared = { current: 3, previous: 2, change: 1, changePercent: 50 };
  const change = { messages: compared, conversations: compared };
  const asOf = '2026-11-22T10:00:00Z';
  const HOSTILE_ANSWERS = {
    '/channel-stats': { channels: [{ ...channel, ...counts, percentage: 100 }], total: counts },
    '/history': {
      query: { peerId: EVIL, from: '2026-11-22', to: '2026-11-22', interval: 'day', timezone: 'UTC' },
      buckets: [
        {
          ...{ start: '2026-11-22', end: '2026-11-22', complete: false, total: counts, cumulative: counts },
          channels: [{ ...channel, ...counts }],
        },
      ],
      asOf,
    },
    '/growth': {
      query: { peerId: EVIL, weeks: 1, through: '2026-11-21', timezone: 'UTC' },
      weeks: [
        { start: '2026-11-15', end: '2026-11-21', channels: [{ ...channel, ...change }], total: change },
      ],
      asOf,
    },
    '/report': {
      ...{ period: EVIL, peer: EVIL, range: { from: '2026-10-01', to: '2026-10-31' }, timezone: 'UTC' },
      overview: { totalMessages: 3, totalConversations: 1, channelCount: 1 },
      channels: [
        {
          ...{ name: EVIL, channelId: EVIL, messages: 3, conversations: 1, avgMessagesPerConversation: 3 },
          ...{ marketShare: '100.0%', engagement: 'Low' },
        },
      ],
      ...{ previousRange: null, change: null, complete: true },
      asOf,
    },
    '/trust': {
      ...{
        status: 'current',
        countedThrough: asOf,
        lagSeconds: 0,
        firstCountedDay: null,
        sealedThrough: null,
      },
      ...{ notCounted: { quarantined: 0, givenUp: 0 }, channels: [{ channelId: EVIL }], asOf },
    },
    '/channels': { channels: [{ ...channel, status: 'enabled', registeredAt: '2026-11-22T10:00:00.000Z' }] },
    '/lookup': { messages: [{ status: 'counted', channelId: EVIL, reason: EVIL, explanation: EVIL }] },
    '/share-links': {
      shareLinks: [
        {
          id: EVIL,
          label: EVIL,
          createdAt: '2026-11-22T10:00:00.000Z',
          expiresAt: '2026-12-22T10:00:00.000Z',
        },
      ],
    },
    '/overview': {
      query: {
        ...{ days: 1, from: '2026-11-21', to: '2026-11-21', sort: 'attention', search: EVIL },
        ...{ previousRange: { from: '2026-11-20', to: '2026-11-20' }, timezone: 'UTC' },
      },
      peers: [{ peerId: EVIL, ...change, daily: [3], warnings: 1, lastMessageAt: null, trust: 'current' }],
      cursor: EVIL,
      asOf,
    },
    '/report.md': EVIL,
    '/report.csv': EVIL,
    '/report.html': EVIL,
  };

  test.for([
    ['stats', PEER],
    ['history', PEER],
    ['growth', PEER],
    ['report', PEER],
    ['report', PEER, '--format', 'md'],
    ['report', PEER, '--format', 'html'],
    ['trust', PEER],
    ['channels', 'list', PEER],
    ['lookup', PEER, '--conversation', 'c', EVIL],
    ['share', 'list', PEER],
    ['peers'],
  ])('never reach it as they are: %j', async (command, { cli }) => {
    const ends = command.includes('--format') ? [[]] : [[], ['--json'], ['--csv']];
    for (const end of ends) {
      const { exitCode, stdout, stderr } = await cli([...command, ...end], { fetch: hostile });
      expect({ exitCode, stderr: CONTROL.test(stderr) }).toEqual({ exitCode: 0, stderr: false });
      expect(stdout).toContain('evil');
      expect(CONTROL.exec(stdout.replaceAll('\r\n', '\n'))).toBeNull();
      if (end.includes('--json')) expect(stdout).toContain('\\u202e');
    }
  });

  test('are as harmless in what is said of a wrong command line', async ({ cli }) => {
    for (const given of [
      ['stats', EVIL],
      [EVIL],
      ['stats', PEER, `--${EVIL}`],
      ['peers', '--profile', EVIL],
    ]) {
      const { exitCode, stderr } = await cli(given);
      expect({ exitCode, isRaw: CONTROL.test(stderr) }).toEqual({ exitCode: 2, isRaw: false });
    }
  });
});

describe('a look-up', () => {
  test('takes lines of JSON with more than it needs, more than a request holds', async ({
    cli,
    service,
    folder,
  }) => {
    await service.count(conversation(QUOTED, '2026-11-21', 600));
    async function* lines() {
      for (let number = 0; number < 700; number += 1) {
        const line = {
          ...{ conversationId: 'integration_2 2026-11-21', messageId: `m${number}`, text: 'not looked at' },
          ...{ channelId: 'integration_2', sentAt: '2026-11-21T09:00:00Z' },
        };
        // Cut anywhere: a line may come in parts.
        const text = `${JSON.stringify(line)}\n`;
        yield Buffer.from(text.slice(0, 40));
        yield Buffer.from(text.slice(40));
      }
    }
    const { exitCode, stdout } = await cli(['lookup', PEER, '--json'], { input: lines });
    expect(exitCode).toBe(0);
    const { messages } = JSON.parse(stdout);
    const counted = messages.filter(({ status }: { status: string }) => status === 'counted');
    expect([messages.length, counted.length]).toEqual([700, 600]);
    expect(messages[0]).toMatchObject({ messageId: 'm0', day: '2026-11-21', startedConversation: true });
    expect(folder).toBeTruthy();
  });

  test.for([
    ['{"conversationId":"c"}\n', /the input line 1: it is no JSON with/],
    ['{"conversationId":"c","messageId":"m"}\nnothing\n', /the input line 2: it is no JSON with/],
    ['{"conversationId":"c","messageId":" m"}\n', /line 1: messageId must not begin or end with white space/],
    ['\n\n', /there is no message in the input/],
    ['x'.repeat(17 * 1024 ** 2), /the input line 1: it is longer than 16 MiB/],
    [Buffer.from([0x22, 0xff, 0x22]), /the input line 1: it is not UTF-8/],
  ] as const)('tells the line that is wrong: %j', async ([text, words], { cli }) => {
    async function* input() {
      yield Buffer.from(text);
    }
    const run = await cli(['lookup', PEER], { input });
    expect(run).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringMatching(words) });
  });
});

describe('links and channels', () => {
  test('are made, listed and revoked', async ({ cli, url }) => {
    const made = await cli(['share', 'make', PEER, '--days', '7', '--label', 'Board']);
    expect(made).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('29 Nov 2026') });
    const [, key = ''] = made.stdout.trim().split('#key=');
    const asked = await fetch(`${url}/api/v1/key`, { headers: { authorization: `Bearer ${key}` } });
    expect(await asked.json()).toMatchObject({ peers: [PEER], scopes: ['stats:read'] });
    const id = key.split('_')[1] ?? '';
    expect((await cli(['share', 'list', PEER])).stdout).toMatch(new RegExp(`${id}  Board`));
    expect(await cli(['share', 'revoke', PEER, id])).toMatchObject({ exitCode: 0, stdout: '' });
    expect((await cli(['share', 'list', PEER])).stdout).toBe('No links work.\n');
  });

  test('get names, kinds and statuses, and lose them', async ({ cli, world: _ }) => {
    const set = ['channels', 'set', PEER, 'integration_1'];
    const { stdout } = await cli([...set, '--name', 'Desk', '--kind', 'webchat', '--status', 'disabled']);
    expect(stdout).toMatch(/🌐 Desk +integration_1 +disabled/);
    expect((await cli(['stats', PEER])).stdout).not.toContain('Desk');
    expect((await cli(['stats', PEER, '--include', 'disabled'])).stdout).toContain('Desk (disabled)');
    expect((await cli([...set, '--no-name', '--no-kind'])).stdout).toContain(FORMULA.channelName);
  });
});
