import { ProvisionedThroughputExceededException } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { CounterContest, LONGEST_CONTEST_MS } from '../../../../functions/shared/counting/counter-contest.ts';
import { type DailyCounter, newDailyCounter } from '../../../../functions/shared/domain/daily-counter.ts';
import { ContentionError } from '../../../../functions/shared/domain/errors.ts';
import { ConflictError, CounterChangedError } from '../../../../functions/shared/store/conflict.ts';
import { cancelledTransaction } from '../../../support/database/transactions.ts';

const PLACE = { peerId: 'p', channelId: 'c', channelNumber: 1, day: '2026-11-22' };

/** A counter that nothing but counting has changed. */
function counterOf(version: number, changes: Partial<DailyCounter> = {}): DailyCounter {
  return { ...newDailyCounter(PLACE), version, steady: { from: 0, through: version }, ...changes };
}

function refusedBy(counter: DailyCounter): CounterChangedError {
  return new CounterChangedError(counter, {});
}

/** A contest by a clock that only pauses move on, for a counter that is stored as it is said to be. */
function contestFor(stored: DailyCounter) {
  let now = 1_000;
  const pauses: number[] = [];
  const limits: number[] = [];
  const ended = Promise.withResolvers<void>();
  const reads: unknown[] = [];
  const contest = new CounterContest({
    counters: {
      read: async (place) => {
        reads.push(place);
        return stored;
      },
    },
    clock: () => now,
    waiting: {
      pause: async (milliseconds) => {
        pauses.push(milliseconds);
        now += milliseconds;
      },
      deadline: (milliseconds) => {
        limits.push(milliseconds);
        return ended.promise;
      },
      random: () => 0.5,
    },
  });
  return { contest, pauses, reads, limits, endTime: ended.resolve };
}

test('goes on at once from the counter that the refused write has found', async () => {
  const { contest, pauses, reads } = contestFor(counterOf(9));
  const found = counterOf(3);
  expect(await contest.goOn(refusedBy(found), counterOf(2))).toBe(found);
  expect([pauses, reads]).toEqual([[], []]);
  contest.end();
});

test('where others have waited longer, pauses until it has waited nearly as long, and reads the counter then', async () => {
  const stored = counterOf(9);
  const { contest, pauses, reads } = contestFor(stored);
  expect(contest.waitedMs).toBe(0);
  expect(await contest.goOn(refusedBy(counterOf(3, { waitedMs: 200 })), counterOf(2))).toBe(stored);
  expect([pauses, reads]).toEqual([[180], [PLACE]]);
  expect(contest.waitedMs).toBe(180);
  // It has its turn now, however often it is refused.
  const found = counterOf(10, { waitedMs: 200 });
  expect(await contest.goOn(refusedBy(found), stored)).toBe(found);
  expect(pauses).toEqual([180]);
  contest.end();
});

test('where the counter of others was not seen, pauses for about as long as a transaction takes', async () => {
  const stored = counterOf(2);
  const { contest, pauses } = contestFor(stored);
  const conflict = cancelledTransaction(['TransactionConflict', 'None']);
  expect(await contest.goOn(conflict, counterOf(2))).toBe(stored);
  expect(pauses).toEqual([10]);
  contest.end();
});

test('where DynamoDB takes no more, pauses for a part of a second, and is not given up by that', async () => {
  const stored = counterOf(2);
  const { contest, pauses } = contestFor(stored);
  const throttled = new ProvisionedThroughputExceededException({ message: 'slow down', $metadata: {} });
  expect(await contest.goOn(throttled, counterOf(2))).toBe(stored);
  expect(pauses).toEqual([250]);
  contest.end();
});

test.for<[string, DailyCounter]>([
  ['in another way than by counting', counterOf(5, { steady: { from: 4, through: 5 } })],
  ['by somebody who does not say how', counterOf(5, { steady: { from: 0, through: 4 } })],
  ['by sealing', counterOf(5, { sealedIn: 1 })],
  ['into one of another channel', counterOf(5, { channelNumber: 2 })],
  ['into one of which nobody knows whether its channel is there', counterOf(5, { unconfirmed: true })],
])('does not go on where the counter was changed %s', async ([_, changed]) => {
  const { contest } = contestFor(changed);
  const error = refusedBy(changed);
  await expect(contest.goOn(error, counterOf(3))).rejects.toBe(error);
  const unseen = new ConflictError('there is none');
  await expect(contest.goOn(unseen, counterOf(3))).rejects.toBe(unseen);
  contest.end();
});

test('does not go on where nobody else was in the way', async () => {
  const { contest, limits } = contestFor(counterOf(3));
  const error = new Error('the database refuses');
  await expect(contest.goOn(error, counterOf(2))).rejects.toBe(error);
  expect(limits).toEqual([]);
  contest.end();
});

test('is given up after 30 seconds', async () => {
  const { contest, limits, endTime } = contestFor(counterOf(9));
  await contest.goOn(refusedBy(counterOf(3)), counterOf(2));
  await contest.goOn(refusedBy(counterOf(4)), counterOf(3));
  expect(limits).toEqual([LONGEST_CONTEST_MS]);
  expect(LONGEST_CONTEST_MS).toBe(30_000);
  endTime();
  await Promise.resolve();
  await expect(contest.goOn(refusedBy(counterOf(5)), counterOf(4))).rejects.toThrow(ContentionError);
  contest.end();
});
