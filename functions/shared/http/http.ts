import { gunzipSync, gzipSync } from 'node:zlib';
import middy, { type MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { ApiKeyRecord } from '../domain/api-key.ts';
import { identifierProblem } from '../domain/identifier.ts';
import type { EpochMillis } from '../domain/utc-day.ts';
import type { Dependencies } from '../runtime/dependencies.ts';
import { METRIC } from '../runtime/metric-names.ts';
import { ApiKeyStore } from '../store/api-key-store.ts';
import { isUnavailable } from '../store/availability.ts';
import {
  ApiError,
  type ErrorAnswer,
  ForbiddenError,
  InternalError,
  InvalidRequestError,
  MethodNotAllowedError,
  NotFoundError,
  ServiceUnavailableError,
  UnauthenticatedError,
} from './api-errors.ts';
import { Authenticator, type Refusal } from './authentication.ts';
import { decodeQuery, parseJsonBody, type QueryParameters } from './request-parsing.ts';
import { type HttpFunction, methodsAt, ROUTES, type Route, type RouteName, routeKey } from './routes.ts';

/** A function behind the HTTP API: payload format 2.0 in, a structured answer out. */
export type HttpHandler = (
  event: APIGatewayProxyEventV2,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2>;

/** A request that everyone may send. */
export interface PublicRequest {
  requestId: string;
  /** The parameters of the path, decoded; nobody has checked them. */
  path: Readonly<Record<string, string | undefined>>;
  query: QueryParameters;
  /** Parses the body: throws the ApiError that says what is wrong with it. */
  json: () => unknown;
}

/** A request whose key allows what the route asks for. */
export interface KeyRequest extends PublicRequest {
  key: ApiKeyRecord;
}

/** A request whose key allows what the route asks for, on this peer. */
export interface PeerRequest extends KeyRequest {
  peerId: string;
}

/** A text that was compressed when it was made, long before it is asked for. */
export class CompressedText {
  readonly gzipBase64: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(gzipBase64: string, headers: { 'content-type': string; [name: string]: string }) {
    this.gzipBase64 = gzipBase64;
    this.headers = headers;
  }
}

/** A text that is answered as it is. */
export class PlainText {
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(text: string, headers: { 'content-type': string; [name: string]: string }) {
    this.text = text;
    this.headers = headers;
  }
}

/** What a request made, at the very address that it was sent to: it is answered with a 201. */
export class Created {
  readonly data: object;

  constructor(data: object) {
    this.data = data;
  }
}

type Answering<Request extends PublicRequest> = (request: Request) => Promise<object>;

/**
 * Answers the requests of one route of some kind with a 200: with a `CompressedText`, a `PlainText`, or
 * what becomes JSON; with something `Created` it is a 201. Where it throws an ApiError, that is the answer.
 */
export type Operation =
  | { access: 'public'; answer: Answering<PublicRequest> }
  | { access: 'key'; answer: Answering<KeyRequest> }
  | { access: 'peer'; answer: Answering<PeerRequest> };

/** One operation for every route of a function. */
export type Operations<Function extends HttpFunction> = {
  [Name in RouteName<Function>]: Extract<Operation, { access: (typeof ROUTES)[Name]['access'] }>;
};

/** One request, and what becomes known of it on its way. */
interface Exchange {
  event: APIGatewayProxyEventV2;
  requestId: string;
  receivedAt: EpochMillis;
  /** The key that the caller has proven to hold, even where it is not let in. */
  keyId?: string;
  refusal?: Refusal;
  /** Answers it, once it was let through. */
  answer?: Answering<PublicRequest>;
}

type EdgeMiddleware = MiddlewareObj<Exchange, APIGatewayProxyStructuredResultV2>;

/** Leaves time for the answer and the log line before Lambda ends the function. */
const ANSWER_EARLY_MS = 500;

/**
 * A function of the HTTP API: authentication, errors, request ids and the log of requests, around its
 * operations. Requests that belong to none of them are answered with 404 or 405.
 *
 * @param operations one for every route of the function
 */
export function httpFunction<Function extends HttpFunction>(
  dependencies: Dependencies,
  operations: Operations<Function>,
): HttpHandler {
  const { client, clock, log, publishMetrics, randomBytes, settings } = dependencies;
  const authenticator = new Authenticator(
    new ApiKeyStore({ client, tableName: settings.usageTableName }),
    clock,
  );
  const handle = middy<Exchange, APIGatewayProxyStructuredResultV2>(answerExchange, {
    timeoutEarlyInMillis: ANSWER_EARLY_MS,
    timeoutEarlyResponse: () => {
      throw new ServiceUnavailableError(new Error('the time of the function ran out'));
    },
  })
    // On the way back the last one comes first.
    .use(requestLog(log, clock))
    .use(refusalMetric(publishMetrics))
    .use(commonHeaders())
    .use(errorAnswers())
    .use(authorization(authenticator, new Map(Object.entries<Operation>(operations))));
  return (event, context) => {
    const requestId = event.requestContext.requestId || Buffer.from(randomBytes(16)).toString('hex');
    return handle({ event, requestId, receivedAt: clock() }, context);
  };
}

async function answerExchange(exchange: Exchange): Promise<APIGatewayProxyStructuredResultV2> {
  const { answer, event, requestId } = exchange;
  if (answer === undefined) throw new Error('a request got to its operation without authorization');
  const query = decodeQuery(event.rawQueryString);
  const path = event.pathParameters ?? {};
  const result = await answer({ requestId, path, query, json: () => parseJsonBody(event) });
  if (result instanceof CompressedText) return compressedAnswer(result, event);
  if (result instanceof PlainText) {
    return { statusCode: 200, headers: { ...result.headers }, body: result.text };
  }
  return result instanceof Created ? dataAnswer(201, result.data, event) : dataAnswer(200, result, event);
}

/** Finds the operation, and lets through whoever may call it. */
function authorization(
  authenticator: Authenticator,
  operations: ReadonlyMap<string, Operation>,
): EdgeMiddleware {
  const routes = new Map(
    Object.entries<Route>(ROUTES).map(([name, route]) => [routeKey(route), { name, route }]),
  );
  return {
    before: async ({ event: exchange }) => {
      const { name = '', route } = routes.get(exchange.event.routeKey) ?? {};
      const operation = operations.get(name);
      if (route === undefined || operation === undefined) throw unmatched(exchange.event);
      exchange.answer = await admit(authenticator, route, operation, exchange);
    },
  };
}

/** What answers the request, where its caller may call the operation. */
async function admit(
  authenticator: Authenticator,
  route: Route,
  operation: Operation,
  exchange: Exchange,
): Promise<Answering<PublicRequest>> {
  if (operation.access === 'public') return operation.answer;
  const key = await identify(authenticator, exchange);
  // A route without a scope has a public operation; should they ever differ, nobody is let in.
  const scope = route.access === 'public' ? undefined : route.scope;
  if (scope === undefined || !key.scopes.includes(scope)) {
    throw new ForbiddenError(`the API key does not have the scope ${scope}`);
  }
  if (operation.access === 'key') return (request) => operation.answer({ ...request, key });
  const peerId = allowedPeer(exchange.event, key);
  return (request) => operation.answer({ ...request, key, peerId });
}

function allowedPeer(event: APIGatewayProxyEventV2, key: ApiKeyRecord): string {
  const peerId = event.pathParameters?.['peerId'] ?? '';
  const problem = identifierProblem('peerId', peerId);
  if (problem !== undefined) throw new InvalidRequestError([{ path: 'peerId', message: problem }]);
  if (key.peers !== 'all' && !key.peers.includes(peerId)) {
    throw new ForbiddenError('the API key does not allow access to this peer');
  }
  return peerId;
}

async function identify(authenticator: Authenticator, exchange: Exchange): Promise<ApiKeyRecord> {
  const result = await authenticator.authenticate(exchange.event.headers['authorization']);
  if ('key' in result) {
    exchange.keyId = result.key.keyId;
    return result.key;
  }
  exchange.refusal = result.refusal;
  if (result.keyId !== undefined) exchange.keyId = result.keyId;
  throw new UnauthenticatedError(
    result.refusal === 'missing'
      ? 'an API key is needed, in the header Authorization: Bearer KEY'
      : 'the API key is not valid: it is malformed or unknown, has expired or was revoked',
  );
}

function unmatched(event: APIGatewayProxyEventV2): ApiError {
  const methods = methodsAt(event.rawPath);
  const isKnown =
    methods.length > 0 && !methods.some((method) => method === event.requestContext.http.method);
  return isKnown ? new MethodNotAllowedError(methods) : new NotFoundError();
}

/** Turns every error into its answer. */
function errorAnswers(): EdgeMiddleware {
  return {
    onError: (request) => {
      const error = apiErrorOf(request.error);
      request.error = error;
      const { status, code, message, details, headers } = error;
      const answer: ErrorAnswer = {
        error: {
          code,
          message,
          status,
          requestId: request.event.requestId,
          ...(details !== undefined && { details: [...details] }),
        },
      };
      request.response = jsonAnswer(status, answer, headers);
    },
  };
}

function apiErrorOf(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return isUnavailable(error) ? new ServiceUnavailableError(error) : new InternalError(error);
}

/** What keeps browsers from using an answer for anything else; a page that needs more says so itself. */
const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
};

function commonHeaders(): EdgeMiddleware {
  const add: NonNullable<EdgeMiddleware['after']> = ({ event, response }) => {
    if (response == null) return;
    response.headers = {
      'cache-control': 'no-store',
      ...SECURITY_HEADERS,
      ...response.headers,
      'x-request-id': event.requestId,
    };
  };
  return { after: add, onError: add };
}

/** Logs one line per request. Paths, headers and bodies hold ids and secrets, and stay out of it. */
function requestLog(log: Dependencies['log'], clock: () => EpochMillis): EdgeMiddleware {
  const write: NonNullable<EdgeMiddleware['after']> = ({ event: exchange, response, error }) => {
    const { event, requestId, receivedAt, keyId, refusal } = exchange;
    const status = response?.statusCode;
    const fields = {
      requestId,
      routeKey: event.routeKey,
      status,
      durationMs: clock() - receivedAt,
      ...(keyId !== undefined && { keyId }),
      ...(refusal !== undefined && { refusal }),
    };
    if (status !== undefined && status < 500) log.info('request', fields);
    else log.error('request', { ...fields, error: describe(error?.cause) });
  };
  return { after: write, onError: write };
}

function refusalMetric(publishMetrics: Dependencies['publishMetrics']): EdgeMiddleware {
  return {
    onError: ({ event: { refusal } }) => {
      if (refusal !== undefined) publishMetrics({ [METRIC.requestsUnauthenticated]: 1 });
    },
  };
}

function describe(error: unknown): Record<string, string | undefined> {
  return error instanceof Error
    ? { name: error.name, message: error.message, stack: error.stack }
    : { name: 'unknown', message: `something was thrown that is no error: ${typeof error}` };
}

function compressedAnswer(
  { gzipBase64, headers }: CompressedText,
  event: APIGatewayProxyEventV2,
): APIGatewayProxyStructuredResultV2 {
  const common = { ...headers, vary: 'accept-encoding' };
  if (acceptsGzip(event.headers['accept-encoding'])) {
    const compressed = { ...common, 'content-encoding': 'gzip' };
    return { statusCode: 200, headers: compressed, body: gzipBase64, isBase64Encoded: true };
  }
  const body = gunzipSync(Buffer.from(gzipBase64, 'base64')).toString('utf8');
  return { statusCode: 200, headers: common, body };
}

/** Lambda passes on at most 6 MB, the headers included. */
const MAX_ANSWER_BYTES = 6_000_000;

function dataAnswer(
  statusCode: number,
  data: object,
  event: APIGatewayProxyEventV2,
): APIGatewayProxyStructuredResultV2 {
  const answer = jsonAnswer(statusCode, data);
  const { body = '', headers } = answer;
  if (Buffer.byteLength(body) <= MAX_ANSWER_BYTES) return answer;
  if (!acceptsGzip(event.headers['accept-encoding'])) {
    const message = 'the answer has more than 6 MB: accept-encoding must allow gzip, or less be asked for';
    throw new InvalidRequestError([{ path: 'accept-encoding', message }]);
  }
  return {
    ...answer,
    headers: { ...headers, 'content-encoding': 'gzip', vary: 'accept-encoding' },
    body: gzipSync(body).toString('base64'),
    isBase64Encoded: true,
  };
}

/** Whether a client says that it takes gzip; one that weighs it with 0 does not. */
function acceptsGzip(acceptEncoding = ''): boolean {
  return acceptEncoding
    .toLowerCase()
    .split(',')
    .some((part) => /^\s*(gzip|x-gzip)\s*(;\s*q=(1(\.0*)?|0\.\d*[1-9]\d*)\s*)?$/.test(part));
}

function jsonAnswer(
  statusCode: number,
  body: object,
  headers: Record<string, string> = {},
): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode,
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
}
