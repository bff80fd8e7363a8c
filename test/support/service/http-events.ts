import { gunzipSync } from 'node:zlib';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { expect } from 'vitest';
import type { HttpHandler } from '../../../functions/shared/http/http.ts';
import { type Route, routeKey } from '../../../functions/shared/http/routes.ts';
import { keepRequestOutOfLogs } from '../logs/log-watch.ts';
import { type Answer, assertDocumented } from '../openapi/documented-answer.ts';
import { lambdaContext } from './lambda-context.ts';

/** What a test sends. */
export interface TestRequest {
  /** The route that the gateway finds; without one it finds none. */
  route?: Pick<Route, 'method' | 'path'>;
  peerId?: string;
  channelId?: string;
  /** Of a share link. */
  id?: string;
  /** For what matches no route. */
  method?: string;
  path?: string;
  /** As it stands in the URL, still encoded. */
  query?: string;
  headers?: Record<string, string>;
  /** The whole API key. */
  key?: string;
  /** Sent as JSON. */
  json?: unknown;
  body?: string;
  isBase64Encoded?: boolean;
  requestId?: string;
}

/** What came back. */
export type TestAnswer = Answer;

/** An event as the HTTP API makes it, in payload format 2.0. */
export function httpEvent(request: TestRequest): APIGatewayProxyEventV2 {
  const {
    route,
    peerId = 'peer_1',
    channelId = 'channel_1',
    id = 'link_1',
    query = '',
    requestId = 'request-1',
  } = request;
  const pathParameters = Object.entries({ peerId, channelId, id }).filter(([name]) =>
    route?.path.includes(`{${name}}`),
  );
  const rawPath =
    request.path ??
    pathParameters.reduce(
      (path, [name, value]) => path.replace(`{${name}}`, encodeURIComponent(value)),
      route?.path ?? '/',
    );
  const method = request.method ?? route?.method ?? 'GET';
  const body = request.body ?? (request.json === undefined ? undefined : JSON.stringify(request.json));
  const key = route === undefined ? '$default' : routeKey(route);
  const headers = {
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...(request.key !== undefined && { authorization: `Bearer ${request.key}` }),
    ...request.headers,
  };
  keepRequestOutOfLogs(headers, body);
  return {
    version: '2.0',
    routeKey: key,
    rawPath,
    rawQueryString: query,
    headers,
    ...(pathParameters.length > 0 && { pathParameters: Object.fromEntries(pathParameters) }),
    requestContext: {
      accountId: '000000000000',
      apiId: 'api',
      domainName: 'api.example.com',
      domainPrefix: 'api',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
      requestId,
      routeKey: key,
      stage: '$default',
      time: '22/Nov/2026:10:00:00 +0000',
      timeEpoch: 1_795_341_600_000,
    },
    ...(body !== undefined && { body }),
    isBase64Encoded: request.isBase64Encoded ?? false,
  };
}

/** What every answer has beside its content type and its request id, unless it says otherwise. */
export const COMMON_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
} as const;

/** What an answer to a PUT or a POST has instead, where it is no error. */
export const WRITE_HEADERS = { ...COMMON_HEADERS, vary: 'accept-encoding, authorization' } as const;

/** What an answer to a GET with a key has instead, where it is no error. */
export const READ_HEADERS = {
  ...WRITE_HEADERS,
  'cache-control': 'private, no-cache',
  etag: expect.stringMatching(/^W\/"[\w-]{27}"$/),
} as const;

/**
 * Sends a request to a function, as the gateway does, and reads what it answers. An answer that is not as
 * the OpenAPI document says fails the test.
 */
export async function call(handler: HttpHandler, request: TestRequest): Promise<TestAnswer> {
  const event = httpEvent(request);
  const answer = readAnswer(await handler(event, lambdaContext()));
  const asked = request.route ?? { method: event.requestContext.http.method, path: event.rawPath };
  assertDocumented(asked, answer);
  return answer;
}

/** An answer of a function, decompressed and parsed. */
export function readAnswer(result: APIGatewayProxyStructuredResultV2): TestAnswer {
  const { statusCode, headers = {}, body = '', isBase64Encoded = false } = result;
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  const text = (headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString('utf8');
  const isJson = headers['content-type'] === 'application/json' && bytes.length > 0;
  return { status: statusCode, headers, body: isJson ? JSON.parse(text) : text };
}
