import { describe, expect } from 'vitest';
import { channelStatsAnswer } from '../../../functions/shared/domain/channel-stats.ts';
import { ROUTES } from '../../../functions/shared/http/routes.ts';
import { test as fixture } from '../../support/fixture.ts';
import { call, type TestAnswer } from '../../support/service/http-events.ts';

const PEER = 'peer_123';

const test = fixture
  .extend('key', ({ service }) => service.addKey('reader', { scopes: ['stats:read'] }))
  .extend(
    'get',
    ({ service, key }) =>
      (query: string): Promise<TestAnswer> =>
        call(service.usageApi, { route: ROUTES.getChannelStats, key, peerId: PEER, query }),
  )
  .extend('statsOf', ({ get }) => async (query: string) => {
    const { status, body } = await get(query);
    expect(status).toBe(200);
    return channelStatsAnswer.parse(body);
  })
  /** Messages of a conversation of its own, for each day. */
  .extend('use', ({ service }) => async (channelId: string, days: Record<string, number>) => {
    for (const [day, howMany] of Object.entries(days)) {
      const conversation = { peerId: PEER, channelId, conversationId: `${channelId} ${day}` };
      await service.countConversation(conversation, `${day}T08:00:00Z`, howMany);
    }
  });

function badRequest(path: string, message: string) {
  return { status: 400, body: { error: { code: 'invalid_request', details: [{ path, message }] } } };
}

describe('compare=previous', () => {
  test('adds the days before, and comparisons to every channel and the total', async ({ use, get }) => {
    await use('webchat', { '2026-11-01': 2, '2026-11-15': 4, '2026-11-20': 5 });
    await use('direct', { '2026-11-16': 1 });
    const { status, body } = await get('from=2026-11-15&to=2026-11-21&compare=previous');
    expect(status).toBe(200);
    const fromNothing = (current: number) =>
      `{"current":${current},"previous":0,"change":${current},"changePercent":null,"reason":"zero_baseline"}`;
    expect(JSON.stringify(body)).toBe(
      '{"channels":[' +
        '{"channelId":"webchat","channelName":"WebChat","conversationCount":2,"messageCount":9,' +
        `"previous":{"messages":${fromNothing(9)},"conversations":${fromNothing(2)}}},` +
        '{"channelId":"direct","channelName":"Direct/Web","conversationCount":1,"messageCount":1,' +
        `"previous":{"messages":${fromNothing(1)},"conversations":${fromNothing(1)}}}],` +
        '"total":{"conversationCount":3,"messageCount":10,' +
        `"previous":{"messages":${fromNothing(10)},"conversations":${fromNothing(3)}}},` +
        '"previousRange":{"from":"2026-11-08","to":"2026-11-14"},"complete":true}',
    );
  });

  test('says where there is no history that reaches back so far', async ({ use, statsOf }) => {
    await use('webchat', { '2026-11-09': 3, '2026-11-20': 4 });
    const { total } = await statsOf('from=2026-11-15&to=2026-11-21&compare=previous');
    expect(total.previous?.messages).toEqual({
      current: 4,
      previous: null,
      change: null,
      changePercent: null,
      reason: 'no_history',
    });
    const reaching = await statsOf('from=2026-11-15&to=2026-11-20&compare=previous');
    expect(reaching.total.previous?.messages).toMatchObject({ current: 4, previous: 3, changePercent: 33.3 });
  });

  test('compares the running day as it is so far, and says so', async ({ use, statsOf }) => {
    await use('webchat', { '2026-11-01': 1, '2026-11-20': 8, '2026-11-21': 10, '2026-11-22': 5 });
    const upToToday = await statsOf('from=2026-11-21&to=2026-11-22&compare=previous');
    expect(upToToday).toMatchObject({
      complete: false,
      previousRange: { from: '2026-11-19', to: '2026-11-20' },
      total: { messageCount: 15, previous: { messages: { current: 15, previous: 8, change: 7 } } },
    });
    expect(await statsOf('from=2026-11-21&compare=previous')).toEqual(upToToday);
    expect(await statsOf('from=2026-11-21&to=2026-11-21&compare=previous')).toMatchObject({ complete: true });
  });

  test('without from begins with the first counted day, and finds nothing before', async ({
    use,
    statsOf,
  }) => {
    await use('webchat', { '2026-11-11': 2, '2026-11-20': 3, '2026-11-22': 9 });
    expect(await statsOf('to=2026-11-20&compare=previous')).toMatchObject({
      complete: true,
      previousRange: { from: '2026-11-01', to: '2026-11-10' },
      total: { messageCount: 5, previous: { messages: { current: 5, reason: 'no_history' } } },
    });
  });

  test('of a peer that nobody wrote to has no history', async ({ statsOf }) => {
    expect(await statsOf('to=2026-11-20&compare=previous')).toMatchObject({
      channels: [],
      previousRange: { from: '2026-11-19', to: '2026-11-19' },
      total: { messageCount: 0, previous: { messages: { current: 0, reason: 'no_history' } } },
    });
  });

  test('goes with include, and leaves out channels that are not listed', async ({
    service,
    use,
    statsOf,
  }) => {
    await use('webchat', { '2026-11-01': 1, '2026-11-10': 2, '2026-11-20': 4 });
    await use('direct', { '2026-11-10': 5, '2026-11-20': 10 });
    await service.setStatus(PEER, 'direct', 'disabled');
    const range = 'from=2026-11-15&to=2026-11-21&compare=previous';
    expect(await statsOf(range)).toMatchObject({
      channels: [{ channelId: 'webchat', previous: { messages: { current: 4, previous: 2 } } }],
      total: { previous: { messages: { current: 4, previous: 2 } } },
    });
    expect(await statsOf(`${range}&include=percentage,disabled`)).toMatchObject({
      channels: [{ channelId: 'direct', percentage: 71.4 }, { channelId: 'webchat' }],
      total: { previous: { messages: { current: 14, previous: 7 } } },
    });
  });

  test('needs a range', async ({ get }) => {
    const wrong = badRequest('compare', 'compare needs a range: from, to or both');
    expect(await get('compare=previous')).toMatchObject(wrong);
    expect(await get('compare=previous&include=percentage')).toMatchObject(wrong);
    expect(await get('from=2026-11-01&compare=next')).toMatchObject(
      badRequest('compare', 'compare must be previous'),
    );
  });

  test('refuses a range that has no days before it', async ({ get }) => {
    const before = 'compare needs as many days before the range, from 0000-01-01 on';
    expect(await get('from=0000-01-05&to=2026-01-01&compare=previous')).toMatchObject(
      badRequest('from', before),
    );
    expect(await get('from=2026-11-23&compare=previous')).toMatchObject(
      badRequest('from', 'from must not be after today where to is left out and compare is given'),
    );
  });
});
