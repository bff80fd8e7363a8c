import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { DailyCounter } from '../domain/daily-counter.ts';
import { isConditionFailure, type Table, type TransactionItem } from './dynamodb.ts';

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

/**
 * Makes writes in one transaction: all of them, or none.
 *
 * @param conflict what it means that the condition of one did not hold, in words
 * @throws ConflictError where one did not; and what `isContention` knows
 */
export async function transact(
  { client }: Pick<Table, 'client'>,
  writes: readonly TransactionItem[],
  conflict: string,
): Promise<void> {
  try {
    await client.send(new TransactWriteCommand({ TransactItems: [...writes] }));
  } catch (error) {
    throw conflictOr(error, writes.length, conflict);
  }
}
