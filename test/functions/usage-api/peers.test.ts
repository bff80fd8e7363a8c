import { ProvisionedThroughputExceededException } from '@aws-sdk/client-dynamodb';
import { BatchGetCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect } from 'vitest';
import type * as z from 'zod';
import { peersAnswer } from '../../../functions/shared/domain/peer-directory.ts';
import { ROUTES } from '../../../functions/shared/http/routes.ts';
import { mapConcurrently } from '../../../functions/shared/runtime/concurrency.ts';
import { ChannelStore } from '../../../functions/shared/store/channel-store.ts';
import { BatchNotProcessedError } from '../../../functions/shared/store/dynamodb.ts';
import { makeCursor } from '../../../functions/usage-api/peers-cursor.ts';
import { test as fixture } from '../../support/fixture.ts';
import { call, type TestAnswer } from '../../support/service/http-events.ts';
import { keyText } from '../../support/service/test-service.ts';

const test = fixture
  .extend('key', ({ service }) => service.addKey('reader', { scopes: ['stats:read'] }))
  /** Lists peers in the directory, as counting does. */
  .extend(
    'addPeers',
    ({ table }) =>
      async (peerIds: readonly string[], day = '2026-11-22'): Promise<void> => {
        const channels = new ChannelStore(table);
        await mapConcurrently(peerIds, 16, (peerId) =>
          channels.raiseLastActiveDay(peerId, day, Uint8Array.from([1])),
        );
      },
  )
  .extend(
    'get',
    ({ service, key }) =>
      (query: Record<string, string | number> = {}, withKey = key): Promise<TestAnswer> => {
        const text = Object.entries(query)
          .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
          .join('&');
        return call(service.usageApi, { route, key: withKey, query: text });
      },
  )
  .extend('pageOf', ({ key, get }) => async (query: Record<string, string | number> = {}, withKey = key) => {
    const { status, body } = await get(query, withKey);
    expect(status).toBe(200);
    return peersAnswer.parse(body);
  })
  /** The ids on every page, from the first one to the last. */
  .extend(
    'pagesOf',
    ({ key, pageOf }) =>
      async (query: Record<string, string | number> = {}, withKey = key): Promise<string[][]> => {
        const pages: string[][] = [];
        let cursor: string | null = null;
        do {
          const page: z.output<typeof peersAnswer> = await pageOf(
            { ...query, ...(cursor !== null && { cursor }) },
            withKey,
          );
          pages.push(page.peers.map(({ peerId }) => peerId));
          cursor = page.cursor;
        } while (cursor !== null && pages.length < 1_000);
        return pages;
      },
  );

const route = ROUTES.listPeers;

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, number) => `peer_${String(number).padStart(3, '0')}`);
}

const invalidCursor = {
  error: {
    code: 'invalid_request',
    message: 'cursor must be one that this list gave, for the same API key and the same prefix and search',
    status: 400,
    requestId: 'request-1',
    details: [
      {
        path: 'cursor',
        message:
          'cursor must be one that this list gave, for the same API key and the same prefix and search',
      },
    ],
  },
};

describe('the list of peers', () => {
  test('is empty before anything is counted, for every key, without a cursor', async ({
    service,
    get,
    pageOf,
  }) => {
    const some = await service.addKey('some', { peers: ['peer_1'] });
    expect(await pageOf()).toEqual({ peers: [], cursor: null });
    expect(await pageOf({}, some)).toEqual({ peers: [], cursor: null });
    expect((await get({ cursor: 'c'.repeat(60) })).body).toEqual(invalidCursor);
  });

  test('holds the peers that had messages counted, each with its latest day', async ({ service, pageOf }) => {
    const message = { conversationId: 'c', messageId: 'm', channelId: 'direct' };
    await service.count([
      { ...message, peerId: 'b', sentAt: Date.parse('2026-11-20T23:59:59Z') },
      { ...message, peerId: 'a#1', sentAt: Date.parse('2026-11-22T00:00:00Z') },
      { ...message, peerId: 'b', messageId: 'n', sentAt: Date.parse('2026-11-18T12:00:00Z') },
    ]);
    expect(await pageOf()).toEqual({
      peers: [
        { peerId: 'a#1', lastActiveDay: '2026-11-22' },
        { peerId: 'b', lastActiveDay: '2026-11-20' },
      ],
      cursor: null,
    });
  });

  test('holds the peers that have but channels, without a day until a message is counted', async ({
    service,
    pageOf,
    pagesOf,
  }) => {
    const register = (peerId: string) =>
      call(service.manageChannels, {
        route: ROUTES.setChannel,
        key: keyText('manager'),
        peerId,
        json: {},
      });
    await service.addKey('manager', { scopes: ['channels:write'] });
    for (const peerId of ['a', 'b', 'c']) expect(await register(peerId)).toMatchObject({ status: 201 });
    expect((await pagesOf({ limit: 1 })).flat()).toEqual(['a', 'b', 'c']);
    const some = await service.addKey('some', { peers: ['b', 'd'] });
    expect(await pageOf({}, some)).toEqual({ peers: [{ peerId: 'b', lastActiveDay: null }], cursor: null });

    const sentAt = Date.parse('2026-11-20T12:00:00Z');
    await service.count([
      { peerId: 'b', conversationId: 'c', messageId: 'm', channelId: 'direct', sentAt },
      { peerId: 'c', conversationId: 'c', messageId: 'm', channelId: 'channel_1', sentAt },
    ]);
    await register('c');
    expect(await pageOf()).toEqual({
      peers: [
        { peerId: 'a', lastActiveDay: null },
        { peerId: 'b', lastActiveDay: '2026-11-20' },
        { peerId: 'c', lastActiveDay: '2026-11-20' },
      ],
      cursor: null,
    });
  });

  test.for<[limit: number | undefined, lengths: number[]]>([
    [undefined, [50, 50, 50, 50, 50]],
    [100, [100, 100, 50]],
    [99, [99, 99, 52]],
    [83, [83, 83, 83, 1]],
  ])(
    'is paged without gaps or repetitions, with a limit of %s',
    async ([limit, lengths], { addPeers, pagesOf }) => {
      const peerIds = numbered(250);
      await addPeers(peerIds);
      const pages = await pagesOf({ ...(limit !== undefined && { limit }) });
      expect(pages.map((page) => page.length)).toEqual(lengths);
      expect(pages.flat()).toEqual(peerIds);
    },
  );

  test('is paged one by one', async ({ addPeers, pagesOf }) => {
    await addPeers(numbered(12));
    expect((await pagesOf({ limit: 1 })).flat()).toEqual(numbered(12));
  });

  test('may be read on with another limit, and sees peers that came behind its position', async ({
    addPeers,
    pageOf,
  }) => {
    await addPeers(numbered(20));
    const { cursor } = await pageOf({ limit: 15 });
    await addPeers(['peer_000a', 'peer_019a']);
    expect(await pageOf({ limit: 100, cursor: String(cursor) })).toEqual({
      peers: ['peer_015', 'peer_016', 'peer_017', 'peer_018', 'peer_019', 'peer_019a'].map((peerId) => ({
        peerId,
        lastActiveDay: '2026-11-22',
      })),
      cursor: null,
    });
  });

  test('is ordered by UTF-8 bytes, with # directly before %, on every page', async ({
    service,
    addPeers,
    pagesOf,
  }) => {
    const ordered = [
      ...['!', '"', '"!', '$', '#', '#!', '##', '#%', '#a', '%', '%!', '%#', '%%', '%23', '%25', '%a', '&'],
      ...['A', 'Z', 'a', 'a b', 'a/b', 'aa', 'é', '\ud7ff', '\ue000', '\uffee', '\u{10000}', '😀', '😀!'],
    ];
    await addPeers(ordered);
    expect((await pagesOf({ limit: 100 })).flat()).toEqual(ordered);
    expect((await pagesOf({ limit: 3 })).flat()).toEqual(ordered);
    const some = await service.addKey('some', { peers: ordered.toReversed() });
    expect((await pagesOf({ limit: 3 }, some)).flat()).toEqual(ordered);
  });
});

describe('a prefix', () => {
  const peerIds = ['a', 'a#', 'a#1', 'a%', 'a%23', 'a%2', 'a/1', 'ab', 'b', 'ä', 'äb', '😀', '😀1'];

  test.for<[prefix: string, expected: string[]]>([
    ['', ['a', 'a#', 'a#1', 'a%', 'a%2', 'a%23', 'a/1', 'ab', 'b', 'ä', 'äb', '😀', '😀1']],
    ['a', ['a', 'a#', 'a#1', 'a%', 'a%2', 'a%23', 'a/1', 'ab']],
    ['a#', ['a#', 'a#1']],
    ['a%', ['a%', 'a%2', 'a%23']],
    ['a%2', ['a%2', 'a%23']],
    ['a%23', ['a%23']],
    ['ä', ['ä', 'äb']],
    ['😀', ['😀', '😀1']],
    ['c', []],
    ['PEER#a', []],
  ])(
    '%j lists the peers whose ids begin so, for every kind of key',
    async ([prefix, expected], { service, addPeers, pagesOf }) => {
      await addPeers(peerIds);
      const some = await service.addKey('some', { peers: peerIds });
      expect((await pagesOf({ prefix, limit: 2 })).flat()).toEqual(expected);
      expect((await pagesOf({ prefix, limit: 2 }, some)).flat()).toEqual(expected);
    },
  );
});

describe('a key for some peers', () => {
  test('lists those of them that are there, and no others', async ({ service, addPeers, pageOf }) => {
    await addPeers(numbered(20));
    const some = await service.addKey('some', { peers: ['peer_003', 'nobody', 'peer_001', 'peer_003'] });
    expect(await pageOf({}, some)).toEqual({
      peers: [
        { peerId: 'peer_001', lastActiveDay: '2026-11-22' },
        { peerId: 'peer_003', lastActiveDay: '2026-11-22' },
      ],
      cursor: null,
    });
    const none = await service.addKey('none', { peers: [] });
    expect(await pageOf({}, none)).toEqual({ peers: [], cursor: null });
  });

  test('is paged', async ({ service, addPeers, pagesOf }) => {
    await addPeers(numbered(250));
    const some = await service.addKey('some', { peers: numbered(500).toReversed() });
    const pages = await pagesOf({ limit: 60 }, some);
    expect(pages.map((page) => page.length)).toEqual([60, 60, 60, 60, 10]);
    expect(pages.flat()).toEqual(numbered(250));
  });
});

describe('a cursor', () => {
  test('of another key or another prefix is refused, and tells nothing', async ({
    service,
    addPeers,
    get,
    pageOf,
  }) => {
    await addPeers([...numbered(10), ...numbered(10).map((peerId) => `x${peerId}`)]);
    const some = await service.addKey('some', { peers: numbered(5) });
    const { cursor } = await pageOf({ limit: 2, prefix: 'peer' });
    expect((await get({ cursor: String(cursor), limit: 2, prefix: 'peer' }, some)).body).toEqual(
      invalidCursor,
    );
    expect((await get({ cursor: String(cursor), limit: 2, prefix: 'p' })).body).toEqual(invalidCursor);
    expect((await get({ cursor: String(cursor), limit: 2 })).body).toEqual(invalidCursor);
    expect(await pageOf({ cursor: String(cursor), limit: 2, prefix: 'peer' })).toMatchObject({
      peers: [{ peerId: 'peer_002' }, { peerId: 'peer_003' }],
    });
  });

  test('is the same for the same position, and can stand in an address as it is', async ({
    addPeers,
    pageOf,
  }) => {
    await addPeers(numbered(3));
    const cursors = [await pageOf({ limit: 1 }), await pageOf({ limit: 1 })].map(({ cursor }) =>
      String(cursor),
    );
    expect(new Set(cursors).size).toBe(1);
    for (const cursor of cursors) expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
  });

  test('that was changed anywhere is refused', async ({ addPeers, get, pageOf }) => {
    await addPeers(numbered(3));
    const { cursor } = await pageOf({ limit: 1 });
    const text = String(cursor);
    const changed = [...text].map(
      (character, index) => text.slice(0, index) + (character === 'A' ? 'B' : 'A') + text.slice(index + 1),
    );
    const others = ['', 'A', text.slice(1), text.slice(0, -1), `${text}A`, `${text}=`, `${text}\n`, '😀'];
    for (const wrong of [...changed, ...others]) {
      expect((await get({ cursor: wrong, limit: 1 })).body).toEqual(invalidCursor);
    }
  });
});

test.for<[what: string, peerId: string, prefix: string, peers: 'all' | string[]]>([
  ['no position at all', '', '', 'all'],
  ['a position that is no id of a peer', 'peer_\u0000', '', 'all'],
  ['a position that is longer than an id', 'p'.repeat(5_000), '', 'all'],
  ['a position outside of its prefix', 'a', 'b', 'all'],
  ['a peer that the key may not read', 'peer_4', 'peer', ['peer_3']],
])(
  'a cursor that somebody made up with %s is refused',
  async ([_what, peerId, prefix, peers], { service, get }) => {
    const holder = await service.addKey('holder', { peers });
    const cursor = makeCursor(peerId, { key: { keyId: 'holder', peers: 'all' }, prefix, search: '' });
    expect(await get({ cursor, prefix }, holder)).toMatchObject({ status: 400, body: invalidCursor });
  },
);

describe('it costs', () => {
  const queries = Array.from({ length: 8 }, () => 'QueryCommand');

  test('one query for each part of the directory, with or without a cursor', async ({
    service,
    addPeers,
    pageOf,
  }) => {
    await addPeers(numbered(250));
    await pageOf({ prefix: 'nobody' });
    expect(service.watched.calls).toEqual(['GetCommand', ...queries]);
    service.watched.calls.length = 0;
    const { cursor } = await pageOf({ limit: 100 });
    expect(service.watched.calls).toEqual(queries);
    service.watched.calls.length = 0;
    await pageOf({ limit: 100, cursor: String(cursor) });
    expect(service.watched.calls).toEqual(queries);
  });

  test('one read for a hundred peers of a key for some peers', async ({ service, addPeers, pageOf }) => {
    await addPeers(numbered(250));
    const some = await service.addKey('some', { peers: numbered(500) });
    await pageOf({ limit: 99 }, some);
    expect(service.watched.calls).toEqual(['GetCommand', 'BatchGetCommand']);
    service.watched.calls.length = 0;
    await pageOf({ limit: 100 }, some);
    expect(service.watched.calls).toEqual(['BatchGetCommand', 'BatchGetCommand']);
    service.watched.calls.length = 0;
    await pageOf({ limit: 100, prefix: 'peer_4' }, some);
    expect(service.watched.calls).toEqual(['BatchGetCommand']);
  });

  test('no write', async ({ service, addPeers, pagesOf }) => {
    await addPeers(numbered(3));
    await pagesOf({ limit: 1 });
    expect(new Set(service.watched.calls)).toEqual(new Set(['GetCommand', 'QueryCommand']));
  });
});

test.for([
  new ProvisionedThroughputExceededException({ message: 'slow down', $metadata: {} }),
  new BatchNotProcessedError('DynamoDB processed no key of a batch'),
])(
  'where DynamoDB is too busy, the same request is to be sent again: %s',
  async (error, { service, addPeers, get }) => {
    await addPeers(numbered(3));
    const some = await service.addKey('some', { peers: numbered(3) });
    service.watched.failWith = (command) => (command instanceof BatchGetCommand ? error : undefined);
    expect(await get({}, some)).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
  },
);
