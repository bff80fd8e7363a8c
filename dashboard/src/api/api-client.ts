import * as z from 'zod/mini';
import { parseJson } from '../../../functions/shared/domain/parse-json.ts';
import { type ProblemKind, RequestProblem } from './request-problem.ts';

/** Asks the API, with the key of the reader. */
export interface ApiClient {
  /**
   * Gets an answer and parses it.
   *
   * @param path below `/api/v1`, its parts encoded
   * @param query parameters; those without a value are left out
   * @throws RequestProblem; or what `signal` was aborted with
   */
  get<Answer extends z.ZodMiniType>(
    path: string,
    query: Readonly<Record<string, string | undefined>>,
    answer: Answer,
    signal: AbortSignal,
  ): Promise<z.output<Answer>>;

  /**
   * Changes something, and parses the answer.
   *
   * @param path as for `get`
   * @param body what can be written as JSON; nothing where none is sent
   * @param answer what the answer is parsed by; `z.undefined()` where it has no body
   * @throws RequestProblem, with what is wrong with fields of the body
   */
  send<Answer extends z.ZodMiniType>(
    method: 'POST' | 'PUT' | 'DELETE',
    path: string,
    body: object | undefined,
    answer: Answer,
  ): Promise<z.output<Answer>>;

  /** Gets an answer that is no JSON, such as a report. @throws RequestProblem */
  getText(path: string, query: Readonly<Record<string, string | undefined>>): Promise<string>;
}

export interface ApiClientParts {
  key: string;
  fetch: typeof fetch;
  /** Gives a signal that is aborted after some time. */
  timeLimit: (milliseconds: number) => AbortSignal;
}

/** From the address of the page, which ends with a slash. */
const BASE = 'api/v1';
/** API Gateway has answered by then, if anything does. */
const ANSWER_WITHIN_MS = 35_000;

export function apiClient({ key, fetch, timeLimit }: ApiClientParts): ApiClient {
  const ask = async (target: string, { headers, ...init }: RequestInit, signal: AbortSignal) => {
    const response = await reach(
      () =>
        fetch(`${BASE}${target}`, {
          ...init,
          headers: { ...headers, authorization: `Bearer ${key}` },
          signal: AbortSignal.any([signal, timeLimit(ANSWER_WITHIN_MS)]),
          credentials: 'omit',
        }),
      signal,
    );
    const text = await reach(() => response.text(), signal);
    if (!response.ok) throw problemOf(response, text);
    return { response, text };
  };
  return {
    get: async (path, query, answer, signal) =>
      parsed(await ask(`${path}${queryString(query)}`, {}, signal), answer),
    send: async (method, path, body, answer) => {
      const request = body === undefined ? { method } : json(method, body);
      return parsed(await ask(path, request, UNENDING), answer);
    },
    getText: async (path, query) => (await ask(`${path}${queryString(query)}`, {}, UNENDING)).text,
  };
}

function json(method: string, body: unknown) {
  return { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** What is not called off: a change, or a file that somebody wants. */
const UNENDING = new AbortController().signal;

/** @throws RequestProblem where the answer is another than was asked for */
function parsed<Answer extends z.ZodMiniType>(
  { response, text }: { response: Response; text: string },
  answer: Answer,
): z.output<Answer> {
  const result = z.safeParse(answer, text === '' ? undefined : parseJson(text));
  if (result.success) return result.data;
  throw new RequestProblem('failed', 'The service gave an answer that this page does not understand.', {
    ...requestIdOf(response),
    cause: result.error,
  });
}

/** Whether a text can be sent as a key at all. */
export function isSendableKey(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

/** Takes a step of which every failure, but for being called off, means that no answer came. */
async function reach<Result>(step: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  try {
    return await step();
  } catch (error) {
    signal.throwIfAborted();
    throw new RequestProblem('unreachable', 'The service cannot be reached.', { cause: error });
  }
}

function queryString(query: Readonly<Record<string, string | undefined>>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.append(name, value);
  }
  return parameters.size === 0 ? '' : `?${parameters}`;
}

/** What the service says of an error; what API Gateway answers by itself has another form. */
const errorAnswer = z.object({
  error: z.object({
    message: z.string(),
    details: z.optional(z.array(z.object({ path: z.string(), message: z.string() }))),
  }),
});

function problemOf(response: Response, text: string): RequestProblem {
  const said = z.safeParse(errorAnswer, parseJson(text));
  const message = said.success
    ? sentence(said.data.error.message)
    : `The service answered with status ${response.status}.`;
  return new RequestProblem(kindOf(response.status), message, {
    ...requestIdOf(response),
    ...retryAfterOf(response),
    ...(said.success && said.data.error.details && { details: said.data.error.details }),
  });
}

function kindOf(status: number): ProblemKind {
  switch (status) {
    case 401:
      return 'unauthenticated';
    case 403:
      return 'forbidden';
    case 404:
      return 'not_found';
    case 429:
    case 503:
      return 'busy';
    default:
      return status >= 500 ? 'failed' : 'refused';
  }
}

/** Where the service names a request, and where an HTTP API and a REST API do that answer it themselves. */
const REQUEST_IDS = ['x-request-id', 'apigw-requestid', 'x-amzn-requestid'];

function requestIdOf({ headers }: Response): { requestId?: string } {
  const requestId = REQUEST_IDS.map((name) => headers.get(name)).find((id) => id !== null);
  return requestId === undefined ? {} : { requestId };
}

function retryAfterOf({ headers }: Response): { retryAfterMs?: number } {
  const seconds = headers.get('retry-after') ?? '';
  return /^\d{1,5}$/.test(seconds) ? { retryAfterMs: Number(seconds) * 1000 } : {};
}

function sentence(message: string): string {
  const end = /[.!?]$/.test(message) ? '' : '.';
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}${end}`;
}
