import { type Backoff, backoff } from '../domain/backoff.ts';
import { ContentionError } from '../domain/errors.ts';
import type { Waiting } from '../runtime/waiting.ts';
import { ConflictError } from './conflict.ts';
import { isContention } from './dynamodb.ts';

const MAX_ATTEMPTS = 12;
const PAUSES: Backoff = { firstMs: 20, longestMs: 1_000 };

/**
 * Does something that others may get in the way of, again until it is done: with pauses that grow, and of
 * random length, so that two who met do not meet again.
 *
 * @param attempt reads what it needs anew at every call
 * @throws ContentionError where others got in the way time and again
 */
export async function retryOnConflict<Result>(
  waiting: Waiting,
  attempt: () => Promise<Result>,
): Promise<Result> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!isConflict(error)) throw error;
      if (attempts === MAX_ATTEMPTS) {
        throw new ContentionError(`others changed the same item first, ${attempts} times in a row`, {
          cause: error,
        });
      }
    }
    await waiting.pause(backoff(PAUSES, attempts) * waiting.random());
  }
}

/** Whether others got in the way, and nothing was done: it may be tried again with what is read anew. */
export function isConflict(error: unknown): boolean {
  return error instanceof ConflictError || isContention(error);
}
