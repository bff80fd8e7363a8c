import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/** What pages of the origins that are named may send, and what they may see of an answer. */
export const CROSS_ORIGIN = {
  methods: ['GET', 'POST', 'PUT', 'DELETE'],
  headers: ['authorization', 'content-encoding', 'content-type', 'if-none-match'],
  exposed: ['etag', 'retry-after', 'x-request-id'],
  maxAgeSeconds: 3_600,
} as const;

type Headers = Record<string, boolean | number | string>;

/**
 * The answer to what a browser asks before a page of another origin may send a request; nothing where it is no such
 * question, or the origin is not named.
 *
 * @param origins those that the settings name; an HTTP API answers by itself, and then there are none here
 */
export function preflightAnswer(
  event: APIGatewayProxyEventV2,
  origins: readonly string[],
): APIGatewayProxyStructuredResultV2 | undefined {
  const isAsked = event.headers['access-control-request-method'] !== undefined;
  if (event.requestContext.http.method !== 'OPTIONS' || !isAsked) return undefined;
  if (allowedOrigin(event, origins) === undefined) return undefined;
  return {
    statusCode: 204,
    headers: {
      'access-control-allow-methods': CROSS_ORIGIN.methods.join(','),
      'access-control-allow-headers': CROSS_ORIGIN.headers.join(','),
      'access-control-max-age': CROSS_ORIGIN.maxAgeSeconds,
    },
  };
}

/** The headers of an answer, with those that let the page of a named origin see it. */
export function crossOriginHeaders(
  event: APIGatewayProxyEventV2,
  origins: readonly string[],
  headers: Headers,
): Headers {
  if (origins.length === 0) return headers;
  const origin = allowedOrigin(event, origins);
  const { vary } = headers;
  return {
    ...headers,
    // Caches must not give the answer of one origin to another.
    vary: vary === undefined ? 'origin' : `${vary}, origin`,
    ...(origin !== undefined && {
      'access-control-allow-origin': origin,
      'access-control-expose-headers': CROSS_ORIGIN.exposed.join(','),
    }),
  };
}

function allowedOrigin(event: APIGatewayProxyEventV2, origins: readonly string[]): string | undefined {
  return origins.find((origin) => origin === event.headers['origin']);
}
