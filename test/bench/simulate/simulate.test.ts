import { expect, test } from 'vitest';
import { type Simulation, simulate } from '../../../bench/simulate/simulate.ts';
import { NEW_TABLE_LIMITS } from '../../../bench/simulate/simulated-table.ts';

const HOT_CHANNEL: Simulation = {
  ...{ messagesPerSecond: 10_000, peers: 1, lanes: 40, batch: 250, seconds: 5, seed: 1 },
  latencies: { readMs: 4, writeMs: 6, transactionMs: 15 },
  tableLimits: NEW_TABLE_LIMITS,
  cpu: { messageMs: 0.1, batchMs: 3 },
  messagesPerConversation: 20,
};

test('what comes of a simulation follows from what it is given', async () => {
  const first = await simulate(HOT_CHANNEL);
  expect(await simulate(HOT_CHANNEL)).toEqual(first);
  expect(await simulate({ ...HOT_CHANNEL, seed: 2 })).not.toEqual(first);
});

test('forty lanes count 10,000 messages a second of one channel, none waits for long, and no batch is returned', async () => {
  const { p99Batch, returned, throttled, counterWrites, batches } = await simulate(HOT_CHANNEL);
  expect([returned, throttled]).toEqual([0, 0]);
  expect(p99Batch).toBeLessThan(500);
  expect(counterWrites / batches).toBeLessThan(4);
});

test('more lanes count more of one channel, up to ten', async () => {
  const rates: number[] = [];
  for (const lanes of [1, 4, 10]) {
    const { messagesPerSecond } = await simulate({ ...HOT_CHANNEL, messagesPerSecond: undefined, lanes });
    rates.push(messagesPerSecond);
  }
  expect(rates).toEqual(rates.toSorted((a, b) => a - b));
});

test('also where more is asked of the counter than its partition gives, no batch is returned', async () => {
  const { throttled, returned } = await simulate({ ...HOT_CHANNEL, messagesPerSecond: undefined, batch: 25 });
  expect(throttled).toBeGreaterThan(0);
  expect(returned).toBe(0);
});

test('counters of many peers are not in one another’s way', async () => {
  const many = { ...HOT_CHANNEL, messagesPerSecond: 1_000, peers: 1_000_000, lanes: 10, seconds: 2 };
  const { refused, conflicts } = await simulate(many);
  expect([refused, conflicts]).toEqual([0, 0]);
});
