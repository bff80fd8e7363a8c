import { isDeepStrictEqual } from 'node:util';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Message } from '../../functions/shared/domain/message.ts';
import type { SealedDay } from '../../functions/shared/domain/sealed-day.ts';
import { DAY_MS, dayOf, type EpochMillis, type UtcDay } from '../../functions/shared/domain/utc-day.ts';
import { mapConcurrently } from '../../functions/shared/runtime/concurrency.ts';
import { AuditLog } from '../../functions/shared/store/audit-log.ts';
import type { Table } from '../../functions/shared/store/dynamodb.ts';
import type { Item } from '../../functions/shared/store/items/item.ts';
import { SealedDays } from '../../functions/shared/store/sealed-days.ts';
import { UsageReader } from '../../functions/shared/store/usage-reader.ts';
import { auditCommand } from '../../tools/commands/audit.ts';
import { channelsCommand } from '../../tools/commands/channels.ts';
import { exportCommand } from '../../tools/commands/export.ts';
import { forgetCommand } from '../../tools/commands/forget.ts';
import { renumberCommand } from '../../tools/commands/renumber.ts';
import { replayCommand } from '../../tools/commands/replay.ts';
import { snapshotCommand } from '../../tools/commands/snapshot.ts';
import { FakeMixpanel, MIXPANEL_ACCOUNT } from '../support/analytics/fake-mixpanel.ts';
import type { TestDatabase } from '../support/database/database.ts';
import { Random } from '../support/random.ts';
import { type TestDependencies, testDependencies } from '../support/service/test-dependencies.ts';
import { bothTablesOf, runOn, usageTableOf } from '../tools/tool-run.ts';
import { type Copies, ERASED_PEER, type Forgotten, type Happened, Life, PEERS, PURGED } from './life.ts';

/** From which copy a table comes back: `last` is the table as it was at the accident, and a lost one comes back empty. */
type Source = 'early' | 'late' | 'last' | 'lost';

/** From which copy each table comes back. */
export interface Combination {
  name: string;
  usage: Source;
  messages: Source;
}

export const COMBINATIONS: readonly Combination[] = [
  { name: 'an older usage table, the messages as they are', usage: 'early', messages: 'last' },
  { name: 'an older usage table, newer messages', usage: 'early', messages: 'late' },
  { name: 'older messages, a newer usage table', usage: 'late', messages: 'early' },
  { name: 'older messages, the usage table as it is', usage: 'last', messages: 'early' },
  { name: 'both tables of the same point', usage: 'late', messages: 'late' },
  { name: 'the usage table lost, the messages as they are', usage: 'lost', messages: 'last' },
  { name: 'the messages lost, the usage table as it is', usage: 'last', messages: 'lost' },
];

const DAYS: readonly UtcDay[] = [
  '2026-11-16',
  '2026-11-17',
  '2026-11-18',
  '2026-11-19',
  '2026-11-20',
  '2026-11-21',
];
const LAST_SEALED: UtcDay = '2026-11-20';
const TODAY: UtcDay = '2026-11-21';
const TOMORROW: UtcDay = '2026-11-22';
const RESTORED_AT = Date.parse(`${TODAY}T15:00:00.000Z`);
const RETENTION_MS = 400 * DAY_MS;
const FIRST_DAY: UtcDay = '2025-01-01';

/** The steps of the runbook. */
export type Step =
  | 'forget again'
  | 'repair'
  | 'purge again'
  | 'renumber'
  | 'replay'
  | 'snapshot'
  | 'assume sent';
/** Those that are needed whatever the copies are like; a repair, where a transaction was cut in two. */
export const STEPS: readonly Step[] = [
  'forget again',
  'purge again',
  'renumber',
  'replay',
  'snapshot',
  'assume sent',
];

/** What there was until the accident. */
export interface Lived {
  early: Copies;
  late: Copies;
  last: Copies;
  happened: readonly Happened[];
  forgotten: readonly Forgotten[];
  announced: readonly SealedDay[];
  erasedAt: EpochMillis;
  /** The audit log and the register of the forgotten: they are not restored. */
  auditTable: string;
  mixpanel: FakeMixpanel;
}

/** Lives six days, of which two moments are copied, and ends with the accident. */
export async function live(database: TestDatabase, seed: number): Promise<Lived> {
  const dependencies = await testDependencies(database, `${DAYS[0]}T08:00:00.000Z`);
  const mixpanel = new FakeMixpanel(dependencies.clock);
  const life = new Life({ database, dependencies, mixpanel, random: new Random(seed) });
  let early: Copies | undefined;
  let late: Copies | undefined;
  for (const day of DAYS) {
    life.setClock(day, 8);
    if (day === DAYS[0]) await life.sendOldest();
    await life.send(day, 30);
    await life.count(3);
    if (day === '2026-11-18') early = await life.copies();
    if (day === '2026-11-19') await life.forget({ peerId: 'p', conversationId: 'conversation-1' });
    if (day === '2026-11-19') await life.purge();
    if (day === '2026-11-19') await life.erase();
    if (day === '2026-11-20') late = await life.copies();
    if (day === '2026-11-20') await life.forget({ peerId: 'p#', conversationId: 'conversation-2' });
    life.setClock(day, 12);
    await life.send(day, 10);
    await life.count(2);
    if (day !== TODAY) {
      life.setClock(DAYS[DAYS.indexOf(day) + 1] ?? TODAY, 0.2);
      await life.seal(day);
    }
  }
  if (early === undefined || late === undefined) throw new Error('nothing was copied');
  const last = await life.copies();
  return {
    early,
    late,
    last,
    happened: life.happened,
    forgotten: life.forgotten,
    announced: life.announced,
    erasedAt: life.erasedAt,
    auditTable: dependencies.settings.auditTableName,
    mixpanel,
  };
}

/** How many messages were counted before the accident, and how many are now. */
export interface Drilled {
  before: number;
  after: number;
}

/**
 * Restores both tables, follows the runbook (docs/how-to/restore.md) with the tools themselves, lets life go on, and
 * compares every figure with what it has to be.
 *
 * @param without a step that is left out
 * @throws Error where a figure is wrong, or a step fails
 */
export async function drill(
  database: TestDatabase,
  lived: Lived,
  combination: Combination,
  without?: Step,
): Promise<Drilled> {
  const restored = await Restored.of(database, lived, combination);
  await restored.followRunbook(without);
  await restored.compare();
  const after = restored.expected.size;
  await restored.goOn();
  await restored.compare();
  const before = lived.happened.filter(({ countedAt }) => countedAt !== undefined).length;
  return { before, after };
}

/** The tables that came back, and what has to be in them. */
class Restored {
  readonly #database: TestDatabase;
  readonly #dependencies: TestDependencies;
  readonly #lived: Lived;
  readonly #mixpanel: FakeMixpanel;
  readonly #life: Life;
  /** The messages that have to be in the figures. */
  readonly expected: Set<Message>;

  private constructor(
    database: TestDatabase,
    dependencies: TestDependencies,
    lived: Lived,
    expected: Set<Message>,
  ) {
    this.#database = database;
    this.#dependencies = dependencies;
    this.#lived = lived;
    this.#mixpanel = new FakeMixpanel(dependencies.clock);
    this.#mixpanel.taken.push(...lived.mixpanel.taken);
    this.expected = expected;
    this.#life = new Life({ database, dependencies, mixpanel: this.#mixpanel, random: new Random(1) });
  }

  static async of(database: TestDatabase, lived: Lived, { usage, messages }: Combination): Promise<Restored> {
    const dependencies = await testDependencies(database, new Date(RESTORED_AT).toISOString());
    const { usageTableName, messagesTableName } = dependencies.settings;
    const put = (tableName: string, items: readonly Item[]) =>
      mapConcurrently(items, 8, (item) =>
        dependencies.client.send(new PutCommand({ TableName: tableName, Item: item })),
      );
    if (usage !== 'lost') await put(usageTableName, lived[usage].usage);
    if (messages !== 'lost') await put(messagesTableName, lived[messages].messages);
    const usageAt = usage === 'lost' ? -1 : lived[usage].at;
    const messagesAt = messages === 'lost' ? -1 : lived[messages].at;
    const expected = lived.happened.filter(
      (each) =>
        !isGone(each.message, lived) &&
        (wasCounted(each, usageAt) ||
          (isStored(each, messagesAt) &&
            !isForgotten(each.message, lived.forgotten) &&
            each.message.sentAt + RETENTION_MS > dependencies.clock())),
    );
    const messagesOf = new Set(expected.map(({ message }) => message));
    return new Restored(database, dependencies, lived, messagesOf);
  }

  /** The commands of the runbook, in its order. */
  async followRunbook(without: Step | undefined): Promise<void> {
    for (const [step, follow] of this.#steps()) {
      if (step !== without) await follow();
    }
    await this.#run(auditCommand, this.#usageTable());
    const { stdout } = await this.#run(replayCommand, ['--all-peers', '--dry-run', ...this.#bothTables()]);
    if (/ \+\d+$/m.test(stdout)) throw new Error(`messages are stored that are not counted:\n${stdout}`);
  }

  #steps(): [Step, () => Promise<unknown>][] {
    const renumber = () => this.#run(renumberCommand, ['--yes', ...this.#usageTable()]);
    return [
      ['forget again', () => this.#forgetAgain()],
      ['repair', () => this.#run(auditCommand, ['--repair', '--yes', ...this.#usageTable()])],
      ['renumber', renumber],
      ['replay', () => this.#run(replayCommand, ['--all-peers', '--yes', ...this.#bothTables()])],
      // Where the usage table was lost, it is the replay that brings the channels back.
      ['purge again', () => this.#purgeAgain()],
      // Once more, for peers that only the replay has brought back.
      ['renumber', renumber],
      ['snapshot', () => this.#run(snapshotCommand, ['--day', LAST_SEALED, ...this.#usageTable()])],
      ['assume sent', () => this.#assumeSent()],
    ];
  }

  #forgetAgain() {
    return this.#run(forgetCommand, ['--register', '--yes', ...this.#allTables()]);
  }

  /** Purges what the audit log says was purged. */
  async #purgeAgain(): Promise<void> {
    const { client } = this.#dependencies;
    const log = new AuditLog({ client, tableName: this.#lived.auditTable }, this.#dependencies.randomBytes);
    for await (const entries of log.entries()) {
      for (const { action, phase, peerId, channelId } of entries) {
        if (action !== 'purge' || phase !== 'done' || peerId === undefined || channelId === undefined)
          continue;
        const named = ['--peer', peerId, '--channel', channelId];
        await this.#try(channelsCommand, ['purge', ...named, '--yes', ...this.#allTables()]);
      }
    }
  }

  #allTables(): string[] {
    return [...this.#bothTables(), '--audit-table', this.#lived.auditTable];
  }

  #assumeSent() {
    return this.#run(exportCommand, [
      ...['--target', 'mixpanel', '--from', FIRST_DAY, '--to', LAST_SEALED, '--assume-sent'],
      ...['--mixpanel-url', MIXPANEL_ACCOUNT.url, ...this.#usageTable()],
    ]);
  }

  /** Life goes on: messages come again and anew, days are sealed and exported. */
  async goOn(): Promise<void> {
    const again = [...this.expected];
    await this.#life.deliver(
      again.filter(({ sentAt }) => sentAt + RETENTION_MS > this.#dependencies.clock()),
    );
    await this.#life.send(TODAY, 20);
    await this.#life.count(0);
    this.#life.setClock(TOMORROW, 0.2);
    await this.#life.seal(TODAY);
    for (const { message } of this.#life.happened) {
      if (!isGone(message, this.#lived)) this.expected.add(message);
    }
  }

  /** @throws Error where a figure is not what it has to be */
  async compare(): Promise<void> {
    const { client, settings, clock } = this.#dependencies;
    const table = { client, tableName: settings.usageTableName };
    const today = dayOf(clock());
    for (const peerId of PEERS) {
      const usage = await new UsageReader(table).read(peerId, today, { from: FIRST_DAY, consistent: true });
      const ofPeer = [...this.expected].filter((message) => message.peerId === peerId);
      same(`messages of the days of ${peerId}`, daysOf(peerId, usage.days), messagesByDay(ofPeer));
      const allTime = usage.channels.map(
        ({ channelId, allTime: { messageCount, conversationCount } }) =>
          [channelId, `${messageCount} in ${conversationCount}`] as const,
      );
      same(`all-time figures of ${peerId}`, allTime, allTimeOf(ofPeer));
      const started = usage.days.reduce((sum, { conversationCount }) => sum + conversationCount, 0);
      const conversations = usage.channels.reduce(
        (sum, channel) => sum + channel.allTime.conversationCount,
        0,
      );
      same(`conversations of ${peerId}`, [['started', started]], [['started', conversations]]);
      await this.#compareRevisions(table, peerId);
    }
    this.#compareMixpanel();
  }

  /** Whoever keeps the state of a day with the highest revision that was ever announced, has the day as it is now. */
  async #compareRevisions(table: Table, peerId: string): Promise<void> {
    for (const now of await new SealedDays(table).read(peerId, FIRST_DAY, TOMORROW)) {
      const before = this.#lived.announced.filter((each) => each.peerId === peerId && each.day === now.day);
      const known = before.find(({ revision }) => revision >= now.revision);
      if (known === undefined || isDeepStrictEqual(known.channels, now.channels)) continue;
      // Of what was lost there is no new state.
      if (!this.#wasChanged(now)) continue;
      throw new Error(
        `${peerId} ${now.day} was announced with revision ${known.revision}, and now has ${now.revision}`,
      );
    }
  }

  /** Whether a day has changed since the tables came back. */
  #wasChanged({ changedAt }: SealedDay): boolean {
    return changedAt >= RESTORED_AT;
  }

  /** Mixpanel has nothing of a day twice: never more than was counted of it, before the accident or since. */
  #compareMixpanel(): void {
    const before = this.#lived.happened.filter(({ countedAt }) => countedAt !== undefined);
    const known = new Set([...before.map(({ message }) => message), ...this.expected]);
    const most = new Map(messagesByDay([...known]).map(([place, count]) => [place, count]));
    const sent = new Map<string, number>();
    for (const { properties } of this.#mixpanel.compacted()) {
      const place = placeOf(properties.peer_id, properties.day, properties.channel_id);
      sent.set(place, (sent.get(place) ?? 0) + properties.message_count);
    }
    for (const [place, count] of sent) {
      if (count > (most.get(place) ?? 0)) {
        throw new Error(`Mixpanel has ${count} messages of ${place}, and there were ${most.get(place) ?? 0}`);
      }
    }
  }

  async #run(command: Parameters<typeof runOn>[1], options: readonly string[]) {
    const environment = {
      MIXPANEL_PROJECT_ID: MIXPANEL_ACCOUNT.projectId,
      MIXPANEL_USERNAME: MIXPANEL_ACCOUNT.username,
      MIXPANEL_SECRET: MIXPANEL_ACCOUNT.secret,
    };
    const run = await this.#try(command, options, environment);
    if (run.exitCode !== 0) throw new Error(`${options.join(' ')}: ${run.stderr}`);
    return run;
  }

  #try(command: Parameters<typeof runOn>[1], options: readonly string[], environment = {}) {
    return runOn(this.#dependencies, command, options, { environment });
  }

  #usageTable(): string[] {
    return usageTableOf(this.#database, this.#dependencies);
  }

  #bothTables(): string[] {
    return bothTablesOf(this.#database, this.#dependencies);
  }
}

function wasCounted({ countedAt }: Happened, at: number): boolean {
  return countedAt !== undefined && countedAt <= at;
}

function isStored({ storedAt, removedAt }: Happened, at: number): boolean {
  return storedAt <= at && (removedAt === undefined || removedAt > at);
}

/** Whether a message was purged with its channel, or erased with its peer. */
function isGone({ peerId, channelId, sentAt }: Message, { erasedAt }: Lived): boolean {
  if (peerId === PURGED.peerId && channelId === PURGED.channelId) return true;
  return peerId === ERASED_PEER && sentAt <= erasedAt;
}

/** Whether a message was sent before its conversation was forgotten. */
function isForgotten(
  { peerId, conversationId, sentAt }: Message,
  conversations: readonly Forgotten[],
): boolean {
  return conversations.some(
    (forgotten) =>
      peerId === forgotten.peerId && conversationId === forgotten.conversationId && sentAt <= forgotten.at,
  );
}

function placeOf(peerId: string, day: UtcDay, channelId: string): string {
  return `${peerId} ${day} ${channelId}`;
}

function messagesByDay(messages: readonly Message[]): [string, number][] {
  const byPlace = Map.groupBy(messages, ({ peerId, channelId, sentAt }) =>
    placeOf(peerId, dayOf(sentAt), channelId),
  );
  return [...byPlace].map(([place, of]) => [place, of.length]);
}

function allTimeOf(messages: readonly Message[]): [string, string][] {
  return [...Map.groupBy(messages, ({ channelId }) => channelId)].map(([channelId, of]) => [
    channelId,
    `${of.length} in ${new Set(of.map(({ conversationId }) => conversationId)).size}`,
  ]);
}

type Figures = readonly (readonly [string, string | number])[];

/** @throws Error that names each figure that differs */
function same(what: string, found: Figures, wanted: Figures): void {
  const [one, other] = [new Map(found), new Map(wanted)];
  const names = new Set([...one.keys(), ...other.keys()]);
  const different = [...names]
    .filter((name) => one.get(name) !== other.get(name))
    .map((name) => `${name}: ${one.get(name) ?? 'nothing'}, and not ${other.get(name) ?? 'nothing'}`);
  if (different.length > 0) throw new Error(`${what} are wrong: ${different.sort().join('; ')}`);
}

function daysOf(
  peerId: string,
  days: readonly { day: UtcDay; channelId: string; messageCount: number }[],
): [string, number][] {
  return days
    .filter(({ messageCount }) => messageCount > 0)
    .map(({ day, channelId, messageCount }) => [placeOf(peerId, day, channelId), messageCount]);
}
