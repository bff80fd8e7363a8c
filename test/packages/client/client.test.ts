import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import * as z from 'zod';
import {
  type ApiError,
  type ClientOptions,
  createChannelUsageClient,
  type FailedAttempt,
  UnreachableError,
} from '../../../packages/client/src/index.ts';
import { FailingService, type Fault } from '../../support/client/failing-service.ts';
import { FakeTiming } from '../../support/client/fake-timing.ts';
import { BUILT_DOCUMENT } from '../../support/openapi/built-document.ts';

const MESSAGE = { messageId: 'm-1', conversationId: 'c-1', channelId: 'direct', role: 'user' } as const;
const TIMEOUT_MS = 30_000;

const documented = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.object({ operationId: z.string() }))),
});

const service = new FailingService();
let url = '';
let timing = new FakeTiming();

beforeAll(async () => {
  url = await service.start();
});
afterAll(() => service[Symbol.asyncDispose]());
beforeEach(() => {
  service.reset();
  timing = new FakeTiming();
  service.onSlow = () => timing.ring(TIMEOUT_MS);
});

function client(options: Partial<ClientOptions> = {}) {
  return createChannelUsageClient({ url, key: 'cua_1_secret', timing, ...options });
}

async function errorOf(answer: Promise<unknown>): Promise<unknown> {
  return answer.then(
    () => undefined,
    (error: unknown) => error,
  );
}

test('every operation of the API is a method that is called as the operation is', () => {
  const operations = Object.values(documented.parse(BUILT_DOCUMENT).paths).flatMap((path) =>
    Object.values(path).map(({ operationId }) => operationId),
  );
  expect(operations.length).toBeGreaterThan(25);
  for (const operation of operations) expect(Reflect.get(client(), operation)).toBeTypeOf('function');
});

test.each<Fault>(['cut before', 'cut after', 'cut within', 'slow', 'html', 'other json', 'empty'])(
  'a recording is sent again after an answer that is lost: %s',
  async (fault) => {
    service.faults = [fault];
    const answer = await client().recordMessages('peer_1', [MESSAGE]);
    expect(answer.recorded + answer.duplicates).toBe(1);
    expect([service.requests, service.taken.length, service.changed]).toEqual([2, 1, []]);
    expect(timing.waits).toEqual([125]);
  },
);

test('waits grow from one attempt to the next, up to a limit, and end', async () => {
  service.faults = Array.from({ length: 9 }, () => ({ status: 500 }));
  const retry = { attempts: 5, firstDelayMs: 100, maxDelayMs: 300 };
  const error = await errorOf(client({ retry }).recordMessages('peer_1', [MESSAGE]));
  expect(error).toMatchObject({
    name: 'ApiError',
    status: 500,
    code: 'internal_error',
    requestId: 'request-1',
  });
  expect([service.requests, timing.waits]).toEqual([5, [50, 100, 150, 150]]);
});

test('who asks for it is told of each attempt that failed, and ends the call by throwing', async () => {
  const told: FailedAttempt[] = [];
  service.faults = [{ status: 503 }, 'cut before', 'unavailable'];
  const messages = [MESSAGE, { ...MESSAGE, messageId: 'm-2' }];
  const onRetry = (failed: FailedAttempt) => told.push(failed);
  await client({ retry: { onRetry } }).recordMessages('peer_1', messages);
  expect(told).toMatchObject([
    { error: { status: 503 }, next: 2, attempts: 5, delayMs: 125 },
    { error: { name: 'UnreachableError' }, next: 3, attempts: 5, delayMs: 250 },
    { error: { status: 200, code: 'unavailable' }, next: 2, attempts: 5, delayMs: 125 },
  ]);
  service.reset();
  service.faults = [{ status: 503 }, { status: 503 }];
  const enough = client({
    retry: {
      onRetry: ({ error }) => {
        throw error;
      },
    },
  });
  expect(await errorOf(enough.getKey())).toMatchObject({ name: 'ApiError', status: 503 });
  expect(service.requests).toBe(1);
});

test('no wait is shorter than Retry-After, in seconds or as a date', async () => {
  service.faults = [
    { status: 429, retryAfter: '3' },
    { status: 503, retryAfter: 'Sun, 22 Nov 2026 10:00:20 GMT' },
    { status: 429, retryAfter: 'soon' },
  ];
  await client().recordMessages('peer_1', [MESSAGE]);
  const [seconds, date = 0, none] = timing.waits;
  expect([seconds, none]).toEqual([3125, 500]);
  expect(date).toBeGreaterThan(20_000);
  expect(date).toBeLessThan(20_200);
});

test('a Retry-After that is too long to wait for is an error at once, which tells it', async () => {
  service.faults = [{ status: 429, retryAfter: '3600' }];
  const error = await errorOf(client().recordMessages('peer_1', [MESSAGE]));
  expect(error).toMatchObject({ name: 'ApiError', status: 429, retryAfterMs: 3_600_000 });
  expect([service.requests, timing.waits]).toEqual([1, []]);
});

test.each([400, 401, 403, 404, 405, 409, 413, 415])('a %i is an error at once', async (status) => {
  service.faults = [{ status }];
  const error = await errorOf(client().getTrust('peer_1'));
  expect(error).toMatchObject({ name: 'ApiError', status, message: `it is a ${status}` });
  expect(service.requests).toBe(1);
});

test('an error whose code only later versions of the service know is an ApiError like all others', async () => {
  const error = { code: 'from_tomorrow', message: 'not today', status: 418, requestId: 'request-1' };
  const later = client({ fetch: async () => Response.json({ error }, { status: 418 }) });
  expect(await errorOf(later.getTrust('peer_1'))).toMatchObject({ name: 'ApiError', ...error });
});

test('a redirect is not followed, as the key would go where nobody sent it', async () => {
  service.faults = [{ status: 307, location: 'http://elsewhere.example/' }];
  const error = await errorOf(client().recordMessages('peer_1', [MESSAGE]));
  expect(error).toMatchObject({
    name: 'ApiError',
    status: 307,
    code: 'redirected',
    message: 'the answer leads to http://elsewhere.example/, and is not followed: is the url right?',
  });
  expect(service.requests).toBe(1);
});

test('what changes something is sent again only where the service says that it did not do it', async () => {
  const changes = [
    () => client().makeShareLink('peer_1'),
    () => client().makeEmbedToken('peer_1'),
    () => client().revokeShareLink('peer_1', 'link_1'),
    () => client().setChannel('peer_1', 'direct', {}),
    () => client().setHealthSettings('peer_1', {}),
  ];
  for (const change of changes) {
    for (const fault of [{ status: 503 }, 'cut before', 'slow'] satisfies Fault[]) {
      service.reset();
      service.faults = [fault];
      expect([await errorOf(change()), service.requests]).toEqual([expect.any(Error), 1]);
    }
    service.reset();
    service.faults = [{ status: 429 }, { status: 400 }];
    expect([await errorOf(change()), service.requests]).toEqual([
      expect.objectContaining({ status: 400 }),
      2,
    ]);
  }
});

test('a service that is not there is told, with the reason', async () => {
  const closed = new FailingService();
  const closedUrl = await closed.start();
  await closed[Symbol.asyncDispose]();
  const error = await errorOf(client({ url: closedUrl }).getKey());
  expect(error).toBeInstanceOf(UnreachableError);
  expect(String(error)).toContain(`${closedUrl} could not be reached: connect ECONNREFUSED`);
  expect(timing.waits).toHaveLength(4);
});

test('an answer that is no JSON, as a web site at a wrong address gives it, is told as what it is', async () => {
  const page = async () => new Response('<html>Welcome', { headers: { 'content-type': 'text/html' } });
  const error = await errorOf(client({ fetch: page }).getKey());
  expect(error).toBeInstanceOf(UnreachableError);
  expect(String(error)).toBe(
    `UnreachableError: ${url} answers with something that is no JSON: is the address right?`,
  );
});

test('a service that does not answer in time is told', async () => {
  service.faults = Array.from({ length: 5 }, () => 'slow' as const);
  const error = await errorOf(client().recordMessages('peer_1', [MESSAGE]));
  expect(String(error)).toBe(`UnreachableError: ${url} did not answer within 30000 ms`);
  expect(timing.timers).toEqual([]);
});

test('whoever gives a signal ends the call, its waits and its attempts', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  service.onSlow = () => controller.abort(reason);
  service.faults = ['slow', 'none'];
  const { signal } = controller;
  expect(await errorOf(client().recordMessages('peer_1', [MESSAGE], { signal }))).toBe(reason);
  expect(await errorOf(client().getKey({ signal }))).toBe(reason);
  expect(service.requests).toBe(1);
});

test('a message without sentAt gets one before the first attempt, and keeps it', async () => {
  service.faults = ['cut after', { status: 500 }];
  await client().recordMessages('peer_1', [
    MESSAGE,
    { ...MESSAGE, messageId: 'm-2', sentAt: '2026-11-01T00:00:00Z' },
  ]);
  expect(service.taken.map(({ sentAt }) => sentAt)).toEqual([
    expect.stringMatching(/^2026-11-22T10:00:00/),
    '2026-11-01T00:00:00Z',
  ]);
  expect(service.changed).toEqual([]);
});

test('messages that were unavailable are sent again, and the answer is about all', async () => {
  service.faults = ['unavailable', 'unavailable'];
  const messages = [0, 1, 2, 3, 4].map((index) => ({ ...MESSAGE, messageId: `m-${index}` }));
  const bad = { ...MESSAGE, messageId: 'm-5', role: JSON.parse('"bad"') };
  const answer = await client().recordMessages('peer_1', [...messages, bad]);
  expect(answer).toEqual({
    received: 6,
    recorded: 5,
    duplicates: 0,
    rejected: [{ index: 5, code: 'invalid_message', message: 'role is bad' }],
  });
  expect([service.requests, timing.waits]).toEqual([3, [125, 250]]);
});

test('what stays unavailable is in the answer, at its place', async () => {
  service.faults = ['unavailable', 'unavailable'];
  const messages = [0, 1, 2, 3].map((index) => ({ ...MESSAGE, messageId: `m-${index}` }));
  const answer = await client({ retry: { attempts: 2 } }).recordMessages('peer_1', messages);
  expect(answer).toMatchObject({ received: 4, recorded: 3, rejected: [{ index: 3, code: 'unavailable' }] });
});

test('the url may end with a slash or the path of the API; another scheme is refused', async () => {
  for (const end of ['/', '/api/v1', '/api/v1/']) {
    await client({ url: url + end }).recordMessages('peer_1', [MESSAGE]);
  }
  expect(service.requests).toBe(3);
  expect(() => client({ url: 'ftp://example.com' })).toThrow(
    new TypeError('ftp://example.com is no URL of http or https'),
  );
});

test('lists are gone through page by page, each asked for when it is come to', async () => {
  const asked: string[] = [];
  const pages = [
    { peers: [{ peerId: 'a' }, { peerId: 'b' }], cursor: 'next/1' },
    { peers: [], cursor: 'next 2' },
    { peers: [{ peerId: 'c' }], cursor: null },
  ];
  const paged = client({
    fetch: async (input) => {
      asked.push(decodeURIComponent(new URL(new Request(input).url).search));
      return Response.json(pages[asked.length - 1]);
    },
  });
  const found: [string, number][] = [];
  for await (const { peerId } of paged.peers({ prefix: 'x', limit: 2 })) found.push([peerId, asked.length]);
  expect(found).toEqual([
    ['a', 1],
    ['b', 1],
    ['c', 3],
  ]);
  expect(asked).toEqual([
    '?prefix=x&limit=2',
    '?prefix=x&limit=2&cursor=next/1',
    '?prefix=x&limit=2&cursor=next 2',
  ]);
});

test('an error of a gateway, which has words of its own, is taken apart as well', async () => {
  const answers = [
    Response.json({ message: 'Forbidden' }, { status: 403, headers: { 'x-request-id': 'r-1' } }),
    new Response('<h1>Bad gateway</h1>', { status: 404 }),
  ];
  const failing = client({ fetch: async () => answers.shift() ?? Response.error() });
  const errors: Partial<ApiError>[] = [
    { status: 403, code: 'http_403', message: 'Forbidden', requestId: 'r-1', details: [] },
    { status: 404, code: 'http_404', message: 'the answer had the status 404', requestId: undefined },
  ];
  for (const error of errors) expect(await errorOf(failing.getKey())).toMatchObject(error);
});
