import { DynamoDBServiceException } from '@aws-sdk/client-dynamodb';
import { ContentionError } from '../domain/errors.ts';
import { BatchNotProcessedError, isContention } from './dynamodb.ts';

const THROTTLED: ReadonlySet<string> = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
]);

/**
 * Whether DynamoDB could not do something that it may be able to do a little later: it failed, was too
 * busy, was not reached or was held up by other writers, however often the SDK tried. What it refuses for
 * good, such as a call that is not permitted, is something else.
 */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof BatchNotProcessedError || error instanceof ContentionError) return true;
  if (isContention(error)) return true;
  if (error instanceof DynamoDBServiceException) {
    return error.$fault === 'server' || THROTTLED.has(error.name);
  }
  // A lost connection and a time-out are plain errors, to which the SDK adds how often it tried.
  return error instanceof Error && '$metadata' in error;
}
