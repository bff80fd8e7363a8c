import type { CounterKind } from '../../test/faults/any-counter/any-counter.ts';
import { add, createCounters, failedAmong, readCounters } from './plain-tables.ts';

/** Adds one to a counter for each message, and knows nothing of those that come again. */
export const addEachMessage: CounterKind = {
  name: '`ADD` for each message',
  async setUp(database) {
    const counters = await createCounters(database);
    return async ({ documents }) => ({
      deliver: (batch) =>
        failedAmong(
          batch,
          (message) => [message],
          (message) => add(documents, counters, message, 1),
        ),
      read: () => readCounters(documents, counters),
    });
  },
};
