import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import type { HttpHandler } from '../../functions/runtime/http.ts';
import { type Route, routeKey } from '../../functions/runtime/routes.ts';

/** What a test sends. */
export interface TestRequest {
  /** The route that the gateway finds; without one it finds none. */
  route?: Pick<Route, 'method' | 'path'>;
  peerId?: string;
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
export interface TestAnswer {
  status: number | undefined;
  headers: Record<string, unknown>;
  body: unknown;
}

/** An event as the HTTP API makes it, in payload format 2.0. */
export function httpEvent(request: TestRequest): APIGatewayProxyEventV2 {
  const { route, peerId = 'peer_1', query = '', requestId = 'request-1' } = request;
  const rawPath = request.path ?? route?.path.replace('{peerId}', encodeURIComponent(peerId)) ?? '/';
  const method = request.method ?? route?.method ?? 'GET';
  const body = request.body ?? (request.json === undefined ? undefined : JSON.stringify(request.json));
  const key = route === undefined ? '$default' : routeKey(route);
  return {
    version: '2.0',
    routeKey: key,
    rawPath,
    rawQueryString: query,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(request.key !== undefined && { authorization: `Bearer ${request.key}` }),
      ...request.headers,
    },
    ...(route !== undefined && { pathParameters: { peerId } }),
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

/** Sends a request to a function, as the gateway does, and reads the JSON that it answers. */
export async function call(handler: HttpHandler, request: TestRequest): Promise<TestAnswer> {
  const { statusCode, headers = {}, body } = await handler(httpEvent(request), lambdaContext());
  return { status: statusCode, headers, body: JSON.parse(body ?? 'null') };
}

/** The context of an invocation that has all the time that it needs. */
export function lambdaContext(remainingMs = 10_000): Context {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: 'function',
    functionVersion: '1',
    invokedFunctionArn: 'arn:aws:lambda:local:000000000000:function:function',
    memoryLimitInMB: '256',
    awsRequestId: 'invocation-1',
    logGroupName: 'group',
    logStreamName: 'stream',
    getRemainingTimeInMillis: () => remainingMs,
    done() {},
    fail() {},
    succeed() {},
  };
}
