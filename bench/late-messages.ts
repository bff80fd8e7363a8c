import { parseArgs } from 'node:util';
import { buildCounter } from '../functions/shared/counting/build-counter.ts';
import type { UserMessage } from '../functions/shared/domain/message.ts';
import { DAY_MS, SECOND_MS, startOf } from '../functions/shared/domain/utc-day.ts';
import { type Meter, metered } from '../test/support/database/capacity.ts';
import { startTestDatabase, type TestDatabase } from '../test/support/database/database.ts';
import { Random } from '../test/support/random.ts';
import { testDependencies } from '../test/support/service/test-dependencies.ts';

// npm run bench:late-messages: what it takes to recognise messages that come late, on one channel and a day with very
// many messages, which were counted in different orders.
// npm run bench:late-messages -- --messages N --batch N --order WORDS: of other days, and those orders alone whose names
// have these words.

const DAY = '2026-11-22';
const END_OF_DAY = startOf(DAY) + DAY_MS - 1;
const LATE_TOGETHER = 500;
const MEGABYTE = 2 ** 20;
const SAMPLE_EVERY_MS = 5;

/** The orders in which the messages of a day are counted: for each the places of its messages in the order of time. */
const ORDERS: Readonly<Record<string, (messages: number) => number[]>> = {
  'as they were sent': (messages) => Array.from({ length: messages }, (_, index) => index),
  'each up to 10 s late': (messages) => {
    const random = new Random(1);
    const late = Array.from({ length: messages }, (_, index) => ({
      index,
      at: (index * DAY_MS) / messages + random.integer(0, 10 * SECOND_MS),
    }));
    return late.sort((a, b) => a.at - b.at).map(({ index }) => index);
  },
  'the newest first': (messages) => Array.from({ length: messages }, (_, index) => messages - 1 - index),
  'in no order': (messages) => {
    const random = new Random(1);
    return random.shuffled(Array.from({ length: messages }, (_, index) => index));
  },
};

function messageOf(place: number, messages: number): UserMessage {
  return {
    peerId: 'peer_hot',
    channelId: 'integration_hot',
    conversationId: `conversation_${place % 997}`,
    messageId: `message_${place}`,
    sentAt: startOf(DAY) + Math.floor((place * DAY_MS) / messages),
  };
}

/** What counting and recognising took. */
interface LateMessageCosts {
  /** Units for each message of the day. */
  counting: { writeUnits: number; readUnits: number; calls: number };
  /** The read units to recognise one message of the beginning of the day, of its middle and of its end: the most. */
  oneAgain: number;
  /** The read units to see that a message of the middle of the day is new. */
  oneNew: number;
  /** The read units for each of many messages that were sent all over the day and come again together. */
  manyAgain: number;
  /** By how much what is alive in the heap, in megabytes, was more at most while those were looked for. */
  manyAgainMegabytes: number;
}

/**
 * Counts a day's messages of one channel, in batches, and then some of them again.
 *
 * @param order the places of the messages in the order of time
 */
async function lateMessageCosts(
  database: TestDatabase,
  order: readonly number[],
  batchSize: number,
): Promise<LateMessageCosts> {
  const dependencies = await testDependencies(database, new Date(END_OF_DAY).toISOString());
  const messages = order.length;
  const meter = metered(database.client);
  const counter = await buildCounter({ ...dependencies, client: meter.client });
  for (let first = 0; first < messages; first += batchSize) {
    const batch = order.slice(first, first + batchSize).map((place) => messageOf(place, messages));
    const outcomes = await counter.count(batch);
    if (outcomes.some(({ kind }) => kind !== 'counted')) throw new Error('a message was not counted');
  }
  const calls = [...meter.calls.values()].reduce((sum, some) => sum + some, 0);
  const counting = {
    writeUnits: meter.writeUnits() / messages,
    readUnits: meter.readUnits() / messages,
    calls: calls / messages,
  };
  const again = async (places: readonly number[], kind: string, prefix = '') => {
    const late: Meter = metered(database.client);
    const another = await buildCounter({ ...dependencies, client: late.client });
    const batch = places.map((place) => messageOf(place, messages));
    const outcomes = await another.count(batch.map((one) => ({ ...one, messageId: prefix + one.messageId })));
    if (outcomes.some((outcome) => outcome.kind !== kind)) throw new Error(`not all are ${kind}`);
    return late.readUnits();
  };
  const places = [0, 0.25, 0.5, 0.75, 1].map((part) => Math.floor(part * (messages - 1)));
  const ones: number[] = [];
  for (const place of places) ones.push(await again([place], 'duplicate'));
  const spread = Array.from({ length: LATE_TOGETHER }, (_, index) =>
    Math.floor((index * messages) / LATE_TOGETHER),
  );
  const before = heapMegabytes();
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, heapMegabytes());
  }, SAMPLE_EVERY_MS);
  const manyAgain = (await again(spread, 'duplicate')) / LATE_TOGETHER;
  clearInterval(watch);
  return {
    counting,
    oneAgain: Math.max(...ones),
    oneNew: await again([Math.floor(messages / 2)], 'counted', 'new_'),
    manyAgain,
    manyAgainMegabytes: most - before,
  };
}

function heapMegabytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / MEGABYTE;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      messages: { type: 'string', default: '1000000' },
      batch: { type: 'string', default: '100' },
      order: { type: 'string', default: '' },
    },
  });
  const [messages, batchSize] = [Number(values.messages), Number(values.batch)];
  process.stdout.write(`${messages} messages on a day, counted in batches of ${batchSize}\n`);
  for (const [name, orderOf] of Object.entries(ORDERS)) {
    if (!name.includes(values.order)) continue;
    const database = await startTestDatabase();
    const costs = await lateMessageCosts(database, orderOf(messages), batchSize);
    await database.stop();
    const { writeUnits, readUnits, calls } = costs.counting;
    process.stdout.write(
      `${name}\n  counting, a message: ${writeUnits.toFixed(4)} write units, ${readUnits.toFixed(4)} read units, ` +
        `${calls.toFixed(4)} calls\n  read units: one again ${costs.oneAgain}, one new ${costs.oneNew}, ` +
        `${LATE_TOGETHER} again ${costs.manyAgain.toFixed(2)} each, ` +
        `${costs.manyAgainMegabytes.toFixed(1)} MB\n`,
    );
  }
}
