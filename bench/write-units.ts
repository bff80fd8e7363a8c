import { buildCounter } from '../functions/shared/counting/build-counter.ts';
import type { UserMessage } from '../functions/shared/domain/message.ts';
import { addDays, startOf, type UtcDay } from '../functions/shared/domain/utc-day.ts';
import { takeDailySnapshot } from '../functions/take-daily-snapshot/take-daily-snapshot.ts';
import { metered } from '../test/support/database/capacity.ts';
import { startTestDatabase, type TestDatabase } from '../test/support/database/database.ts';
import { Random } from '../test/support/random.ts';
import { testDependencies } from '../test/support/service/test-dependencies.ts';
import { DailyLife, PEER } from './daily-life.ts';
import { LargePeer } from './large-peer.ts';

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

/** The write units of what happens around counting. */
export interface UnitsAround {
  /** The first message of a peer's day, which is one of the channel's day as well. */
  openingPeersDay: number;
  /** The first message of the day on another channel, where there is one. */
  openingChannelsDay?: number;
  sealing: number;
  lateByADay: number;
  lateBySixtyDays: number;
  /** What the next hourly run writes after them. */
  hourAfter: number;
}

/**
 * For a peer with so many channels, whose days were counted as they passed and sealed nightly: a few of two months ago,
 * and all of this month.
 */
export async function writeUnitsAround(database: TestDatabase, channels: number): Promise<UnitsAround> {
  const life = await DailyLife.begin(database, channels, 6);
  await life.live(addDays(TODAY, -61), addDays(TODAY, -59));
  await life.live('2026-11-01', addDays(YESTERDAY, -1));
  await life.count(YESTERDAY);
  const sealing = (await life.seal(YESTERDAY)).written;
  const [first = '', second] = life.channelIds;
  const one = async (channelId: string, day: UtcDay, time: string) =>
    (await life.countOne(channelId, day, `${TODAY}T${time}:00.000Z`)).written;
  return {
    openingPeersDay: await one(first, TODAY, '08:00'),
    ...(second !== undefined && { openingChannelsDay: await one(second, TODAY, '09:00') }),
    sealing,
    lateByADay: await one(first, YESTERDAY, '10:00'),
    lateBySixtyDays: await one(first, addDays(TODAY, -60), '11:00'),
    hourAfter: (await life.sealAt(`${TODAY}T11:05:00.000Z`)).written,
  };
}

/** What an import did: calls by the kind of command, and write units. */
export interface ImportCosts {
  messages: number;
  transactions: number;
  calls: number;
  writeUnits: number;
}

const IMPORTED_A_DAY = 3;
const RECORDS_A_BATCH = 500;

/**
 * Counts the history of a peer that is in use already, so that all of these days are sealed: so many days of four
 * channels, each with three messages of a conversation of its own, in batches as the stream has them.
 */
export async function costsOfImport(database: TestDatabase, days: number): Promise<ImportCosts> {
  const life = await DailyLife.begin(database, 4, 1);
  await life.live(YESTERDAY, YESTERDAY);
  life.dependencies.setClock(NOW);
  const messages = Array.from({ length: days }, (_, index) => addDays(YESTERDAY, index - days)).flatMap(
    (day) => life.channelIds.flatMap((channelId) => importedDay(channelId, day)),
  );
  const meter = metered(database.client);
  const counter = await buildCounter({ ...life.dependencies, client: meter.client });
  for (let first = 0; first < messages.length; first += RECORDS_A_BATCH) {
    const outcomes = await counter.count(messages.slice(first, first + RECORDS_A_BATCH));
    if (outcomes.some(({ kind }) => kind !== 'counted')) throw new Error('a message was not counted');
  }
  return {
    messages: messages.length,
    transactions: meter.calls.get('TransactWriteCommand') ?? 0,
    calls: [...meter.calls.values()].reduce((sum, calls) => sum + calls, 0),
    writeUnits: meter.writeUnits(),
  };
}

function importedDay(channelId: string, day: UtcDay): UserMessage[] {
  return Array.from({ length: IMPORTED_A_DAY }, (_, number) => ({
    peerId: PEER,
    channelId,
    conversationId: `${channelId}-${day}`,
    messageId: `imported-${day}-${number}`,
    sentAt: startOf(day) + number,
  }));
}

const PEERS = 1_000;
const MESSAGES_A_PEER = 16;
const MESSAGES_A_CONVERSATION = 2.6;

/**
 * Counts two days of many peers, few of them busy and most of them not, in batches of 100, and seals each.
 *
 * @returns the write units that a message cost, all in, on the first day and on the next
 */
export async function writeUnitsOfManyPeers(database: TestDatabase, peers: number): Promise<number[]> {
  const random = new Random(1);
  const dependencies = await testDependencies(database, NOW);
  const perMessage: number[] = [];
  for (const day of [YESTERDAY, TODAY]) {
    dependencies.setClock(`${day}T12:00:00.000Z`);
    const meter = metered(database.client);
    const counter = await buildCounter({ ...dependencies, client: meter.client });
    const messages = dayOfManyPeers(peers, day, random);
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

/** The messages of a day of many peers, 16 a peer: the second has half as many as the first, the third a third. */
export function dayOfManyPeers(peers: number, day: UtcDay, random: Random): UserMessage[] {
  const weights = Array.from({ length: peers }, (_, index) => 1 / (index + 1));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const amounts = weights.map((weight) => Math.max(1, Math.round((peers * MESSAGES_A_PEER * weight) / sum)));
  return random.shuffled(amounts.flatMap((amount, peer) => dayOfPeer(peer, amount, day, random)));
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

/** The rows that are printed: what it is, and its write units. */
async function rows(database: TestDatabase): Promise<[string, string][]> {
  const inBatches: number[] = [];
  for (const batchSize of [1, 10, 100]) inBatches.push(await writeUnitsPerMessage(database, batchSize));
  const around: UnitsAround[] = [];
  for (const channels of [1, 4, 20]) around.push(await writeUnitsAround(database, channels));
  const [, four] = around;
  if (four === undefined) throw new Error('four channels are measured');
  const list = (units: readonly number[], digits = 0) => units.map((n) => n.toFixed(digits)).join(' / ');
  const large = await LargePeer.store(database, 500, 400);
  const imported = await costsOfImport(database, 400);
  const perMessage = [imported.writeUnits, imported.calls].map((amount) => amount / imported.messages);
  return [
    ['a message, 1 / 10 / 100 of its channel in a batch', list(inBatches, 3)],
    ["opening a peer's day / a channel's day", `${four.openingPeersDay} / ${four.openingChannelsDay}`],
    ['sealing a day of 1 / 4 / 20 channels', list(around.map(({ sealing }) => sealing))],
    ['one message a day late / 60 days late, 4 channels', `${four.lateByADay} / ${four.lateBySixtyDays}`],
    ['the hour after it', `${four.hourAfter}`],
    ['one message long late, 500 channels and 400 days', `${await large.writeUnitsOfLateMessage()}`],
    [`${imported.messages} imported, 400 days of 4 channels: transactions`, `${imported.transactions}`],
    ['a message of these: write units / calls', list(perMessage, 2)],
    [
      `a message of ${PEERS} peers, all in, first day / next day`,
      list(await writeUnitsOfManyPeers(database, PEERS), 2),
    ],
  ];
}

// npm run bench:write-units: the write units of counting and sealing, those of indexes included. The storing of a
// message in the messages table, one unit, is not among them.
if (import.meta.main) {
  const database = await startTestDatabase();
  for (const [name, units] of await rows(database)) process.stdout.write(`${name.padEnd(58)} ${units}\n`);
  await database.stop();
}
