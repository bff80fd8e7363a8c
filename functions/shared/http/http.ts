import middy, { type MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyStructuredResultV2, Context as LambdaContext } from 'aws-lambda';
import type { EpochMillis } from '../domain/utc-day.ts';
import type { Dependencies } from '../runtime/dependencies.ts';
import { errorFields } from '../runtime/error-text.ts';
import { inTime, TimeRanOutError } from '../runtime/in-time.ts';
import { METRIC } from '../runtime/metric-names.ts';
import { ApiKeyStore } from '../store/api-key-store.ts';
import { isUnavailable } from '../store/availability.ts';
import { Admission, type AnyOperation } from './admission.ts';
import { answerWith } from './answering.ts';
import { ApiError, type ErrorAnswer, InternalError, ServiceUnavailableError } from './api-errors.ts';
import { Authenticator } from './authentication.ts';
import { crossOriginHeaders, preflightAnswer } from './cross-origin.ts';
import type { Exchange } from './exchange.ts';
import { type GatewayEvent, receivedRequest } from './gateway-event.ts';
import { parseJsonBody } from './json-body.ts';
import { KeyLimit } from './key-limit.ts';
import { decodeQuery } from './request-parsing.ts';

/**
 * A function behind API Gateway: the event of an HTTP API or a REST API in, a structured answer out. It has one
 * value for each header and no cookies, and so it is an answer in both payload formats.
 */
export type HttpHandler = (
  event: GatewayEvent,
  context: LambdaContext,
) => Promise<APIGatewayProxyStructuredResultV2>;

type EdgeMiddleware = MiddlewareObj<Exchange, APIGatewayProxyStructuredResultV2>;

/** Leaves time for the answer and the log line before Lambda ends the function. */
const ANSWER_EARLY_MS = 500;

/**
 * A function of the API: authentication, errors, request ids and the log of requests, around its
 * operations. Requests that belong to none of them are answered with 404 or 405.
 *
 * @param operations one for every route of the function, by the route's name
 * @param context what the operations work with
 */
export function httpFunction<Context>(
  dependencies: Dependencies,
  operations: Readonly<Record<string, AnyOperation<Context>>>,
  context: Context,
): HttpHandler {
  const { client, clock, log, publishMetrics, randomBytes, settings, waiting } = dependencies;
  const authenticator = new Authenticator(
    new ApiKeyStore({ client, tableName: settings.usageTableName }),
    clock,
  );
  const { corsOrigins = [] } = settings;
  const limit = settings.keyLimit && new KeyLimit(settings.keyLimit, clock);
  const admission = new Admission(authenticator, limit, operations, context);
  const answerInTime = (exchange: Exchange, { getRemainingTimeInMillis }: LambdaContext) =>
    inTime(waiting, Math.max(0, getRemainingTimeInMillis() - ANSWER_EARLY_MS), () =>
      answerExchange(admission, exchange, corsOrigins),
    );
  // Middy's own limit is of no use here: it does not cover what goes before its handler.
  const handle = middy<Exchange, APIGatewayProxyStructuredResultV2>(answerInTime, {
    timeoutEarlyInMillis: 0,
  })
    // On the way back the last one comes first.
    .use(requestLog(log, clock))
    .use(refusalMetric(publishMetrics))
    .use(commonHeaders(corsOrigins))
    .use(headWithoutBody())
    .use(errorAnswers());
  return (sent, context) => {
    const requestId = sent.requestContext.requestId || Buffer.from(randomBytes(16)).toString('hex');
    return handle({ ...receivedRequest(sent, settings), requestId, receivedAt: clock() }, context);
  };
}

/** Answers a request whose caller may send it. */
async function answerExchange<Context>(
  admission: Admission<Context>,
  exchange: Exchange,
  corsOrigins: readonly string[],
): Promise<APIGatewayProxyStructuredResultV2> {
  const { event, problem, requestId } = exchange;
  if (problem !== undefined) throw problem;
  const preflight = preflightAnswer(event, corsOrigins);
  if (preflight !== undefined) return preflight;
  const answer = await admission.admit(exchange);
  const query = decodeQuery(event.rawQueryString);
  const path = event.pathParameters ?? {};
  const result = await answer({ requestId, path, query, json: () => parseJsonBody(event) });
  return answerWith(result, event);
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
  return error instanceof TimeRanOutError || isUnavailable(error)
    ? new ServiceUnavailableError(error)
    : new InternalError(error);
}

/** What keeps browsers from using an answer for anything else; a page that needs more says so itself. */
const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
};

function commonHeaders(corsOrigins: readonly string[]): EdgeMiddleware {
  const add: NonNullable<EdgeMiddleware['after']> = ({ event, response }) => {
    if (response == null) return;
    response.headers = crossOriginHeaders(event.event, corsOrigins, {
      'cache-control': 'no-store',
      ...SECURITY_HEADERS,
      ...response.headers,
      'x-request-id': event.requestId,
    });
  };
  return { after: add, onError: add };
}

/** Leaves nothing but the headers of what the same request with `GET` is answered, an error too. */
function headWithoutBody(): EdgeMiddleware {
  const strip: NonNullable<EdgeMiddleware['after']> = (request) => {
    if (request.response == null || request.event.event.requestContext.http.method !== 'HEAD') return;
    const { body: _, isBase64Encoded: __, ...headers } = request.response;
    request.response = headers;
  };
  return { after: strip, onError: strip };
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
    else log.error('request', { ...fields, error: errorFields(error?.cause) });
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
