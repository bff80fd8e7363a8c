import { buildCounter } from '../functions/shared/counting/build-counter.ts';
import type { UserMessage } from '../functions/shared/domain/message.ts';
import { addDays, dayOf, startOf, type UtcDay } from '../functions/shared/domain/utc-day.ts';
import { takeDailySnapshot } from '../functions/take-daily-snapshot/take-daily-snapshot.ts';
import { metered } from '../test/support/database/capacity.ts';
import type { TestDatabase } from '../test/support/database/database.ts';
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
    this.dependencies.setClock(`${day}T12:00:00.000Z`);
    const messages = this.channelIds.flatMap((channelId) =>
      Array.from({ length: this.#messagesADay }, (_, number) => message(channelId, day, number)),
    );
    await (await buildCounter(this.dependencies)).count(messages);
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

  /** What something consumes. */
  async measure(use: (dependencies: TestDependencies) => Promise<void>): Promise<Units> {
    const meter = metered(this.dependencies.client);
    await use({ ...this.dependencies, client: meter.client });
    return { written: meter.writeUnits(), read: meter.readUnits() };
  }
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
