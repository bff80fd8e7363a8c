import { describe, expect, test } from 'vitest';
import { parseDayChanged } from '../../../../functions/shared/domain/day-announcement.ts';
import type { SealedDay } from '../../../../functions/shared/domain/sealed-day.ts';
import { ConsumerQueue, type DayConsumer } from '../../../../local/aws/announcing/consumer-queue.ts';
import { watchedLog } from '../../../support/service/test-dependencies.ts';

const never = () => false;

const day = (peerId: string, revision = 1): SealedDay => ({
  ...{ peerId, day: '2026-11-21', revision, changedAt: 0 },
  channels: [],
});

/** A queue of a consumer that fails the days of some peers, with what it was given and what was given up. */
function queueOf(fails: (peerId: string) => boolean | 'throws' | 'hangs') {
  const batches: string[][] = [];
  const givenUp: string[] = [];
  const handle: DayConsumer['handle'] = async ({ Records: records }) => {
    const days = records.map(({ body, messageId }) => ({ messageId, ...parseDayChanged(body) }));
    batches.push(days.map(({ peerId }) => peerId));
    const outcomes = days.map(({ peerId }) => fails(peerId));
    if (outcomes.includes('throws')) throw new Error('the consumer failed');
    if (outcomes.includes('hangs')) return new Promise(() => {});
    const failed = days.filter((_, index) => outcomes[index] === true);
    return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  };
  const queue = new ConsumerQueue({
    consumer: { name: 'consumer', handle, timeLimitMs: 60_000, stopBeforeMs: 5_000 },
    clock: () => 0,
    // The time of an invocation is over as soon as nothing else goes on.
    waiting: {
      pause: async () => {},
      deadline: () => new Promise((resolve) => setImmediate(resolve)),
      random: () => 0,
    },
    log: watchedLog(),
    giveUp: ({ peerId, revision }) => givenUp.push(`${peerId} ${revision}`),
  });
  return { queue, batches, givenUp };
}

test('days come ten at a time', async () => {
  const { queue, batches } = queueOf(never);
  const days = Array.from({ length: 12 }, (_, n) => day(`p${n}`));
  expect(await queue.deliver(days, never)).toEqual(new Set());
  expect(batches.map((batch) => batch.length)).toEqual([10, 2]);
});

test('what fails has to come again, and nothing else', async () => {
  const { queue } = queueOf((peerId) => peerId === 'q');
  const days = [day('p'), day('q'), day('r')];
  expect(await queue.deliver(days, never)).toEqual(new Set([days[1]]));
});

describe.each(['throws', 'hangs'] as const)('where a consumer %s', (how) => {
  test('all of the batch has to come again, and the next one is delivered', async () => {
    const { queue, batches } = queueOf((peerId) => (peerId === 'p0' ? how : false));
    const days = Array.from({ length: 12 }, (_, n) => day(`p${n}`));
    expect(await queue.deliver(days, never)).toEqual(new Set(days.slice(0, 10)));
    expect(batches).toHaveLength(2);
  });
});

test('a day that fails eight times is given up, once, and the others are not', async () => {
  const { queue, givenUp } = queueOf((peerId) => peerId === 'q');
  for (let attempt = 1; attempt < 8; attempt += 1) {
    expect((await queue.deliver([day('p'), day('q')], never)).size).toBe(1);
  }
  expect(givenUp).toEqual([]);
  expect(await queue.deliver([day('p'), day('q')], never)).toEqual(new Set());
  expect(givenUp).toEqual(['q 1']);
});

test('a later state of a day is tried as often', async () => {
  const { queue, givenUp } = queueOf(() => true);
  for (let attempt = 1; attempt <= 8; attempt += 1) await queue.deliver([day('q')], never);
  for (let attempt = 1; attempt < 8; attempt += 1) await queue.deliver([day('q', 2)], never);
  expect(givenUp).toEqual(['q 1']);
});

test('what is not delivered, or fails, because everything has to stop is no failure', async () => {
  const { queue, batches, givenUp } = queueOf(() => true);
  for (let attempt = 1; attempt <= 20; attempt += 1) {
    let looks = 0;
    const days = [day('q')];
    expect(await queue.deliver(days, () => looks++ > 0)).toEqual(new Set(days));
    expect(await queue.deliver(days, () => true)).toEqual(new Set(days));
  }
  expect(batches).toHaveLength(20);
  expect(givenUp).toEqual([]);
});

test('a consumer has two invocations at a time, however many ask', async () => {
  const underWay: (() => void)[] = [];
  let most = 0;
  let now = 0;
  const queue = new ConsumerQueue({
    consumer: {
      name: 'consumer',
      timeLimitMs: 60_000,
      stopBeforeMs: 5_000,
      handle: async () => {
        now += 1;
        most = Math.max(most, now);
        await new Promise<void>((resolve) => underWay.push(resolve));
        now -= 1;
        return { batchItemFailures: [] };
      },
    },
    clock: () => 0,
    waiting: { pause: async () => {}, deadline: () => new Promise(() => {}), random: () => 0 },
    log: watchedLog(),
    giveUp: () => {},
  });
  let delivered = 0;
  const deliveries = Array.from({ length: 8 }, async (_, n) => {
    await queue.deliver([day(`p${n}`)], never);
    delivered += 1;
  });
  while (delivered < 8) {
    underWay.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(deliveries);
  expect(most).toBe(2);
});
