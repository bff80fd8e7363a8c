import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { inBatches } from '../../functions/shared/domain/in-batches.ts';
import type { UserMessage } from '../../functions/shared/domain/message.ts';
import { type CounterKind, placeOf } from '../../test/faults/any-counter/any-counter.ts';
import { addition, createCounters, createMarkers, newMarker, readCounters } from './plain-tables.ts';

/** A transaction takes 100 items, of which one is the counter. */
const MOST_MARKERS = 99;

/**
 * Puts the markers of all messages that a batch has of a counter, and adds their number to it, in one transaction.
 * Where some of the markers are there already, it is tried again without these messages.
 */
export const transactionEachGroup: CounterKind = {
  name: 'a transaction for each group',
  async setUp(database) {
    const counters = await createCounters(database);
    const markers = await createMarkers(database);
    async function count(documents: DynamoDBDocumentClient, messages: readonly UserMessage[]): Promise<void> {
      const [first] = messages;
      if (first === undefined) return;
      const puts = messages.map((message) => ({ Put: newMarker(markers, message) }));
      const TransactItems = [...puts, { Update: addition(counters, first, messages.length) }];
      try {
        await documents.send(new TransactWriteCommand({ TransactItems }));
      } catch (error) {
        const left = notCounted(messages, error);
        if (left.length === messages.length) throw error;
        await count(documents, left);
      }
    }
    return async ({ documents }) => ({
      async deliver(batch) {
        const failed = await Promise.all(
          [...Map.groupBy(batch, placeOf).values()].map(async (group) => {
            for (const [part, messages] of inBatches(group, MOST_MARKERS).entries()) {
              try {
                await count(documents, messages);
              } catch {
                return group.slice(part * MOST_MARKERS);
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

function notCounted(messages: readonly UserMessage[], error: unknown): UserMessage[] {
  if (!(error instanceof TransactionCanceledException)) return [...messages];
  const { CancellationReasons: reasons = [] } = error;
  return messages.filter((_, index) => reasons[index]?.Code !== 'ConditionalCheckFailed');
}
