import { describe, expect } from 'vitest';
import { errorAnswer } from '../../../../functions/shared/http/api-errors.ts';
import { ROUTES } from '../../../../functions/shared/http/routes.ts';
import { ApiKeyStore } from '../../../../functions/shared/store/api-key-store.ts';
import { test } from '../../../support/fixture.ts';
import { COMMON_HEADERS, call, type TestRequest } from '../../../support/service/http-events.ts';
import { keyText, NOW } from '../../../support/service/test-service.ts';

test.beforeEach(async ({ service }) => {
  await service.addKey('all');
  await service.addKey('writer', { scopes: ['messages:write'] });
  await service.addKey('reader', { scopes: ['stats:read'] });
  await service.addKey('peer2', { peers: ['peer_2'] });
  await service.addKey('expired', { expiresAtInstant: Date.parse(NOW) });
  const store = new ApiKeyStore({ client: service.client, tableName: service.settings.usageTableName });
  await service.addKey('revoked');
  const revoked = await store.read('revoked');
  if (revoked !== undefined) await store.replace({ ...revoked, revokedAt: Date.parse(NOW) - 1 });
});

const STATS = ROUTES.getChannelStats;
const MESSAGES = ROUTES.recordMessages;
const PEERS = ROUTES.listPeers;
const GOOD_BODY = {
  messages: [{ messageId: 'm1', conversationId: 'c1', channelId: 'direct', role: 'user' }],
};
const key = keyText('all');

const noKey = {
  code: 'unauthenticated',
  message: 'an API key is needed, in the header Authorization: Bearer KEY',
};
const badKey = {
  code: 'unauthenticated',
  message: 'the API key is not valid: it is malformed or unknown, has expired or was revoked',
};
const notJson = invalid('body', 'the body must be JSON in UTF-8');
const howMany = invalid('messages', 'messages must be an array of 1 to 500 messages');
const noInclude = invalid(
  'include',
  'include must be a comma-separated list of percentage, activity, disabled, removed',
);
const noLimit = invalid('limit', 'limit must be a whole number from 1 to 100');
const notFound = { code: 'not_found', message: 'there is nothing at this path' };
const notJsonType = { code: 'unsupported_media_type', message: 'the content type must be application/json' };

function invalid(path: string, message: string) {
  return { code: 'invalid_request', message, details: [{ path, message }] };
}

function noDay(name: string) {
  return invalid(name, `${name} must be a day that exists, as YYYY-MM-DD, such as 2026-11-22`);
}

type BadRequest = [
  title: string,
  request: TestRequest,
  status: number,
  error: { code: string; message: string; details?: object[] },
  headers?: Record<string, string>,
];

const BEARER = { 'www-authenticate': 'Bearer' };

const BAD_REQUESTS: BadRequest[] = [
  ['no key', { route: STATS }, 401, noKey, BEARER],
  ['another scheme', { route: STATS, headers: { authorization: 'Basic YTpi' } }, 401, badKey, BEARER],
  ['an empty header', { route: STATS, headers: { authorization: '' } }, 401, badKey, BEARER],
  ['a malformed key', { route: STATS, key: 'your-api-key' }, 401, badKey, BEARER],
  ['a key without a secret', { route: STATS, key: 'cua_all_' }, 401, badKey, BEARER],
  [
    'two keys',
    { route: STATS, headers: { authorization: `Bearer ${key}, Bearer ${key}` } },
    401,
    badKey,
    BEARER,
  ],
  ['an unknown key', { route: STATS, key: keyText('nobody') }, 401, badKey, BEARER],
  ['another secret', { route: STATS, key: `${key}y` }, 401, badKey, BEARER],
  [
    'the secret of another key',
    { route: STATS, key: key.replace('cua_all', 'cua_reader') },
    401,
    badKey,
    BEARER,
  ],
  ['an expired key', { route: STATS, key: keyText('expired') }, 401, badKey, BEARER],
  ['a revoked key', { route: STATS, key: keyText('revoked') }, 401, badKey, BEARER],
  ['no key, for what else is wrong too', { route: MESSAGES, peerId: '', body: '{' }, 401, noKey, BEARER],
  [
    'a key that may only write, for reading',
    { route: STATS, key: keyText('writer') },
    403,
    { code: 'forbidden', message: 'the API key does not have the scope stats:read' },
  ],
  [
    'a key that may only read, for writing, whatever the peer and the body',
    { route: MESSAGES, key: keyText('reader'), peerId: '', body: '{' },
    403,
    { code: 'forbidden', message: 'the API key does not have the scope messages:write' },
  ],
  [
    "another peer's key",
    { route: STATS, key: keyText('peer2') },
    403,
    { code: 'forbidden', message: 'the API key does not allow access to this peer' },
  ],
  [
    "another peer's key, with a peer id that holds the allowed one",
    { route: STATS, key: keyText('peer2'), peerId: 'peer_2#USAGE' },
    403,
    { code: 'forbidden', message: 'the API key does not allow access to this peer' },
  ],
  [
    "another peer's key, with a bad body",
    { route: MESSAGES, key: keyText('peer2'), body: '{' },
    403,
    { code: 'forbidden', message: 'the API key does not allow access to this peer' },
  ],
  ['an empty peer id', { route: STATS, key, peerId: '' }, 400, invalid('peerId', 'peerId must not be empty')],
  [
    'an empty peer id, with a key for another peer',
    { route: STATS, key: keyText('peer2'), peerId: '' },
    400,
    invalid('peerId', 'peerId must not be empty'),
  ],
  [
    'a peer id of 300 characters',
    { route: STATS, key, peerId: 'p'.repeat(300) },
    400,
    invalid('peerId', 'peerId must have at most 128 characters'),
  ],
  [
    'a peer id of 100 characters in 300 bytes',
    { route: STATS, key, peerId: '€'.repeat(100) },
    400,
    invalid('peerId', 'peerId must have at most 256 bytes in UTF-8'),
  ],
  [
    'a null byte in the peer id',
    { route: STATS, key, peerId: 'peer\u0000' },
    400,
    invalid('peerId', 'peerId must not contain control characters'),
  ],
  [
    'a line break in the peer id',
    { route: MESSAGES, key, peerId: 'peer\n1', json: GOOD_BODY },
    400,
    invalid('peerId', 'peerId must not contain control characters'),
  ],
  ['a day that does not exist', { route: STATS, key, query: 'from=2026-02-29' }, 400, noDay('from')],
  ['a day in another form', { route: STATS, key, query: 'to=22.11.2026' }, 400, noDay('to')],
  ['an instant for a day', { route: STATS, key, query: 'to=2026-11-22T00:00:00Z' }, 400, noDay('to')],
  ['an empty day', { route: STATS, key, query: 'from=' }, 400, noDay('from')],
  ['a day with a null byte', { route: STATS, key, query: 'from=2026-11-22%00' }, 400, noDay('from')],
  [
    'from after to',
    { route: STATS, key, query: 'from=2026-11-02&to=2026-11-01' },
    400,
    invalid('from', 'from must not be after to'),
  ],
  [
    'two wrong parameters',
    { route: STATS, key, query: 'from=x&include=y' },
    400,
    {
      code: 'invalid_request',
      message: `${noDay('from').message}; ${noInclude.message}`,
      details: [...noDay('from').details, ...noInclude.details],
    },
  ],
  ['an unknown include', { route: STATS, key, query: 'include=percentage,secrets' }, 400, noInclude],
  ['an empty include', { route: STATS, key, query: 'include=' }, 400, noInclude],
  ['include with spaces', { route: STATS, key, query: 'include=percentage,%20activity' }, 400, noInclude],
  [
    'a repeated parameter',
    { route: STATS, key, query: 'to=2026-11-01&to=2026-11-02' },
    400,
    invalid('to', 'to must not be given more than once'),
  ],
  [
    'a parameter repeated under an encoded name',
    { route: STATS, key, query: 'from=2026-11-01&fr%6Fm=2026-11-02' },
    400,
    invalid('from', 'from must not be given more than once'),
  ],
  [
    'a broken percent-encoding',
    { route: STATS, key, query: 'from=%E0%A4%A' },
    400,
    invalid('query', 'the query string must be percent-encoded UTF-8'),
  ],
  [
    'a broken percent-encoding in an unknown parameter of a POST',
    { route: MESSAGES, key, query: '%', json: GOOD_BODY },
    400,
    invalid('query', 'the query string must be percent-encoded UTF-8'),
  ],
  [
    'a body of 2 MB',
    { route: MESSAGES, key, body: JSON.stringify({ messages: [], padding: 'x'.repeat(2_000_000) }) },
    413,
    {
      code: 'payload_too_large',
      message: 'the body must have at most 1048576 bytes, also once it is decompressed',
    },
  ],
  [
    'a body of 2 MB in few characters',
    { route: MESSAGES, key, body: '€'.repeat(700_000) },
    413,
    {
      code: 'payload_too_large',
      message: 'the body must have at most 1048576 bytes, also once it is decompressed',
    },
  ],
  [
    'a body of 2 MB in base64',
    { route: MESSAGES, key, body: Buffer.alloc(2_000_000).toString('base64'), isBase64Encoded: true },
    413,
    {
      code: 'payload_too_large',
      message: 'the body must have at most 1048576 bytes, also once it is decompressed',
    },
  ],
  [
    'another content type',
    { route: MESSAGES, key, json: GOOD_BODY, headers: { 'content-type': 'text/plain' } },
    415,
    notJsonType,
  ],
  [
    'no content type',
    { route: MESSAGES, key, json: GOOD_BODY, headers: { 'content-type': '' } },
    415,
    notJsonType,
  ],
  [
    'a content type that begins like the right one',
    { route: MESSAGES, key, json: GOOD_BODY, headers: { 'content-type': 'application/jsonp' } },
    415,
    notJsonType,
  ],
  ['no body', { route: MESSAGES, key, headers: { 'content-type': 'application/json' } }, 400, notJson],
  ['invalid JSON', { route: MESSAGES, key, body: '{"messages":[secret' }, 400, notJson],
  [
    'bytes that are no UTF-8',
    {
      route: MESSAGES,
      key,
      body: Buffer.from([0x22, 0xff, 0x22]).toString('base64'),
      isBase64Encoded: true,
      headers: { 'content-type': 'application/json' },
    },
    400,
    notJson,
  ],
  [
    'JSON that is no object',
    { route: MESSAGES, key, json: [GOOD_BODY] },
    400,
    invalid('body', 'the body must be an object with messages'),
  ],
  ['no messages', { route: MESSAGES, key, json: {} }, 400, howMany],
  ['messages that are no array', { route: MESSAGES, key, json: { messages: 'm1' } }, 400, howMany],
  ['0 messages', { route: MESSAGES, key, json: { messages: [] } }, 400, howMany],
  [
    '501 messages',
    { route: MESSAGES, key, json: { messages: Array(501).fill(GOOD_BODY.messages[0]) } },
    400,
    howMany,
  ],
  [
    'a key that may only write, for the list of peers',
    { route: PEERS, key: keyText('writer') },
    403,
    { code: 'forbidden', message: 'the API key does not have the scope stats:read' },
  ],
  ['no key, for the list of peers', { route: PEERS, query: 'limit=0' }, 401, noKey, BEARER],
  ['a limit of 0', { route: PEERS, key, query: 'limit=0' }, 400, noLimit],
  ['a limit of 101', { route: PEERS, key, query: 'limit=101' }, 400, noLimit],
  ['a limit that is no whole number', { route: PEERS, key, query: 'limit=1.5' }, 400, noLimit],
  ['a limit with a sign', { route: PEERS, key, query: 'limit=%2B5' }, 400, noLimit],
  ['a limit in another notation', { route: PEERS, key, query: 'limit=1e1' }, 400, noLimit],
  ['an empty limit', { route: PEERS, key, query: 'limit=' }, 400, noLimit],
  [
    'a null byte in a prefix',
    { route: PEERS, key, query: 'prefix=a%00' },
    400,
    invalid('prefix', 'prefix must not contain control characters'),
  ],
  [
    'a prefix of 129 characters',
    { route: PEERS, key, query: `prefix=${'p'.repeat(129)}` },
    400,
    invalid('prefix', 'prefix must have at most 128 characters'),
  ],
  [
    'a prefix of 87 characters in 261 bytes',
    { route: PEERS, key, query: `prefix=${encodeURIComponent('€'.repeat(87))}` },
    400,
    invalid('prefix', 'prefix must have at most 256 bytes in UTF-8'),
  ],
  [
    'a repeated limit',
    { route: PEERS, key, query: 'limit=1&limit=1' },
    400,
    invalid('limit', 'limit must not be given more than once'),
  ],
  [
    'a broken percent-encoding, for what needs no key',
    { route: ROUTES.getOpenApiDocument, query: 'a=%' },
    400,
    invalid('query', 'the query string must be percent-encoded UTF-8'),
  ],
  [
    'another method on a path for everyone',
    { method: 'POST', path: '/docs' },
    405,
    { code: 'method_not_allowed', message: 'this path allows GET, HEAD' },
    { allow: 'GET, HEAD' },
  ],
  [
    'another method on a path for reading',
    { method: 'DELETE', path: '/api/v1/peer/peer_1/channel-stats' },
    405,
    { code: 'method_not_allowed', message: 'this path allows GET, HEAD' },
    { allow: 'GET, HEAD' },
  ],
  [
    'another method on a path for writing',
    { method: 'GET', path: '/api/v1/peer/peer_1/messages' },
    405,
    { code: 'method_not_allowed', message: 'this path allows POST' },
    { allow: 'POST' },
  ],
  ['an unknown route', { path: '/api/v1/peer/peer_1/channel-statistics', key }, 404, notFound],
  ['the root of the API', { path: '/api/v1', key }, 404, notFound],
  ['a path with nothing for the peer', { path: '/api/v1/peer//channel-stats', key }, 404, notFound],
  ['a longer path', { path: '/api/v1/peer/peer_1/channel-stats/', key }, 404, notFound],
];

describe('a bad request gets the answer that the contract says', () => {
  test.for(BAD_REQUESTS)('%s', async ([_title, request, status, error, headers = {}], { service }) => {
    const handler = request.route === MESSAGES ? service.recordMessages : service.usageApi;
    const answer = await call(handler, request);
    expect(answer).toEqual({
      status,
      headers: {
        'content-type': 'application/json',
        ...COMMON_HEADERS,
        'x-request-id': 'request-1',
        ...headers,
      },
      body: { error: { ...error, status, requestId: 'request-1' } },
    });
    expect(errorAnswer.parse(answer.body)).toEqual(answer.body);
  });
});

test('a request that the gateway gave no id gets one', async ({ service }) => {
  const { headers, body } = await call(service.usageApi, { path: '/', requestId: '' });
  const requestId = headers['x-request-id'];
  expect(requestId).toMatch(/^[0-9a-f]{32}$/);
  expect(body).toEqual({ error: { ...notFound, status: 404, requestId } });
});

test('a request for a route of another function is answered with 404', async ({ service }) => {
  const { status } = await call(service.usageApi, { route: MESSAGES, key, json: GOOD_BODY });
  expect(status).toBe(404);
});

test('nothing of a bad request is stored', async ({ service }) => {
  for (const [, request] of BAD_REQUESTS) {
    if (request.route === MESSAGES) await call(service.recordMessages, request);
  }
  expect(service.watched.calls).not.toContain('PutCommand');
});
