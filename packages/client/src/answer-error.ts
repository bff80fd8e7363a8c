import { ApiError } from './errors.ts';
import type { ErrorDetail } from './generated/openapi.ts';

const SECOND_MS = 1000;

/**
 * The error that an answer tells of, whoever gave it: the service, a gateway, or a proxy with a page of its own.
 *
 * @param body what the answer said, parsed where it is JSON
 * @param now in milliseconds since 1970
 */
export function errorOfAnswer(body: unknown, response: Response, now: number): ApiError {
  const { status, headers } = response;
  const told = fieldOf(body, 'error');
  const code = textOf(told, 'code');
  return new ApiError({
    status,
    code: code ?? `http_${status}`,
    message: textOf(told, 'message') ?? textOf(body, 'message') ?? `the answer had the status ${status}`,
    details: detailsOf(told),
    requestId: textOf(told, 'requestId') ?? headers.get('x-request-id') ?? undefined,
    retryAfterMs: retryAfterMs(headers.get('retry-after'), now),
  });
}

/**
 * Redirects are not followed: a recording would become a reading on the way, and the key would go where nobody
 * sent it.
 */
export function redirectError({ status, headers }: Response): ApiError {
  const target = headers.get('location');
  return new ApiError({
    status,
    code: 'redirected',
    message: `the answer leads ${target === null ? 'elsewhere' : `to ${target}`}, and is not followed: is the url right?`,
  });
}

/** @returns how long to wait by a `Retry-After` header, which is a number of seconds or a date */
function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * SECOND_MS;
  const instant = Date.parse(header);
  return Number.isNaN(instant) ? undefined : Math.max(0, instant - now);
}

function detailsOf(told: unknown): ErrorDetail[] {
  const details = fieldOf(told, 'details');
  if (!Array.isArray(details)) return [];
  return details.flatMap((detail: unknown) => {
    const path = textOf(detail, 'path');
    const message = textOf(detail, 'message');
    return path === undefined || message === undefined ? [] : [{ path, message }];
  });
}

function textOf(value: unknown, name: string): string | undefined {
  const field = fieldOf(value, name);
  return typeof field === 'string' ? field : undefined;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
