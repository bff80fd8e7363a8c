import { isConditionFailure } from './dynamodb.ts';

/** What was to be written was changed by another writer since it was read; nothing was written. */
export class ConflictError extends Error {
  override name = 'ConflictError';
}

/** What is to be thrown of a failed write: that there was a conflict, where a condition of an item did not hold. */
export function conflictOr(error: unknown, items: number, problem: string): unknown {
  const isConflict = Array.from({ length: items }).some((_, index) => isConditionFailure(error, index));
  return isConflict ? new ConflictError(problem, { cause: error }) : error;
}
