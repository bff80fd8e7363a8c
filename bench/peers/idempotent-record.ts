import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import type { UserMessage } from '../../functions/shared/domain/message.ts';
import type { CounterKind } from '../../test/faults/any-counter/any-counter.ts';
import { INVOCATION } from '../measure/requests.ts';
import { add, createCounters, createTable, failedAmong, readCounters } from './plain-tables.ts';

/** As long as a stream, or what was given up of it, may bring a message again. */
const EXPIRES_AFTER_SECONDS = 401 * 86_400;

/** Lambda's default for a function that a stream invokes is 3 s; this is time enough for a batch. */
const TIME_LIMIT_MS = 60_000;

/**
 * Adds one to a counter for each message, within the idempotency of Powertools for AWS Lambda: for each record of the
 * batch, with the persistence in DynamoDB, the key that tells a message, and the context that ends what is in progress.
 */
export const idempotentRecord: CounterKind = {
  name: 'Powertools idempotency, then `ADD`',
  async setUp(database) {
    const counters = await createCounters(database);
    const persistence = await createTable(database, ['id']);
    return async ({ client, documents }) => {
      const config = new IdempotencyConfig({
        eventKeyJmesPath: '[peerId, conversationId, messageId]',
        throwOnNoIdempotencyKey: true,
        expiresAfterSeconds: EXPIRES_AFTER_SECONDS,
      });
      config.registerLambdaContext({ ...INVOCATION, getRemainingTimeInMillis: () => TIME_LIMIT_MS });
      const persistenceStore = new DynamoDBPersistenceLayer({
        tableName: persistence,
        awsSdkV3Client: client,
      });
      const count = makeIdempotent((message: UserMessage) => add(documents, counters, message, 1), {
        persistenceStore,
        config,
        keyPrefix: 'count-messages',
      });
      return {
        deliver: (batch) => failedAmong(batch, (message) => [message], count),
        read: () => readCounters(documents, counters),
      };
    };
  },
};
