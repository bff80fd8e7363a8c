import { describe, expect, test } from 'vitest';
import type { Comparison } from '../../../../functions/shared/domain/comparison.ts';
import type { Report, ReportChannel } from '../../../../functions/shared/domain/report.ts';
import { reportCsv } from '../../../../functions/shared/domain/report-csv.ts';
import { REPORT_STYLE, reportHtml } from '../../../../functions/shared/domain/report-html.ts';
import { reportMarkdown } from '../../../../functions/shared/domain/report-markdown.ts';

const WEBCHAT: ReportChannel = {
  name: 'WebChat',
  messages: 8_245,
  conversations: 485,
  avgMessagesPerConversation: 17,
  marketShare: '74.0%',
  engagement: 'High',
};

const REPORT: Report = {
  period: 'October 2025',
  peer: 'peer_123',
  overview: { totalMessages: 11_135, totalConversations: 641, channelCount: 3 },
  channels: [
    WEBCHAT,
    {
      name: 'Slack Support',
      messages: 2_890,
      conversations: 156,
      avgMessagesPerConversation: 18.5,
      marketShare: '26.0%',
      engagement: 'High',
    },
    {
      name: 'Direct/Web',
      messages: 0,
      conversations: 0,
      avgMessagesPerConversation: null,
      marketShare: '0.0%',
      engagement: 'Low',
    },
  ],
  change: {
    messages: { current: 11_135, previous: 8_908, change: 2_227, changePercent: 25 },
    conversations: { current: 641, previous: 1_000, change: -359, changePercent: -35.9 },
  },
  complete: true,
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

/** Parses CSV by RFC 4180. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let rest = text;
  while (rest !== '') {
    const [whole = '', quoted, plain = '', end = ''] =
      /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/.exec(rest) ?? [];
    if (whole === '') throw new Error(`this is no CSV: ${rest}`);
    row.push(quoted?.replaceAll('""', '"') ?? plain);
    rest = rest.slice(whole.length);
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

/** The name of the only channel, as a spreadsheet gets it. */
function nameInCsv(name: string): string | undefined {
  return parseCsv(reportCsv(named(name)).slice(1))[1]?.[4];
}

describe('CSV', () => {
  test('has a row for each channel and one for all, with as many cells as there are columns', () => {
    const lines = [
      'scope,period,complete,peer,name,messages,conversations,avgMessagesPerConversation,marketShare,engagement,' +
        'previousMessages,messagesChange,messagesChangePercent,previousConversations,conversationsChange,conversationsChangePercent',
      'channel,October 2025,true,peer_123,WebChat,8245,485,17,74.0%,High,,,,,,',
      'channel,October 2025,true,peer_123,Slack Support,2890,156,18.5,26.0%,High,,,,,,',
      'channel,October 2025,true,peer_123,Direct/Web,0,0,,0.0%,Low,,,,,,',
      'total,October 2025,true,peer_123,,11135,641,,,,8908,2227,25,1000,-359,-35.9',
    ];
    expect(reportCsv(REPORT)).toBe(`\uFEFF${lines.join('\r\n')}\r\n`);
  });

  test.each<[string, Report['change']]>([
    ['everything', null],
    ['a first month', { messages: NO_HISTORY, conversations: NO_HISTORY }],
  ])('of %s leaves the change empty', (_title, change) => {
    const total = parseCsv(reportCsv({ ...REPORT, change }).slice(1)).at(-1);
    expect(total).toEqual([
      'total',
      'October 2025',
      'true',
      'peer_123',
      '',
      '11135',
      '641',
      ...Array(9).fill(''),
    ]);
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
    expect(rows.slice(1).map((row) => row[3])).toEqual(["'=cmd", "'=cmd"]);
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
        'Messages are those of users. Conversations are those that started in the period. Days are UTC.',
        '',
        'Engagement is high above 5 messages per conversation. Rounded shares need not add to 100%.',
        '',
      ].join('\n'),
    );
  });

  test('says what cannot be compared, and what is not over', () => {
    const text = reportMarkdown({
      ...REPORT,
      change: {
        messages: NO_HISTORY,
        conversations: { current: 5, previous: 0, change: 5, changePercent: null, reason: 'zero_baseline' },
      },
      complete: false,
    });
    expect(text).toContain('- Messages against the month before: no figures for the whole month before\n');
    expect(text).toContain('- Conversations against the month before: +5 from 0\n');
    expect(text).toContain('\nThe period is not over yet: its figures still grow.\n');
    expect(reportMarkdown({ ...REPORT, change: null })).not.toContain('month before');
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

describe('HTML', () => {
  test('has the figures, and says what they are', () => {
    const page = reportHtml(REPORT);
    for (const part of [
      '<title>Channel usage: October 2025</title>',
      '<dt>Peer</dt><dd><bdi>peer_123</bdi></dd>',
      '<dt>Messages</dt><dd>11,135</dd>',
      '<dt>Conversations against the month before</dt><dd>-359 from 1,000 (-35.9%)</dd>',
      '<th scope="row"><bdi>WebChat</bdi></th><td>8,245</td><td>485</td><td>17.0</td><td>74.0%</td><td>High</td>',
      'Conversations are those that started in the period. Days are UTC.',
    ]) {
      expect(page).toContain(part);
    }
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
