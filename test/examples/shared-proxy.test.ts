import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { keepRequestOutOfLogs } from '../support/logs/log-watch.ts';

// That visitors share answers, on a clock that the tests turn.

const KEY = 'cua_0123456789abcdef_of-the-proxy';
const VISITORS = 250;
const STATS = '/usage/peer/peer_support/channel-stats';

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown;
type MakeProxy = (options: {
  key: string;
  serviceUrl: string;
  clock: () => number;
  answerWithinMs?: number;
}) => Answer;

const EXAMPLE = join(import.meta.dirname, '../../examples/proxy/usage-proxy.mjs');
const { usageProxy }: { usageProxy: MakeProxy } = await import(EXAMPLE);

let servers: Server[] = [];
let asked: (string | undefined)[] = [];
let answerOfService: Answer = () => {};
let now = 0;

beforeEach(() => {
  keepRequestOutOfLogs({ authorization: `Bearer ${KEY}` });
  asked = [];
  now = 0;
  answerOfService = answering(200);
});

afterEach(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
  servers = [];
});

function answering(status: number, headers: Record<string, string> = {}): Answer {
  return (_request, response) => {
    response
      .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers })
      .end(`{"answer":${asked.length}}`);
  };
}

async function listen(answer: Answer): Promise<{ server: Server; url: string }> {
  const server = createServer(answer);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  return { server, url: `http://127.0.0.1:${address.port}` };
}

/** Starts a service and a proxy before it. */
async function startProxy({ answerWithinMs }: { answerWithinMs?: number } = {}) {
  const service = await listen((request, response) => {
    asked.push(request.url);
    answerOfService(request, response);
  });
  const limit = answerWithinMs === undefined ? {} : { answerWithinMs };
  return listen(usageProxy({ key: KEY, serviceUrl: service.url, clock: () => now, ...limit }));
}

interface Got {
  status: number;
  body: string;
  cacheControl: string | null;
  retryAfter: string | null;
}

async function get(url: string): Promise<Got> {
  const response = await fetch(url);
  const { headers } = response;
  return {
    status: response.status,
    body: await response.text(),
    cacheControl: headers.get('cache-control'),
    retryAfter: headers.get('retry-after'),
  };
}

function visit(url: string): Promise<Got[]> {
  return Promise.all(Array.from({ length: VISITORS }, () => get(url)));
}

/** Lets the service answer only when all visitors have asked the proxy. */
function holdUntilAllAsked(proxy: Server, then: Answer): void {
  let visitors = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  proxy.on('request', () => {
    visitors += 1;
    if (visitors === VISITORS) resolve();
  });
  answerOfService = async (request, response) => {
    await promise;
    then(request, response);
  };
}

describe('the proxy', () => {
  test('asks the service once for all visitors who ask at once, and who ask again within two seconds', async () => {
    const { server, url } = await startProxy();
    holdUntilAllAsked(server, answering(200));
    const first = await visit(url + STATS);
    now = 1_999;
    const again = await visit(url + STATS);
    expect(asked).toEqual(['/api/v1/peer/peer_support/channel-stats']);
    const expected = { status: 200, body: '{"answer":1}', cacheControl: 'no-store', retryAfter: null };
    expect([...first, ...again]).toEqual(Array.from({ length: 2 * VISITORS }, () => expected));
    now = 2_000;
    expect((await get(url + STATS)).body).toBe('{"answer":2}');
  });

  test('asks anew for another peer or another query', async () => {
    const { url } = await startProxy();
    await get(url + STATS);
    await get(`${url}${STATS}?from=2026-11-01`);
    await get(`${url}${STATS}/trust`);
    await get(`${url}/usage/peer/peer_hr/channel-stats`);
    await get(`${url}/channel-usage.js`);
    expect(asked).toEqual([
      '/api/v1/peer/peer_support/channel-stats',
      '/api/v1/peer/peer_support/channel-stats?from=2026-11-01',
      '/api/v1/peer/peer_support/channel-stats/trust',
      '/api/v1/peer/peer_hr/channel-stats',
      '/channel-usage.js',
    ]);
  });

  test.each([401, 403, 404, 500, 503])('keeps no answer %d beyond those who wait for it', async (status) => {
    const { server, url } = await startProxy();
    holdUntilAllAsked(server, answering(status));
    const first = await visit(url + STATS);
    expect([asked.length, new Set(first.map((got) => got.status))]).toEqual([1, new Set([status])]);
    answerOfService = answering(200);
    expect((await get(url + STATS)).status).toBe(200);
  });

  test('keeps no failure to reach the service', async () => {
    const { url } = await startProxy();
    answerOfService = (request) => request.socket.destroy();
    expect((await get(url + STATS)).status).toBe(502);
    answerOfService = answering(200);
    expect((await get(url + STATS)).status).toBe(200);
  });

  test('waits for the service only so long', async () => {
    const { url } = await startProxy({ answerWithinMs: 20 });
    answerOfService = () => {};
    expect((await get(url + STATS)).status).toBe(502);
  });

  test('leaves the service alone as long as that wants, and tells visitors for how long', async () => {
    const { url } = await startProxy();
    answerOfService = answering(429, { 'retry-after': '7' });
    expect(await get(url + STATS)).toMatchObject({ status: 429, retryAfter: '7' });
    answerOfService = answering(200);
    now = 2_500;
    expect(await get(`${url}/usage/peer/peer_hr/channel-stats`)).toEqual({
      status: 429,
      body: '',
      cacheControl: 'no-store',
      retryAfter: '5',
    });
    expect(asked.length).toBe(1);
    now = 7_000;
    expect((await get(url + STATS)).status).toBe(200);
  });

  test('asks again at once where the service does not say when', async () => {
    const { url } = await startProxy();
    answerOfService = answering(429);
    expect(await get(url + STATS)).toMatchObject({ status: 429, retryAfter: null });
    answerOfService = answering(200);
    expect((await get(url + STATS)).status).toBe(200);
  });

  test('keeps the answers to the hundred newest questions', async () => {
    const { url } = await startProxy();
    const question = (index: number) => `${url}${STATS}?include=${index}`;
    for (let index = 0; index <= 100; index += 1) await get(question(index));
    await get(question(1));
    expect(asked.length).toBe(101);
    await get(question(0));
    expect(asked.length).toBe(102);
  });
});
