import { expect } from 'vitest';
import { usageApi } from '../../../../functions/usage-api/usage-api.ts';
import { builtDocuments } from '../../../../local/host/built-files.ts';
import { test as fixture } from '../../../support/fixture.ts';
import { restInvocation } from '../../../support/http/rest-event.ts';
import { keepRequestOutOfLogs } from '../../../support/logs/log-watch.ts';
import { readAnswer } from '../../../support/service/http-events.ts';
import { lambdaContext } from '../../../support/service/lambda-context.ts';

// A REST API leaves it to the functions to let pages of other origins in.

const ORIGIN = 'https://dashboard.example.com';
const OTHER = 'https://other.example.com';

const test = fixture.extend(
  'ask',
  ({ service, key }) =>
    async (
      method: string,
      headers: Record<string, string>,
      corsOrigins: readonly string[] = [OTHER, ORIGIN],
    ) => {
      const handler = usageApi(
        { ...service, settings: { ...service.settings, corsOrigins } },
        builtDocuments(),
      );
      const sent = { authorization: `Bearer ${key}`, ...headers };
      keepRequestOutOfLogs(sent);
      const { event } = restInvocation({
        method,
        target: '/api/v1/peers',
        headers: sent,
        body: Buffer.alloc(0),
      });
      return readAnswer(await handler(event, lambdaContext()));
    },
);

test('a page of a named origin may see an answer, and what it needs of its headers', async ({ ask }) => {
  expect(await ask('GET', { origin: ORIGIN })).toMatchObject({
    status: 200,
    headers: {
      'access-control-allow-origin': ORIGIN,
      'access-control-expose-headers': 'etag,retry-after,x-request-id',
      vary: 'accept-encoding, authorization, origin',
    },
  });
});

test('an error too', async ({ ask }) => {
  expect(await ask('GET', { origin: ORIGIN, authorization: '' })).toMatchObject({
    status: 401,
    headers: { 'access-control-allow-origin': ORIGIN, vary: 'origin' },
  });
});

test('a page of another origin may not', async ({ ask }) => {
  const { status, headers } = await ask('GET', { origin: 'https://evil.example.com' });
  expect(status).toBe(200);
  expect(headers['access-control-allow-origin']).toBeUndefined();
});

const PREFLIGHT = { authorization: '', 'access-control-request-method': 'GET' };

test('a browser that asks first is told what may be sent, without a key', async ({ ask }) => {
  const { status, headers, body } = await ask('OPTIONS', { ...PREFLIGHT, origin: OTHER });
  expect([status, body]).toEqual([204, '']);
  expect(headers).toMatchObject({
    'access-control-allow-origin': OTHER,
    'access-control-allow-methods': 'GET,POST,PUT,DELETE',
    'access-control-allow-headers': 'authorization,content-encoding,content-type,if-none-match',
    'access-control-max-age': 3600,
  });
});

test.for([
  ['of another origin', { ...PREFLIGHT, origin: 'https://evil.example.com' }, undefined],
  ['of no origin', PREFLIGHT, undefined],
  ['where none is named', { ...PREFLIGHT, origin: ORIGIN }, []],
] as const)(
  'a browser that asks %s is answered as with any method that is not allowed',
  async ([, headers, origins], { ask }) => {
    const answer = await ask('OPTIONS', headers, origins);
    expect(answer.status).toBe(405);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  },
);
