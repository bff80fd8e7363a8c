import { describe, expect } from 'vitest';
import * as z from 'zod';
import { ROUTES } from '../../../functions/shared/http/routes.ts';
import { ApiKeyStore } from '../../../functions/shared/store/api-key-store.ts';
import { test as fixture } from '../../support/fixture.ts';
import { call, type TestRequest } from '../../support/service/http-events.ts';
import { contentsOf } from '../shared/store/table-contents.ts';

const made = z.strictObject({ token: z.string(), expiresAt: z.iso.datetime() });

const test = fixture
  .extend('sharer', ({ service }) =>
    service.addKey('sharer', { scopes: ['shares:write'], peers: ['peer_1', 'peer_2'], label: 'Shop' }),
  )
  .extend('make', ({ service, sharer }) => async (json: unknown = {}, more: Partial<TestRequest> = {}) => {
    const request = { route: ROUTES.makeEmbedToken, key: sharer, json, ...more };
    const { status, body } = await call(service.manageChannels, request);
    expect(status).toBe(200);
    return made.parse(body);
  })
  .extend(
    'figuresWith',
    ({ service }) =>
      async (key: string, more: Partial<TestRequest> = {}) =>
        (await call(service.usageApi, { route: ROUTES.getChannelStats, key, ...more })).status,
  );

describe('an embed token', () => {
  test('reads the figures of its peer for a quarter of an hour, and nothing is stored', async ({
    service,
    table,
    sharer: _,
    make,
    figuresWith,
  }) => {
    const before = await contentsOf(table);
    const { token, expiresAt } = await make();
    expect(await contentsOf(table)).toEqual(before);
    expect(expiresAt).toBe('2026-11-22T10:15:00.000Z');
    expect(token.length).toBeLessThan(512);
    expect(await figuresWith(token)).toBe(200);
    expect(await figuresWith(token, { peerId: 'peer_2' })).toBe(403);
    service.setClock('2026-11-22T10:14:59.999Z');
    expect(await figuresWith(token)).toBe(200);
    service.setClock(expiresAt);
    expect(await figuresWith(token)).toBe(401);
  });

  test.for([60, 3_600])(
    'works for %i seconds where that is asked for',
    async (expiresInSeconds, { service, make }) => {
      const { expiresAt } = await make({ expiresInSeconds });
      expect(Date.parse(expiresAt)).toBe(service.clock() + expiresInSeconds * 1_000);
    },
  );

  test('of the longest id reads its figures', async ({ service, make, figuresWith }) => {
    const key = await service.addKey('k'.repeat(32));
    const peerId = 'é'.repeat(128);
    const { token } = await make({}, { key, peerId });
    expect(await figuresWith(token, { peerId })).toBe(200);
    expect(await figuresWith(token)).toBe(403);
  });

  test('ends with the key that made it, and says so', async ({ service, make, figuresWith }) => {
    const key = await service.addKey('ending', { expiresAtInstant: service.clock() + 90_500 });
    const { token, expiresAt } = await make({}, { key });
    expect(expiresAt).toBe('2026-11-22T10:01:30.000Z');
    expect(await figuresWith(token)).toBe(200);
    service.setClock(expiresAt);
    expect(await figuresWith(token)).toBe(401);
  });

  test('ends within 60 seconds when that key is revoked, or may share no more', async ({
    service,
    table,
    make,
    figuresWith,
  }) => {
    const keys = new ApiKeyStore(table);
    const names = ['revoked', 'narrowed', 'elsewhere'];
    const tokens: string[] = [];
    for (const name of names) tokens.push((await make({}, { key: await service.addKey(name) })).token);
    for (const token of tokens) expect(await figuresWith(token)).toBe(200);
    await keys.revoke('revoked', service.clock());
    await service.addKey('narrowed', { scopes: ['stats:read'] });
    await service.addKey('elsewhere', { peers: ['peer_2'] });
    service.setClock('2026-11-22T10:01:00.000Z');
    for (const token of tokens) expect(await figuresWith(token)).toBe(401);
  });

  test('ends when the key of its id is another one', async ({ table, service, make, figuresWith }) => {
    const { token } = await make();
    const key = await new ApiKeyStore(table).read('sharer');
    if (key === undefined) throw new Error('the key is gone');
    await new ApiKeyStore(table).replace({ ...key, secretHash: new Uint8Array(32).fill(7) });
    service.setClock('2026-11-22T10:01:00.000Z');
    expect(await figuresWith(token)).toBe(401);
  });

  test('tells whoever has it what it may do, and nothing of that key', async ({ service, make }) => {
    const { token, expiresAt } = await make();
    expect((await call(service.usageApi, { route: ROUTES.getKey, key: token })).body).toEqual({
      keyId: 'sharer',
      scopes: ['stats:read'],
      peers: ['peer_1'],
      expiresAt,
    });
  });

  test('lists its peer alone', async ({ service, make }) => {
    for (const peerId of ['peer_1', 'peer_2']) {
      const message = { peerId, conversationId: 'c', messageId: 'm', channelId: 'direct' };
      await service.count([{ ...message, sentAt: service.clock() }]);
    }
    const { token } = await make();
    const { body } = await call(service.usageApi, { route: ROUTES.listPeers, key: token });
    expect(body).toMatchObject({ peers: [{ peerId: 'peer_1' }], cursor: null });
  });

  test('with anything else in it is no token', async ({ make, figuresWith }) => {
    const { token } = await make();
    const [head = '', expiry = '', peer = '', signature = ''] = token.split('.');
    const otherPeer = Buffer.from('peer_2').toString('base64url');
    const changed = [
      [head, String(Number(expiry) + 3_600), peer, signature],
      [head, expiry, otherPeer, signature],
      ['cue_other', expiry, peer, signature],
      [head, expiry, peer, `${signature.slice(1)}A`],
      [head, expiry, peer, ''],
      [head, expiry, peer],
      [head, expiry, '', signature],
      [head, expiry, peer, signature, signature],
    ];
    for (const parts of changed) expect(await figuresWith(parts.join('.'))).toBe(401);
    expect(await figuresWith(`${token}${'A'.repeat(10_000)}`)).toBe(401);
  });
});
