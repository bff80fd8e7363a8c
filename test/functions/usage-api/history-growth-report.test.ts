import { createHash } from 'node:crypto';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect } from 'vitest';
import { reportAnswer } from '../../../functions/shared/domain/report.ts';
import { REPORT_STYLE } from '../../../functions/shared/domain/report-html.ts';
import { ROUTES } from '../../../functions/shared/http/routes.ts';
import { ChannelStore } from '../../../functions/shared/store/channel-store.ts';
import { growthAnswer } from '../../../functions/usage-api/get-growth.ts';
import { historyAnswer } from '../../../functions/usage-api/get-history.ts';
import { test as fixture } from '../../support/fixture.ts';
import { call, READ_HEADERS, type TestAnswer } from '../../support/service/http-events.ts';
import type { TestService } from '../../support/service/test-service.ts';

const test = fixture
  .extend('key', ({ service }) => service.addKey('reader', { scopes: ['stats:read'] }))
  .extend(
    'get',
    ({ service, key }) =>
      (name: keyof typeof ROUTE, query = '', peerId = 'peer_123'): Promise<TestAnswer> =>
        call(service.usageApi, { route: ROUTE[name], key, peerId, query }),
  )
  .extend(
    'count',
    ({ service }) =>
      (channelId: string, conversationId: string, from: string, howMany: number, more = {}) =>
        service.countConversation({ peerId: 'peer_123', channelId, conversationId, ...more }, from, howMany),
  );

/** Use in two months, and today. */
test.beforeEach(async ({ service, count }) => {
  const details = { channelName: 'WebChat', galleryKey: 'webchat' };
  await count('integration_123', 'c1', '2026-09-01T00:00:00Z', 1, details);
  await count('integration_123', 'c2', '2026-10-31T23:59:58Z', 4, details);
  await count('direct', 'c3', '2026-11-10T12:00:00Z', 2);
  await count('direct', 'c4', '2026-11-20T12:00:00Z', 3);
  await count('direct', 'c5', '2026-11-22T09:00:00Z', 1);
  await count('old', 'c6', '2026-11-20T12:00:00Z', 8);
  await service.setStatus('peer_123', 'old', 'disabled');
});

const ROUTE = {
  history: ROUTES.getHistory,
  growth: ROUTES.getGrowth,
  report: ROUTES.getReport,
  'report.csv': ROUTES.getReportCsv,
  'report.md': ROUTES.getReportMarkdown,
  'report.html': ROUTES.getReportHtml,
};

const HEADERS = { ...READ_HEADERS, 'x-request-id': 'request-1' };
const JSON_HEADERS = { ...HEADERS, 'content-type': 'application/json' };

describe('history', () => {
  test('the answer has the shape and the order of the contract', async ({ get }) => {
    const { status, headers, body } = await get('history', 'from=2026-11-22&to=2026-11-22');
    expect({ status, headers }).toEqual({ status: 200, headers: JSON_HEADERS });
    expect(JSON.stringify(body)).toBe(
      '{"query":{"peerId":"peer_123","from":"2026-11-22","to":"2026-11-22","interval":"day","timezone":"UTC"},' +
        '"buckets":[{"start":"2026-11-22","end":"2026-11-22","complete":false,"channels":[' +
        '{"channelId":"direct","channelName":"Direct/Web","messageCount":1,"conversationCount":1},' +
        '{"channelId":"integration_123","channelName":"WebChat","galleryKey":"webchat","messageCount":0,"conversationCount":0}],' +
        '"total":{"messageCount":1,"conversationCount":1},' +
        '"cumulative":{"messageCount":11,"conversationCount":5}}],' +
        '"asOf":"2026-11-22T10:00:00Z"}',
    );
  });

  test('without a range it is the last 30 days up to today, by day', async ({ get }) => {
    const { query, buckets } = historyAnswer.parse((await get('history')).body);
    expect(query).toEqual({
      peerId: 'peer_123',
      from: '2026-10-24',
      to: '2026-11-22',
      interval: 'day',
      timezone: 'UTC',
    });
    expect(buckets).toHaveLength(30);
    const used = buckets.filter(({ total }) => total.messageCount > 0);
    expect(
      used.map(({ start, total, cumulative }) => [start, total.messageCount, cumulative.messageCount]),
    ).toEqual([
      ['2026-10-31', 2, 3],
      ['2026-11-01', 2, 5],
      ['2026-11-10', 2, 7],
      ['2026-11-20', 3, 10],
      ['2026-11-22', 1, 11],
    ]);
  });

  test('by week and by month, with channels that are disabled', async ({ get }) => {
    const rows = async (query: string) =>
      historyAnswer
        .parse((await get('history', query)).body)
        .buckets.map(({ start, end, complete, total, cumulative }) => [
          `${start}..${end}${complete ? '' : '*'}`,
          total.messageCount,
          cumulative.messageCount,
        ]);
    expect(await rows('from=2026-11-09&interval=week&include=disabled')).toEqual([
      ['2026-11-09..2026-11-15', 2, 7],
      ['2026-11-16..2026-11-22*', 12, 19],
    ]);
    expect(await rows('from=2026-09-01&to=2026-11-30&interval=month')).toEqual([
      ['2026-09-01..2026-09-30', 1, 1],
      ['2026-10-01..2026-10-31', 2, 3],
      ['2026-11-01..2026-11-30*', 8, 11],
    ]);
  });

  test('a peer that nobody wrote to has empty buckets', async ({ get }) => {
    const { body } = await get('history', 'from=2026-11-21&to=2026-11-21', 'nobody');
    const nothing = { messageCount: 0, conversationCount: 0 };
    expect(historyAnswer.parse(body).buckets).toEqual([
      {
        start: '2026-11-21',
        end: '2026-11-21',
        complete: true,
        channels: [],
        total: nothing,
        cumulative: nothing,
      },
    ]);
  });

  test('a late message shows on its own day at once', async ({ get, count }) => {
    await count('direct', 'late', '2026-11-12T12:00:00Z', 1);
    const { body } = await get('history', 'from=2026-11-11&to=2026-11-13');
    expect(
      historyAnswer
        .parse(body)
        .buckets.map(({ total, cumulative }) => [total.messageCount, cumulative.messageCount]),
    ).toEqual([
      [0, 7],
      [1, 8],
      [0, 8],
    ]);
  });

  test('400 buckets are answered, one more is not, and no range is too large to refuse', async ({
    service,
    get,
  }) => {
    const { status, body } = await get('history', 'from=2025-10-19');
    expect(status).toBe(200);
    expect(historyAnswer.parse(body).buckets).toHaveLength(400);
    service.watched.calls.length = 0;
    expect(await get('history', 'from=0000-01-01&to=9999-12-31')).toMatchObject({ status: 400 });
    expect(await get('history', 'from=2025-10-18')).toMatchObject({
      status: 400,
      body: {
        error: {
          details: [
            {
              path: 'from',
              message:
                'from must be later: there are 401 buckets by day up to the end of the range, and at most 400 are answered',
            },
          ],
        },
      },
    });
    // Nothing was read for them.
    expect(service.watched.calls).toEqual([]);
  });

  test('20,000 channel entries are answered, more are not', async ({ service, get }) => {
    const channels = new ChannelStore({ client: service.client, tableName: service.settings.usageTableName });
    for (let number = 0; number < 98; number += 1) {
      await channels.register('peer_123', `channel ${number}`, 0, {});
    }
    // With the two that are enabled there are 100.
    const { status, body } = await get('history', 'from=2026-05-07');
    expect(status).toBe(200);
    expect(historyAnswer.parse(body).buckets.reduce((sum, bucket) => sum + bucket.channels.length, 0)).toBe(
      20_000,
    );
    const message =
      'from must be later: there are 200 buckets of 101 channels, and at most 20000 entries are answered';
    expect(await get('history', 'from=2026-05-07&include=disabled')).toMatchObject({
      status: 400,
      body: { error: { details: [{ path: 'from', message }] } },
    });
  });
});

describe('growth', () => {
  test('the answer has the shape and the order of the contract', async ({ get }) => {
    const { status, headers, body } = await get('growth', 'weeks=1');
    expect({ status, headers }).toEqual({ status: 200, headers: JSON_HEADERS });
    const nothing = '{"current":0,"previous":0,"change":0,"changePercent":0}';
    const direct =
      '"messages":{"current":3,"previous":2,"change":1,"changePercent":50},' +
      '"conversations":{"current":1,"previous":1,"change":0,"changePercent":0}';
    expect(JSON.stringify(body)).toBe(
      '{"query":{"peerId":"peer_123","weeks":1,"through":"2026-11-21","timezone":"UTC"},' +
        '"weeks":[{"start":"2026-11-15","end":"2026-11-21","channels":[' +
        `{"channelId":"direct","channelName":"Direct/Web",${direct}},` +
        `{"channelId":"integration_123","channelName":"WebChat","galleryKey":"webchat","messages":${nothing},"conversations":${nothing}}],` +
        `"total":{${direct}}}],` +
        '"asOf":"2026-11-22T10:00:00Z"}',
    );
  });

  test('without a number it is four weeks, newest first', async ({ get }) => {
    const { query, weeks } = growthAnswer.parse((await get('growth', 'include=disabled')).body);
    expect(query.weeks).toBe(4);
    expect(weeks.map(({ start, total }) => [start, total.messages])).toEqual([
      ['2026-11-15', { current: 11, previous: 2, change: 9, changePercent: 450 }],
      ['2026-11-08', { current: 2, previous: 2, change: 0, changePercent: 0 }],
      ['2026-11-01', { current: 2, previous: 2, change: 0, changePercent: 0 }],
      ['2026-10-25', { current: 2, previous: 0, change: 2, changePercent: null, reason: 'zero_baseline' }],
    ]);
  });

  test('of 52 weeks is answered, with those before the peer’s first day', async ({ get }) => {
    const { weeks } = growthAnswer.parse((await get('growth', 'weeks=52')).body);
    expect(weeks).toHaveLength(52);
    expect(weeks.at(-1)?.total.messages).toEqual({
      current: 0,
      previous: null,
      change: null,
      changePercent: null,
      reason: 'no_history',
    });
  });
});

test('an answer that is larger than what Lambda passes on is compressed, or refused', async ({
  service,
  key,
}) => {
  const channels = new ChannelStore({ client: service.client, tableName: service.settings.usageTableName });
  const ids = Array.from({ length: 490 }, (_, number) => `${'channel '.repeat(14)}${number}`);
  for (const channelId of ids) await channels.register('peer_123', channelId, 0, {});
  const request = { route: ROUTE.growth, key, peerId: 'peer_123', query: 'weeks=52' };
  expect(await call(service.usageApi, request)).toMatchObject({
    status: 400,
    body: { error: { details: [{ path: 'accept-encoding' }] } },
  });
  const answer = await call(service.usageApi, { ...request, headers: { 'accept-encoding': 'gzip' } });
  expect(answer).toMatchObject({ status: 200, headers: { 'content-encoding': 'gzip' } });
  expect(growthAnswer.parse(answer.body).weeks.map(({ channels: listed }) => listed.length)).toEqual(
    Array(52).fill(492),
  );
});

describe('report', () => {
  const OCTOBER = {
    period: 'October 2026',
    peer: 'peer_123',
    range: { from: '2026-10-01', to: '2026-10-31' },
    timezone: 'UTC',
    overview: { totalMessages: 2, totalConversations: 1, channelCount: 2 },
    channels: [
      {
        name: 'WebChat',
        channelId: 'integration_123',
        messages: 2,
        conversations: 1,
        avgMessagesPerConversation: 2,
        marketShare: '100.0%',
        engagement: 'Low',
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
    previousRange: { from: '2026-09-01', to: '2026-09-30' },
    change: {
      messages: { current: 2, previous: 1, change: 1, changePercent: 100 },
      conversations: { current: 1, previous: 1, change: 0, changePercent: 0 },
    },
    complete: true,
  };

  test.for(['period=2026-10', ''])(
    'with the query %j it is on the month before this one, in JSON',
    async (query, { get }) => {
      const { status, headers, body } = await get('report', query);
      expect({ status, headers }).toEqual({ status: 200, headers: JSON_HEADERS });
      expect(JSON.stringify(body)).toBe(JSON.stringify(OCTOBER));
    },
  );

  test('is on this month up to now, and on everything', async ({ get }) => {
    const figures = async (query: string) => {
      const { body } = await get('report', query);
      const { period, overview, previousRange, change, complete } = reportAnswer.parse(body);
      return [period, overview.totalMessages, previousRange?.to, change?.messages.previous, complete];
    };
    expect(await figures('period=2026-11')).toEqual(['November 2026', 8, '2026-10-22', 0, false]);
    expect(await figures('period=2026-11&include=disabled')).toEqual([
      'November 2026',
      16,
      '2026-10-22',
      0,
      false,
    ]);
    expect(await figures('period=2026-09')).toEqual(['September 2026', 1, '2026-08-31', null, true]);
    expect(await figures('period=1000-01')).toEqual(['January 1000', 0, '0999-12-31', null, true]);
    expect(await figures('period=all')).toEqual(['All time', 11, undefined, undefined, false]);
  });

  test('as CSV it is a download', async ({ get }) => {
    const { status, headers, body } = await get('report.csv', 'period=2026-10');
    expect({ status, headers }).toEqual({
      status: 200,
      headers: {
        ...HEADERS,
        'content-type': 'text/csv; charset=utf-8',
        'content-disposition': 'attachment; filename="channel-usage-peer_123-2026-10.csv"',
      },
    });
    expect(String(body).split('\r\n')[1]).toBe(
      'channel,October 2026,2026-10-01,2026-10-31,UTC,true,peer_123,WebChat,integration_123,2,1,2,100.0%,Low,,,,,,,,',
    );
  });

  test.for([
    ['a"; filename="b.exe', 'a_filename_b_exe'],
    ['../../etc/passwd', '_etc_passwd'],
    ['客服', '_'],
    ['x'.repeat(128), 'x'.repeat(64)],
  ])('the name of the file is one, whatever the peer is called: %j', async ([peerId, name], { get }) => {
    const { headers } = await get('report.csv', 'period=all', peerId);
    expect(headers['content-disposition']).toBe(
      `attachment; filename="channel-usage-${name}-all-to-2026-11-22.csv"`,
    );
  });

  test.for([
    ['semicolon', ';', 'channel-usage-peer_123-2026-11-to-2026-11-22.csv'],
    ['tab', '\t', 'channel-usage-peer_123-2026-11-to-2026-11-22.tsv'],
    ['comma', ',', 'channel-usage-peer_123-2026-11-to-2026-11-22.csv'],
  ] as const)(
    'as CSV of a running month, separated by %s, it says up to when it goes',
    async ([separator, character, fileName], { get }) => {
      const { headers, body } = await get('report.csv', `period=2026-11&separator=${separator}`);
      expect(headers).toMatchObject({
        'content-type': 'text/csv; charset=utf-8',
        'content-disposition': `attachment; filename="${fileName}"`,
      });
      const cells = String(body).split('\r\n')[1]?.split(character);
      expect(cells?.slice(0, 6)).toEqual([
        'channel',
        'November 2026',
        '2026-11-01',
        '2026-11-22',
        'UTC',
        'false',
      ]);
    },
  );

  test('as Markdown it is a text', async ({ get }) => {
    const { headers, body } = await get('report.md', 'period=2026-10');
    expect(headers).toEqual({ ...HEADERS, 'content-type': 'text/markdown; charset=utf-8' });
    expect(body).toContain('\n| WebChat | 2 | 1 | 2.0 | 100.0% | Low |\n');
  });

  test('as HTML it is a page in a sandbox, which has its own style and nothing else', async ({
    get,
    count,
  }) => {
    await count('<script>alert(1)</script>', 'c9', '2026-10-31T00:00:00Z', 1);
    const { headers, body } = await get('report.html', 'period=2026-10');
    const style = createHash('sha256').update(REPORT_STYLE).digest('base64');
    expect(headers).toEqual({
      ...HEADERS,
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `sandbox; default-src 'none'; style-src 'sha256-${style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    });
    expect(body).toContain('&#60;script&#62;alert(1)&#60;/script&#62;');
    expect(body).not.toContain('<script');
    expect(body).toContain(`<style>${REPORT_STYLE}</style>`);
  });
});

const noDay = (name: string) => `${name} must be a day that exists, as YYYY-MM-DD, such as 2026-11-22`;
const WEEKS = 'weeks must be a whole number from 1 to 52';
const INTERVAL = 'interval must be one of day, week, month';
const SEPARATOR = 'separator must be one of comma, semicolon, tab';
const PERIOD = 'period must be a month that exists, as YYYY-MM, such as 2025-10, or all';
const NO_FORMAT = 'format is not a query parameter of this operation: there are period, include';
const INCLUDE = 'include must be a comma-separated list of disabled, removed';

test.for<[name: keyof typeof ROUTE, query: string, path: string, message: string]>([
  ['history', 'from=2026-02-29', 'from', noDay('from')],
  ['history', 'to=2026-11-31', 'to', noDay('to')],
  ['history', 'to=', 'to', noDay('to')],
  ['history', 'from=2026-11-02&to=2026-11-01', 'from', 'from must not be after to'],
  ['history', 'from=2026-11-23', 'from', 'from must not be after today where to is left out'],
  ['history', 'interval=hour', 'interval', INTERVAL],
  ['history', 'interval=', 'interval', INTERVAL],
  ['history', 'interval=Day', 'interval', INTERVAL],
  ['history', 'include=percentage', 'include', INCLUDE],
  ['history', 'from=2026-11-01&from=2026-11-02', 'from', 'from must not be given more than once'],
  ['growth', 'weeks=0', 'weeks', WEEKS],
  ['growth', 'weeks=53', 'weeks', WEEKS],
  ['growth', 'weeks=abc', 'weeks', WEEKS],
  ['growth', 'weeks=-1', 'weeks', WEEKS],
  ['growth', 'weeks=4.0', 'weeks', WEEKS],
  ['growth', 'weeks=04', 'weeks', WEEKS],
  ['growth', 'weeks=1e1', 'weeks', WEEKS],
  ['growth', 'weeks=', 'weeks', WEEKS],
  ['growth', 'weeks=4&include=activity', 'include', INCLUDE],
  ['report', 'period=2025-13', 'period', PERIOD],
  ['report', 'period=2025-00', 'period', PERIOD],
  ['report', 'period=2025', 'period', PERIOD],
  ['report', 'period=2025-10-01', 'period', PERIOD],
  ['report', 'period=ALL', 'period', PERIOD],
  ['report', 'period=', 'period', PERIOD],
  ['report', 'period=2026-12', 'period', 'period must not be a month to come'],
  ['report', 'period=9999-12', 'period', 'period must not be a month to come'],
  ['report', 'format=csv', 'format', NO_FORMAT],
  ['report.csv', 'format=csv', 'format', `${NO_FORMAT}, separator`],
  ['report.csv', 'period=2025', 'period', PERIOD],
  ['report.csv', 'separator=', 'separator', SEPARATOR],
  ['report.csv', 'separator=;', 'separator', SEPARATOR],
  ['report.csv', 'separator=Tab', 'separator', SEPARATOR],
  ['report.csv', 'separator=tab&separator=comma', 'separator', 'separator must not be given more than once'],
  ['report.md', 'period=2026-12', 'period', 'period must not be a month to come'],
  ['report.html', 'include=percentage', 'include', INCLUDE],
  ['report', 'include=disabled,', 'include', INCLUDE],
])('%s?%s is refused: %s', async ([name, query, path, message], { get }) => {
  expect(await get(name, query)).toMatchObject({
    status: 400,
    body: { error: { code: 'invalid_request', message, details: [{ path, message }] } },
  });
});

test.for(['history', 'growth', 'report', 'report.csv', 'report.md', 'report.html'] as const)(
  '%s is for keys that may read the peer’s statistics',
  async (name, { service }) => {
    const statusFor = async (grant: Parameters<TestService['addKey']>[1]) => {
      const other = await service.addKey('other', grant);
      return (await call(service.usageApi, { route: ROUTE[name], key: other, peerId: 'peer_123' })).status;
    };
    expect(await statusFor({ scopes: ['messages:write', 'channels:write'] })).toBe(403);
    expect((await call(service.usageApi, { route: ROUTE[name], peerId: 'peer_123' })).status).toBe(401);
  },
);

test.for(['history', 'growth', 'report', 'report.csv', 'report.md', 'report.html'] as const)(
  '%s is read by consistent queries alone',
  async (name, { service, get }) => {
    const consistent: unknown[] = [];
    service.watched.failWith = (command) => {
      if (command instanceof QueryCommand) consistent.push(command.input.ConsistentRead);
      return undefined;
    };
    await get(name);
    // Nothing is sealed yet: recent and earlier counters, and the months.
    expect(consistent).toEqual([true, true, true]);
  },
);
