import type * as z from 'zod/mini';
import { type Backoff, backoff } from '../../../../functions/shared/domain/backoff.ts';
import { shownName } from '../../../../functions/shared/domain/name-in-text.ts';
import { parseJson } from '../../../../functions/shared/domain/parse-json.ts';
import { errorAnswer } from '../../../../functions/shared/http/api-errors.ts';
import { errorInALine } from '../../../../functions/shared/runtime/error-text.ts';
import { inTime, TimeRanOutError } from '../../../../functions/shared/runtime/in-time.ts';
import type { Waiting } from '../../../../functions/shared/runtime/waiting.ts';
import { ToolError } from '../../../../tools/support/tool-error.ts';
import { EXIT_CODES } from '../exit-codes.ts';

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

/** No answer of the service came. */
export class UnreachableError extends ToolError {
  constructor(message: string) {
    super(message, { exitCode: EXIT_CODES.unreachable });
  }
}

/** Where the service is, who asks, and how long that may wait. */
export interface ApiAccess {
  /** Its origin, without a slash at its end. */
  url: string;
  key: string;
  waiting: Waiting;
  fetch?: typeof fetch;
  /** How often a request is sent at most. */
  attempts?: number;
  /** How long an answer may take. */
  withinMs?: number;
}

/** A request: a GET, or a POST where there is a body, unless it says otherwise. */
export interface ApiRequest {
  /** With its query. */
  path: string;
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  json?: object;
  /** Of the answer that is known already: where it is still the one, there is none. */
  etag?: string | undefined;
}

/** An answer as it came. */
interface RawAnswer {
  status: number;
  text: string;
  etag: string | undefined;
}

const ATTEMPTS = 6;
/** A function of the API takes no longer. */
const ANSWER_WITHIN_MS = 35_000;
const BACKOFF: Backoff = { firstMs: 500, longestMs: 16_000 };
const LONGEST_RETRY_AFTER_S = 60;
const LONGEST_TOLD = 300;

/** What an attempt came to: an answer, or why it may be made again. */
type Attempt = RawAnswer | { problem: string; retryAfterMs?: number };

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
   * @throws RefusedError where there is another one; UnreachableError where there is none
   */
  async ask<Schema extends z.ZodMiniType>(request: ApiRequest, schema: Schema): Promise<z.output<Schema>> {
    return read(await this.#answer(request), schema);
  }

  /** An answer that is a text as it is, such as a report. @throws as `ask` does */
  async text(request: ApiRequest): Promise<string> {
    const answer = await this.#answer(request);
    if (answer.status >= 300) throw refusal(answer.status, parseJson(answer.text));
    return answer.text;
  }

  /** The answer, where it is another one than that of `etag`. @throws as `ask` does */
  async askIfChanged<Schema extends z.ZodMiniType>(
    request: ApiRequest,
    schema: Schema,
  ): Promise<{ answer: z.output<Schema>; etag: string | undefined } | undefined> {
    const raw = await this.#answer(request);
    if (raw.status === 304) return undefined;
    return { answer: read(raw, schema), etag: raw.etag };
  }

  async #answer(request: ApiRequest): Promise<RawAnswer> {
    const { waiting, url, attempts = ATTEMPTS } = this.#access;
    for (let failures = 1; ; failures += 1) {
      const attempt = await this.#attempt(request);
      if (!('problem' in attempt)) return attempt;
      if (failures === attempts) throw new UnreachableError(`${url} does not answer: ${attempt.problem}`);
      const wait = backoff(BACKOFF, failures) * (0.5 + waiting.random() / 2);
      await waiting.pause(Math.max(wait, attempt.retryAfterMs ?? 0));
    }
  }

  async #attempt(request: ApiRequest): Promise<Attempt> {
    const { url, waiting, fetch: send = fetch, withinMs = ANSWER_WITHIN_MS } = this.#access;
    const over = new AbortController();
    this.sent += 1;
    try {
      return await inTime(waiting, withinMs, async () => {
        const response = await send(`${url}${request.path}`, { ...this.#init(request), signal: over.signal });
        const { status, headers } = response;
        const text = await response.text();
        if (status !== 429 && status < 500) return { status, text, etag: headers.get('etag') ?? undefined };
        const seconds = Number(headers.get('retry-after') ?? 0);
        const retryAfterMs = seconds > 0 ? Math.min(seconds, LONGEST_RETRY_AFTER_S) * 1_000 : 0;
        return { problem: `it says ${status}`, retryAfterMs };
      });
    } catch (error) {
      if (error instanceof TimeRanOutError)
        return { problem: `no answer within ${withinMs / 1_000} seconds` };
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
      return { problem: shownName(errorInALine(cause)) };
    } finally {
      over.abort();
    }
  }

  #init({ method, json, etag }: ApiRequest): RequestInit {
    return {
      method: method ?? (json === undefined ? 'GET' : 'POST'),
      headers: {
        authorization: `Bearer ${this.#access.key}`,
        ...(json !== undefined && { 'content-type': 'application/json' }),
        ...(etag !== undefined && { 'if-none-match': etag }),
      },
      ...(json !== undefined && { body: JSON.stringify(json) }),
      // The key is for this address alone.
      redirect: 'manual',
    };
  }
}

function read<Schema extends z.ZodMiniType>(
  { status, text }: Pick<RawAnswer, 'status' | 'text'>,
  schema: Schema,
): z.output<Schema> {
  const body = parseJson(text);
  if (status !== 200 && status !== 201) throw refusal(status, body);
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
