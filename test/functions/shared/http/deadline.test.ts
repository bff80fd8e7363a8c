import { expect } from 'vitest';
import { ROUTES } from '../../../../functions/shared/http/routes.ts';
import { usageApi } from '../../../../functions/usage-api/usage-api.ts';
import { builtDocuments } from '../../../../local/host/built-files.ts';
import { intercepted } from '../../../support/database/intercepted-client.ts';
import { test } from '../../../support/fixture.ts';
import { call } from '../../../support/service/http-events.ts';
import type { TestService } from '../../../support/service/test-service.ts';

const STATS = ROUTES.getChannelStats;
const REQUEST_LINE = {
  requestId: 'request-1',
  routeKey: 'GET /api/v1/peer/{peerId}/channel-stats',
  durationMs: 0,
};

/** The API on a database that never answers the first call of one kind, and a clock that is set by hand. */
function apiWithout(silent: string, service: TestService) {
  const asked = Promise.withResolvers<void>();
  let isSilent = true;
  const client = intercepted(service.client, (command, send) => {
    if (!isSilent || command.constructor.name !== silent) return send();
    isSilent = false;
    asked.resolve();
    return new Promise(() => {});
  });
  const limits: { milliseconds: number; over: AbortSignal; pass: () => void }[] = [];
  const deadline = (milliseconds: number, over: AbortSignal) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    limits.push({ milliseconds, over, pass: resolve });
    return promise;
  };
  const waiting = { ...service.waiting, deadline };
  return { api: usageApi({ ...service, client, waiting }, builtDocuments()), asked: asked.promise, limits };
}

test.for([
  ['the key of its caller', 'GetCommand', {}],
  ['what it is asked for', 'QueryCommand', { keyId: 'all' }],
] as const)(
  'a request whose function never learns %s is answered with 503 before its time is over',
  async ([, silent, caller], { service, key }) => {
    const { api, asked, limits } = apiWithout(silent, service);
    const answered = call(api, { route: STATS, key });
    await asked;
    // The tests' own context says that 10 minutes are left.
    expect(limits.map(({ milliseconds }) => milliseconds)).toEqual([599_500]);
    limits[0]?.pass();
    const { status, headers, body } = await answered;
    expect(status).toBe(503);
    expect(headers['retry-after']).toBe('5');
    expect(body).toMatchObject({ error: { code: 'service_unavailable' } });
    expect(service.logged).toEqual([
      {
        level: 'error',
        message: 'request',
        fields: {
          ...REQUEST_LINE,
          ...caller,
          status: 503,
          error: {
            name: 'TimeRanOutError',
            message: 'the time ran out after 599500 ms',
            stack: expect.any(String),
          },
        },
      },
    ]);
    // The same warm function, with the same key.
    expect(await call(api, { route: STATS, key })).toMatchObject({ status: 200 });
  },
);

test('an answer ends the wait for the end of the time', async ({ service, key }) => {
  const { api, limits } = apiWithout('none', service);
  await call(api, { route: STATS, key });
  await call(api, { route: STATS });
  expect(limits.map(({ over }) => over.aborted)).toEqual([true, true]);
});
