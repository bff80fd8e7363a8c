import { once } from 'node:events';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import type { StreamHandler } from '../../../functions/shared/counting/count-messages.ts';
import { errorStack } from '../../../functions/shared/runtime/error-text.ts';
import type { Log } from '../../../functions/shared/runtime/observability.ts';

/** What running a function in Lambda's place works with. */
export interface InvocationOptions {
  /** How long an invocation may take, in milliseconds. */
  timeoutMs: number;
  /** Resolves after so many milliseconds; the signal says that nobody waits for that any longer. */
  timer: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
  /** Once aborted, an invocation under way has only a little time left. */
  stop: AbortSignal;
  log: Log;
}

/** How long an invocation may still take when everything is to stop. */
const STOP_WITHIN_MS = 10_000;

/**
 * Runs a function as Lambda does: an invocation that takes too long has failed, so that a call whose answer
 * never comes does not hold up its shard; and the error that ends an invocation is logged, because the
 * event source mapping only sees that there was one.
 */
export function runAsLambda(handler: StreamHandler, options: InvocationOptions): StreamHandler {
  return async (event) => {
    try {
      return await inTime(handler, event, options);
    } catch (error) {
      options.log.error('the function failed', { error: errorStack(error) });
      throw error;
    }
  };
}

/** What is ended cannot be interrupted: it may go on for a while, as an instance of Lambda may, and harms nothing. */
async function inTime(
  handler: StreamHandler,
  event: DynamoDBStreamEvent,
  { timeoutMs, timer, stop }: InvocationOptions,
): Promise<DynamoDBBatchResponse> {
  const answered = new AbortController();
  const { signal } = answered;
  const fail = async (after: number): Promise<never> => {
    await timer(after, signal);
    throw new Error(`the invocation did not end within ${after / 1000} seconds`);
  };
  const failOnceStopped = async (): Promise<never> => {
    if (!stop.aborted) await once(stop, 'abort', { signal });
    return fail(STOP_WITHIN_MS);
  };
  const limits = [fail(timeoutMs), failOnceStopped()];
  try {
    return await Promise.race([handler(event), ...limits]);
  } finally {
    // Whoever loses the race ends in an error that nobody waits for.
    for (const limit of limits) limit.catch(() => {});
    answered.abort();
  }
}
