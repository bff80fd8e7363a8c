import { expect } from 'vitest';
import { addEachMessage } from '../../../bench/peers/add-each-message.ts';
import { idempotentRecord } from '../../../bench/peers/idempotent-record.ts';
import type { UserMessage } from '../../../functions/shared/domain/message.ts';
import { test } from '../../support/fixture.ts';
import { type CounterKind, type Figures, placeOf } from './any-counter.ts';
import { runCounterPlan, runCounterSchedule } from './counter-schedule.ts';
import { knownFaultsOf } from './known-faults.ts';
import { NOW } from './messages.ts';
import type { CounterPlan, Mishap } from './plan.ts';
import { shrink } from './shrink.ts';

function message(number: number): UserMessage {
  return {
    peerId: 'peer_1',
    channelId: 'integration_slack',
    conversationId: 'conversation-0',
    messageId: `message-${number}`,
    sentAt: NOW,
  };
}

/** Counts in memory that all processes share, by how often each message was counted. */
function counterInMemory(
  name: string,
  start: (counted: Figures) => (batch: readonly UserMessage[]) => Promise<void>,
): CounterKind {
  return {
    name,
    async setUp() {
      const counted: Figures = new Map();
      return async () => {
        const deliver = start(counted);
        return {
          async deliver(batch) {
            await deliver(batch);
            return [];
          },
          read: async () => counted,
        };
      };
    },
  };
}

function count(counted: Figures, one: UserMessage): void {
  const place = placeOf(one);
  counted.set(place, { messages: (counted.get(place)?.messages ?? 0) + 1 });
}

const remembering = counterInMemory('remembers in its process', (counted) => {
  const known = new Set<UserMessage>();
  return async (batch) => {
    for (const one of batch) if (!known.has(one)) count(counted, one);
    for (const one of batch) known.add(one);
  };
});

function planOf(messages: readonly UserMessage[], ...mishaps: readonly Mishap[]): CounterPlan {
  return { lanes: [messages], mishaps, sizes: [], coldStarts: [], jobs: [] };
}

test('a counter that adds whatever comes is wrong with one message that comes again', async ({
  database,
}) => {
  const { plan } = await runCounterSchedule(database, addEachMessage, 1);
  const shortest = await shrink(database, addEachMessage, plan);
  if (shortest === undefined) throw new Error('it is not wrong');
  const steps: string[] = [];
  await runCounterPlan(database, addEachMessage, shortest, (step) => steps.push(step));
  expect(steps).toEqual([
    'stream: delivers message-0 to process 1',
    'process 1: Update: done',
    'stream: has not heard what became of the batch',
    'stream: delivers message-0 again to process 1',
    'process 1: Update: done',
    'in the end: peer_2, integration_slack, 2026-11-22: 2 messages instead of 1',
  ]);
});

test('what does not matter is left out of a schedule', async ({ database }) => {
  const counter = counterInMemory('loses the twelfth message', (counted) => async (batch) => {
    for (const one of batch) if (one.messageId !== 'message-12') count(counted, one);
  });
  const first = { round: 0, lane: 0, copy: 0 };
  const shortest = await shrink(database, counter, {
    lanes: [Array.from({ length: 20 }, (_, number) => message(number))],
    mishaps: [
      { ...first, fault: 'the answer to a call was lost', call: 1 },
      { ...first, round: 1, fault: 'a call was throttled', call: 3 },
    ],
    sizes: [{ round: 0, lane: 0, size: 3 }],
    coldStarts: [first],
    jobs: [1],
    orderSeed: 5,
  });
  expect(shortest).toEqual(planOf([message(12)]));
});

test('a crash comes earlier where that makes a schedule shorter', async ({ database }) => {
  const messages = Array.from({ length: 12 }, (_, number) => message(number));
  const shortest = await shrink(
    database,
    idempotentRecord,
    planOf(
      messages,
      { round: 0, lane: 0, copy: 0, fault: 'a batch was delivered again' },
      { round: 2, lane: 0, copy: 0, fault: 'a process died before a call', call: 4 },
    ),
  );
  expect(shortest?.lanes).toEqual([[message(0)]]);
  expect(shortest?.mishaps).toEqual([
    { round: 0, lane: 0, copy: 0, fault: 'a process died before a call', call: 2 },
  ]);
});

test('a counter that is right in a schedule has nothing to shrink', async ({ database }) => {
  expect(await shrink(database, remembering, planOf([message(1)]))).toBeUndefined();
});

test('a counter that only remembers what its own process counted is known for it', async ({ database }) => {
  expect((await knownFaultsOf(database, remembering)).map(({ name }) => name)).toEqual([
    'dedupe in the memory of a process',
  ]);
});
