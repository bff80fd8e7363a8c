import { isUtf8 } from 'node:buffer';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { EpochMillis } from '../../../functions/shared/domain/utc-day.ts';
import {
  decodedSegments,
  FALLBACK_FUNCTION,
  type HttpFunction,
  matchRoute,
  routeKey,
} from '../../../functions/shared/http/routes.ts';

/** A request as it came over HTTP/1.1. */
export interface HttpRequest {
  method: string;
  /** The target of the request line, still encoded, such as `/api/v1/peer/peer_1/channel-stats?from=…`. */
  target: string;
  /** Such as `1.1`. */
  httpVersion: string;
  /** Names in lower case, each with all its values. */
  headers: Readonly<Record<string, readonly string[] | undefined>>;
  body: Buffer;
  sourceIp: string;
}

/** A request as its function gets it. */
export interface Invocation {
  function: HttpFunction;
  event: APIGatewayProxyEventV2;
}

const STAGE = '$default';
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const TEXT_MEDIA_TYPE = /^(text\/.*|application\/(json|javascript|xml))$/;

/**
 * Makes the event that an HTTP API of API Gateway sends to a function, in payload format 2.0, for the
 * route that the request matches; what matches none goes to the fallback.
 *
 * @returns nothing where the path's percent-encoding is broken, or the target has bytes that need one
 */
export function gatewayInvocation(
  request: HttpRequest,
  requestId: string,
  now: EpochMillis,
): Invocation | undefined {
  const [encodedPath = '', ...queryParts] = originForm(request.target).split('?');
  const rawQueryString = queryParts.join('?');
  const segments = decodedSegments(encodedPath);
  if (segments === undefined) return undefined;
  const matched = matchRoute(request.method, segments);
  const key =
    matched === undefined ? '$default' : routeKey({ method: matched.method, path: matched.route.path });
  const path = segments.join('/');
  const host = headerValue(request, 'host') ?? '';
  const cookies = request.headers['cookie']?.flatMap((value) => value.split('; '));
  const query = queryStringParameters(rawQueryString);
  const event: APIGatewayProxyEventV2 = {
    version: '2.0',
    routeKey: key,
    // An HTTP API decodes the path, unlike a REST API.
    rawPath: path,
    rawQueryString,
    ...(cookies !== undefined && { cookies }),
    headers: joinedHeaders(request.headers),
    ...(query !== undefined && { queryStringParameters: query }),
    ...(matched !== undefined && { pathParameters: matched.parameters }),
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      domainName: host,
      domainPrefix: host.split('.')[0] ?? '',
      http: {
        method: request.method,
        path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.sourceIp,
        userAgent: headerValue(request, 'user-agent') ?? '',
      },
      requestId,
      routeKey: key,
      stage: STAGE,
      time: commonLogTime(now),
      timeEpoch: now,
    },
    ...bodyFields(request),
  };
  return { function: matched?.route.function ?? FALLBACK_FUNCTION, event };
}

/** The path and query of a target, which proxies' clients send with scheme and host before it. */
function originForm(target: string): string {
  return target.replace(/^https?:\/\/[^/?]*/i, '') || '/';
}

function queryStringParameters(rawQueryString: string): Record<string, string> | undefined {
  if (rawQueryString === '') return undefined;
  const parameters = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(rawQueryString)) {
    const earlier = parameters.get(name);
    parameters.set(name, earlier === undefined ? value : `${earlier},${value}`);
  }
  return Object.fromEntries(parameters);
}

function joinedHeaders(headers: HttpRequest['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, values]) =>
      values === undefined || name === 'cookie' ? [] : [[name, values.join(',')]],
    ),
  );
}

function headerValue(request: HttpRequest, name: string): string | undefined {
  return request.headers[name]?.[0];
}

/**
 * Text of a few kinds stays text, unless it is compressed; everything else is encoded, also what is said to be
 * text and is not UTF-8: with bytes replaced, different ids would become the same.
 */
function bodyFields(request: HttpRequest): Pick<APIGatewayProxyEventV2, 'body' | 'isBase64Encoded'> {
  if (request.body.length === 0) return { isBase64Encoded: false };
  const [mediaType = ''] = (headerValue(request, 'content-type') ?? '').split(';');
  const isPlain = headerValue(request, 'content-encoding') === undefined;
  const isText = isPlain && TEXT_MEDIA_TYPE.test(mediaType.trim().toLowerCase()) && isUtf8(request.body);
  return { body: request.body.toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText };
}

/** An instant as access logs write it, such as `22/Nov/2026:10:00:00 +0000`. */
function commonLogTime(instant: EpochMillis): string {
  const date = new Date(instant);
  const [day, clockTime] = [date.toISOString().slice(8, 10), date.toISOString().slice(11, 19)];
  return `${day}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}:${clockTime} +0000`;
}
