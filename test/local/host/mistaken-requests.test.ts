import { request as httpRequest, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cleanUp, type RunningHost, startLocalHost, temporaryFolder } from '../../support/host/local-host.ts';
import { expectAnswer, type WireAnswer, type WireRequest } from '../../support/http/answer-check.ts';
import { MISTAKEN_REQUESTS } from '../../support/http/mistaken-requests.ts';
import { keepRequestOutOfLogs } from '../../support/logs/log-watch.ts';

// The same requests go to the functions in test/functions/shared/http/mistaken-requests.test.ts.

let host: RunningHost;

beforeAll(async () => {
  host = await startLocalHost({ dataFolder: await temporaryFolder(), options: ['--no-sample'] });
});

afterAll(cleanUp);

/** Sends a request as it is: `fetch` would add headers of its own, and decompress what comes back. */
async function send({ method, target, headers, body }: WireRequest): Promise<WireAnswer> {
  keepRequestOutOfLogs(headers, body.toString('utf8'));
  const { hostname, port } = new URL(host.url);
  const length = body.length === 0 && method !== 'POST' ? {} : { 'content-length': body.length };
  const options = { hostname, port, method, path: target, headers: { ...headers, ...length } };
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    httpRequest(options, resolve).on('error', reject).end(body);
  });
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: await buffer(answer) };
}

test.for(MISTAKEN_REQUESTS.map((mistaken, place) => ({ ...mistaken, peerId: `peer_${place}` })))(
  '$title',
  async ({ peerId, request, answer }) => {
    expectAnswer(await send(request({ key: host.apiKey, peerId, now: Date.now() })), answer);
  },
);

test('an answer to HEAD says nothing of the length of a body that it does not have', async () => {
  const headers = { authorization: `Bearer ${host.apiKey}` };
  const target = '/api/v1/peer/peer_1/channel-stats';
  const answer = await send({ method: 'HEAD', target, headers, body: Buffer.alloc(0) });
  expect(answer.headers['content-length']).toBeUndefined();
});
