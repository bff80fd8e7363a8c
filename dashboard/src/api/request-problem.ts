/**
 * Why a request gave nothing to show:
 *
 * - `unauthenticated`: the key does not let anyone in
 * - `forbidden`: the key does not allow this
 * - `not_found`: there is nothing at this path
 * - `refused`: the request is wrong in another way
 * - `busy`: the service asks to be asked again later
 * - `failed`: something went wrong in the service, or its answer cannot be read
 * - `unreachable`: no answer came
 */
export type ProblemKind =
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'refused'
  | 'busy'
  | 'failed'
  | 'unreachable';

/** What is wrong with a field of a request. */
export interface FieldProblem {
  path: string;
  message: string;
}

interface ProblemDetails extends ErrorOptions {
  requestId?: string;
  retryAfterMs?: number;
  details?: readonly FieldProblem[];
}

/** A request that gave nothing to show. The message is a sentence for the reader. */
export class RequestProblem extends Error {
  override name = 'RequestProblem';
  readonly kind: ProblemKind;
  /** What to name to whoever runs the service. */
  readonly requestId: string | undefined;
  /** How long the service wants not to be asked again. */
  readonly retryAfterMs: number | undefined;
  readonly details: readonly FieldProblem[];

  constructor(
    kind: ProblemKind,
    message: string,
    { requestId, retryAfterMs, details = [], ...options }: ProblemDetails = {},
  ) {
    super(message, options);
    this.kind = kind;
    this.requestId = requestId;
    this.retryAfterMs = retryAfterMs;
    this.details = details;
  }
}

/** Whether asking again can help without anything else being changed. */
export function isPassing({ kind }: RequestProblem): boolean {
  return kind === 'busy' || kind === 'failed' || kind === 'unreachable';
}
