import { PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { exportToMixpanel } from '../../functions/export-to-mixpanel/export-to-mixpanel.ts';
import { countMessages } from '../../functions/shared/counting/count-messages.ts';
import { inBatches } from '../../functions/shared/domain/in-batches.ts';
import type { Message, MessageIdentity } from '../../functions/shared/domain/message.ts';
import type { SealedDay } from '../../functions/shared/domain/sealed-day.ts';
import {
  DAY_MS,
  type EpochMillis,
  HOUR_MS,
  startOf,
  type UtcDay,
} from '../../functions/shared/domain/utc-day.ts';
import type { Item } from '../../functions/shared/store/items/item.ts';
import { messageItem } from '../../functions/shared/store/items/message.ts';
import { SealedDays } from '../../functions/shared/store/sealed-days.ts';
import { channelsCommand } from '../../tools/commands/channels.ts';
import { forgetCommand } from '../../tools/commands/forget.ts';
import { snapshotCommand } from '../../tools/commands/snapshot.ts';
import { streamRecord } from '../faults/history.ts';
import { type FakeMixpanel, MIXPANEL_ACCOUNT } from '../support/analytics/fake-mixpanel.ts';
import type { TestDatabase } from '../support/database/database.ts';
import type { Random } from '../support/random.ts';
import type { TestDependencies } from '../support/service/test-dependencies.ts';
import { allTablesOf, runOn, usageTableOf } from '../tools/tool-run.ts';

/** What happened to a message, in steps of one life. */
export interface Happened {
  message: Message;
  storedAt: number;
  countedAt?: number;
  /** When its stored item was removed: its conversation was forgotten. */
  removedAt?: number;
}

export type Conversation = Pick<MessageIdentity, 'peerId' | 'conversationId'>;

/** A conversation that was forgotten, and when. */
export type Forgotten = Conversation & { at: EpochMillis };

/** Both tables as they were after a step. */
export interface Copies {
  at: number;
  usage: Item[];
  messages: Item[];
}

/** One of them is erased, and comes back as a new peer. */
export const ERASED_PEER = 'gone';
export const PEERS = ['p', 'p#', 'q', ERASED_PEER];
/** A channel of `q` that is purged. */
export const PURGED = { peerId: 'q', channelId: 'made_by_mistake' };
const CHANNELS = ['direct', 'integration_1'];
const RETENTION_DAYS = 400;
const BATCH = 10;

interface LifeOptions {
  database: TestDatabase;
  dependencies: TestDependencies;
  mixpanel: FakeMixpanel;
  random: Random;
}

/** A service that is used: messages come and are counted, days are sealed and exported, conversations forgotten. */
export class Life {
  readonly #options: LifeOptions;
  readonly #happened: Happened[] = [];
  readonly #forgotten: Forgotten[] = [];
  readonly #announced: SealedDay[] = [];
  #step = 0;
  #isPurged = false;
  #erasedAt = -1;

  constructor(options: LifeOptions) {
    this.#options = options;
  }

  get happened(): readonly Happened[] {
    return this.#happened;
  }

  /** Every state of a day that was announced. */
  get announced(): readonly SealedDay[] {
    return this.#announced;
  }

  /** What was sent to the erased peer until then is gone, and refused. */
  get erasedAt(): EpochMillis {
    return this.#erasedAt;
  }

  get forgotten(): readonly Forgotten[] {
    return this.#forgotten;
  }

  setClock(day: UtcDay, hour: number): void {
    this.#options.dependencies.setClock(new Date(startOf(day) + hour * HOUR_MS).toISOString());
  }

  /** New messages come: of today, and some that are late. */
  async send(today: UtcDay, amount: number): Promise<void> {
    const { random } = this.#options;
    const messages = Array.from({ length: amount }, (): Message => {
      const isLate = random.chance(0.25);
      const sentAt =
        startOf(today) + random.integer(0, 7 * HOUR_MS) - (isLate ? random.integer(1, 4) * DAY_MS : 0);
      return this.#messageAt(sentAt);
    });
    await this.store(messages.sort((one, other) => one.sentAt - other.sentAt));
  }

  /** A message comes that is about to expire. */
  async sendOldest(): Promise<void> {
    const { clock } = this.#options.dependencies;
    await this.store([this.#messageAt(clock() - RETENTION_DAYS * DAY_MS + HOUR_MS)]);
  }

  #messageAt(sentAt: number): Message {
    const { random } = this.#options;
    const isOfMistake = !this.#isPurged && random.chance(0.1);
    return {
      peerId: isOfMistake ? PURGED.peerId : random.pick(PEERS),
      conversationId: `conversation-${random.integer(1, 12)}`,
      messageId: `message-${this.#happened.length}-${sentAt}`,
      channelId: isOfMistake ? PURGED.channelId : random.pick(CHANNELS),
      role: 'user',
      sentAt,
    };
  }

  /** Stores messages, which are counted later. */
  async store(messages: readonly Message[]): Promise<void> {
    const { client, settings } = this.#options.dependencies;
    for (const message of messages) {
      const item = messageItem(message, RETENTION_DAYS);
      await client.send(new PutCommand({ TableName: settings.messagesTableName, Item: item }));
      this.#happened.push({ message, storedAt: ++this.#step });
    }
  }

  /** Counts what waits, except for the last ones. */
  async count(exceptFor: number): Promise<void> {
    const waiting = this.#happened.filter(({ countedAt }) => countedAt === undefined);
    const counted = waiting.slice(0, waiting.length - exceptFor);
    for (const batch of inBatches(counted, BATCH)) {
      await this.deliver(batch.map(({ message }) => message));
      this.#step += 1;
      for (const each of batch) each.countedAt = this.#step;
    }
  }

  /** Delivers messages as the stream does, whether they were counted or not. */
  async deliver(messages: readonly Message[]): Promise<void> {
    const records = messages.map((message, index) => streamRecord(message, index + 1));
    const { batchItemFailures: failures } = await countMessages(this.#options.dependencies)({
      Records: records,
    });
    if (failures.length > 0) throw new Error('messages could not be counted');
  }

  /** Seals the days up to one, and exports what changed by it. */
  async seal(through: UtcDay): Promise<void> {
    const { database, dependencies } = this.#options;
    await this.#succeed(snapshotCommand, [...usageTableOf(database, dependencies), '--day', through]);
    await this.export();
  }

  /** Exports all days that are sealed, as they are announced. */
  async export(): Promise<void> {
    const { dependencies, mixpanel } = this.#options;
    const { client, settings } = dependencies;
    const sealed = new SealedDays({ client, tableName: settings.usageTableName });
    const consume = exportToMixpanel(dependencies, MIXPANEL_ACCOUNT, async (url, request) =>
      mixpanel.answer(url, request),
    );
    for (const peerId of PEERS) {
      const days = await sealed.read(peerId, '2025-01-01', '2026-12-31');
      this.#announced.push(...days);
      const left = await consume(
        days.map(({ day, revision }) => ({ peerId, day, revision })),
        () => false,
      );
      if (left.length > 0) throw new Error('days could not be exported');
    }
  }

  /** Forgets a conversation. */
  async forget(conversation: Conversation): Promise<void> {
    const { peerId, conversationId } = conversation;
    const named = ['--peer', peerId, '--conversation', conversationId];
    await this.#succeed(forgetCommand, [...named, ...this.#tables()]);
    this.#step += 1;
    this.#forgotten.push({ ...conversation, at: this.#options.dependencies.clock() });
    for (const each of this.#happened) {
      const { message, removedAt } = each;
      if (message.peerId === peerId && message.conversationId === conversationId && removedAt === undefined) {
        each.removedAt = this.#step;
      }
    }
  }

  /** Purges the channel that was made by mistake. */
  async purge(): Promise<void> {
    const { peerId, channelId } = PURGED;
    await this.#succeed(channelsCommand, [
      'purge',
      '--peer',
      peerId,
      '--channel',
      channelId,
      ...this.#tables(),
    ]);
    this.#isPurged = true;
    this.#step += 1;
  }

  /** Erases a peer. */
  async erase(): Promise<void> {
    const { clock } = this.#options.dependencies;
    await this.#succeed(forgetCommand, ['--peer', ERASED_PEER, '--all', ...this.#tables()]);
    this.#erasedAt = clock();
    this.#step += 1;
    for (const each of this.#happened) {
      if (each.message.peerId === ERASED_PEER) each.removedAt ??= this.#step;
    }
  }

  #tables(): string[] {
    return ['--yes', ...allTablesOf(this.#options.database, this.#options.dependencies)];
  }

  /** Both tables as they are now. */
  async copies(): Promise<Copies> {
    const { usageTableName, messagesTableName } = this.#options.dependencies.settings;
    const [usage, messages] = await Promise.all(
      [usageTableName, messagesTableName].map((name) => this.#all(name)),
    );
    return { at: this.#step, usage: usage ?? [], messages: messages ?? [] };
  }

  async #all(tableName: string): Promise<Item[]> {
    const { client } = this.#options.dependencies;
    const items: Item[] = [];
    let start: Item | undefined;
    do {
      const page = await client.send(new ScanCommand({ TableName: tableName, ExclusiveStartKey: start }));
      items.push(...(page.Items ?? []));
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
    return items;
  }

  async #succeed(command: Parameters<typeof runOn>[1], options: readonly string[]): Promise<void> {
    const { exitCode, stderr } = await runOn(this.#options.dependencies, command, options);
    if (exitCode !== 0) throw new Error(stderr);
  }
}
