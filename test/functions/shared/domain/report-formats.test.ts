import { describe, expect, test } from 'vitest';
import type { Comparison } from '../../../../functions/shared/domain/comparison.ts';
import type { Report, ReportChannel } from '../../../../functions/shared/domain/report.ts';
import { reportCsv } from '../../../../functions/shared/domain/report-csv.ts';
import { REPORT_STYLE, reportHtml } from '../../../../functions/shared/domain/report-html.ts';
import { reportMarkdown } from '../../../../functions/shared/domain/report-markdown.ts';

const WEBCHAT: ReportChannel = {
  name: 'WebChat',
  channelId: 'integration_123',
  messages: 8_245,
  conversations: 485,
  avgMessagesPerConversation: 17,
  marketShare: '74.0%',
  engagement: 'High',
};

const REPORT: Report = {
  period: 'October 2025',
  peer: 'peer_123',
  range: { from: '2025-10-01', to: '2025-10-31' },
  timezone: 'UTC',
  overview: { totalMessages: 11_135, totalConversations: 641, channelCount: 3 },
  channels: [
    WEBCHAT,
    {
      name: 'Slack Support',
      channelId: 'integration_456',
      messages: 2_890,
      conversations: 156,
      avgMessagesPerConversation: 18.5,
      marketShare: '26.0%',
      engagement: 'High',
    },
    {
      name: 'Direct/Web',
      channelId: 'direct',
      messages: 0,
      conversations: 0,
      avgMessagesPerConversation: null,
      marketShare: '0.0%',
      engagement: 'Low',
    },
  ],
  previousRange: { from: '2025-09-01', to: '2025-09-30' },
  change: {
    messages: { current: 11_135, previous: 8_908, change: 2_227, changePercent: 25 },
    conversations: { current: 641, previous: 1_000, change: -359, changePercent: -35.9 },
  },
  complete: true,
};

/** The same month on its 15th day. */
const RUNNING: Report = {
  ...REPORT,
  range: { from: '2025-10-01', to: '2025-10-15' },
  previousRange: { from: '2025-09-01', to: '2025-09-15' },
  complete: false,
};

/** A report on everything. */
const EVERYTHING: Report = {
  ...REPORT,
  period: 'All time',
  range: { from: null, to: '2025-10-15' },
  previousRange: null,
  change: null,
  complete: false,
};

/** A report in which two channels have the same name. */
const TWO_SLACKS: Report = {
  ...REPORT,
  channels: ['integration_1', 'integration_2', 'direct'].map((channelId) => ({
    ...WEBCHAT,
    channelId,
    name: channelId === 'direct' ? 'Direct/Web' : 'Slack',
  })),
};

/** A report on one channel with a name. */
function named(name: string, peer = 'peer_123'): Report {
  return { ...REPORT, peer, channels: [{ ...WEBCHAT, name }] };
}

const NO_HISTORY: Comparison = {
  current: 1,
  previous: null,
  change: null,
  changePercent: null,
  reason: 'no_history',
};

/** Parses CSV by RFC 4180, or so with another separator. */
function parseCsv(text: string, separator = ','): string[][] {
  const cell = new RegExp(`^(?:"((?:[^"]|"")*)"|([^"${separator}\\r\\n]*))(${separator}|\\r\\n)`);
  const rows: string[][] = [];
  let row: string[] = [];
  let rest = text;
  while (rest !== '') {
    const [whole = '', quoted, plain = '', end = ''] = cell.exec(rest) ?? [];
    if (whole === '') throw new Error(`this is no CSV: ${rest}`);
    row.push(quoted?.replaceAll('""', '"') ?? plain);
    rest = rest.slice(whole.length);
    if (end === separator) continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

/** The name of the only channel, as a spreadsheet gets it. */
function nameInCsv(name: string, separator?: keyof typeof CHARACTERS): string | undefined {
  const text = reportCsv(named(name), separator).slice(1);
  return parseCsv(text, CHARACTERS[separator ?? 'comma'])[1]?.[7];
}

const CHARACTERS = { comma: ',', semicolon: ';', tab: '\t' } as const;

describe('CSV', () => {
  test('has a row for each channel and one for all, with as many cells as there are columns', () => {
    const lines = [
      'scope,period,from,to,timezone,complete,peer,name,channelId,messages,conversations,avgMessagesPerConversation,marketShare,engagement,' +
        'previousFrom,previousTo,previousMessages,messagesChange,messagesChangePercent,previousConversations,conversationsChange,conversationsChangePercent',
      'channel,October 2025,2025-10-01,2025-10-31,UTC,true,peer_123,WebChat,integration_123,8245,485,17,74.0%,High,,,,,,,,',
      'channel,October 2025,2025-10-01,2025-10-31,UTC,true,peer_123,Slack Support,integration_456,2890,156,18.5,26.0%,High,,,,,,,,',
      'channel,October 2025,2025-10-01,2025-10-31,UTC,true,peer_123,Direct/Web,direct,0,0,,0.0%,Low,,,,,,,,',
      'total,October 2025,2025-10-01,2025-10-31,UTC,true,peer_123,,,11135,641,,,,2025-09-01,2025-09-30,8908,2227,25,1000,-359,-35.9',
    ];
    expect(reportCsv(REPORT)).toBe(`\uFEFF${lines.join('\r\n')}\r\n`);
  });

  test.each<[string, Report, string]>([
    ['everything', EVERYTHING, 'total,All time,,2025-10-15,UTC,false,peer_123,,,11135,641,,,,,,,,,,,'],
    [
      'a first month',
      { ...REPORT, change: { messages: NO_HISTORY, conversations: NO_HISTORY } },
      'total,October 2025,2025-10-01,2025-10-31,UTC,true,peer_123,,,11135,641,,,,2025-09-01,2025-09-30,,,,,,',
    ],
  ])('of %s leaves the change empty', (_title, report, total) => {
    expect(reportCsv(report).split('\r\n').at(-2)).toBe(total);
  });

  test('of a month that is not over says up to when it goes, and what it is compared with', () => {
    const [head = [], ...rows] = parseCsv(reportCsv(RUNNING).slice(1));
    const cells = (row: string[]) => Object.fromEntries(head.map((name, index) => [name, row[index]]));
    for (const row of rows) {
      expect(cells(row)).toMatchObject({ from: '2025-10-01', to: '2025-10-15', complete: 'false' });
    }
    expect(cells(rows.at(-1) ?? [])).toMatchObject({
      previousFrom: '2025-09-01',
      previousTo: '2025-09-15',
    });
  });

  test('tells channels of one name apart', () => {
    const rows = parseCsv(reportCsv(TWO_SLACKS).slice(1)).slice(1, 3);
    expect(rows.map((row) => row.slice(7, 9))).toEqual([
      ['Slack', 'integration_1'],
      ['Slack', 'integration_2'],
    ]);
  });

  test('between semicolons numbers have a decimal comma', () => {
    const lines = reportCsv(REPORT, 'semicolon').split('\r\n');
    expect(lines[2]).toBe(
      'channel;October 2025;2025-10-01;2025-10-31;UTC;true;peer_123;Slack Support;integration_456;2890;156;18,5;26,0%;High;;;;;;;;',
    );
    expect(lines.at(-2)).toContain(';8908;2227;25;1000;-359;-35,9');
  });

  test('between tabs they have a decimal point', () => {
    const [, , slack = ''] = reportCsv(REPORT, 'tab').split('\r\n');
    expect(slack.split('\t').slice(7, 14)).toEqual([
      'Slack Support',
      'integration_456',
      '2890',
      '156',
      '18.5',
      '26.0%',
      'High',
    ]);
  });

  test.each(['comma', 'semicolon', 'tab'] as const)(
    'whatever a name holds, it is one cell: %s',
    (separator) => {
      for (const name of ['a;b', 'a,b', 'a\tb', 'say "hi"', '"', 'two\r\nlines', ';', ',', 'Slack']) {
        expect(nameInCsv(name, separator)).toBe(name);
      }
      for (const formula of ['=1', '+1', '-1', '@x', '\t=1', '\rx', '＝1']) {
        expect(nameInCsv(formula, separator)).toMatch(/^'/);
        if (!/[=+\-@＝]/.test(formula)) continue;
        for (const behind of [';', '\t', '\n']) {
          expect(nameInCsv(`x${behind}${formula}`, separator)).toContain(`x${behind}'`);
        }
      }
    },
  );

  test.each(['semicolon', 'tab'] as const)('a comma begins a new cell elsewhere: %s', (separator) => {
    expect(nameInCsv('x,=1+1', separator)).toBe("x,'=1+1");
    expect(nameInCsv('x, -1', separator)).toBe("x,' -1");
  });

  test.each([
    'WebChat',
    'Support, Berlin',
    'the "other" one',
    '"',
    '""',
    'two\nlines',
    'two\r\nlines',
    'a\rb',
    ',',
    ' spaces ',
    'a - b + c @ d = e',
    'naïve 客服 😀',
    '',
  ])('a name survives: %j', (name) => {
    expect(nameInCsv(name)).toBe(name);
  });

  test.each([
    '=1+1',
    '+1',
    '-1',
    '@SUM(A1)',
    '\t=1',
    '\tx',
    '\rx',
    '\nx',
    ' =1+1',
    '＝1+1',
    '＋1',
    '－1',
    '＠x',
    '="a,b"',
  ])('a name that a spreadsheet could run is defused: %j', (name) => {
    expect(nameInCsv(name)).toBe(name.startsWith(' ') ? `'${name}` : `'${name.replace('\t=', "\t'=")}`);
  });

  test.each([
    ['x;=1+1', "x;'=1+1"],
    ['x; =1+1;+2', "x;' =1+1;'+2"],
    ['x\n=1+1', "x\n'=1+1"],
    ['x\t@y', "x\t'@y"],
    [';-)', ";'-)"],
  ])('neither does a formula hide behind what begins a cell elsewhere: %j', (name, defused) => {
    expect(nameInCsv(name)).toBe(defused);
  });

  test.each(['דואר', 'gro\u202eup'])('a name stays as it is, whatever its direction: %j', (name) => {
    expect(nameInCsv(name)).toBe(name);
  });

  test('the peer is defused as well', () => {
    const rows = parseCsv(reportCsv(named('c', '=cmd')).slice(1));
    expect(rows.slice(1).map((row) => row[6])).toEqual(["'=cmd", "'=cmd"]);
  });
});

describe('Markdown', () => {
  test('has the figures in a list and a table', () => {
    expect(reportMarkdown(REPORT)).toBe(
      [
        '# Channel usage: October 2025',
        '',
        'Peer: peer\\_123',
        '',
        '- Days: 2025-10-01 to 2025-10-31 (UTC)',
        '- Messages: 11,135',
        '- Conversations: 641',
        '- Channels: 3',
        '- Messages against the month before: +2,227 from 8,908 (+25.0%)',
        '- Conversations against the month before: -359 from 1,000 (-35.9%)',
        '',
        '| Channel | Messages | Conversations | Messages per conversation | Market share | Engagement |',
        '| --- | ---: | ---: | ---: | ---: | ---: |',
        '| WebChat | 8,245 | 485 | 17.0 | 74.0% | High |',
        '| Slack Support | 2,890 | 156 | 18.5 | 26.0% | High |',
        '| Direct/Web | 0 | 0 | none | 0.0% | Low |',
        '',
        'Messages are those of users. Conversations are those that started in the period.',
        '',
        'Engagement is high above 5 messages per conversation. Rounded shares need not add to 100%.',
        '',
      ].join('\n'),
    );
  });

  test('says what cannot be compared', () => {
    const change = {
      messages: NO_HISTORY,
      conversations: { current: 5, previous: 0, change: 5, changePercent: null, reason: 'zero_baseline' },
    } as const;
    const text = reportMarkdown({ ...REPORT, change });
    expect(text).toContain('- Messages against the month before: no figures for the whole month before\n');
    expect(text).toContain('- Conversations against the month before: +5 from 0\n');
    expect(text).not.toContain('not over');
    expect(reportMarkdown({ ...RUNNING, change })).toContain(
      '- Messages against the same days of the month before: no figures for all of these days\n',
    );
  });

  test('tells channels of one name apart', () => {
    const text = reportMarkdown(TWO_SLACKS);
    expect(text.match(/^\| (Slack|Direct)[^|]*/gm)).toEqual([
      '| Slack (integration\\_1) ',
      '| Slack (integration\\_2) ',
      '| Direct/Web ',
    ]);
  });

  test.each([
    ['a|b', 'a\\|b'],
    ['two\r\nlines\nand\u2028more', 'two lines and more'],
    ['<img src=x onerror=alert(1)>', '&lt;img src=x onerror=alert(1)&gt;'],
    ['&lt;b&gt;', '&amp;lt;b&amp;gt;'],
    ['[x](https://example.com)', '\\[x\\](https\\://example.com)'],
    ['www.example.com, a@example.com', 'www\\.example.com, a\\@example.com'],
    ['*bold* _it_ `code` ~no~ $x$ #1', '\\*bold\\* \\_it\\_ \\`code\\` \\~no\\~ \\$x\\$ \\#1'],
    ['\\| ', '\\\\\\| '],
  ])('%j is escaped', (name, escaped) => {
    expect(reportMarkdown(named(name))).toContain(`\n| ${escaped} | 8,245 |`);
    expect(reportMarkdown(named('c', name))).toContain(`\nPeer: ${escaped}\n`);
  });

  test.each([
    ['דואר', '\u2068דואר\u2069'],
    ['gro\u202eup', 'gro\ufffdup'],
    ['\u2069\u202eקו|', '\u2068\ufffd\ufffdקו\\|\u2069'],
  ])('%j leaves the text beside it in its order', (name, shown) => {
    expect(reportMarkdown(named(name))).toContain(`\n| ${shown} | 8,245 |`);
    expect(reportMarkdown(named('c', name))).toContain(`\nPeer: ${shown}\n`);
  });
});

describe.each([
  ['Markdown', reportMarkdown],
  ['HTML', reportHtml],
])('%s of a period that is not over', (_form, write) => {
  test('says that today is in it, and with which days it is compared', () => {
    const text = write(RUNNING);
    expect(text).toContain('2025-10-01 to 2025-10-15 (UTC)');
    expect(text).toContain('Messages against the same days of the month before');
    expect(text).toContain(
      'The month is not over. The figures include today (2025-10-15), which is not over, and still grow. They ' +
        'are compared with the same days of the month before, 2025-09-01 to 2025-09-15.',
    );
  });

  test('says where the month before has no more days', () => {
    const text = write({
      ...RUNNING,
      range: { from: '2026-03-01', to: '2026-03-30' },
      previousRange: { from: '2026-02-01', to: '2026-02-28' },
    });
    expect(text).toContain(
      'the same days of the month before, 2026-02-01 to 2026-02-28: it has no more days.',
    );
  });

  test('compares everything with nothing', () => {
    const text = write(EVERYTHING);
    expect(text).toContain('all up to 2025-10-15 (UTC)');
    expect(text).toContain('The figures include today (2025-10-15), which is not over, and still grow.');
    expect(text).not.toContain('month before');
  });
});

describe('HTML', () => {
  test('has the figures, and says what they are', () => {
    const page = reportHtml(REPORT);
    for (const part of [
      '<title>Channel usage: October 2025</title>',
      '<dt>Peer</dt><dd><bdi>peer_123</bdi></dd>',
      '<dt>Messages</dt><dd>11,135</dd>',
      '<dt>Conversations against the month before</dt><dd>-359 from 1,000 (-35.9%)</dd>',
      '<th scope="row"><bdi>WebChat</bdi></th><td>8,245</td><td>485</td><td>17.0</td><td>74.0%</td><td>High</td>',
      '<dt>Days</dt><dd>2025-10-01 to 2025-10-31 (UTC)</dd>',
      'Conversations are those that started in the period.',
    ]) {
      expect(page).toContain(part);
    }
  });

  test('tells channels of one name apart', () => {
    const page = reportHtml(TWO_SLACKS);
    for (const id of ['integration_1', 'integration_2']) {
      expect(page).toContain(`<th scope="row"><bdi>Slack</bdi> (<bdi>${id}</bdi>)</th>`);
    }
    expect(page).toContain('<th scope="row"><bdi>Direct/Web</bdi></th>');
  });

  test('escapes whatever comes from outside', () => {
    const hostile = `</td><script>alert("1")</script>&amp;<img src='x'>`;
    const escaped =
      '&#60;/td&#62;&#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62;&#38;amp;&#60;img src=&#39;x&#39;&#62;';
    const page = reportHtml(named(hostile, hostile));
    expect(page.split(escaped)).toHaveLength(3);
    expect(page).not.toMatch(/<script|<img/);
  });

  test.each([
    ['דואר', 'דואר'],
    ['gro\u202eup', 'gro\ufffdup'],
    ['\u2069\u202eקו', '\ufffd\ufffdקו'],
  ])('%j leaves the text beside it in its order', (name, shown) => {
    const page = reportHtml(named(name, name));
    expect(page).toContain(`<th scope="row"><bdi>${shown}</bdi></th><td>8,245</td>`);
    expect(page).toContain(`<dt>Peer</dt><dd><bdi>${shown}</bdi></dd>`);
  });

  test('loads nothing and runs nothing', () => {
    const page = reportHtml(REPORT);
    expect(page).not.toMatch(/\b(src|href|style|on\w+)=|@import|url\(|<script|<link|<iframe/);
    expect(page.match(/<style>(.*)<\/style>/s)?.[1]).toBe(REPORT_STYLE);
  });
});
