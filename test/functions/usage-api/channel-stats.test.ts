import { ProvisionedThroughputExceededException, ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect } from 'vitest';
import { channelStatsAnswer } from '../../../functions/shared/domain/channel-stats.ts';
import { ROUTES } from '../../../functions/shared/http/routes.ts';
import { channelKey } from '../../../functions/shared/store/items/channel.ts';
import { test as fixture } from '../../support/fixture.ts';
import { call, READ_HEADERS, type TestAnswer } from '../../support/service/http-events.ts';

const test = fixture
  .extend('key', ({ service }) => service.addKey('reader', { scopes: ['stats:read'] }))
  .extend(
    'get',
    ({ service, key }) =>
      (query = '', peerId = 'peer_123'): Promise<TestAnswer> =>
        call(service.usageApi, { route, key, peerId, query }),
  )
  .extend('statsOf', ({ get }) => async (query = '', peerId?: string): Promise<unknown> => {
    const { status, body } = await get(query, peerId);
    expect(status).toBe(200);
    expect(channelStatsAnswer.parse(body)).toEqual(body);
    return body;
  })
  .extend(
    'count',
    ({ service }) =>
      (channelId: string, conversationId: string, from: string, howMany: number, more = {}) =>
        service.countConversation({ peerId: 'peer_123', channelId, conversationId, ...more }, from, howMany),
  )
  /** Two months of use: on rolled-up days, yesterday and today. */
  .extend('useSomeChannels', ({ count }) => async (): Promise<void> => {
    const details = { channelName: 'WebChat', galleryKey: 'webchat' };
    await count('integration_123', 'c1', '2026-10-01T23:59:58Z', 4, details);
    await count('integration_123', 'c2', '2026-11-21T12:00:00Z', 3, details);
    await count('direct', 'c3', '2026-11-22T09:00:00Z', 1);
  });

const route = ROUTES.getChannelStats;

describe('all-time', () => {
  test('a peer that nobody wrote to has no channels', async ({ statsOf }) => {
    expect(await statsOf()).toEqual({ channels: [], total: { conversationCount: 0, messageCount: 0 } });
  });

  test('the answer has the shape and the order of the contract', async ({ get, useSomeChannels }) => {
    await useSomeChannels();
    const { status, headers, body } = await get();
    expect({ status, headers }).toEqual({
      status: 200,
      headers: {
        'content-type': 'application/json',
        ...READ_HEADERS,
        'x-request-id': 'request-1',
      },
    });
    expect(JSON.stringify(body)).toBe(
      '{"channels":[' +
        '{"channelId":"integration_123","channelName":"WebChat","galleryKey":"webchat","conversationCount":2,"messageCount":7},' +
        '{"channelId":"direct","channelName":"Direct/Web","conversationCount":1,"messageCount":1}],' +
        '"total":{"conversationCount":3,"messageCount":8}}',
    );
  });

  test('the answer costs two queries while nothing is sealed, once the key is remembered', async ({
    service,
    get,
    useSomeChannels,
  }) => {
    await useSomeChannels();
    await get();
    expect(service.watched.calls).toEqual(['GetCommand', 'QueryCommand', 'QueryCommand']);
    await get();
    expect(service.watched.calls.slice(3)).toEqual(['QueryCommand', 'QueryCommand']);
  });

  test('the query is eventually consistent', async ({ service, get }) => {
    let consistent: boolean | undefined;
    service.watched.failWith = (command) => {
      if (command instanceof QueryCommand) consistent = command.input.ConsistentRead;
      return undefined;
    };
    await get();
    expect(consistent).toBe(false);
  });
});

describe('a range of days', () => {
  test.beforeEach(({ useSomeChannels }) => useSomeChannels());

  const webchat = { channelId: 'integration_123', channelName: 'WebChat', galleryKey: 'webchat' };
  const direct = { channelId: 'direct', channelName: 'Direct/Web' };

  // Messages and conversations of the two channels.
  test.for<[query: string, webchat: [number, number], direct: [number, number]]>([
    ['from=2026-10-01&to=2026-10-01', [2, 1], [0, 0]],
    ['from=2026-10-02&to=2026-10-02', [2, 0], [0, 0]],
    ['from=2026-10-02&to=2026-11-21', [5, 1], [0, 0]],
    ['from=2026-10-02', [5, 1], [1, 1]],
    ['from=2026-11-22', [0, 0], [1, 1]],
    ['from=2026-11-23', [0, 0], [0, 0]],
    ['to=2026-10-01', [2, 1], [0, 0]],
    ['to=2026-11-21', [7, 2], [0, 0]],
    ['to=9999-12-31', [7, 2], [1, 1]],
    ['to=2026-09-30', [0, 0], [0, 0]],
    ['from=0000-01-01&to=9999-12-31', [7, 2], [1, 1]],
  ])(
    '%s',
    async ([query, [webchatMessages, webchatConversations], [directMessages, directConversations]], {
      statsOf,
    }) => {
      const channels = [
        { ...webchat, messageCount: webchatMessages, conversationCount: webchatConversations },
        { ...direct, messageCount: directMessages, conversationCount: directConversations },
      ];
      expect(await statsOf(query)).toEqual({
        channels: channels.sort(
          (a, b) => b.messageCount - a.messageCount || a.channelId.localeCompare(b.channelId),
        ),
        total: {
          messageCount: webchatMessages + directMessages,
          conversationCount: webchatConversations + directConversations,
        },
      });
    },
  );
});

describe('include', () => {
  test.beforeEach(async ({ service, count, useSomeChannels }) => {
    await useSomeChannels();
    await count('old', 'c4', '2026-11-20T00:00:00Z', 2);
    await count('older', 'c5', '2026-11-20T00:00:00Z', 1);
    await service.setStatus('peer_123', 'old', 'disabled');
    await service.setStatus('peer_123', 'older', 'removed');
  });

  const webchat = {
    channelId: 'integration_123',
    channelName: 'WebChat',
    galleryKey: 'webchat',
    conversationCount: 2,
    messageCount: 7,
  };
  const direct = { channelId: 'direct', channelName: 'Direct/Web', conversationCount: 1, messageCount: 1 };
  const old = { channelId: 'old', channelName: 'old', conversationCount: 1, messageCount: 2 };
  const older = { channelId: 'older', channelName: 'older', conversationCount: 1, messageCount: 1 };

  test('without it, channels that are not enabled are left out, and out of the total', async ({
    statsOf,
  }) => {
    expect(await statsOf()).toEqual({
      channels: [webchat, direct],
      total: { conversationCount: 3, messageCount: 8 },
    });
  });

  test.for<[query: string, channels: object[], messageCount: number]>([
    ['include=disabled', [webchat, old, direct], 10],
    ['include=removed', [webchat, direct, older], 9],
    ['include=disabled,removed', [webchat, old, direct, older], 11],
    ['include=removed%2Cdisabled', [webchat, old, direct, older], 11],
  ])('%s lists these too', async ([query, channels, messageCount], { statsOf }) => {
    expect(await statsOf(query)).toEqual({
      channels,
      total: { conversationCount: channels.length + 1, messageCount },
    });
  });

  test('percentage and activity add their fields, with the shares of what is listed', async ({ statsOf }) => {
    expect(await statsOf('include=percentage,activity,disabled')).toEqual({
      channels: [
        { ...webchat, percentage: 70, lastMessageAt: '2026-11-21T12:00:02.000Z', status: 'enabled' },
        { ...old, percentage: 20, lastMessageAt: '2026-11-20T00:00:01.000Z', status: 'disabled' },
        { ...direct, percentage: 10, lastMessageAt: '2026-11-22T09:00:00.000Z', status: 'enabled' },
      ],
      total: { conversationCount: 4, messageCount: 10 },
    });
  });

  test('it goes with a range', async ({ statsOf }) => {
    expect(await statsOf('from=2026-11-20&to=2026-11-20&include=percentage,disabled,removed')).toEqual({
      channels: [
        { ...old, percentage: 66.7 },
        { ...older, percentage: 33.3 },
        { ...direct, messageCount: 0, conversationCount: 0, percentage: 0 },
        { ...webchat, messageCount: 0, conversationCount: 0, percentage: 0 },
      ],
      total: { conversationCount: 2, messageCount: 3 },
    });
  });
});

describe('peers', () => {
  const peerIds = [
    'peer',
    'peer#USAGE',
    'peer%23USAGE',
    'peer#CONVERSATION#c1',
    'peer/../peer',
    'peer%2F',
    'Peer',
    '👩‍💻',
    'a b',
    '%',
    '#',
  ];

  test('with ids that look like keys are kept apart', async ({ statsOf, count }) => {
    for (const [number, peerId] of peerIds.entries()) {
      await count(`channel ${number}#`, `c${number}`, '2026-11-22T08:00:00Z', number + 1, { peerId });
    }
    for (const [number, peerId] of peerIds.entries()) {
      const counts = { conversationCount: 1, messageCount: number + 1 };
      expect(await statsOf('', peerId)).toEqual({
        channels: [{ channelId: `channel ${number}#`, channelName: `channel ${number}#`, ...counts }],
        total: counts,
      });
    }
  });

  test('of a key are the ones that it answers for', async ({ service }) => {
    const ofTwo = await service.addKey('two', { peers: ['peer_1', 'peer#2'] });
    const statusFor = async (peerId: string) =>
      (await call(service.usageApi, { route, key: ofTwo, peerId })).status;
    expect(await statusFor('peer_1')).toBe(200);
    expect(await statusFor('peer#2')).toBe(200);
    expect(await statusFor('peer')).toBe(403);
    expect(await statusFor('peer%232')).toBe(403);
  });
});

describe('where reading fails', () => {
  const error = { requestId: 'request-1' };

  test('for the moment, the answer says so', async ({ service, get }) => {
    service.watched.failWith = (command) =>
      command instanceof QueryCommand
        ? new ProvisionedThroughputExceededException({ message: 'slow down', $metadata: {} })
        : undefined;
    const { status, headers, body } = await get();
    expect(status).toBe(503);
    expect(headers['retry-after']).toBe('5');
    expect(body).toEqual({
      error: {
        ...error,
        status: 503,
        code: 'service_unavailable',
        message: 'the service cannot answer at the moment; the same request may be sent again',
      },
    });
  });

  test('without a connection, for the key already, it is the same', async ({ service, get }) => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { $metadata: { attempts: 3 } });
    service.watched.failWith = () => refused;
    expect((await get()).status).toBe(503);
  });

  const internal = {
    error: {
      ...error,
      status: 500,
      code: 'internal_error',
      message: 'something went wrong in the service',
    },
  };

  test('for good, nothing of the inside is told', async ({ service, get }) => {
    service.watched.failWith = (command) =>
      command instanceof QueryCommand
        ? new ResourceNotFoundException({ message: 'no such table: secret-table', $metadata: {} })
        : undefined;
    const { status, body } = await get();
    expect({ status, body }).toEqual({ status: 500, body: internal });
  });

  test('because of a malformed item, neither', async ({ service, get }) => {
    await service.client.send(
      new PutCommand({
        TableName: service.settings.usageTableName,
        Item: { ...channelKey('peer_123', 'direct'), status: 'asleep', registeredAt: 1 },
      }),
    );
    const { status, body } = await get();
    expect({ status, body }).toEqual({ status: 500, body: internal });
    expect(service.logged).toEqual([
      {
        level: 'error',
        message: 'request',
        fields: expect.objectContaining({
          status: 500,
          error: expect.objectContaining({ name: 'MalformedItemError' }),
        }),
      },
    ]);
  });
});
