import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { CounterKind } from '../../test/faults/any-counter/any-counter.ts';
import { add, createCounters, createMarkers, failedAmong, newMarker, readCounters } from './plain-tables.ts';

/** Puts a marker of each message first, on the condition that there is none, and then adds one to its counter. */
export const claimBeforeWrite: CounterKind = {
  name: 'a marker, then `ADD`',
  async setUp(database) {
    const counters = await createCounters(database);
    const markers = await createMarkers(database);
    return async ({ documents }) => ({
      deliver: (batch) =>
        failedAmong(
          batch,
          (message) => [message],
          async (message) => {
            try {
              await documents.send(new PutCommand(newMarker(markers, message)));
            } catch (error) {
              if (error instanceof ConditionalCheckFailedException) return;
              throw error;
            }
            await add(documents, counters, message, 1);
          },
        ),
      read: () => readCounters(documents, counters),
    });
  },
};
