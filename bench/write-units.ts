import { buildCounter } from '../functions/shared/counting/build-counter.ts';
import type { UserMessage } from '../functions/shared/domain/message.ts';
import { addDays, startOf, type UtcDay } from '../functions/shared/domain/utc-day.ts';
import { takeDailySnapshot } from '../functions/take-daily-snapshot/take-daily-snapshot.ts';
import { metered } from '../test/support/database/capacity.ts';
import { startTestDatabase, type TestDatabase } from '../test/support/database/database.ts';
import { Random } from '../test/support/random.ts';
import { testDependencies } from '../test/support/service/test-dependencies.ts';
import { DailyLife } from './daily-life.ts';

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

const YESTERDAY = '2026-11-21';
const TODAY = '2026-11-22';

/** The write units of what happens around counting, for a peer with so many channels. */
export async function writeUnitsAround(
  database: TestDatabase,
  channels: number,
): Promise<{ opening: number[]; sealing: number; late: number[]; hourAfter: number }> {
  const life = await DailyLife.begin(database, channels, 12);
  // A few days long ago, and a few that have just passed.
  await life.live(addDays(TODAY, -61), addDays(TODAY, -59));
  await life.live(addDays(TODAY, -4), addDays(YESTERDAY, -1));
  await life.count(YESTERDAY);
  const sealing = (await life.seal(YESTERDAY)).written;
  const opening: number[] = [];
  for (const channelId of life.channelIds.slice(0, 2)) {
    opening.push((await life.countOne(channelId, TODAY, TODAY)).written);
  }
  const late: number[] = [];
  for (const daysAgo of [1, 60]) {
    const [channelId = ''] = life.channelIds;
    late.push((await life.countOne(channelId, addDays(TODAY, -daysAgo), TODAY)).written);
  }
  return { opening, sealing, late, hourAfter: (await life.seal(YESTERDAY)).written };
}

const PEERS = 1_000;
const MESSAGES_A_PEER = 16;
const MESSAGES_A_CONVERSATION = 2.6;

/**
 * Counts two days of a thousand peers, few of them busy and most of them not, in batches of 100, and seals each.
 *
 * @returns the write units that a message of each of the days cost, all in
 */
export async function writeUnitsOfManyPeers(database: TestDatabase): Promise<number[]> {
  const random = new Random(1);
  const dependencies = await testDependencies(database, NOW);
  const peers = zipf(PEERS, PEERS * MESSAGES_A_PEER);
  const perMessage: number[] = [];
  for (const day of [YESTERDAY, TODAY]) {
    dependencies.setClock(`${day}T12:00:00.000Z`);
    const meter = metered(database.client);
    const counter = await buildCounter({ ...dependencies, client: meter.client });
    const messages = random.shuffled(peers.flatMap((amount, peer) => dayOfPeer(peer, amount, day, random)));
    for (let first = 0; first < messages.length; first += 100) {
      await counter.count(messages.slice(first, first + 100));
    }
    const scheduledAt = `${addDays(day, 1)}T00:05:00.000Z`;
    dependencies.setClock(scheduledAt);
    await takeDailySnapshot({ ...dependencies, client: meter.client })({ scheduledAt }, () => false);
    perMessage.push(meter.writeUnits() / messages.length);
  }
  return perMessage;
}

/** How many messages each of some peers has: the second half as many as the first, the third a third, and so on. */
function zipf(peers: number, messages: number): number[] {
  const weights = Array.from({ length: peers }, (_, index) => 1 / (index + 1));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => Math.max(1, Math.round((messages * weight) / sum)));
}

function dayOfPeer(peer: number, amount: number, day: UtcDay, random: Random): UserMessage[] {
  const conversations = Math.max(1, Math.round(amount / MESSAGES_A_CONVERSATION));
  return Array.from({ length: amount }, (_, number) => {
    const conversation = random.integer(1, conversations);
    return {
      peerId: `peer_${peer}`,
      channelId: ['integration_slack', 'integration_email', 'direct'][conversation % 3] ?? 'direct',
      conversationId: `${day}-${conversation}`,
      messageId: `${day}-${number}`,
      sentAt: startOf(day) + number,
    };
  });
}

if (import.meta.main) {
  const database = await startTestDatabase();
  const print = (line: string) => process.stdout.write(`${line}\n`);
  for (const batchSize of [1, 10, 100]) {
    const units = await writeUnitsPerMessage(database, batchSize);
    print(`${units.toFixed(3)} write units per message, ${batchSize} in a batch`);
  }
  for (const channels of [1, 4, 20]) {
    const { opening, sealing, late, hourAfter } = await writeUnitsAround(database, channels);
    print(
      `${channels} channels: opening the peer's / a channel's day ${opening.join(' / ')}, sealing ${sealing}, ` +
        `one message of yesterday / of 60 days ago ${late.join(' / ')}, the hour after ${hourAfter}`,
    );
  }
  const days = await writeUnitsOfManyPeers(database);
  print(
    `${days.map((units) => units.toFixed(2)).join(' / ')} write units per message, all in: first / next day`,
  );
  await database.stop();
}
