import { parseArgs } from 'node:util';
import {
  type DynamoDBDocumentClient,
  PutCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { buildCounter } from '../functions/shared/counting/build-counter.ts';
import type { MessageCounter } from '../functions/shared/counting/message-counter.ts';
import type { UserMessage } from '../functions/shared/domain/message.ts';
import { systemEffects } from '../functions/shared/runtime/dependencies.ts';
import { UsageReader } from '../functions/shared/store/usage-reader.ts';
import { metered } from '../test/support/database/capacity.ts';
import { startTestDatabase, type TestDatabase } from '../test/support/database/database.ts';
import { intercepted } from '../test/support/database/intercepted-client.ts';
import { writesCounter } from '../test/support/database/transactions.ts';
import { testDependencies } from '../test/support/service/test-dependencies.ts';
import type { Latencies } from './simulate/simulated-table.ts';

const NOW = '2026-11-22T10:00:00.000Z';

/** What is measured: one channel of one peer, which lanes of the stream count into side by side. */
export interface HotChannel {
  lanes: number;
  /** How many messages all lanes together count. */
  messages: number;
  /** How many messages a batch holds. */
  batch: number;
  /** How many messages a conversation has. */
  messagesPerConversation: number;
  /** How long every call of the database takes longer than it does here, in milliseconds. */
  latencyMs: number;
}

/** What came of it. Times are in milliseconds. */
export interface HotChannelResult {
  batches: number;
  seconds: number;
  /** The time of a processor that this process took, that of the database left out. */
  cpuMs: number;
  messagesPerSecond: number;
  median: number;
  p99: number;
  longest: number;
  /** Writes of the counter, those that were refused included, and these alone. */
  counterWrites: number;
  refusedWrites: number;
  /** Reads of all kinds. */
  reads: number;
  writeUnits: number;
  readUnits: number;
  /** How long calls took on average, as whoever made them has seen it, in milliseconds. */
  latencies: Latencies;
  /** How often a batch was returned, so that it came again. */
  returned: number;
  /** What kept batches from being counted, each once. */
  problems: ReadonlySet<string>;
}

/** What lanes together have come to. */
interface Tally {
  times: number[];
  counterWrites: number;
  refusedWrites: number;
  returned: number;
  problems: Set<string>;
  /** How many calls of each kind there were, and how long they took together. */
  calls: Record<keyof Latencies, { amount: number; ms: number }>;
}

/**
 * Counts messages of one channel in lanes, each with a counter of its own as Lambda environments have, and compares the
 * figures with the truth.
 *
 * @throws Error where figures are wrong
 */
export async function measureHotChannel(
  database: TestDatabase,
  { lanes, messages, batch, messagesPerConversation, latencyMs }: HotChannel,
): Promise<HotChannelResult> {
  const started = performance.now();
  const dependencies = {
    ...(await testDependencies(database, NOW)),
    waiting: systemEffects().waiting,
    clock: () => Date.parse(NOW) + Math.round(performance.now() - started),
  };
  // The day is open already, and the channel is known.
  await (await buildCounter(dependencies)).count([messageOf(0, 0, 'opens the day', -1)]);
  const tally: Tally = {
    ...{ times: [], counterWrites: 0, refusedWrites: 0, returned: 0, problems: new Set() },
    calls: { readMs: noCalls(), writeMs: noCalls(), transactionMs: noCalls() },
  };
  const meter = metered(database.client);
  const client = tallied(meter.client, tally, async () => {
    if (latencyMs > 0) await dependencies.waiting.pause(latencyMs);
  });
  const batchesPerLane = Math.ceil(messages / batch / lanes);
  const counters = await Promise.all(
    Array.from({ length: lanes }, () => buildCounter({ ...dependencies, client })),
  );
  const began = performance.now();
  const cpuBefore = process.cpuUsage();
  await Promise.all(
    counters.map(async (counter, lane) => {
      for (let number = 0; number < batchesPerLane; number += 1) {
        const ofBatch = batchOf({ lane, lanes, number, batch, messagesPerConversation });
        await countUntilDone(counter, ofBatch, tally);
      }
    }),
  );
  const seconds = (performance.now() - began) / 1_000;
  const cpu = process.cpuUsage(cpuBefore);
  const counted = batchesPerLane * lanes * batch;
  await checkCounts(database, dependencies.settings.usageTableName, counted + 1);
  return {
    ...figuresOf(tally),
    batches: batchesPerLane * lanes,
    seconds,
    cpuMs: (cpu.user + cpu.system) / 1_000,
    messagesPerSecond: counted / seconds,
    writeUnits: meter.writeUnits(),
    readUnits: meter.readUnits(),
  };
}

/** A client that tells what its calls were and how long they took. */
function tallied(
  client: DynamoDBDocumentClient,
  tally: Tally,
  delay: () => Promise<void>,
): DynamoDBDocumentClient {
  return intercepted(client, async (command, send) => {
    const began = performance.now();
    await delay();
    const isCounter = writesCounter(command);
    if (isCounter) tally.counterWrites += 1;
    try {
      return await send();
    } catch (error) {
      if (isCounter) tally.refusedWrites += 1;
      throw error;
    } finally {
      const ofKind = tally.calls[kindOf(command)];
      ofKind.amount += 1;
      ofKind.ms += performance.now() - began;
    }
  });
}

function figuresOf({ times, calls, ...sums }: Tally) {
  const inOrder = times.toSorted((a, b) => a - b);
  const at = (share: number) =>
    inOrder[Math.min(inOrder.length - 1, Math.floor(inOrder.length * share))] ?? 0;
  return {
    ...sums,
    median: at(0.5),
    p99: at(0.99),
    longest: at(1),
    reads: calls.readMs.amount,
    latencies: {
      readMs: meanOf(calls.readMs),
      writeMs: meanOf(calls.writeMs),
      transactionMs: meanOf(calls.transactionMs),
    },
  };
}

function noCalls() {
  return { amount: 0, ms: 0 };
}

function meanOf({ amount, ms }: { amount: number; ms: number }): number {
  return amount === 0 ? 0 : ms / amount;
}

function kindOf(command: object): keyof Latencies {
  if (command instanceof TransactWriteCommand) return 'transactionMs';
  return command instanceof UpdateCommand || command instanceof PutCommand ? 'writeMs' : 'readMs';
}

/** Counts a batch, again where it is returned, as the stream does. */
async function countUntilDone(
  counter: MessageCounter,
  batch: readonly UserMessage[],
  tally: Tally,
): Promise<void> {
  for (;;) {
    const began = performance.now();
    const outcomes = await counter.count(batch);
    tally.times.push(performance.now() - began);
    const failures = outcomes.filter((outcome) => outcome.kind === 'failed');
    if (failures.length === 0) return;
    tally.returned += 1;
    for (const { error } of failures) tally.problems.add(String(error));
  }
}

/** What tells one batch from all others. */
interface BatchPlace {
  lane: number;
  lanes: number;
  number: number;
  batch: number;
  messagesPerConversation: number;
}

/** The messages of a batch: lanes share their times, and no conversation. */
function batchOf({ lane, lanes, number, batch, messagesPerConversation }: BatchPlace): UserMessage[] {
  return Array.from({ length: batch }, (_, index) => {
    const ofLane = number * batch + index;
    const conversation = `${lane}-${Math.floor(ofLane / messagesPerConversation)}`;
    // 10,000 messages a second, by turns of each lane.
    return messageOf(lane, ofLane, conversation, Math.floor((ofLane * lanes + lane) / 10));
  });
}

function messageOf(lane: number, number: number, conversationId: string, afterMs: number): UserMessage {
  const sentAt = Date.parse(NOW) - 3_600_000 + afterMs;
  return { peerId: 'peer', channelId: 'channel', conversationId, messageId: `${lane}-${number}`, sentAt };
}

async function checkCounts(database: TestDatabase, tableName: string, expected: number): Promise<void> {
  const table = { client: database.client, tableName };
  const { channels } = await new UsageReader(table).read('peer', NOW.slice(0, 10));
  const counted = channels.reduce((sum, { allTime }) => sum + allTime.messageCount, 0);
  if (counted !== expected) throw new Error(`${counted} messages were counted, instead of ${expected}`);
}

// npm run bench:hot-channel -- --lanes 1,2,4,10,40 --batch 100 --messages 20000 --latency 5: what comes of it where
// lanes count into the same counter side by side.
if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      lanes: { type: 'string', default: '1,2,4,10,40' },
      messages: { type: 'string', default: '20000' },
      batch: { type: 'string', default: '100' },
      'messages-per-conversation': { type: 'string', default: '20' },
      latency: { type: 'string', default: '0' },
    },
  });
  const database = await startTestDatabase();
  try {
    for (const lanes of values.lanes.split(',').map(Number)) {
      const result = await measureHotChannel(database, {
        lanes,
        messages: Number(values.messages),
        batch: Number(values.batch),
        messagesPerConversation: Number(values['messages-per-conversation']),
        latencyMs: Number(values.latency),
      });
      process.stdout.write(`${lanes} lanes: ${summaryOf(result)}\n`);
      for (const problem of result.problems) process.stdout.write(`  returned: ${problem}\n`);
    }
  } finally {
    await database.stop();
  }
}

function summaryOf(result: HotChannelResult): string {
  const { batches, messagesPerSecond, median, p99, longest, returned } = result;
  const perBatch = (amount: number) => (amount / batches).toFixed(2);
  return [
    `${Math.round(messagesPerSecond)} messages a second`,
    `median ${median.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms, longest ${longest.toFixed(0)} ms`,
    `a batch: ${perBatch(result.counterWrites)} writes of the counter (${perBatch(result.refusedWrites)} refused)`,
    `${perBatch(result.cpuMs)} ms of a processor, ${perBatch(result.reads)} reads, ${perBatch(result.writeUnits)} write units, ${perBatch(result.readUnits)} read units`,
    `${returned} returned`,
  ].join('; ');
}
