import { gunzipSync, gzipSync } from 'node:zlib';
import middy, { type MiddlewareObj } from '@middy/core';
import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyStructuredResultV2,
  Context as LambdaContext,
} from 'aws-lambda';
import type { EpochMillis } from '../domain/utc-day.ts';
import type { Dependencies } from '../runtime/dependencies.ts';
import { errorFields } from '../runtime/error-text.ts';
import { inTime, TimeRanOutError } from '../runtime/in-time.ts';
import { METRIC } from '../runtime/metric-names.ts';
import { ApiKeyStore } from '../store/api-key-store.ts';
import { isUnavailable } from '../store/availability.ts';
import { Admission, type AnyOperation } from './admission.ts';
import { CompressedText, Created, PlainText } from './answers.ts';
import {
  ApiError,
  type ErrorAnswer,
  InternalError,
  InvalidRequestError,
  ServiceUnavailableError,
} from './api-errors.ts';
import { Authenticator } from './authentication.ts';
import type { Exchange } from './exchange.ts';
import { parseJsonBody } from './json-body.ts';
import { KeyLimit } from './key-limit.ts';
import { decodeQuery } from './request-parsing.ts';

/** A function behind the HTTP API: payload format 2.0 in, a structured answer out. */
export type HttpHandler = (
  event: APIGatewayProxyEventV2,
  context: LambdaContext,
) => Promise<APIGatewayProxyStructuredResultV2>;

type EdgeMiddleware = MiddlewareObj<Exchange, APIGatewayProxyStructuredResultV2>;

/** Leaves time for the answer and the log line before Lambda ends the function. */
const ANSWER_EARLY_MS = 500;

/**
 * A function of the HTTP API: authentication, errors, request ids and the log of requests, around its
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
  const limit = settings.keyLimit && new KeyLimit(settings.keyLimit, clock);
  const admission = new Admission(authenticator, limit, operations, context);
  const answerInTime = (exchange: Exchange, { getRemainingTimeInMillis }: LambdaContext) =>
    inTime(waiting, Math.max(0, getRemainingTimeInMillis() - ANSWER_EARLY_MS), () =>
      answerExchange(admission, exchange),
    );
  // Middy's own limit is of no use here: it does not cover what goes before its handler.
  const handle = middy<Exchange, APIGatewayProxyStructuredResultV2>(answerInTime, {
    timeoutEarlyInMillis: 0,
  })
    // On the way back the last one comes first.
    .use(requestLog(log, clock))
    .use(refusalMetric(publishMetrics))
    .use(commonHeaders())
    .use(errorAnswers());
  return (event, context) => {
    const requestId = event.requestContext.requestId || Buffer.from(randomBytes(16)).toString('hex');
    return handle({ event, requestId, receivedAt: clock() }, context);
  };
}

/** Answers a request whose caller may send it. */
async function answerExchange<Context>(
  admission: Admission<Context>,
  exchange: Exchange,
): Promise<APIGatewayProxyStructuredResultV2> {
  const { event, requestId } = exchange;
  const answer = await admission.admit(exchange);
  const query = decodeQuery(event.rawQueryString);
  const path = event.pathParameters ?? {};
  const result = await answer({ requestId, path, query, json: () => parseJsonBody(event) });
  if (result instanceof CompressedText) return compressedAnswer(result, event);
  if (result instanceof PlainText) {
    return { statusCode: 200, headers: { ...result.headers }, body: result.text };
  }
  return result instanceof Created ? dataAnswer(201, result.data, event) : dataAnswer(200, result, event);
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
