import { describe, expect } from 'vitest';
import { channelStatsAnswer } from '../../../functions/shared/domain/channel-stats.ts';
import { healthAnswer } from '../../../functions/shared/domain/health.ts';
import { trustAnswer } from '../../../functions/shared/domain/trust.ts';
import { addDays } from '../../../functions/shared/domain/utc-day.ts';
import { ROUTES, type Route } from '../../../functions/shared/http/routes.ts';
import { mapConcurrently } from '../../../functions/shared/runtime/concurrency.ts';
import { ChannelStore } from '../../../functions/shared/store/channel-store.ts';
import { GivenUpCounts } from '../../../functions/shared/store/given-up-counts.ts';
import { test as fixture } from '../../support/fixture.ts';
import { call, httpEvent, readAnswer, type TestAnswer } from '../../support/service/http-events.ts';
import { lambdaContext } from '../../support/service/lambda-context.ts';
import { NOW } from '../../support/service/test-service.ts';

const TODAY = NOW.slice(0, 10);
const NOW_SECONDS = Date.parse(NOW) / 1_000;

const test = fixture
  .extend('key', ({ service }) => service.addKey('reader', { scopes: ['stats:read'] }))
  .extend(
    'get',
    ({ service, key }) =>
      (query = '', withKey = key, headers: Record<string, string> = {}): Promise<TestAnswer> =>
        call(service.usageApi, { route: ROUTES.getMetrics, key: withKey, query, headers }),
  )
  .extend('scrape', ({ key, get }) => async (query = '', withKey = key): Promise<string> => {
    const { status, headers, body } = await get(query, withKey);
    expect([status, headers['content-type']]).toEqual([
      200,
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    ]);
    return String(body);
  })
  /** The samples of a metric, by what its name and labels are. */
  .extend('samples', ({ key, scrape }) => async (name: string, query = '', withKey = key) => {
    const lines = (await scrape(query, withKey)).split('\n').filter((line) => line.startsWith(name));
    return lines.map((line) => line.slice(name.length));
  })
  .extend('ask', ({ service, key }) => async (route: Route, peerId: string, query = '') => {
    const { body } = await call(service.usageApi, { route, key, peerId, query });
    return body;
  })
  /** So many messages of a peer on a channel, today or on a day before, in one conversation. */
  .extend('use', ({ service }) => async (peerId: string, channelId: string, howMany: number, ago = 0) => {
    const day = addDays(TODAY, -ago);
    const conversation = { peerId, channelId, conversationId: `${channelId} ${day}` };
    await service.countConversation(conversation, `${day}T08:00:00Z`, howMany);
  })
  .extend('addPeers', ({ table }) => async (peerIds: readonly string[]) => {
    const channels = new ChannelStore(table);
    await mapConcurrently(peerIds, 16, (peerId) =>
      channels.raiseLastActiveDay(peerId, TODAY, Uint8Array.from([1])),
    );
  })
  .extend('addChannels', ({ service }) => async (peerId: string, howMany: number) => {
    const channelIds = Array.from({ length: howMany }, (_, number) => `channel_${number}`);
    for (const channelId of channelIds) await service.setStatus(peerId, channelId, 'enabled');
  });

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, number) => `peer_${String(number).padStart(4, '0')}`);
}

const TOO_MANY =
  'the metrics would have more than 2000 series: name some of the peers, as in ?peer=peer_123&peer=peer_hr, and ask ' +
  'for the others apart';

function invalid(path: string, message: string) {
  return { status: 400, body: { error: { code: 'invalid_request', details: [{ path, message }] } } };
}

/** The metrics of no peer at all. */
const EMPTY = `# TYPE channel_usage_messages counter
# UNIT channel_usage_messages messages
# HELP channel_usage_messages Messages of all time, as channel-stats counts them.
# TYPE channel_usage_conversations counter
# UNIT channel_usage_conversations conversations
# HELP channel_usage_conversations Conversations of all time, as channel-stats counts them.
# TYPE channel_usage_channel info
# HELP channel_usage_channel What a channel is called, which kind it is of, and its status.
# TYPE channel_usage_warnings gauge
# HELP channel_usage_warnings Findings of health now whose severity is warning.
# TYPE channel_usage_not_counted_messages gauge
# UNIT channel_usage_not_counted_messages messages
# HELP channel_usage_not_counted_messages Messages of the last 30 days that were recorded and are in no figure: quarantined or given up.
# TYPE channel_usage_counted_through_timestamp_seconds gauge
# UNIT channel_usage_counted_through_timestamp_seconds seconds
# HELP channel_usage_counted_through_timestamp_seconds Every message that was recorded until then is in the figures, in seconds since 1970.
# TYPE channel_usage_counting_lag_seconds gauge
# UNIT channel_usage_counting_lag_seconds seconds
# HELP channel_usage_counting_lag_seconds How long ago that was when the figures were read.
# EOF
`;

describe('the metrics', () => {
  test('are OpenMetrics text, in one order', async ({ service, use, scrape, get }) => {
    await use('peer_b', 'direct', 2);
    await use('peer_a', 'integration_1', 3);
    await use('peer_a', 'integration_1', 2, 1);
    await use('peer_a', 'direct', 9);
    await service.setStatus('peer_a', 'unused', 'enabled');
    const text = await scrape();
    expect(text).toBe(`# TYPE channel_usage_messages counter
# UNIT channel_usage_messages messages
# HELP channel_usage_messages Messages of all time, as channel-stats counts them.
channel_usage_messages_total{peer="peer_a",channel="direct"} 9
channel_usage_messages_total{peer="peer_a",channel="integration_1"} 5
channel_usage_messages_total{peer="peer_a",channel="unused"} 0
channel_usage_messages_total{peer="peer_b",channel="direct"} 2
# TYPE channel_usage_conversations counter
# UNIT channel_usage_conversations conversations
# HELP channel_usage_conversations Conversations of all time, as channel-stats counts them.
channel_usage_conversations_total{peer="peer_a",channel="direct"} 1
channel_usage_conversations_total{peer="peer_a",channel="integration_1"} 2
channel_usage_conversations_total{peer="peer_a",channel="unused"} 0
channel_usage_conversations_total{peer="peer_b",channel="direct"} 1
# TYPE channel_usage_channel info
# HELP channel_usage_channel What a channel is called, which kind it is of, and its status.
channel_usage_channel_info{peer="peer_a",channel="direct",name="Direct/Web",status="enabled"} 1
channel_usage_channel_info{peer="peer_a",channel="integration_1",name="integration_1",status="enabled"} 1
channel_usage_channel_info{peer="peer_a",channel="unused",name="unused",status="enabled"} 1
channel_usage_channel_info{peer="peer_b",channel="direct",name="Direct/Web",status="enabled"} 1
# TYPE channel_usage_warnings gauge
# HELP channel_usage_warnings Findings of health now whose severity is warning.
channel_usage_warnings{peer="peer_a"} 0
channel_usage_warnings{peer="peer_b"} 0
# TYPE channel_usage_not_counted_messages gauge
# UNIT channel_usage_not_counted_messages messages
# HELP channel_usage_not_counted_messages Messages of the last 30 days that were recorded and are in no figure: quarantined or given up.
channel_usage_not_counted_messages{peer="peer_a"} 0
channel_usage_not_counted_messages{peer="peer_b"} 0
# TYPE channel_usage_counted_through_timestamp_seconds gauge
# UNIT channel_usage_counted_through_timestamp_seconds seconds
# HELP channel_usage_counted_through_timestamp_seconds Every message that was recorded until then is in the figures, in seconds since 1970.
channel_usage_counted_through_timestamp_seconds ${NOW_SECONDS}
# TYPE channel_usage_counting_lag_seconds gauge
# UNIT channel_usage_counting_lag_seconds seconds
# HELP channel_usage_counting_lag_seconds How long ago that was when the figures were read.
channel_usage_counting_lag_seconds 0
# EOF
`);
    expect((await get()).body).toBe(text);
  });

  test('have no samples where there is nothing to tell', async ({ service, get, scrape }) => {
    service.stopHeartbeats();
    expect(await scrape()).toBe(EMPTY);
    const nobody = await service.addKey('nobody', { peers: [] });
    expect(await scrape('', nobody)).toBe(EMPTY);
    expect(await scrape('peer=never_seen')).toBe(EMPTY);
    await service.passHeartbeats(Date.parse(NOW) - 90_000);
    expect(String((await get()).body)).toContain(`
channel_usage_counted_through_timestamp_seconds ${NOW_SECONDS - 90}
`);
  });

  test('say what the other operations say of each peer', async ({ service, table, use, ask, samples }) => {
    for (const ago of [29, 22, 15, 8]) await use('falling', 'webchat', 30, ago);
    await use('falling', 'webchat', 3, 1);
    await use('quiet', 'webchat', 5, 20);
    await use('quiet', 'direct', 5, 60);
    await use('hidden', 'webchat', 1);
    await use('hidden', 'direct', 4);
    await service.setStatus('hidden', 'direct', 'disabled');
    await new GivenUpCounts(table).replace(new Map([['quiet', 3]]), true);
    const expected: Record<'messages' | 'conversations' | 'warnings' | 'notCounted', string[]> = {
      messages: [],
      conversations: [],
      warnings: [],
      notCounted: [],
    };
    for (const peerId of ['falling', 'hidden', 'quiet']) {
      const { channels } = channelStatsAnswer.parse(await ask(ROUTES.getChannelStats, peerId));
      const byId = channels.sort((a, b) => (a.channelId < b.channelId ? -1 : 1));
      for (const { channelId, messageCount, conversationCount } of byId) {
        expected.messages.push(`{peer="${peerId}",channel="${channelId}"} ${messageCount}`);
        expected.conversations.push(`{peer="${peerId}",channel="${channelId}"} ${conversationCount}`);
      }
      const { findings } = healthAnswer.parse(await ask(ROUTES.getHealth, peerId));
      const warnings = findings.filter(({ severity }) => severity === 'warning').length;
      expected.warnings.push(`{peer="${peerId}"} ${warnings}`);
      const { notCounted } = trustAnswer.parse(await ask(ROUTES.getTrust, peerId));
      expected.notCounted.push(`{peer="${peerId}"} ${notCounted.givenUp + notCounted.quarantined}`);
    }
    expect(await samples('channel_usage_messages_total')).toEqual(expected.messages);
    expect(await samples('channel_usage_conversations_total')).toEqual(expected.conversations);
    expect(await samples('channel_usage_warnings')).toEqual(expected.warnings);
    expect(expected.warnings).toEqual(['{peer="falling"} 1', '{peer="hidden"} 0', '{peer="quiet"} 3']);
    expect(await samples('channel_usage_not_counted_messages')).toEqual(expected.notCounted);
    expect(expected.notCounted).toContain('{peer="quiet"} 3');
  });

  test('warn of counting that is behind, as health does', async ({ service, use, samples }) => {
    await use('peer_1', 'webchat', 1);
    service.stopHeartbeats();
    await service.passHeartbeats();
    service.setClock(`${addDays(TODAY, 1)}T00:01:00.000Z`);
    expect(await samples('channel_usage_warnings')).toEqual(['{peer="peer_1"} 1']);
    expect(await samples('channel_usage_counting_lag_seconds')).toEqual([` ${14 * 3_600 + 60}`]);
  });

  test('leave out channels that are disabled or removed, unless they are asked for', async ({
    service,
    use,
    samples,
  }) => {
    for (const channelId of ['a', 'b', 'c']) await use('peer_1', channelId, 2);
    await service.setStatus('peer_1', 'b', 'disabled');
    await service.setStatus('peer_1', 'c', 'removed');
    expect(await samples('channel_usage_messages_total')).toEqual(['{peer="peer_1",channel="a"} 2']);
    for (const query of ['include=disabled,removed', 'include=disabled&include[]=removed']) {
      expect(await samples('channel_usage_messages_total', query)).toEqual(
        ['a', 'b', 'c'].map((channelId) => `{peer="peer_1",channel="${channelId}"} 2`),
      );
    }
    expect(await samples('channel_usage_channel_info', 'include=removed')).toEqual([
      '{peer="peer_1",channel="a",name="a",status="enabled"} 1',
      '{peer="peer_1",channel="c",name="c",status="removed"} 1',
    ]);
  });

  test('have names with quotes, backslashes and from right to left as they are', async ({
    service,
    samples,
  }) => {
    const peerId = 'peer "\\n" {x="1"}';
    const channels = [
      { channelId: 'a\\', channelName: 'He said "hi"\\', galleryKey: 'web\\chat' },
      { channelId: 'b', channelName: 'שלום ערוץ', galleryKey: 'ثانٍ' },
      { channelId: 'c\u200f', channelName: '🦓 # EOF' },
    ];
    await service.count(
      channels.map((channel, index) => ({
        ...channel,
        peerId,
        conversationId: 'k',
        messageId: `${index}`,
        sentAt: Date.parse(NOW) + index,
      })),
    );
    const peer = 'peer="peer \\"\\\\n\\" {x=\\"1\\"}"';
    expect(await samples('channel_usage_channel_info')).toEqual([
      `{${peer},channel="a\\\\",name="He said \\"hi\\"\\\\",kind="web\\\\chat",status="enabled"} 1`,
      `{${peer},channel="b",name="שלום ערוץ",kind="ثانٍ",status="enabled"} 1`,
      `{${peer},channel="c\u200f",name="🦓 # EOF",status="enabled"} 1`,
    ]);
    expect(await samples('channel_usage_messages_total', `peer=${encodeURIComponent(peerId)}`)).toHaveLength(
      3,
    );
  });
});

describe('a counter', () => {
  test('goes up by what was counted since, and never down', async ({ service, use, samples }) => {
    await use('peer_1', 'webchat', 3);
    const series = '{peer="peer_1",channel="webchat"}';
    expect(await samples('channel_usage_messages_total')).toEqual([`${series} 3`]);
    // The same messages once more, and two of another day.
    await use('peer_1', 'webchat', 3);
    await use('peer_1', 'webchat', 2, 9);
    expect(await samples('channel_usage_messages_total')).toEqual([`${series} 5`]);
    await service.setStatus('peer_1', 'webchat', 'disabled');
    expect(await samples('channel_usage_messages_total')).toEqual([]);
    await use('peer_1', 'webchat', 4);
    await service.setStatus('peer_1', 'webchat', 'enabled');
    expect(await samples('channel_usage_messages_total')).toEqual([`${series} 6`]);
    expect(await samples('channel_usage_conversations_total')).toEqual([`${series} 2`]);
  });
});

describe('peers', () => {
  test('are those that are named, where any are', async ({ use, samples }) => {
    for (const peerId of ['peer_a', 'peer_b', 'peer_c']) await use(peerId, 'webchat', 1);
    const named = (...peerIds: string[]) => peerIds.map((peerId) => `{peer="${peerId}"} 0`);
    for (const query of [
      'peer=peer_c&peer=peer_a',
      'peer[]=peer_c&peer[]=peer_a',
      'peer=peer_a,peer_c',
      'peer=peer_a&peer=peer_c,peer_a&peer=nobody',
    ]) {
      expect(await samples('channel_usage_warnings', query)).toEqual(named('peer_a', 'peer_c'));
    }
    expect(await samples('channel_usage_warnings')).toEqual(named('peer_a', 'peer_b', 'peer_c'));
  });

  test('are none that the key may not read', async ({ service, use, get, samples }) => {
    await use('peer_a', 'webchat', 1);
    await use('peer_b', 'webchat', 1);
    const some = await service.addKey('some', { peers: ['peer_b', 'nobody'], scopes: ['stats:read'] });
    expect(await samples('channel_usage_warnings', '', some)).toEqual(['{peer="peer_b"} 0']);
    expect(await samples('channel_usage_warnings', 'peer=nobody', some)).toEqual([]);
    expect(await get('peer=peer_b&peer=peer_a', some)).toMatchObject({
      status: 403,
      body: {
        error: { code: 'forbidden', message: 'the API key does not allow access to one of these peers' },
      },
    });
    const writer = await service.addKey('writer', { scopes: ['messages:write'] });
    expect(await get('', writer)).toMatchObject({ status: 403 });
    expect(await call(service.usageApi, { route: ROUTES.getMetrics })).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': 'Bearer' },
    });
  });

  test('and parameters that are wrong are told', async ({ get }) => {
    expect(await get('peer=')).toMatchObject(invalid('peer', 'peer must not be empty'));
    expect(await get('peer=a,,b')).toMatchObject(invalid('peer', 'peer must not be empty'));
    expect(await get('peer=a%0Ab')).toMatchObject(
      invalid('peer', 'peer must not contain control characters'),
    );
    expect(await get('peers=a')).toMatchObject(
      invalid('peers', 'peers is not a query parameter of this operation: did you mean peer?'),
    );
    expect(await get('include=percentage')).toMatchObject({ status: 400 });
  });
});

describe('of series', () => {
  test('there are 2,000 at most', async ({ service, addPeers, addChannels, scrape, get }) => {
    const seriesOf = async (query = '') =>
      (await scrape(query)).split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
    // Two of counting, two of each peer and three of each channel.
    await addPeers(['peer_1', 'peer_2', 'peer_3']);
    await addChannels('peer_1', 497);
    await addChannels('peer_2', 167);
    expect(await seriesOf()).toBe(2_000);
    await service.setStatus('peer_2', 'one_more', 'disabled');
    expect(await seriesOf()).toBe(2_000);
    // Of these two alone there are 2,001.
    expect(await get('include=disabled&peer=peer_1,peer_2')).toMatchObject(invalid('peer', TOO_MANY));
    await service.setStatus('peer_2', 'one_more', 'enabled');
    expect(await get('peer=peer_1&peer=peer_2')).toMatchObject(invalid('peer', TOO_MANY));
    expect(await get()).toMatchObject(invalid('peer', TOO_MANY));
    expect(await seriesOf('peer=peer_1')).toBe(2 + 2 + 3 * 497);
    expect(await seriesOf('peer=peer_2')).toBe(2 + 2 + 3 * 168);
  });

  test('999 peers without channels have as many, and one more has too many, which costs no reading', async ({
    service,
    addPeers,
    get,
    scrape,
  }) => {
    await addPeers(numbered(999));
    expect((await scrape()).split('\n').filter((line) => line.startsWith('channel_usage_'))).toHaveLength(
      2_000,
    );
    await addPeers(['one_more']);
    service.watched.calls.length = 0;
    expect(await get()).toMatchObject(invalid('peer', TOO_MANY));
    // How far counting has come, and the directory.
    expect(service.watched.calls.sort()).toEqual(['GetCommand', ...Array(8).fill('QueryCommand')]);
    expect(await scrape('peer=one_more&peer=peer_0001')).toContain('peer="one_more"');
  });
});

describe('an answer', () => {
  test('is compressed, and 304 as long as nothing but the moment is another', async ({
    service,
    use,
    get,
    key,
  }) => {
    await use('peer_1', 'webchat', 1);
    const first = await get();
    const etag = String(first.headers['etag']);
    service.setClock(`${TODAY}T10:00:30.000Z`);
    const later = await get();
    expect(later.headers['etag']).toBe(etag);
    expect(later.body).not.toBe(first.body);
    expect(await get('', key, { 'if-none-match': etag })).toMatchObject({ status: 304 });
    await use('peer_1', 'webchat', 2);
    expect(await get('', key, { 'if-none-match': etag })).toMatchObject({ status: 200 });
    const sent = { route: ROUTES.getMetrics, key };
    const plain = await service.usageApi(httpEvent(sent), lambdaContext());
    const gzip = { ...sent, headers: { 'accept-encoding': 'gzip' } };
    const packed = await service.usageApi(httpEvent(gzip), lambdaContext());
    expect(packed.headers?.['content-encoding']).toBe('gzip');
    expect(readAnswer(packed).body).toBe(plain.body);
    expect(plain.headers).toMatchObject({
      'cache-control': 'private, no-cache',
      vary: 'accept-encoding, authorization',
    });
  });
});

describe('they cost', () => {
  test('what the overview costs, and no more for more series', async ({ service, use, scrape }) => {
    for (const peerId of ['peer_1', 'peer_2', 'peer_3']) await use(peerId, 'webchat', 2, 3);
    await scrape();
    service.watched.calls.length = 0;
    await scrape();
    const calls = Object.entries(Object.groupBy(service.watched.calls, (name) => name));
    // The heartbeats that have passed, the directory, and for each peer its counters, twice as nothing is sealed, its
    // months and what was quarantined; and one batch of what else is known of fifty peers.
    expect(Object.fromEntries(calls.map(([name, all = []]) => [name, all.length]))).toEqual({
      GetCommand: 1,
      BatchGetCommand: 1,
      QueryCommand: 8 + 4 * 3,
    });
    service.watched.calls.length = 0;
    await scrape('peer=peer_2');
    expect(service.watched.calls).toHaveLength(1 + 1 + 1 + 4);
  });
});
