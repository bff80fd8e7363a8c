import { paginateScan } from '@aws-sdk/lib-dynamodb';
import { buildCounter } from '../functions/shared/counting/build-counter.ts';
import type { UserMessage } from '../functions/shared/domain/message.ts';
import { addDays, dayOf, startOf, type UtcDay } from '../functions/shared/domain/utc-day.ts';
import type { Dependencies } from '../functions/shared/runtime/dependencies.ts';
import type { Item } from '../functions/shared/store/items/item.ts';
import { takeDailySnapshot } from '../functions/take-daily-snapshot/take-daily-snapshot.ts';
import { metered } from '../test/support/database/capacity.ts';
import { startTestDatabase, type TestDatabase } from '../test/support/database/database.ts';
import { storedBytes } from '../test/support/database/item-size.ts';
import { type TestDependencies, testDependencies } from '../test/support/service/test-dependencies.ts';

/** The peer whose days pass. */
export const PEER = 'peer_support';

const HOUR_MS = 3_600_000;
const MESSAGES_A_CONVERSATION = 6;

/** What something consumed. */
export interface Units {
  written: number;
  read: number;
}

/**
 * What the usage table stores: daily counters and their archived windows, which expire; markers of conversations; and
 * what is kept of the peer itself: totals, months, channels.
 */
export type StoredKind = 'evidence' | 'markers' | 'figures';

/** A peer whose days are counted as they pass, and sealed shortly after they end, on tables of its own. */
export class DailyLife {
  readonly dependencies: TestDependencies;
  readonly channelIds: readonly string[];
  readonly #messagesADay: number;

  private constructor(dependencies: TestDependencies, channels: number, messagesADay: number) {
    this.dependencies = dependencies;
    this.channelIds = Array.from({ length: channels }, (_, index) => `integration_${index + 1}`);
    this.#messagesADay = messagesADay;
  }

  /** @param messagesADay how many messages each of the channels has */
  static async begin(database: TestDatabase, channels: number, messagesADay: number): Promise<DailyLife> {
    return new DailyLife(
      await testDependencies(database, '2026-01-01T00:00:00.000Z'),
      channels,
      messagesADay,
    );
  }

  /** Counts the messages of a day, in one batch. */
  async count(day: UtcDay): Promise<void> {
    await (await this.#counterAtNoon(day, this.dependencies)).count(this.#messagesOf(day));
  }

  /** Counts the messages of a day, each in a batch of its own, as they come where there are few. */
  countOneByOne(day: UtcDay): Promise<Units> {
    return this.measure(async (dependencies) => {
      const counter = await this.#counterAtNoon(day, dependencies);
      for (const each of this.#messagesOf(day)) await counter.count([each]);
    });
  }

  #counterAtNoon(day: UtcDay, dependencies: Dependencies) {
    this.dependencies.setClock(`${day}T12:00:00.000Z`);
    return buildCounter(dependencies);
  }

  #messagesOf(day: UtcDay): UserMessage[] {
    return this.channelIds.flatMap((channelId) =>
      Array.from({ length: this.#messagesADay }, (_, number) => message(channelId, day, number)),
    );
  }

  /** Seals a day at five past midnight. */
  seal(day: UtcDay): Promise<Units> {
    return this.sealAt(`${addDays(day, 1)}T00:05:00.000Z`);
  }

  /** Seals what is over at an instant. */
  sealAt(scheduledAt: string): Promise<Units> {
    this.dependencies.setClock(scheduledAt);
    return this.measure(async (dependencies) => {
      await takeDailySnapshot(dependencies)({ scheduledAt }, () => false);
    });
  }

  /** Days from one to another, both included, each counted and then sealed. */
  async live(from: UtcDay, to: UtcDay): Promise<void> {
    for (let day = from; day <= to; day = addDays(day, 1)) {
      await this.count(day);
      await this.seal(day);
    }
  }

  /**
   * Counts one more message, of the first conversation of yesterday, by a process that has just begun.
   *
   * @param day that of the message
   * @param at when it is counted
   */
  async countOne(channelId: string, day: UtcDay, at: string): Promise<Units> {
    this.dependencies.setClock(at);
    const yesterday = addDays(dayOf(Date.parse(at)), -1);
    const conversation = message(channelId, yesterday, 0).conversationId;
    const one = { ...message(channelId, day, 10_000), conversationId: conversation };
    // What a process reads once is not the message's.
    const start = await this.measure(async (dependencies) => {
      await buildCounter(dependencies);
    });
    const all = await this.measure(async (dependencies) => {
      await (await buildCounter(dependencies)).count([one]);
    });
    return { written: all.written - start.written, read: all.read - start.read };
  }

  /** The bytes that the usage table stores, by the kind of item. Entries of indexes are not among them. */
  async storedBytes(): Promise<Record<StoredKind, number>> {
    const bytes = { evidence: 0, markers: 0, figures: 0 };
    const { usageTableName: TableName } = this.dependencies.settings;
    const pages = paginateScan({ client: this.dependencies.client }, { TableName, ConsistentRead: true });
    for await (const { Items: items = [] } of pages) {
      for (const item of items) bytes[kindOf(item)] += storedBytes(item);
    }
    return bytes;
  }

  /** What something consumes. */
  async measure(use: (dependencies: TestDependencies) => Promise<void>): Promise<Units> {
    const meter = metered(this.dependencies.client);
    await use({ ...this.dependencies, client: meter.client });
    return { written: meter.writeUnits(), read: meter.readUnits() };
  }
}

function kindOf({ pk, sk }: Item): StoredKind {
  if (String(pk).includes('#CONVERSATION#')) return 'markers';
  return String(pk).includes('#WINDOWS#') || /^USAGE#\d/.test(String(sk)) ? 'evidence' : 'figures';
}

function message(channelId: string, day: UtcDay, number: number): UserMessage {
  const conversation = Math.floor(number / MESSAGES_A_CONVERSATION);
  return {
    peerId: PEER,
    channelId,
    conversationId: `${channelId}-${day}-${conversation}`,
    messageId: `${day}-${number}`,
    sentAt: startOf(day) + HOUR_MS + number * 1_000,
  };
}

/** What a day of a peer costs and stores, on average, counted one by one as they come and sealed nightly. */
export interface DayOfLife {
  messages: number;
  conversations: number;
  counting: Units;
  sealing: Units;
  stored: Record<StoredKind, number>;
}

/** Lets a month pass. */
export async function monthOfLife(
  database: TestDatabase,
  channels: number,
  messagesADay: number,
): Promise<DayOfLife> {
  const life = await DailyLife.begin(database, channels, messagesADay);
  const counting: Units = { written: 0, read: 0 };
  const sealing: Units = { written: 0, read: 0 };
  for (let day: UtcDay = '2026-11-01'; day < '2026-12-01'; day = addDays(day, 1)) {
    add(counting, await life.countOneByOne(day));
    add(sealing, await life.seal(day));
  }
  const { evidence, markers, figures } = await life.storedBytes();
  const days = 30;
  return {
    messages: channels * messagesADay,
    conversations: channels * Math.ceil(messagesADay / MESSAGES_A_CONVERSATION),
    counting: { written: counting.written / days, read: counting.read / days },
    sealing: { written: sealing.written / days, read: sealing.read / days },
    stored: { evidence: evidence / days, markers: markers / days, figures: figures / days },
  };
}

function add(sum: Units, more: Units): void {
  sum.written += more.written;
  sum.read += more.read;
}

// npm run bench:daily-life: what a day costs and stores, on average over a month, of a peer with three channels and 51
// messages a day. Each message is counted in a batch of its own, and every day is sealed at five past midnight.
if (import.meta.main) {
  const database = await startTestDatabase();
  const { messages, conversations, counting, sealing, stored } = await monthOfLife(database, 3, 17);
  const print = (name: string, value: number, unit: string) =>
    process.stdout.write(`${name.padEnd(58)} ${value.toFixed(1)} ${unit}\n`);
  print('messages of a day', messages, `in ${conversations} conversations`);
  print('counting them', counting.written, `write units, ${counting.read.toFixed(1)} read units`);
  print('sealing the day', sealing.written, `write units, ${sealing.read.toFixed(1)} read units`);
  print('counters and archived windows, kept for 460 days', stored.evidence, 'bytes');
  print('markers of conversations, kept for ever', stored.markers, 'bytes');
  print('totals, months and channels, kept for ever', stored.figures, 'bytes');
  await database.stop();
}
