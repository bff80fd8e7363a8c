import type { DailyCounter } from '../domain/daily-counter.ts';
import { isConditionFailure } from './dynamodb.ts';

/** What was to be written was changed by another writer since it was read; nothing was written. */
export class ConflictError extends Error {
  override name = 'ConflictError';
}

/** A counter was changed by another writer since it was read; nothing was written. */
export class CounterChangedError extends ConflictError {
  override name = 'CounterChangedError';
  /** The counter as the refused write has found it. */
  readonly counter: DailyCounter;

  constructor(counter: DailyCounter, options: ErrorOptions) {
    super(`daily counter of ${counter.day} was changed meanwhile`, options);
    this.counter = counter;
  }
}

/** What is to be thrown of a failed write: that there was a conflict, where a condition of an item did not hold. */
export function conflictOr(error: unknown, items: number, problem: string): unknown {
  const isConflict = Array.from({ length: items }).some((_, index) => isConditionFailure(error, index));
  return isConflict ? new ConflictError(problem, { cause: error }) : error;
}
