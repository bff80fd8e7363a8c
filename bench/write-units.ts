import { buildCounter } from '../functions/shared/counting/build-counter.ts';
import type { UserMessage } from '../functions/shared/domain/message.ts';
import { metered } from '../test/support/database/capacity.ts';
import { startTestDatabase, type TestDatabase } from '../test/support/database/database.ts';
import { testDependencies } from '../test/support/service/test-dependencies.ts';

export const NOW = '2026-11-22T10:00:00.000Z';

const MESSAGES = 1_000;
const FORTY = 'x'.repeat(40);

/** Messages of one channel, in ten conversations, with identifiers of 40 characters. */
export function messagesFrom(first: number, amount: number): UserMessage[] {
  return Array.from({ length: amount }, (_, index) => ({
    peerId: FORTY,
    channelId: FORTY,
    conversationId: `${(first + index) % 10}`.padStart(40, 'c'),
    messageId: `${first + index}`.padStart(40, 'm'),
    sentAt: Date.parse(NOW) + first + index,
  }));
}

/**
 * Counts 1,000 messages of known conversations on an open day.
 *
 * @param batchSize how many messages of the channel a batch holds
 * @returns the write units that a message cost, as DynamoDB reports them
 */
export async function writeUnitsPerMessage(database: TestDatabase, batchSize: number): Promise<number> {
  const dependencies = await testDependencies(database, NOW);
  const meter = metered(database.client);
  // Opens the day and starts the conversations; the counter that is measured knows none of it.
  await (await buildCounter(dependencies)).count(messagesFrom(0, 10));
  const counter = await buildCounter({ ...dependencies, client: meter.client });
  for (let first = 10; first < 10 + MESSAGES; first += batchSize) {
    await counter.count(messagesFrom(first, batchSize));
  }
  return meter.writeUnits() / MESSAGES;
}

if (import.meta.main) {
  const database = await startTestDatabase();
  for (const batchSize of [1, 10, 100]) {
    const units = await writeUnitsPerMessage(database, batchSize);
    process.stdout.write(`${units.toFixed(3)} write units per message, ${batchSize} in a batch\n`);
  }
  await database.stop();
}
