import { expect } from 'vitest';
import { serveDashboard } from '../../../../functions/serve-dashboard/serve-dashboard.ts';
import type { HttpHandler } from '../../../../functions/shared/http/http.ts';
import type { HttpFunction } from '../../../../functions/shared/http/routes.ts';
import { gatewayInvocation } from '../../../../local/aws/gateway/http-event.ts';
import { builtDashboard } from '../../../../local/host/built-files.ts';
import { test as fixture } from '../../../support/fixture.ts';
import { expectAnswer, type WireAnswer, type WireRequest } from '../../../support/http/answer-check.ts';
import { MISTAKEN_REQUESTS } from '../../../support/http/mistaken-requests.ts';
import { keepRequestOutOfLogs } from '../../../support/logs/log-watch.ts';
import { assertDocumented } from '../../../support/openapi/documented-answer.ts';
import { readAnswer } from '../../../support/service/http-events.ts';
import { lambdaContext } from '../../../support/service/lambda-context.ts';

// The same requests go to a running host in test/local/host/mistaken-requests.test.ts.

const test = fixture
  .extend('handlers', ({ service }): Record<HttpFunction, HttpHandler> => {
    return {
      'record-messages': service.recordMessages,
      'manage-channels': service.manageChannels,
      'usage-api': service.usageApi,
      'serve-dashboard': serveDashboard(service, builtDashboard()),
    };
  })
  /** Sends a request through the gateway, in payload format 2.0. An answer that is not documented fails the test. */
  .extend('send', ({ handlers, service }) => async (request: WireRequest): Promise<WireAnswer> => {
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, [value]]),
    );
    const sent = { ...request, headers, httpVersion: '1.1', sourceIp: '192.0.2.1' };
    const invocation = gatewayInvocation(sent, 'request-1', service.clock());
    if (invocation === undefined) throw new Error(`${request.target} is no address`);
    const { event } = invocation;
    keepRequestOutOfLogs(request.headers, request.body.toString('utf8'));
    const result = await handlers[invocation.function](event, lambdaContext());
    const [method = '', path = ''] = event.routeKey.split(' ');
    if (path.startsWith('/api/') || path === '/docs') assertDocumented({ method, path }, readAnswer(result));
    const { statusCode = 0, body = '', isBase64Encoded = false } = result;
    return {
      status: statusCode,
      headers: result.headers ?? {},
      body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'),
    };
  });

test.for(MISTAKEN_REQUESTS)('$title', async ({ request, answer }, { service, key, send }) => {
  expectAnswer(await send(request({ key, peerId: 'peer_1', now: service.clock() })), answer);
});

test('no two of them are told by the same words', () => {
  const titles = MISTAKEN_REQUESTS.map(({ title }) => title);
  expect(titles.filter((title, place) => titles.indexOf(title) < place)).toEqual([]);
});
