import { expect } from 'vitest';
import { serveDashboard } from '../../../../functions/serve-dashboard/serve-dashboard.ts';
import type { GatewayEvent } from '../../../../functions/shared/http/gateway-event.ts';
import type { HttpHandler } from '../../../../functions/shared/http/http.ts';
import { decodedSegments, type HttpFunction, matchRoute } from '../../../../functions/shared/http/routes.ts';
import { gatewayInvocation } from '../../../../local/aws/gateway/http-event.ts';
import { builtDashboard } from '../../../../local/host/built-files.ts';
import { test as fixture } from '../../../support/fixture.ts';
import { expectAnswer, type WireAnswer, type WireRequest } from '../../../support/http/answer-check.ts';
import { MISTAKEN_REQUESTS } from '../../../support/http/mistaken-requests.ts';
import { restInvocation } from '../../../support/http/rest-event.ts';
import { keepRequestOutOfLogs } from '../../../support/logs/log-watch.ts';
import { assertDocumented } from '../../../support/openapi/documented-answer.ts';
import { readAnswer } from '../../../support/service/http-events.ts';
import { lambdaContext } from '../../../support/service/lambda-context.ts';

// The same requests go to a running host in test/local/host/mistaken-requests.test.ts.

/** What makes an event of a request: an HTTP API in payload format 2.0, and a REST API in format 1.0. */
type Gateway = (request: WireRequest) => { function: HttpFunction; event: GatewayEvent } | undefined;

const GATEWAYS: Record<string, Gateway> = {
  'an HTTP API': (request) => {
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, [value]]),
    );
    const sent = { ...request, headers, httpVersion: '1.1', sourceIp: '192.0.2.1' };
    return gatewayInvocation(sent, 'request-1', 1_795_341_600_000);
  },
  // Node's `fetch` and browsers say what they accept of every answer.
  'a REST API': (request) => restInvocation({ ...request, headers: { accept: '*/*', ...request.headers } }),
};

const test = fixture
  .extend('handlers', ({ service }): Record<HttpFunction, HttpHandler> => {
    return {
      'record-messages': service.recordMessages,
      'look-up-messages': service.lookUpMessages,
      'manage-channels': service.manageChannels,
      'usage-api': service.usageApi,
      'serve-dashboard': serveDashboard(service, builtDashboard()),
    };
  })
  /** Sends a request through a gateway. An answer that is not documented fails the test. */
  .extend('send', ({ handlers }) => async (gateway: Gateway, request: WireRequest): Promise<WireAnswer> => {
    const invocation = gateway(request);
    if (invocation === undefined) throw new Error(`${request.target} is no address`);
    keepRequestOutOfLogs(request.headers, request.body.toString('utf8'));
    const result = await handlers[invocation.function](invocation.event, lambdaContext());
    const path = matchRoute(request.method, decodedSegments(request.target.split('?')[0] ?? '') ?? [])?.route
      .path;
    if (path?.startsWith('/api/') || path === '/docs') {
      assertDocumented({ method: request.method, path }, readAnswer(result));
    }
    const { statusCode = 0, body = '', isBase64Encoded = false } = result;
    return {
      status: statusCode,
      headers: result.headers ?? {},
      body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'),
    };
  });

const EVERY_WAY = Object.entries(GATEWAYS).flatMap(([through, gateway]) =>
  MISTAKEN_REQUESTS.map((mistaken) => ({ ...mistaken, through, gateway })),
);

test.for(EVERY_WAY)(
  '$title, through $through',
  async ({ gateway, request, answer }, { service, key, send }) => {
    expectAnswer(await send(gateway, request({ key, peerId: 'peer_1', now: service.clock() })), answer);
  },
);

test('no two of them are told by the same words', () => {
  const titles = MISTAKEN_REQUESTS.map(({ title }) => title);
  expect(titles.filter((title, place) => titles.indexOf(title) < place)).toEqual([]);
});
