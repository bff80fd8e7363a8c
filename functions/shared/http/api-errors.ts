import * as z from 'zod/mini';
import { MAX_CHANNELS_PER_PEER } from '../domain/channel.ts';
import { component, described } from '../domain/described.ts';
import { MAX_SHARE_LINKS_PER_PEER } from '../domain/share-link.ts';
import { SECOND_MS } from '../domain/utc-day.ts';

const errorDetail = component(
  'ErrorDetail',
  'What is wrong with one part of a request.',
  z.object({
    path: described(z.string(), 'The parameter or the field, such as `from` or `messages`.'),
    message: described(z.string(), 'What is wrong with it.'),
  }),
);
export type ErrorDetail = z.output<typeof errorDetail>;

/** The body of every answer that is an error. */
export const errorAnswer = component(
  'ErrorAnswer',
  'Every error that the service itself answers with.',
  z.object({
    error: described(
      z.object({
        code: described(z.string(), 'The kind of error, for programs.'),
        message: described(z.string(), 'What went wrong, for people.'),
        status: described(z.int(), {
          description: 'The status of the answer.',
          override: { minimum: 400, maximum: 599 },
        }),
        requestId: described(
          z.string(),
          'Names the request in the logs; the same as in the header `x-request-id`.',
        ),
        details: described(
          z.exactOptional(z.array(errorDetail)),
          'What is wrong with which part of the request.',
        ),
      }),
      'The error.',
    ),
  }),
);
export type ErrorAnswer = z.output<typeof errorAnswer>;

interface ApiErrorOptions extends ErrorOptions {
  details?: readonly ErrorDetail[];
  headers?: Record<string, string>;
}

/** An error that the caller is told about: its message goes into the answer. */
export abstract class ApiError extends Error {
  abstract readonly status: number;
  abstract readonly code: string;
  readonly details: readonly ErrorDetail[] | undefined;
  readonly headers: Record<string, string>;

  constructor(message: string, { details, headers = {}, ...options }: ApiErrorOptions = {}) {
    super(message, options);
    this.details = details;
    this.headers = headers;
  }
}

/** The request has the wrong form; every detail names the parameter or the field. */
export class InvalidRequestError extends ApiError {
  override name = 'InvalidRequestError';
  readonly status = 400;
  readonly code = 'invalid_request';

  constructor(details: readonly ErrorDetail[]) {
    super(details.map(({ message }) => message).join('; '), { details });
  }
}

/** There is no API key that lets anyone in. */
export class UnauthenticatedError extends ApiError {
  override name = 'UnauthenticatedError';
  readonly status = 401;
  readonly code = 'unauthenticated';

  constructor(message: string) {
    super(message, { headers: { 'www-authenticate': 'Bearer' } });
  }
}

/** The API key does not allow this. */
export class ForbiddenError extends ApiError {
  override name = 'ForbiddenError';
  readonly status = 403;
  readonly code = 'forbidden';
}

/** There is nothing at this path. */
export class NotFoundError extends ApiError {
  override name = 'NotFoundError';
  readonly status = 404;
  readonly code = 'not_found';

  constructor(message = 'there is nothing at this path') {
    super(message);
  }
}

/** The path exists, for other methods. */
export class MethodNotAllowedError extends ApiError {
  override name = 'MethodNotAllowedError';
  readonly status = 405;
  readonly code = 'method_not_allowed';

  constructor(allowed: readonly string[]) {
    super(`this path allows ${allowed.join(', ')}`, { headers: { allow: allowed.join(', ') } });
  }
}

/** The peer has as many channels as it may have. */
export class TooManyChannelsError extends ApiError {
  override name = 'TooManyChannelsError';
  readonly status = 409;
  readonly code = 'too_many_channels';

  constructor() {
    super(`a peer has at most ${MAX_CHANNELS_PER_PEER} channels, removed ones included`);
  }
}

/** The peer has as many share links as it may have. */
export class TooManyShareLinksError extends ApiError {
  override name = 'TooManyShareLinksError';
  readonly status = 409;
  readonly code = 'too_many_share_links';

  constructor() {
    super(
      `a peer has at most ${MAX_SHARE_LINKS_PER_PEER} share links that work at a time; revoke one that nobody needs`,
    );
  }
}

/** The channel was purged, and takes nothing any more. */
export class ChannelPurgedError extends ApiError {
  override name = 'ChannelPurgedError';
  readonly status = 409;
  readonly code = 'channel_purged';

  constructor() {
    super('the channel was purged: it takes no messages and no settings any more');
  }
}

/** The body is larger than the service takes. */
export class PayloadTooLargeError extends ApiError {
  override name = 'PayloadTooLargeError';
  readonly status = 413;
  readonly code = 'payload_too_large';
}

/** The body is not said to be JSON, or is compressed in another way than with gzip. */
export class UnsupportedMediaTypeError extends ApiError {
  override name = 'UnsupportedMediaTypeError';
  readonly status = 415;
  readonly code = 'unsupported_media_type';
}

/** The API key asks more than one key may. */
export class TooManyRequestsError extends ApiError {
  override name = 'TooManyRequestsError';
  readonly status = 429;
  readonly code = 'too_many_requests';

  /** @param afterMs when it may ask again, in milliseconds from now */
  constructor(afterMs: number) {
    super('this API key asks too much at a time; the same request may be sent again a little later', {
      headers: { 'retry-after': String(Math.ceil(afterMs / SECOND_MS)) },
    });
  }
}

/** Something went wrong that the caller can do nothing about; the cause is for the log alone. */
export class InternalError extends ApiError {
  override name = 'InternalError';
  readonly status = 500;
  readonly code = 'internal_error';

  constructor(cause: unknown) {
    super('something went wrong in the service', { cause });
  }
}

const RETRY_AFTER_SECONDS = 5;

/** The same request may succeed a little later; the cause is for the log alone. */
export class ServiceUnavailableError extends ApiError {
  override name = 'ServiceUnavailableError';
  readonly status = 503;
  readonly code = 'service_unavailable';

  constructor(cause: unknown) {
    super('the service cannot answer at the moment; the same request may be sent again', {
      cause,
      headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
    });
  }
}
