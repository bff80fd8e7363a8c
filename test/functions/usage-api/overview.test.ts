import { describe, expect } from 'vitest';
import { channelStatsAnswer } from '../../../functions/shared/domain/channel-stats.ts';
import { healthAnswer } from '../../../functions/shared/domain/health.ts';
import { overviewAnswer } from '../../../functions/shared/domain/overview.ts';
import { trustAnswer } from '../../../functions/shared/domain/trust.ts';
import { addDays } from '../../../functions/shared/domain/utc-day.ts';
import { ROUTES, type Route } from '../../../functions/shared/http/routes.ts';
import { mapConcurrently } from '../../../functions/shared/runtime/concurrency.ts';
import { ChannelStore } from '../../../functions/shared/store/channel-store.ts';
import { GivenUpCounts } from '../../../functions/shared/store/given-up-counts.ts';
import { HealthSettingsStore } from '../../../functions/shared/store/health-settings-store.ts';
import { makeOverviewCursor } from '../../../functions/usage-api/overview-cursor.ts';
import { test as fixture } from '../../support/fixture.ts';
import { call, type TestAnswer } from '../../support/service/http-events.ts';
import { NOW } from '../../support/service/test-service.ts';

const TODAY = NOW.slice(0, 10);
const daysAgo = (days: number) => addDays(TODAY, -days);

const test = fixture
  .extend('key', ({ service }) => service.addKey('reader', { scopes: ['stats:read'] }))
  .extend('get', ({ service, key }) => (query = '', withKey = key): Promise<TestAnswer> => {
    return call(service.usageApi, { route: ROUTES.getOverview, key: withKey, query });
  })
  .extend('pageOf', ({ key, get }) => async (query = '', withKey = key) => {
    const { status, body } = await get(query, withKey);
    expect(status).toBe(200);
    return overviewAnswer.parse(body);
  })
  .extend('namesOf', ({ key, pageOf }) => async (query = '', withKey = key) => {
    const { peers } = await pageOf(query, withKey);
    return peers.map(({ peerId }) => peerId).join(' ');
  })
  /** The ids on all pages. */
  .extend('pagesOf', ({ key, pageOf }) => async (query: string, withKey = key): Promise<string[][]> => {
    const pages: string[][] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: Awaited<ReturnType<typeof pageOf>> = await pageOf(
        `${query}${cursor === '' ? '' : `&cursor=${cursor}`}`,
        withKey,
      );
      pages.push(page.peers.map(({ peerId }) => peerId));
      cursor = page.cursor;
    }
    return pages;
  })
  /** What another operation answers for a peer. */
  .extend('ask', ({ service, key }) => async (route: Route, peerId: string, query = '') => {
    const { body } = await call(service.usageApi, { route, key, peerId, query });
    return body;
  })
  /** Messages of a peer, on days that are so long ago. */
  .extend(
    'use',
    ({ service }) =>
      async (peerId: string, days: Record<number, number>, channelId = 'webchat'): Promise<void> => {
        for (const [ago, howMany] of Object.entries(days)) {
          const day = daysAgo(Number(ago));
          const conversation = { peerId, channelId, conversationId: `${channelId} ${day}` };
          await service.countConversation(conversation, `${day}T08:00:00Z`, howMany);
        }
      },
  )
  /** Lists peers that nobody ever wrote to. */
  .extend('addPeers', ({ table }) => async (peerIds: readonly string[]) => {
    const channels = new ChannelStore(table);
    await mapConcurrently(peerIds, 16, (peerId) =>
      channels.raiseLastActiveDay(peerId, TODAY, Uint8Array.from([1])),
    );
  });

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, number) => `peer_${String(number).padStart(4, '0')}`);
}

function invalid(path: string, message: string) {
  return { status: 400, body: { error: { code: 'invalid_request', details: [{ path, message }] } } };
}

describe('the overview', () => {
  test('has the shape and the order of the contract', async ({ use, get }) => {
    await use('peer_1', { 40: 1, 5: 4, 3: 2, 1: 6, 0: 9 });
    const { body } = await get('days=3');
    expect(JSON.stringify(body)).toBe(
      '{"query":{"days":3,"from":"2026-11-19","to":"2026-11-21",' +
        '"previousRange":{"from":"2026-11-16","to":"2026-11-18"},"sort":"attention","timezone":"UTC"},' +
        '"peers":[{"peerId":"peer_1",' +
        '"messages":{"current":8,"previous":4,"change":4,"changePercent":100},' +
        '"conversations":{"current":2,"previous":1,"change":1,"changePercent":100},' +
        '"daily":[2,0,6],"warnings":0,"lastMessageAt":"2026-11-22T08:00:08.000Z","trust":"current"}],' +
        '"cursor":null,"asOf":"2026-11-22T10:00:00Z"}',
    );
  });

  test('is of the last 28 complete days, unless it is said otherwise', async ({ use, pageOf }) => {
    await use('peer_1', { 56: 2, 29: 1, 28: 3, 1: 4, 0: 5 });
    const { query, peers } = await pageOf();
    expect(query).toMatchObject({ days: 28, from: daysAgo(28), to: daysAgo(1) });
    expect(peers[0]).toMatchObject({ messages: { current: 7, previous: 3 } });
    expect(peers[0]?.daily).toEqual([3, ...Array.from({ length: 26 }, () => 0), 4]);
    expect((await pageOf('days=90')).peers[0]?.messages).toEqual({
      current: 10,
      previous: null,
      change: null,
      changePercent: null,
      reason: 'no_history',
    });
  });

  test('says what the other operations say of each peer', async ({ service, table, use, ask, pageOf }) => {
    const weekly = { 29: 30, 22: 30, 15: 30, 8: 30 };
    await use('quiet', { 60: 1, 20: 5 });
    await use('falling', { ...weekly, 1: 3, 50: 9 });
    await use('falling', { 60: 2, 3: 50, 0: 1 }, 'direct');
    await use('hidden', { 40: 9, 9: 2 }, 'direct');
    await use('hidden', { 0: 3 });
    await service.setStatus('hidden', 'direct', 'disabled');
    await use('patient', { 20: 5 });
    await new HealthSettingsStore(table).replace('patient', { inactiveAfterDays: 30 });
    await use('lacking', { 2: 1 });
    await new GivenUpCounts(table).replace(new Map([['lacking', 3]]), true);
    await service.setStatus('unused', 'direct', 'enabled');
    const check = async () => {
      const { query, peers } = await pageOf();
      expect(peers.map(({ peerId }) => peerId).sort()).toEqual(
        ['falling', 'hidden', 'lacking', 'patient', 'quiet', 'unused'].sort(),
      );
      for (const { peerId, daily, lastMessageAt, ...row } of peers) {
        const range = `from=${query.from}&to=${query.to}&compare=previous`;
        const stats = channelStatsAnswer.parse(await ask(ROUTES.getChannelStats, peerId, range));
        expect(stats.previousRange).toEqual(query.previousRange);
        expect({ messages: row.messages, conversations: row.conversations }).toEqual(stats.total.previous);
        expect(daily.reduce((sum, messages) => sum + messages, 0)).toBe(stats.total.messageCount);
        const { findings } = healthAnswer.parse(await ask(ROUTES.getHealth, peerId));
        expect(row.warnings).toBe(findings.filter(({ severity }) => severity === 'warning').length);
        const trust = trustAnswer.parse(await ask(ROUTES.getTrust, peerId));
        expect(row.trust).toBe(trust.status);
        const last = trust.channels.flatMap((channel) => channel.lastMessageAt ?? []).sort();
        expect(lastMessageAt).toBe(last.at(-1) ?? null);
      }
      return peers.map(({ peerId, warnings, trust }) => `${peerId} ${warnings} ${trust}`);
    };
    expect(await check()).toEqual([
      'quiet 1 current',
      'falling 1 current',
      'lacking 0 incomplete',
      'patient 0 current',
      'hidden 0 current',
      'unused 0 current',
    ]);
    service.stopHeartbeats();
    service.setClock(`${TODAY}T10:10:00.000Z`);
    expect(new Set((await check()).map((line) => line.split(' ').at(-1)))).toEqual(new Set(['behind']));
    service.setClock(`${addDays(TODAY, 1)}T00:01:00.000Z`);
    expect(new Set((await check()).map((line) => line.split(' ').slice(1).join(' ')))).toEqual(
      new Set(['1 stalled']),
    );
  });

  test('is empty for a key without peers, and shows no others than a key may read', async ({
    service,
    use,
    namesOf,
  }) => {
    await use('peer_1', { 1: 1 });
    await use('peer_2', { 1: 2 });
    expect(await namesOf('', await service.addKey('none', { peers: [] }))).toBe('');
    const some = await service.addKey('some', { peers: ['peer_2', 'nobody'] });
    expect(await namesOf('', some)).toBe('peer_2');
    const writer = await service.addKey('writer', { scopes: ['messages:write'] });
    expect(await call(service.usageApi, { route: ROUTES.getOverview, key: writer })).toMatchObject({
      status: 403,
    });
  });
});

describe('peers are ordered', () => {
  test('by what was asked for', async ({ use, namesOf }) => {
    await use('rising', { 60: 1, 1: 20 });
    await use('new', { 1: 50 });
    await use('falling', { 60: 1, 40: 30, 1: 4 });
    await use('steady', { 60: 1, 40: 7, 1: 7 });
    await use('silent', { 60: 40 });
    expect(await namesOf()).toBe('silent falling new steady rising');
    expect(await namesOf('sort=attention')).toBe('silent falling new steady rising');
    expect(await namesOf('sort=messages')).toBe('new rising steady falling silent');
    expect(await namesOf('sort=change')).toBe('rising silent steady falling new');
    expect(await namesOf('sort=name')).toBe('falling new rising silent steady');
  });

  test.for(['attention', 'messages', 'change', 'name'])(
    'by %s on every page, without gaps or repetitions',
    async (sort, { use, addPeers, pagesOf }) => {
      await addPeers(numbered(20));
      await use('peer_0003', { 60: 1, 40: 5, 1: 3 });
      await use('peer_0007', { 60: 1, 40: 5, 1: 9 });
      await use('peer_0011', { 60: 1, 40: 5, 1: 3 });
      const [whole] = await pagesOf(`sort=${sort}&limit=100`);
      expect(whole).toHaveLength(20);
      const pages = await pagesOf(`sort=${sort}&limit=7`);
      expect(pages.map((page) => page.length)).toEqual([7, 7, 6]);
      expect(pages.flat()).toEqual(whole);
      expect((await pagesOf(`sort=${sort}&limit=1`)).flat()).toEqual(whole);
    },
  );
});

describe('a search', () => {
  test('finds what is anywhere in an id, whatever its case, in every order', async ({
    addPeers,
    namesOf,
  }) => {
    await addPeers(['Support EU', 'support-us', 'my_SUPPORT', 'sales', 'ÄRZTE', 'a#b', 'a%b']);
    for (const sort of ['attention', 'name']) {
      expect(await namesOf(`sort=${sort}&search=SuPPort`)).toBe('Support EU my_SUPPORT support-us');
      expect(await namesOf(`sort=${sort}&search=${encodeURIComponent('ärz')}`)).toBe('ÄRZTE');
      expect(await namesOf(`sort=${sort}&search=${encodeURIComponent('#')}`)).toBe('a#b');
      expect(await namesOf(`sort=${sort}&search=${encodeURIComponent(' eu')}`)).toBe('Support EU');
      expect(await namesOf(`sort=${sort}&search=nothing`)).toBe('');
    }
  });

  test('is paged, and goes with the cursor', async ({ service, addPeers, pagesOf, pageOf, get }) => {
    await addPeers([...numbered(30), ...numbered(30).map((peerId) => `other_${peerId}`)]);
    const key = await service.addKey('some', { peers: numbered(25) });
    const found = numbered(30).filter((peerId) => peerId.includes('1'));
    expect((await pagesOf('sort=name&search=R_00&limit=9')).flat()).toHaveLength(60);
    expect((await pagesOf('sort=name&search=PEER_001&limit=3', key)).flat()).toEqual(
      found.filter((peerId) => peerId.includes('_001')),
    );
    const { cursor } = await pageOf('sort=name&search=other&limit=3');
    expect(await get(`sort=name&search=othe&limit=3&cursor=${cursor}`)).toMatchObject({ status: 400 });
  });
});

describe('a cursor', () => {
  const refusal =
    'cursor must be one that this list gave, for the same API key and the same days, order and search';

  test('of another key, other days or another order is refused', async ({
    service,
    addPeers,
    get,
    pageOf,
  }) => {
    await addPeers(numbered(6));
    const { cursor } = await pageOf('limit=2');
    const other = await service.addKey('other');
    expect(await get(`limit=2&cursor=${cursor}`, other)).toMatchObject(invalid('cursor', refusal));
    for (const query of ['days=27', 'sort=name', 'sort=change']) {
      expect(await get(`${query}&cursor=${cursor}`)).toMatchObject(invalid('cursor', refusal));
    }
    for (const wrong of ['', 'A', `${cursor}A`, String(cursor).slice(1)]) {
      expect(await get(`cursor=${wrong}`)).toMatchObject(invalid('cursor', refusal));
    }
    expect((await pageOf(`limit=3&cursor=${cursor}`)).peers).toHaveLength(3);
  });

  test('that somebody made up shows nobody else', async ({ service, addPeers, get }) => {
    await addPeers(numbered(6));
    const some = await service.addKey('some', { peers: ['peer_0002'] });
    const context = {
      key: { keyId: 'some', peers: 'all' as const },
      days: 28,
      sort: 'name' as const,
      search: '',
    };
    for (const peerId of ['peer_0003', '', 'p'.repeat(5_000), 'peer_\u0000']) {
      const cursor = makeOverviewCursor({ rank: [], peerId }, context);
      expect(await get(`sort=name&cursor=${cursor}`, some)).toMatchObject(invalid('cursor', refusal));
    }
  });
});

describe('of more than a thousand peers', () => {
  test('there is no order but that by name', async ({ service, addPeers, get, pageOf, namesOf }) => {
    await addPeers(numbered(1_001));
    const message =
      'sort must be name where the API key reads more than 1000 peers, or where as many ids have the search in them';
    expect(await get('sort=messages')).toMatchObject(invalid('sort', message));
    expect(await get()).toMatchObject(invalid('sort', message));
    const { cursor, peers } = await pageOf('sort=name&limit=2');
    expect(peers.map(({ peerId }) => peerId)).toEqual(numbered(2));
    expect(await namesOf(`sort=name&limit=2&cursor=${cursor}`)).toBe('peer_0002 peer_0003');
    expect(await namesOf('search=0_0999')).toBe('');
    expect(await namesOf('search=r_0999')).toBe('peer_0999');
    const some = await service.addKey('some', { peers: numbered(3) });
    expect(await namesOf('sort=messages', some)).toBe(numbered(3).join(' '));
  });
});

describe('it costs', () => {
  test('some queries a peer and a batch for every fifty, and on the next page those of its peers', async ({
    service,
    addPeers,
    pageOf,
  }) => {
    await addPeers(numbered(120));
    const counted = async (query: string) => {
      service.watched.calls.length = 0;
      const page = await pageOf(query);
      const calls = Object.entries(Object.groupBy(service.watched.calls, (name) => name));
      return { page, calls: Object.fromEntries(calls.map(([name, all = []]) => [name, all.length])) };
    };
    await pageOf('sort=name&limit=1&days=1');
    const directory = 8;
    // Peers of which nothing was ever sealed have one query more.
    const ofPeer = 4;
    const first = await counted('limit=50');
    expect(first.calls).toEqual({
      GetCommand: 1,
      BatchGetCommand: 3,
      QueryCommand: directory + ofPeer * 120,
    });
    const next = await counted(`limit=50&cursor=${first.page.cursor}`);
    expect(next.calls).toEqual({ GetCommand: 1, BatchGetCommand: 1, QueryCommand: directory + ofPeer * 50 });
    const byName = await counted('limit=10&sort=name');
    expect(byName.calls).toEqual({
      GetCommand: 1,
      BatchGetCommand: 1,
      QueryCommand: directory + ofPeer * 10,
    });
    service.setClock(`${TODAY}T10:00:30.000Z`);
    const later = await counted('limit=50');
    // And the key, which is remembered as long.
    expect(later.calls).toEqual({ ...first.calls, GetCommand: 2 });
  });

  test('nothing of exactness: figures are those of the moment, only the order is remembered', async ({
    service,
    use,
    pageOf,
    namesOf,
  }) => {
    await use('a', { 60: 1, 1: 10 });
    await use('b', { 60: 1, 1: 5 });
    expect(await namesOf('sort=messages')).toBe('a b');
    await use('b', { 2: 8 });
    const { peers } = await pageOf('sort=messages');
    expect(peers).toMatchObject([
      { peerId: 'a', messages: { current: 10 } },
      { peerId: 'b', messages: { current: 13 } },
    ]);
    service.setClock(`${TODAY}T10:00:31.000Z`);
    expect(await namesOf('sort=messages')).toBe('b a');
  });
});
