import { expect } from 'vitest';
import * as z from 'zod';
import type { HttpHandler } from '../../../../functions/shared/http/http.ts';
import { ROUTES, type Route } from '../../../../functions/shared/http/routes.ts';
import { test as fixture } from '../../../support/fixture.ts';
import { call, type TestRequest } from '../../../support/service/http-events.ts';
import { contentsOf } from '../store/table-contents.ts';

// What somebody can do who has been given a share link or an embed token: every route is tried with both.

const secret = z.looseObject({ key: z.string().optional(), token: z.string().optional() });

const test = fixture
  .extend('handlers', ({ service }): Record<string, HttpHandler> => {
    return {
      'record-messages': service.recordMessages,
      'look-up-messages': service.lookUpMessages,
      'manage-channels': service.manageChannels,
      'usage-api': service.usageApi,
    };
  })
  .extend('made', ({ service, key }) => async (route: Route): Promise<string> => {
    const { body } = await call(service.manageChannels, { route, key, json: {}, peerId: 'peer_1' });
    const { key: made, token } = secret.parse(body);
    return made ?? token ?? '';
  });

/** Whether a route may be called by whoever reads the figures of one peer. */
function isForReaders(route: Route): boolean {
  return route.access === 'public' || route.scope === 'stats:read' || route.scope === 'any';
}

const ROUTES_WITH_DATA = Object.entries<Route>(ROUTES).filter(([, { access }]) => access !== 'public');

test.for([
  ['a share link', ROUTES.makeShareLink],
  ['an embed token', ROUTES.makeEmbedToken],
] as const)(
  '%s does nothing but read, and nothing of another peer',
  async ([, route], { handlers, table, made, service }) => {
    for (const peerId of ['peer_1', 'peer_2']) {
      const message = { peerId, conversationId: 'c', messageId: 'm', channelId: 'direct' };
      await service.count([{ ...message, sentAt: service.clock() }]);
    }
    const bearer = await made(route);
    await service.passHeartbeats();
    const before = await contentsOf(table);
    for (const [name, each] of ROUTES_WITH_DATA) {
      const handler = handlers[each.function];
      if (handler === undefined) throw new Error(`nothing answers ${name}`);
      const isRead = each.method === 'GET';
      const request: TestRequest = { route: each, key: bearer, ...(!isRead && { json: {} }) };
      const own = await call(handler, { ...request, peerId: 'peer_1' });
      if (!isForReaders(each)) expect({ name, status: own.status }).toEqual({ name, status: 403 });
      else
        expect({ name, isRead, isLetIn: own.status !== 401 && own.status !== 403 }).toEqual({
          name,
          isRead: true,
          isLetIn: true,
        });
      expect(JSON.stringify(own.body)).not.toContain('peer_2');
      if (each.access !== 'peer') continue;
      const others = await call(handler, { ...request, peerId: 'peer_2' });
      expect({ name, status: others.status }).toEqual({ name, status: 403 });
    }
    expect(await contentsOf(table)).toEqual(before);
  },
);

test('routes without a key are those that show nothing of a peer', () => {
  const open = Object.entries<Route>(ROUTES).filter(([, { access }]) => access === 'public');
  expect(open.every(([, { path }]) => !path.includes('peerId'))).toBe(true);
});
