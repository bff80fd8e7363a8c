import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Program } from '../support/host/program.ts';
import { keepRequestOutOfLogs } from '../support/logs/log-watch.ts';

const REPOSITORY = join(import.meta.dirname, '../..');
const KEY = 'cua_0123456789abcdef_of-the-example';

/** What stands for the service: it is asked, and answers as it is told. */
let service: Server;
let asked: { target: string | undefined; authorization: string | undefined }[] = [];
let serviceAnswer = { status: 200, body: '{}' };
let example: Program;
let url: string;

beforeAll(async () => {
  keepRequestOutOfLogs({ authorization: `Bearer ${KEY}` });
  service = createServer((request, response) => {
    asked.push({ target: request.url, authorization: request.headers.authorization });
    response.writeHead(serviceAnswer.status, { 'content-type': 'application/json' }).end(serviceAnswer.body);
  });
  service.listen(0, '127.0.0.1');
  await once(service, 'listening');
  const address = service.address();
  if (address === null || typeof address === 'string') throw new Error('the service listens on no port');
  example = new Program(process.execPath, ['examples/proxy/server.mjs', 'examples/embed'], {
    cwd: REPOSITORY,
    env: { CHANNEL_USAGE_API_KEY: KEY, SERVICE_URL: `http://127.0.0.1:${address.port}`, PORT: '0' },
  });
  await example.said('/\n');
  [, url = ''] = /is at (\S+)\/$/m.exec(example.output()) ?? [];
});

beforeEach(() => {
  asked = [];
  serviceAnswer = { status: 200, body: '{}' };
});

afterAll(async () => {
  example.process.kill();
  await example.exit;
  service.close();
  await once(service, 'close');
});

test('the proxy asks the service with the key, and passes query and answer on', async () => {
  serviceAnswer = { status: 200, body: '{"channels":[]}' };
  const answer = await fetch(`${url}/usage/peer/peer_support/channel-stats?include=percentage&to=2026-11-15`);
  expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
    200,
    'application/json',
    '{"channels":[]}',
  ]);
  expect(asked).toEqual([
    {
      target: '/api/v1/peer/peer_support/channel-stats?include=percentage&to=2026-11-15',
      authorization: `Bearer ${KEY}`,
    },
  ]);
});

test('a token is asked for with the key, and given to pages', async () => {
  const body = '{"token":"cue_1","expiresAt":"2026-11-22T10:15:00.000Z"}';
  serviceAnswer = { status: 200, body };
  const answer = await fetch(`${url}/usage-token?peer=peer_support`);
  expect([answer.status, answer.headers.get('cache-control'), await answer.text()]).toEqual([
    200,
    'no-store',
    body,
  ]);
  expect(asked).toEqual([
    { target: '/api/v1/peer/peer_support/embed-tokens', authorization: `Bearer ${KEY}` },
  ]);
});

test.each([
  ['?peer=peer_secret', 403, 0],
  ['?peer=peer_support', 502, 1],
])('a token that may not be given, or is not to be had, is none: %s', async (query, status, questions) => {
  serviceAnswer = { status: 503, body: '{}' };
  expect((await fetch(`${url}/usage-token${query}`)).status).toBe(status);
  expect(asked).toHaveLength(questions);
});

test('the status of the service is passed on', async () => {
  serviceAnswer = { status: 503, body: '{}' };
  const answer = await fetch(`${url}/usage/peer/peer_hr/channel-stats`);
  expect(answer.status).toBe(503);
});

test.each([
  ['GET', '/usage/peer/peer_123/channel-stats'],
  ['GET', '/usage/peer/peer_support%2F..%2Fpeer_123/channel-stats'],
  ['GET', '/usage/peer/peer_support/channel-stats/report'],
  ['GET', '/usage/peers'],
  ['POST', '/usage/peer/peer_support/channel-stats'],
  ['PUT', '/usage/peer/peer_support/channels/direct'],
])('the proxy asks nothing else: %s %s', async (method, path) => {
  const answer = await fetch(url + path, { method });
  expect([answer.status, await answer.text(), asked]).toEqual([403, '', []]);
});

test('the page holds no key', async () => {
  const page = await fetch(`${url}/`);
  const text = await page.text();
  expect([page.status, text.includes('<channel-usage'), text.includes('cua_')]).toEqual([200, true, false]);
});
