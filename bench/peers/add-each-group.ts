import { type CounterKind, placeOf } from '../../test/faults/any-counter/any-counter.ts';
import { add, createCounters, failedAmong, readCounters } from './plain-tables.ts';

/** Adds up what a batch has of each counter, and adds the sum to it; knows nothing of messages that come again. */
export const addEachGroup: CounterKind = {
  name: '`ADD` for each group',
  async setUp(database) {
    const counters = await createCounters(database);
    return async ({ documents }) => ({
      deliver: (batch) =>
        failedAmong(
          [...Map.groupBy(batch, placeOf).values()],
          (group) => group,
          async (group) => {
            const [first] = group;
            if (first !== undefined) await add(documents, counters, first, group.length);
          },
        ),
      read: () => readCounters(documents, counters),
    });
  },
};
