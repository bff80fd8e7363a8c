import type { ErrorDetail } from './generated/openapi.ts';

/** What an {@link ApiError} is made of. */
export interface ApiProblem {
  status: number;
  code: string;
  message: string;
  details?: readonly ErrorDetail[];
  requestId?: string | undefined;
  retryAfterMs?: number | undefined;
}

/** The service, or a gateway before it, answered with an error. */
export class ApiError extends Error {
  override name = 'ApiError';
  /** The status of the answer; 0 for a redirect in a browser, which does not tell. */
  readonly status: number;
  /** The kind of error, for programs: `unauthenticated`, `invalid_request`; `http_502` where the answer names none. */
  readonly code: string;
  /** What is wrong with which part of the request. */
  readonly details: readonly ErrorDetail[];
  /** Names the request in the logs of the service. */
  readonly requestId: string | undefined;
  /** When the service wants to be asked again, in milliseconds from the answer, where it says so. */
  readonly retryAfterMs: number | undefined;

  constructor({ status, code, message, details = [], requestId, retryAfterMs }: ApiProblem) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
    this.requestId = requestId;
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * No answer came that can be read: there was no connection, it was lost, it took too long, or something else than
 * the service answered. Whether the service did what it was asked is not known.
 */
export class UnreachableError extends Error {
  override name = 'UnreachableError';
}
