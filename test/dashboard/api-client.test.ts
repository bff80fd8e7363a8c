import { describe, expect, test } from 'vitest';
import { apiClient, isSendableKey } from '../../dashboard/src/api/api-client.ts';
import { isPassing, RequestProblem } from '../../dashboard/src/api/request-problem.ts';
import { peersAnswer } from '../../functions/shared/domain/peer-directory.ts';

const PEERS = { peers: [{ peerId: 'peer_123', lastActiveDay: '2026-11-22' }], cursor: null };

type Fetch = typeof globalThis.fetch;

/** Gets the peers from a service that answers in some way, within time unless it is said to be up. */
function getPeers(fetch: Fetch, { signal = new AbortController().signal, timeIsUp = false } = {}) {
  const timeLimit = () =>
    timeIsUp ? AbortSignal.abort(new Error('the time is up')) : new AbortController().signal;
  return apiClient({ key: 'cua_1_2', fetch, timeLimit }).get(
    '/peers',
    { prefix: 'a&b', limit: '50', cursor: undefined },
    peersAnswer,
    signal,
  );
}

/** What is told of a request that gave nothing to show. */
async function problemOf(answer: Promise<unknown>) {
  const problem: unknown = await answer.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(problem instanceof RequestProblem)) throw new Error('no problem', { cause: problem });
  const { kind, message, requestId, retryAfterMs } = problem;
  return { kind, message, requestId, retryAfterMs, passes: isPassing(problem) };
}

function answering(status: number, body: string, headers: Record<string, string> = {}): Fetch {
  return async () => new Response(body, { status, headers });
}

function saying(message: string): string {
  return JSON.stringify({ error: { code: 'some_code', message, status: 400, requestId: 'request-1' } });
}

describe('a question to the API', () => {
  test('carries the key in its header, and nowhere else', async () => {
    const asked: { address: string; headers: Record<string, string> }[] = [];
    const answer = await getPeers(async (address, init) => {
      asked.push({ address: String(address), headers: Object.fromEntries(new Headers(init?.headers)) });
      return Response.json(PEERS);
    });
    expect(answer).toEqual(PEERS);
    expect(asked).toEqual([
      { address: 'api/v1/peers?prefix=a%26b&limit=50', headers: { authorization: 'Bearer cua_1_2' } },
    ]);
  });

  test.each<[title: string, fetch: Fetch, expected: Awaited<ReturnType<typeof problemOf>>]>([
    [
      'a key that does not work',
      answering(401, saying('the API key is not valid'), { 'x-request-id': 'request-1' }),
      {
        kind: 'unauthenticated',
        message: 'The API key is not valid.',
        requestId: 'request-1',
        retryAfterMs: undefined,
        passes: false,
      },
    ],
    [
      'a key that is not enough',
      answering(403, saying('the API key does not have the scope stats:read')),
      {
        kind: 'forbidden',
        message: 'The API key does not have the scope stats:read.',
        requestId: undefined,
        retryAfterMs: undefined,
        passes: false,
      },
    ],
    [
      'a path that is not there',
      answering(404, '{"message":"Not Found"}', { 'apigw-requestid': 'gateway-1' }),
      {
        kind: 'not_found',
        message: 'The service answered with status 404.',
        requestId: 'gateway-1',
        retryAfterMs: undefined,
        passes: false,
      },
    ],
    [
      'a question that is wrong',
      answering(400, saying('from must be a day that exists')),
      {
        kind: 'refused',
        message: 'From must be a day that exists.',
        requestId: undefined,
        retryAfterMs: undefined,
        passes: false,
      },
    ],
    [
      'too many questions',
      answering(429, '{"message":"Too Many Requests"}', { 'retry-after': '7' }),
      {
        kind: 'busy',
        message: 'The service answered with status 429.',
        requestId: undefined,
        retryAfterMs: 7000,
        passes: true,
      },
    ],
    [
      'a service that cannot answer now',
      answering(503, saying('the service cannot answer at the moment'), {
        'retry-after': 'Sun, 22 Nov 2026',
      }),
      {
        kind: 'busy',
        message: 'The service cannot answer at the moment.',
        requestId: undefined,
        retryAfterMs: undefined,
        passes: true,
      },
    ],
    [
      'an error of the service',
      answering(500, '<html>', { 'x-request-id': 'request-1' }),
      {
        kind: 'failed',
        message: 'The service answered with status 500.',
        requestId: 'request-1',
        retryAfterMs: undefined,
        passes: true,
      },
    ],
    [
      'an answer that is not JSON',
      answering(200, '<html>', { 'x-request-id': 'request-1' }),
      {
        kind: 'failed',
        message: 'The service gave an answer that this page does not understand.',
        requestId: 'request-1',
        retryAfterMs: undefined,
        passes: true,
      },
    ],
    [
      'an answer of another form',
      answering(200, '{"peers":[{}],"cursor":null}'),
      {
        kind: 'failed',
        message: 'The service gave an answer that this page does not understand.',
        requestId: undefined,
        retryAfterMs: undefined,
        passes: true,
      },
    ],
    [
      'no answer',
      async () => {
        throw new TypeError('Failed to fetch');
      },
      {
        kind: 'unreachable',
        message: 'The service cannot be reached.',
        requestId: undefined,
        retryAfterMs: undefined,
        passes: true,
      },
    ],
  ])('%s is told apart', async (_title, fetch, expected) => {
    expect(await problemOf(getPeers(fetch))).toEqual(expected);
  });

  test('that takes too long has no answer', async () => {
    const answer = getPeers(
      async (_address, init) => {
        init?.signal?.throwIfAborted();
        return Response.json(PEERS);
      },
      { timeIsUp: true },
    );
    expect(await problemOf(answer)).toMatchObject({ kind: 'unreachable' });
  });

  test('that is called off is no problem', async () => {
    const reason = new Error('called off');
    const answer = getPeers(
      async (_address, init) => {
        init?.signal?.throwIfAborted();
        return Response.json(PEERS);
      },
      { signal: AbortSignal.abort(reason) },
    );
    await expect(answer).rejects.toBe(reason);
  });
});

test.each<[text: string, isSendable: boolean]>([
  ['cua_0123_abcd', true],
  ['', false],
  ['cua_0123 abcd', false],
  ['cua_0123\nabcd', false],
  ['cua_ключ', false],
])('whether %j can be sent as a key: %s', (text, isSendable) => {
  expect(isSendableKey(text)).toBe(isSendable);
});
