import type * as z from 'zod/mini';
import { type Backoff, backoff } from '../../../functions/shared/domain/backoff.ts';
import { shownName } from '../../../functions/shared/domain/name-in-text.ts';
import { parseJson } from '../../../functions/shared/domain/parse-json.ts';
import { errorAnswer } from '../../../functions/shared/http/api-errors.ts';
import { errorInALine } from '../../../functions/shared/runtime/error-text.ts';
import { inTime } from '../../../functions/shared/runtime/in-time.ts';
import type { Waiting } from '../../../functions/shared/runtime/waiting.ts';
import { ToolError } from '../tool-error.ts';

/** The exit codes that tell why nothing was found out. */
export const EXIT_CODES = { usage: 2, refused: 3, unreachable: 4 } as const;

/** The service refused a request, with this status. */
export class RefusedError extends ToolError {
  readonly status: number;
  /** The names of what was wrong with the request. */
  readonly paths: readonly string[];

  constructor(status: number, message: string, paths: readonly string[] = []) {
    super(message, { exitCode: EXIT_CODES.refused });
    this.status = status;
    this.paths = paths;
  }
}

/** Where the service is, who asks, and how long that may wait. */
export interface ApiAccess {
  /** Its origin, without a slash at its end. */
  url: string;
  key: string;
  waiting: Waiting;
}

/** A request: a GET, or a POST where there is a body. */
export interface ApiRequest {
  /** With its query. */
  path: string;
  json?: object;
}

const ATTEMPTS = 6;
/** A function of the API takes no longer. */
const ANSWER_WITHIN_MS = 35_000;
const BACKOFF: Backoff = { firstMs: 500, longestMs: 16_000 };
const LONGEST_RETRY_AFTER_S = 60;
const LONGEST_TOLD = 300;

/** What an attempt came to: an answer, or why it may be made again. */
type Attempt = { status: number; text: string } | { problem: string; retryAfterMs?: number };

/** Sends requests to the API, again where an answer did not come or says that a later one may. */
export class ApiRequests {
  readonly #access: ApiAccess;
  /** How many were sent. */
  sent = 0;

  constructor(access: ApiAccess) {
    this.#access = access;
  }

  /**
   * @returns the answer, as its schema reads it
   * @throws RefusedError where there is another one; ToolError where there is none
   */
  async ask<Schema extends z.ZodMiniType>(request: ApiRequest, schema: Schema): Promise<z.output<Schema>> {
    const { waiting, url } = this.#access;
    for (let failures = 1; ; failures += 1) {
      const attempt = await this.#attempt(request);
      if (!('problem' in attempt)) return read(attempt, schema);
      if (failures === ATTEMPTS) {
        throw new ToolError(`${url} does not answer: ${attempt.problem}`, {
          exitCode: EXIT_CODES.unreachable,
        });
      }
      const wait = backoff(BACKOFF, failures) * (0.5 + waiting.random() / 2);
      await waiting.pause(Math.max(wait, attempt.retryAfterMs ?? 0));
    }
  }

  async #attempt({ path, json }: ApiRequest): Promise<Attempt> {
    const { url, key, waiting } = this.#access;
    const over = new AbortController();
    this.sent += 1;
    try {
      return await inTime(waiting, ANSWER_WITHIN_MS, async () => {
        const response = await fetch(`${url}${path}`, {
          headers: {
            authorization: `Bearer ${key}`,
            ...(json !== undefined && { 'content-type': 'application/json' }),
          },
          ...(json !== undefined && { method: 'POST', body: JSON.stringify(json) }),
          // The key is for this address alone.
          redirect: 'manual',
          signal: over.signal,
        });
        const { status } = response;
        const text = await response.text();
        if (status !== 429 && status < 500) return { status, text };
        const seconds = Number(response.headers.get('retry-after') ?? 0);
        const retryAfterMs = seconds > 0 ? Math.min(seconds, LONGEST_RETRY_AFTER_S) * 1_000 : 0;
        return { problem: `it says ${status}`, retryAfterMs };
      });
    } catch (error) {
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
      return { problem: shownName(errorInALine(cause)) };
    } finally {
      over.abort();
    }
  }
}

function read<Schema extends z.ZodMiniType>(
  { status, text }: { status: number; text: string },
  schema: Schema,
): z.output<Schema> {
  const body = parseJson(text);
  if (status !== 200) throw refusal(status, body);
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw new RefusedError(status, 'what answers there is not this service, or another version of it');
}

function refusal(status: number, body: unknown): RefusedError {
  const result = errorAnswer.safeParse(body);
  if (!result.success) {
    return new RefusedError(status, `what answers there says ${status}, and is not this service`);
  }
  const { message, details = [] } = result.data.error;
  const told = [message, ...details.map((detail) => detail.message)].join('; ');
  return new RefusedError(
    status,
    `the service says ${status}: ${shownName(told).slice(0, LONGEST_TOLD)}`,
    details.map(({ path }) => path),
  );
}
