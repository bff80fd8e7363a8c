import { expect, test } from 'vitest';
import { type Answer, assertDocumented } from '../support/openapi/documented-answer.ts';

// What every test of an endpoint relies on must itself be able to fail.

const STATS = { method: 'GET', path: '/api/v1/peer/{peerId}/channel-stats' };
const HEADERS = { 'content-type': 'application/json', 'x-request-id': 'request-1' };
const READ_HEADERS = { ...HEADERS, etag: 'W/"a"', vary: 'accept-encoding, authorization' };
const { 'content-type': _, ...NO_TYPE } = READ_HEADERS;
const TOTAL = { messageCount: 1, conversationCount: 1 };
const CHANNEL = { channelId: 'c', channelName: 'C', ...TOTAL };

function error(status: number, code: string): Answer['body'] {
  return { error: { code, message: 'no', status, requestId: 'request-1' } };
}

test.each<[title: string, asked: { method: string; path: string }, answer: Answer]>([
  ['an answer', STATS, { status: 200, headers: READ_HEADERS, body: { channels: [CHANNEL], total: TOTAL } }],
  ['an answer without a body, where the same is known', STATS, { status: 304, headers: NO_TYPE, body: '' }],
  ['an answer to HEAD', { ...STATS, method: 'HEAD' }, { status: 200, headers: READ_HEADERS, body: '' }],
  ['an error to HEAD', { ...STATS, method: 'HEAD' }, { status: 403, headers: HEADERS, body: '' }],
  ['an error', STATS, { status: 403, headers: HEADERS, body: error(403, 'forbidden') }],
  [
    'a path that there is not',
    { method: 'GET', path: '/' },
    { status: 404, headers: HEADERS, body: error(404, 'not_found') },
  ],
  [
    'a method that there is not',
    { ...STATS, method: 'DELETE' },
    { status: 405, headers: { ...HEADERS, allow: 'GET' }, body: error(405, 'method_not_allowed') },
  ],
  [
    'a parameter of a content type',
    { method: 'GET', path: '/docs' },
    { status: 200, headers: { ...READ_HEADERS, 'content-type': 'text/html; charset=utf-8' }, body: '<p>' },
  ],
])('is allowed: %s', (_title, asked, answer) => {
  expect(() => assertDocumented(asked, answer)).not.toThrow();
});

test.each<[title: string, asked: { method: string; path: string }, answer: Answer, problem: string]>([
  [
    'a field too many',
    STATS,
    { status: 200, headers: READ_HEADERS, body: { channels: [{ ...CHANNEL, text: 'hi' }], total: TOTAL } },
    'must NOT have additional properties',
  ],
  [
    'a field too few',
    STATS,
    { status: 200, headers: READ_HEADERS, body: { channels: [] } },
    "must have required property 'total'",
  ],
  [
    'a value of another type',
    STATS,
    { status: 200, headers: READ_HEADERS, body: { channels: [], total: { ...TOTAL, messageCount: 1.5 } } },
    'data/total/messageCount must be integer',
  ],
  [
    'a day that does not exist',
    { method: 'GET', path: '/api/v1/peers' },
    {
      status: 200,
      headers: READ_HEADERS,
      body: { peers: [{ peerId: 'p', lastActiveDay: '2026-02-29' }], cursor: null },
    },
    'must match format "date"',
  ],
  [
    'an answer to GET without a tag',
    STATS,
    {
      status: 200,
      headers: { ...HEADERS, vary: 'accept-encoding' },
      body: { channels: [], total: TOTAL },
    },
    'it has no header etag',
  ],
  ['a body of a 304', STATS, { status: 304, headers: NO_TYPE, body: '{}' }, 'it has a body'],
  [
    'a body of an answer to HEAD',
    { ...STATS, method: 'HEAD' },
    { status: 200, headers: READ_HEADERS, body: { channels: [], total: TOTAL } },
    'it has a body',
  ],
  [
    'a 304 to what only writes',
    { method: 'PUT', path: '/api/v1/peer/{peerId}/health-settings' },
    { status: 304, headers: NO_TYPE, body: '' },
    'there is no such status',
  ],
  ['another status', STATS, { status: 418, headers: HEADERS, body: {} }, 'there is no such status'],
  [
    'another content type',
    STATS,
    { status: 200, headers: { ...HEADERS, 'content-type': 'text/plain' }, body: 'no' },
    'there is no content type text/plain',
  ],
  [
    'no request id',
    STATS,
    {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: { channels: [], total: TOTAL },
    },
    'it has no header x-request-id',
  ],
  [
    'no way to authenticate',
    STATS,
    { status: 401, headers: HEADERS, body: error(401, 'unauthenticated') },
    'it has no header www-authenticate',
  ],
  [
    'a header of another type',
    STATS,
    { status: 503, headers: { ...HEADERS, 'retry-after': 'soon' }, body: error(503, 'service_unavailable') },
    'must be integer',
  ],
  [
    'an unknown error',
    STATS,
    { status: 403, headers: HEADERS, body: error(403, 'teapot') },
    'must pass "x-extensible-enum" keyword validation',
  ],
  [
    "the gateway's error, from the service",
    STATS,
    { status: 500, headers: HEADERS, body: { message: 'Internal Server Error' } },
    "must have required property 'error'",
  ],
  [
    'an answer to what there is not',
    { method: 'GET', path: '/' },
    { status: 200, headers: HEADERS, body: {} },
    'there is no such status',
  ],
])('is not allowed: %s', (_title, asked, answer, problem) => {
  expect(() => assertDocumented(asked, answer)).toThrow(problem);
});
