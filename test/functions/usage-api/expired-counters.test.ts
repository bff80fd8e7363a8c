import { DeleteCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect } from 'vitest';
import type { UserMessage } from '../../../functions/shared/domain/message.ts';
import { ROUTES } from '../../../functions/shared/http/routes.ts';
import { takeDailySnapshot } from '../../../functions/take-daily-snapshot/take-daily-snapshot.ts';
import { test as fixture } from '../../support/fixture.ts';
import { call } from '../../support/service/http-events.ts';

// Daily counters leave after their retention, and snapshots stay: no answer may change by that.

const NOW = '2026-11-22T10:00:00.000Z';
const PEER = 'peer_123';

const test = fixture
  .extend('key', ({ service }) => service.addKey('reader', { scopes: ['stats:read'] }))
  /** Counts one message on a day. */
  .extend(
    'count',
    ({ service }) =>
      async (day: string, channelId: string, conversationId: string): Promise<void> => {
        sent += 1;
        const message: UserMessage = {
          peerId: PEER,
          channelId,
          conversationId,
          messageId: `m${sent}`,
          sentAt: Date.parse(`${day}T12:00:00.000Z`) + sent,
        };
        await service.count([message]);
      },
  )
  .extend(
    'get',
    ({ service, key }) =>
      async (route: (typeof REQUESTS)[number]['route'], query: string): Promise<unknown> => {
        return (await call(service.usageApi, { route, query, key, peerId: PEER })).body;
      },
  )
  .extend('seal', ({ service }) => async (): Promise<void> => {
    const scheduledAt = new Date(service.clock()).toISOString();
    await takeDailySnapshot(service)({ scheduledAt }, () => false);
  })
  /** Every answer there is, by its request. */
  .extend('answers', ({ service, key }) => async (): Promise<Record<string, unknown>> => {
    const all: Record<string, unknown> = {};
    for (const { route, query } of REQUESTS) {
      const { status, body } = await call(service.usageApi, { route, query, key, peerId: PEER });
      expect(status).toBe(200);
      all[`${route.path}?${query}`] = body;
    }
    return all;
  })
  /** Deletes counters that have expired, as DynamoDB does in its own time; tells of which days. */
  .extend(
    'expire',
    ({ service }) =>
      async (which: (index: number) => boolean = () => true): Promise<unknown[]> => {
        const TableName = service.settings.usageTableName;
        const { Items = [] } = await service.client.send(new ScanCommand({ TableName }));
        const expired = Items.filter(
          ({ sk, expiresAt }) => /^USAGE#\d/.test(String(sk)) && Number(expiresAt) * 1000 <= service.clock(),
        ).filter((_, index) => which(index));
        for (const { pk, sk } of expired)
          await service.client.send(new DeleteCommand({ TableName, Key: { pk, sk } }));
        return [...new Set(expired.map(({ sk }) => String(sk).split('#')[1]))].sort();
      },
  );

/** Two years of use: late messages, a channel that vanishes and one that appears, days with and without seal. */
test.beforeEach(async ({ service, count, seal }) => {
  service.setClock('2025-03-10T10:00:00.000Z');
  for (const day of ['2025-02-20', '2025-02-28', '2025-03-01', '2025-03-09', '2025-03-10']) {
    await count(day, 'direct', 'c1');
    await count(day, 'old', `old ${day}`);
  }
  await seal();
  service.setClock('2025-04-01T10:00:00.000Z');
  await count('2025-02-20', 'old', 'late');
  await count('2025-03-31', 'old', 'late');
  await seal();
  // The last day whose counters have expired now, and the days after.
  service.setClock('2025-08-25T10:00:00.000Z');
  for (const day of ['2025-08-18', '2025-08-19', '2025-08-20']) await count(day, 'direct', day);
  await seal();
  service.setClock('2025-11-21T10:00:00.000Z');
  for (const day of ['2025-11-15', '2025-11-16', '2025-11-17', '2025-11-18']) await count(day, 'new', day);
  await seal();
  service.setClock('2026-11-21T10:00:00.000Z');
  for (const day of ['2026-10-05', '2026-11-12', '2026-11-19', '2026-11-21']) await count(day, 'new', day);
  service.setClock(NOW);
  await seal();
  await count('2026-11-22', 'direct', 'today');
});

let sent = 0;

const { getChannelStats, getHistory, getGrowth, getReport } = ROUTES;

const REQUESTS = [
  ...[
    '',
    'include=percentage,activity',
    'from=2025-02-20',
    'from=2025-02-20&include=percentage,activity,disabled,removed',
    'from=2025-02-20&to=2025-02-28',
    'from=2025-03-01&to=2025-11-17&include=activity',
    'from=2025-08-19&to=2025-08-19',
    'from=2025-08-20&to=2025-11-17',
    'from=2025-11-17&to=2025-11-17',
    'from=2025-11-18&to=2025-11-18',
    'from=2025-12-01&to=2026-10-31',
    'from=2026-11-22',
    'to=2025-02-19',
    'to=2025-03-31',
    'to=2026-11-22',
    'to=9999-12-31',
    'from=0000-01-01&to=9999-12-31',
  ].map((query) => ({ route: getChannelStats, query })),
  ...[
    '',
    'from=2025-02-01&to=2025-04-30',
    'from=2025-08-15&to=2025-08-25',
    'from=2025-11-10&to=2025-11-25',
    'from=2025-01-01&interval=week',
    'from=2025-02-25&interval=month&include=disabled,removed',
    'to=2025-03-05',
    'from=2000-01-01&to=2025-12-31&interval=month',
    'from=2030-01-01&to=2030-01-31',
  ].map((query) => ({ route: getHistory, query })),
  ...['', 'weeks=1', 'weeks=51', 'weeks=52'].map((query) => ({ route: getGrowth, query })),
  ...['', 'period=2025-02', 'period=2025-03', 'period=2025-04', 'period=2025-11', 'period=all'].map(
    (query) => ({
      route: getReport,
      query,
    }),
  ),
];

const EXPIRED = [
  ...['2025-02-20', '2025-02-28', '2025-03-01', '2025-03-09', '2025-03-10', '2025-03-31'],
  ...['2025-08-18', '2025-08-19'],
];

test('every answer is the same after counters have expired, also while only some of them have', async ({
  answers,
  expire,
}) => {
  const before = await answers();
  const someDays = await expire((index) => index % 2 === 0);
  expect(someDays.length).toBeGreaterThan(2);
  expect(await answers()).toEqual(before);
  await expire();
  expect(await expire()).toEqual([]);
  expect(await answers()).toEqual(before);
});

test('the counters that expire are those of the days before the retention', async ({ expire }) => {
  expect(await expire()).toEqual(EXPIRED);
});

test('a request reads one key range or two, whatever its range', async ({ service, key, expire }) => {
  await expire();
  const queries: [string, number][] = [];
  for (const { route, query } of REQUESTS) {
    const already = service.watched.calls.length;
    await call(service.usageApi, { route, query, key, peerId: PEER });
    const made = service.watched.calls.slice(already).filter((name) => name === 'QueryCommand');
    queries.push([`${route.path}?${query}`, made.length]);
  }
  expect(queries.filter(([, amount]) => amount < 1 || amount > 2)).toEqual([]);
});

describe('figures of days without counters', () => {
  test.beforeEach(async ({ expire }) => {
    await expire();
  });

  test('of a range', async ({ get }) => {
    expect(await get(getChannelStats, 'from=2025-02-20&to=2025-02-28')).toEqual({
      channels: [
        { channelId: 'old', channelName: 'old', messageCount: 3, conversationCount: 3 },
        { channelId: 'direct', channelName: 'Direct/Web', messageCount: 2, conversationCount: 1 },
        { channelId: 'new', channelName: 'new', messageCount: 0, conversationCount: 0 },
      ],
      total: { messageCount: 5, conversationCount: 4 },
    });
  });

  test('over time', async ({ get }) => {
    expect(await get(getHistory, 'from=2025-02-01&to=2025-04-30&interval=month')).toMatchObject({
      buckets: [
        {
          total: { messageCount: 5, conversationCount: 4 },
          cumulative: { messageCount: 5, conversationCount: 4 },
        },
        {
          total: { messageCount: 7, conversationCount: 3 },
          cumulative: { messageCount: 12, conversationCount: 7 },
        },
        {
          total: { messageCount: 0, conversationCount: 0 },
          cumulative: { messageCount: 12, conversationCount: 7 },
        },
      ],
    });
  });

  test('of a month, with the change against the month before', async ({ get }) => {
    expect(await get(getReport, 'period=2025-04')).toMatchObject({
      overview: { totalMessages: 0 },
      change: { messages: { current: 0, previous: 7, change: -7, changePercent: -100 } },
    });
    expect(await get(getReport, 'period=2025-03')).toMatchObject({
      overview: { totalMessages: 7 },
      change: { messages: { current: 7, previous: null, reason: 'no_history' } },
    });
  });
});
