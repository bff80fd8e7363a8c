import { describe, expect } from 'vitest';
import * as z from 'zod';
import { SHARE_LINK_DAYS } from '../../../functions/shared/domain/share-link.ts';
import { DAY_MS } from '../../../functions/shared/domain/utc-day.ts';
import { ROUTES } from '../../../functions/shared/http/routes.ts';
import { ApiKeyStore } from '../../../functions/shared/store/api-key-store.ts';
import { ErasedPeers } from '../../../functions/shared/store/erased-peers.ts';
import { apiKeyKey } from '../../../functions/shared/store/items/api-key.ts';
import { test as fixture } from '../../support/fixture.ts';
import { COMMON_HEADERS, call, type TestRequest, WRITE_HEADERS } from '../../support/service/http-events.ts';
import { DASHBOARD_URL } from '../../support/service/test-service.ts';
import { contentsOf, itemOf } from '../shared/store/table-contents.ts';

const made = z.strictObject({
  id: z.string().regex(/^link[0-9a-f]{16}$/),
  url: z.string(),
  key: z.string(),
  expiresAt: z.iso.datetime(),
  label: z.string().optional(),
});

const test = fixture
  .extend('sharer', ({ service }) => service.addKey('sharer', { scopes: ['shares:write'] }))
  .extend(
    'post',
    ({ service, sharer }) =>
      (json: unknown, more: Partial<TestRequest> = {}) =>
        call(service.manageChannels, { route: ROUTES.makeShareLink, key: sharer, json, ...more }),
  )
  .extend('make', ({ post }) => async (json: unknown = {}, more: Partial<TestRequest> = {}) => {
    const { status, body } = await post(json, more);
    expect(status).toBe(201);
    return made.parse(body);
  })
  .extend('list', ({ service, sharer }) => async (more: Partial<TestRequest> = {}) => {
    const answer = await call(service.manageChannels, { route: ROUTES.listShareLinks, key: sharer, ...more });
    expect(answer.status).toBe(200);
    return z.object({ shareLinks: z.array(z.unknown()) }).parse(answer.body).shareLinks;
  })
  .extend(
    'revoke',
    ({ service, sharer }) =>
      (id: string, more: Partial<TestRequest> = {}) =>
        call(service.manageChannels, { route: ROUTES.revokeShareLink, key: sharer, id, ...more }),
  )
  .extend(
    'figuresWith',
    ({ service }) =>
      async (key: string, more: Partial<TestRequest> = {}) =>
        (await call(service.usageApi, { route: ROUTES.getChannelStats, key, ...more })).status,
  );

const LATER = '2026-12-22T10:00:00.000Z';

describe('a share link', () => {
  test('reads the figures of its peer, and its answer is kept by nobody', async ({ post, figuresWith }) => {
    const { status, headers, body } = await post({ label: 'Board meeting' });
    expect({ status, headers }).toEqual({
      status: 201,
      headers: { ...WRITE_HEADERS, 'x-request-id': 'request-1', 'content-type': 'application/json' },
    });
    const link = made.parse(body);
    expect(link).toMatchObject({ label: 'Board meeting', expiresAt: LATER });
    expect(link.key).toMatch(new RegExp(`^cua_${link.id}_[0-9a-f]{48}$`));
    expect(link.url).toBe(`${DASHBOARD_URL}?peer=peer_1#key=${link.key}`);
    expect(await figuresWith(link.key)).toBe(200);
    expect(await figuresWith(link.key, { peerId: 'peer_2' })).toBe(403);
  });

  test('leads to its peer, whatever its id is', async ({ make }) => {
    const peerId = '+49 170/1#a%20&key=b';
    const { url, key } = await make({}, { peerId });
    const address = new URL(url);
    expect([...address.searchParams]).toEqual([['peer', peerId]]);
    expect(address.hash).toBe(`#key=${key}`);
  });

  test('does not say where it was asked for', async ({ make }) => {
    const headers = {
      host: 'evil.example.com',
      'x-forwarded-host': 'evil.example.com',
      origin: 'https://evil.example.com',
    };
    expect((await make({}, { headers })).url.startsWith(DASHBOARD_URL)).toBe(true);
  });

  test.for([SHARE_LINK_DAYS.least, SHARE_LINK_DAYS.most])(
    'works for %i days, to the millisecond',
    async (expiresInDays, { service, make, figuresWith, list }) => {
      const { key, expiresAt } = await make({ expiresInDays });
      expect(Date.parse(expiresAt)).toBe(service.clock() + expiresInDays * DAY_MS);
      service.setClock(new Date(Date.parse(expiresAt) - 1).toISOString());
      expect(await figuresWith(key)).toBe(200);
      expect(await list()).toHaveLength(1);
      service.setClock(expiresAt);
      expect(await figuresWith(key)).toBe(401);
      expect(await list()).toEqual([]);
    },
  );

  test('tells whoever has it until when it works, and its label', async ({ service, make }) => {
    const { id, key } = await make({ label: 'Board meeting', expiresInDays: 7 });
    expect(await call(service.usageApi, { route: ROUTES.getKey, key })).toMatchObject({
      status: 200,
      body: {
        keyId: id,
        scopes: ['stats:read'],
        peers: ['peer_1'],
        expiresAt: '2026-11-29T10:00:00.000Z',
        label: 'Board meeting',
      },
    });
  });

  test('outlives the key that made it', async ({ service, table, make, figuresWith, list }) => {
    const { key } = await make();
    await new ApiKeyStore(table).revoke('sharer', service.clock());
    expect(await figuresWith(key)).toBe(200);
    const other = await service.addKey('other');
    expect(await list({ key: other })).toHaveLength(1);
  });

  test('is stored without its secret, and goes by itself a month after it has expired', async ({
    table,
    make,
  }) => {
    const { id, key } = await make();
    const secret = key.split('_')[2] ?? '';
    expect(JSON.stringify(await contentsOf(table))).not.toContain(secret);
    expect(await itemOf(table, apiKeyKey(id))).toMatchObject({
      peerId: 'peer_1',
      expiresAt: (Date.parse(LATER) + 30 * DAY_MS) / 1_000,
    });
  });
});

describe('the list of share links', () => {
  test('is empty at first', async ({ list }) => {
    expect(await list()).toEqual([]);
  });

  test('has those of the peer that work, the newest first, and never their keys', async ({
    service,
    make,
    list,
    revoke,
  }) => {
    const first = await make({ label: 'first' });
    service.setClock('2026-11-22T10:00:01.000Z');
    const second = await make({ expiresInDays: 1 });
    const third = await make({ label: 'third' });
    await make({}, { peerId: 'peer_2' });
    await revoke(third.id);
    expect(await list()).toEqual([
      { id: second.id, createdAt: '2026-11-22T10:00:01.000Z', expiresAt: second.expiresAt },
      { id: first.id, label: 'first', createdAt: '2026-11-22T10:00:00.000Z', expiresAt: first.expiresAt },
    ]);
    service.setClock(second.expiresAt);
    expect(await list()).toMatchObject([{ id: first.id }]);
  });

  test('costs one read, and a link three and a transaction', async ({ service, make, list }) => {
    await make();
    service.watched.calls.length = 0;
    await list();
    expect(service.watched.calls).toHaveLength(1);
    service.watched.calls.length = 0;
    await make();
    expect(service.watched.calls.length).toBeLessThanOrEqual(4);
  });

  test('has 50 at most, of which those that work alone count', async ({ service, post, make, revoke }) => {
    const first = await make({ expiresInDays: 1 });
    const others: string[] = [];
    for (let number = 1; number < 50; number += 1) others.push((await make()).id);
    const full = await post({});
    expect(full).toMatchObject({
      status: 409,
      body: {
        error: {
          code: 'too_many_share_links',
          message: 'a peer has at most 50 share links that work at a time; revoke one that nobody needs',
        },
      },
    });
    await make({}, { peerId: 'peer_2' });
    await revoke(others[0] ?? '');
    await make();
    expect(await post({})).toMatchObject({ status: 409 });
    service.setClock(first.expiresAt);
    await make();
  });

  test('holds every link of those that are made at once', async ({ make, list }) => {
    const all = await Promise.all(Array.from({ length: 5 }, () => make()));
    expect(await list()).toHaveLength(5);
    expect(new Set(all.map(({ id }) => id)).size).toBe(5);
  });
});

describe('revoking', () => {
  test('ends a link within 60 seconds, and says nothing more', async ({
    service,
    make,
    revoke,
    figuresWith,
  }) => {
    const { id, key } = await make();
    expect(await figuresWith(key)).toBe(200);
    expect(await revoke(id)).toEqual({
      status: 204,
      headers: { ...COMMON_HEADERS, 'x-request-id': 'request-1' },
      body: '',
    });
    service.setClock('2026-11-22T10:01:00.000Z');
    expect(await figuresWith(key)).toBe(401);
  });

  test('may be done again, also once the link has expired', async ({
    service,
    table,
    make,
    revoke,
    list,
  }) => {
    const [one, other] = [await make({ expiresInDays: 1 }), await make()];
    for (const _repetition of [1, 2]) expect(await revoke(other.id)).toMatchObject({ status: 204 });
    expect(await new ApiKeyStore(table).read(other.id)).toMatchObject({ revokedAt: service.clock() });
    service.setClock(one.expiresAt);
    expect(await revoke(one.id)).toMatchObject({ status: 204 });
    expect(await list()).toEqual([]);
  });

  test('is no way to the links of others, nor to other keys', async ({
    service,
    make,
    revoke,
    figuresWith,
  }) => {
    const { id, key } = await make({}, { peerId: 'peer_2' });
    const own = await service.addKey('own', { peers: ['peer_1'] });
    for (const each of [id, 'own', 'sharer', 'link0000000000000000', 'LINK', 'link#%']) {
      expect(await revoke(each)).toMatchObject({
        status: 404,
        body: { error: { message: 'the peer has no share link of this id' } },
      });
    }
    service.setClock('2026-11-22T10:01:00.000Z');
    expect(await figuresWith(key, { peerId: 'peer_2' })).toBe(200);
    expect(await figuresWith(own)).toBe(200);
  });

  test('reaches a link that is made at the same time as another', async ({ make, revoke, list }) => {
    const { id } = await make();
    const [answer, other] = await Promise.all([revoke(id), make()]);
    expect(answer).toMatchObject({ status: 204 });
    expect(await list()).toMatchObject([{ id: other.id }]);
  });
});

test('who may share is who has the scope, and the peer', async ({ service, make }) => {
  const { id } = await make();
  const keys = await Promise.all([
    service.addKey('reader', { scopes: ['stats:read', 'channels:write', 'messages:write', 'proof:read'] }),
    service.addKey('elsewhere', { peers: ['peer_2'] }),
  ]);
  for (const key of keys) {
    for (const route of [
      ROUTES.makeShareLink,
      ROUTES.listShareLinks,
      ROUTES.revokeShareLink,
      ROUTES.makeEmbedToken,
    ]) {
      const json = route.method === 'POST' ? { json: {} } : {};
      expect(await call(service.manageChannels, { route, key, id, ...json })).toMatchObject({ status: 403 });
    }
  }
});

test('a link that is made and one that is revoked leave a line in the log, without key and label', async ({
  dependencies,
  make,
  revoke,
}) => {
  const { id, expiresAt } = await make({ label: 'For Anna' });
  await revoke(id);
  const lines = dependencies.logged.filter(({ message }) => message.startsWith('share link'));
  const common = { requestId: 'request-1', keyId: 'sharer', peerId: 'peer_1', shareLinkId: id };
  expect(lines.map(({ message, fields }) => ({ message, fields }))).toEqual([
    { message: 'share link made', fields: { ...common, expiresAt } },
    { message: 'share link revoked', fields: common },
  ]);
});

test('a peer that is being erased is shared with nobody; one that was erased can be again', async ({
  service,
  table,
  post,
  make,
}) => {
  const erased = new ErasedPeers(table);
  await erased.begin('peer_1', new Uint8Array(32));
  expect(await post({})).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
  await erased.end('peer_1', service.clock());
  await make();
});

test.for<[string, unknown, string]>([
  [
    'a number of days that is none',
    { expiresInDays: 1.5 },
    'expiresInDays must be a whole number from 1 to 400',
  ],
  ['more days', { expiresInDays: 401 }, 'expiresInDays must be a whole number from 1 to 400'],
  ['an empty label', { label: '' }, 'label must not be empty'],
  ['a label that is none', { label: 7 }, 'label must be a string'],
  ['no object', [], 'the body must be an object with any of expiresInDays and label'],
])('a link is not made with %s', async ([, json, message], { post, list }) => {
  expect(await post(json)).toMatchObject({ status: 400, body: { error: { message } } });
  expect(await list()).toEqual([]);
});
