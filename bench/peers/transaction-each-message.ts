import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { type CounterKind, placeOf } from '../../test/faults/any-counter/any-counter.ts';
import { addition, createCounters, createMarkers, newMarker, readCounters } from './plain-tables.ts';

/**
 * Puts a marker of each message and adds one to its counter, in one transaction. Those of a counter follow one another:
 * two at a time would be refused, because they change the same item. The SDK gives each its ClientRequestToken.
 */
export const transactionEachMessage: CounterKind = {
  name: 'a transaction for each message',
  async setUp(database) {
    const counters = await createCounters(database);
    const markers = await createMarkers(database);
    return async ({ documents }) => ({
      async deliver(batch) {
        const failed = await Promise.all(
          [...Map.groupBy(batch, placeOf).values()].map(async (group) => {
            for (const [index, message] of group.entries()) {
              const TransactItems = [
                { Put: newMarker(markers, message) },
                { Update: addition(counters, message, 1) },
              ];
              try {
                await documents.send(new TransactWriteCommand({ TransactItems }));
              } catch (error) {
                if (!wasCounted(error)) return group.slice(index);
              }
            }
            return [];
          }),
        );
        return failed.flat();
      },
      read: () => readCounters(documents, counters),
    });
  },
};

function wasCounted(error: unknown): boolean {
  if (!(error instanceof TransactionCanceledException)) return false;
  return error.CancellationReasons?.[0]?.Code === 'ConditionalCheckFailed';
}
