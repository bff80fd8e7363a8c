import { errorOfAnswer, redirectError } from './answer-error.ts';
import { ApiError, UnreachableError } from './errors.ts';
import type { Timing } from './timing.ts';

/** An attempt that failed, and after which there is another one. */
export interface FailedAttempt {
  /** What went wrong. Where only some messages of a request were `unavailable`, the status of the answer was 200. */
  error: ApiError | UnreachableError;
  /** Which attempt is next: 2 after the first one. */
  next: number;
  /** How many attempts there are at most. */
  attempts: number;
  /** How long is waited before it, in milliseconds. */
  delayMs: number;
}

/** How often, and how soon, a request is sent again that failed. */
export interface RetryOptions {
  /** How often a request is sent at most, the first time included; 5 unless given. */
  attempts?: number;
  /** The longest wait before the second attempt, in milliseconds; 250 unless given. It doubles from one to the next. */
  firstDelayMs?: number;
  /** The longest wait before any attempt, in milliseconds; 10,000 unless given. */
  maxDelayMs?: number;
  /** The longest `Retry-After` that is waited for, in milliseconds; 60,000 unless given. A longer one is an error at once. */
  maxRetryAfterMs?: number;
  /** Is told of each attempt that failed, before the wait for the next one. What it throws ends the call. */
  onRetry?: (failed: FailedAttempt) => void;
}

/** What a single call may be given. */
export interface CallOptions {
  /** Ends the call, which rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** What openapi-fetch gives back. */
interface Answer<T> {
  data?: T | undefined;
  error?: unknown;
  response: Response;
}

type Send<T> = (signal: AbortSignal) => Promise<Answer<T>>;

/**
 * `any`: nothing is changed by doing it twice, so that it is sent again after whatever failure.
 * `refused`: it is sent again only where the service said that it did not do it (429).
 */
type Repeats = 'any' | 'refused';

/** Sends requests, again where that is safe, and turns every failure into one of two errors. */
export class Caller {
  readonly #origin: string;
  readonly #timeoutMs: number;
  readonly #retry: Required<RetryOptions>;
  readonly #timing: Timing;

  constructor(origin: string, timeoutMs: number, retry: RetryOptions, timing: Timing) {
    this.#origin = origin;
    this.#timeoutMs = timeoutMs;
    this.#retry = {
      attempts: 5,
      firstDelayMs: 250,
      maxDelayMs: 10_000,
      maxRetryAfterMs: 60_000,
      onRetry() {},
      ...retry,
    };
    this.#timing = timing;
  }

  /**
   * @returns what the answer holds
   * @throws ApiError, UnreachableError, and the signal's reason
   */
  async call<T>(repeats: Repeats, { signal }: CallOptions, send: Send<T>): Promise<T> {
    for (let failures = 1; ; failures += 1) {
      try {
        return dataOf(await this.#sendOnce(signal, send), this.#timing.now());
      } catch (cause) {
        signal?.throwIfAborted();
        const error = this.#told(cause);
        const delay = failures < this.#retry.attempts ? this.#delayMs(error, failures, repeats) : undefined;
        if (delay === undefined) throw error;
        await this.backOff(error, failures, { signal }, delay);
      }
    }
  }

  /** Waits, after so many failed attempts, the last of them with this error; as ever unless it is said how long. */
  async backOff(
    error: FailedAttempt['error'],
    failures: number,
    { signal }: CallOptions,
    delayMs: number = this.#jitter(failures),
  ): Promise<void> {
    const { attempts, onRetry } = this.#retry;
    onRetry({ error, next: failures + 1, attempts, delayMs });
    await this.#timing.wait(delayMs, signal);
  }

  /** How often a request is sent at most. */
  get attempts(): number {
    return this.#retry.attempts;
  }

  /** The time-out covers the body of the answer too: openapi-fetch has read it when it gives it back. */
  async #sendOnce<T>(signal: AbortSignal | undefined, send: Send<T>): Promise<Answer<T>> {
    signal?.throwIfAborted();
    const controller = new AbortController();
    const onAbort = () => controller.abort(signal?.reason);
    signal?.addEventListener('abort', onAbort);
    const stop = this.#timing.timer(this.#timeoutMs, () =>
      controller.abort(new UnreachableError(`${this.#origin} did not answer within ${this.#timeoutMs} ms`)),
    );
    try {
      return await send(controller.signal);
    } finally {
      stop();
      signal?.removeEventListener('abort', onAbort);
    }
  }

  #told(cause: unknown): ApiError | UnreachableError {
    if (cause instanceof ApiError || cause instanceof UnreachableError) return cause;
    if (cause instanceof SyntaxError) {
      const told = `${this.#origin} answers with something that is no JSON: is the address right?`;
      return new UnreachableError(told, { cause });
    }
    const reason = innermost(cause);
    return new UnreachableError(`${this.#origin} could not be reached: ${reason}`, { cause });
  }

  /** @returns undefined where it is not to be sent again */
  #delayMs(error: ApiError | UnreachableError, failures: number, repeats: Repeats): number | undefined {
    const { firstDelayMs, maxRetryAfterMs } = this.#retry;
    if (error instanceof UnreachableError) return repeats === 'any' ? this.#jitter(failures) : undefined;
    if (error.status !== 429 && (error.status < 500 || repeats === 'refused')) return undefined;
    if (error.retryAfterMs === undefined) return this.#jitter(failures);
    if (error.retryAfterMs > maxRetryAfterMs) return undefined;
    return error.retryAfterMs + this.#timing.random() * firstDelayMs;
  }

  /** Any time up to twice the one before, so that those who failed together do not come back together. */
  #jitter(failures: number): number {
    const { firstDelayMs, maxDelayMs } = this.#retry;
    return this.#timing.random() * Math.min(maxDelayMs, firstDelayMs * 2 ** (failures - 1));
  }
}

function dataOf<T>({ data, error, response }: Answer<T>, now: number): T {
  // A browser tells of a redirect that it did not follow by its type alone.
  if (response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400)) {
    throw redirectError(response);
  }
  if (!response.ok) throw errorOfAnswer(error, response, now);
  if (data === undefined) throw new UnreachableError('the answer was empty, or not what the service answers');
  return data;
}

/** What fetch says of a failure is in its causes. */
function innermost(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause !== undefined) return innermost(error.cause);
  return error.message === '' && 'code' in error ? String(error.code) : error.message;
}
