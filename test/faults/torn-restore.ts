import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  PutCommand,
  ScanCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { PeerAudit } from '../../functions/shared/auditing/peer-auditor.ts';
import type { PeerMending } from '../../functions/shared/auditing/peer-mender.ts';
import { buildCounter } from '../../functions/shared/counting/build-counter.ts';
import { Fingerprints } from '../../functions/shared/counting/fingerprints.ts';
import { type DifferenceCode, nameOfDifference } from '../../functions/shared/domain/audit/difference.ts';
import { mayHaveExpired, type WindowRules } from '../../functions/shared/domain/daily-counter.ts';
import type { UserMessage } from '../../functions/shared/domain/message.ts';
import { DAY_MS, dayOf, type EpochMillis } from '../../functions/shared/domain/utc-day.ts';
import { HashSecretStore } from '../../functions/shared/store/hash-secret-store.ts';
import type { Item } from '../../functions/shared/store/items/item.ts';
import { parseMonth } from '../../functions/shared/store/items/month-of-snapshots.ts';
import { TOTALS_SORT_KEY } from '../../functions/shared/store/items/peer-totals.ts';
import { lastSealableDay } from '../../functions/take-daily-snapshot/schedule.ts';
import { takeDailySnapshot } from '../../functions/take-daily-snapshot/take-daily-snapshot.ts';
import type { TestDatabase } from '../support/database/database.ts';
import { intercepted } from '../support/database/intercepted-client.ts';
import { Random } from '../support/random.ts';
import { watchedLog } from '../support/service/test-dependencies.ts';
import { type AuditedTable, auditedPeer, mendedPeer } from '../support/usage/audited-peer.ts';
import { faultyClient } from './faulty-client.ts';
import { QueryFaults } from './query-faults.ts';
import { Scheduler } from './scheduler.ts';
import { checkDigests } from './stored-digests.ts';
import { TornTransactions } from './torn-transactions.ts';
import { expectEqual } from './truth.ts';

const PEER = 'p#1';
const PARTITION = 'PEER#p%231';
const NOW = Date.parse('2026-11-22T10:00:00.000Z');
const RETENTION = { messageRetentionDays: 400, counterRetentionDays: 460 };
/** Messages this old come no more, and their counters have gone. */
const LONG_AGO_DAYS = 480;

/** What restores have to come to, so that they tell something. */
export const RESTORE_SITUATIONS = [
  'nothing differed',
  'a difference was mended',
  'a difference was left, and told',
  'days were lost, and their sum was kept',
  'days were lost, and it had to be decided on their sum',
  'messages were counted between restore and audit',
  'a day was sealed between restore and audit',
  'a record could not be counted before the repair',
  'a digest was known after the repair',
  'a peer could not be sealed before the repair',
  'a counter was older than the totals',
  'the totals were older than counters',
  'a month was older than the totals',
  'an archived window was lost',
  'a conversation marker was lost',
  'a channel was lost',
  'counters had expired',
  'a peer was repaired beside counting and sealing',
  'nothing that was sealed was left',
] as const;
export type RestoreSituation = (typeof RESTORE_SITUATIONS)[number];
export type RestoreOutcome = Map<RestoreSituation | DifferenceCode, number>;

/**
 * Counts and seals messages of a peer, puts random items of it back to an older state or removes them, and audits and
 * repairs it. In the end, once its messages are replayed, every figure is right again, or it was told which is not.
 */
export async function runTornRestore(
  database: TestDatabase,
  seed: number,
  trace: (line: string) => void = () => {},
): Promise<RestoreOutcome> {
  const world = new RestoredPeer(database, (await database.createTables()).usageTableName, seed, trace);
  await world.run();
  return world.met;
}

/** A figure of a channel: its messages and its conversations. */
type Figures = Map<string, { messages: number; conversations: number }>;

class RestoredPeer {
  readonly #client: DynamoDBDocumentClient;
  readonly #tableName: string;
  readonly #random: Random;
  readonly #trace: (line: string) => void;
  readonly #messages: UserMessage[] = [];
  /** Few, so that windows are archived, and split. */
  readonly #windowRules: WindowRules;
  readonly #states: Map<string, Item>[] = [];
  #now: EpochMillis = NOW;
  /** Whether nothing was left that tells of sealed days. */
  #isGone = false;
  /** Markers that were removed or put back to an older state, by channel. */
  readonly #lostMarkers = new Map<string, number>();
  /** Whether a sum was kept of which nothing told what it is of. */
  #isDecidedToKeep = false;
  readonly met: RestoreOutcome = new Map();

  constructor(database: TestDatabase, tableName: string, seed: number, trace: (line: string) => void) {
    this.#client = database.client;
    this.#tableName = tableName;
    this.#random = new Random(seed);
    this.#trace = trace;
    this.#windowRules = {
      windowCapacity: this.#random.integer(1, 4),
      fingerprintsPerWindow: this.#random.integer(1, 5),
      windowsTogether: this.#random.integer(1, 3),
    };
  }

  async run(): Promise<void> {
    if (this.#random.chance(0.3)) await this.#countLongAgo();
    const rounds = this.#random.integer(3, 8);
    for (let round = 0; round < rounds; round += 1) {
      this.#states.push(await this.#items());
      await this.#live();
    }
    const before = await this.#items();
    const ancient = this.#ancientIn(before);
    await this.#tear(before);
    await this.#seeWhatIsLeft();
    if (this.#random.chance(0.5)) await this.#liveOnTornItems();
    await this.#auditAndRepair(ancient);
  }

  #see(situation: RestoreSituation | DifferenceCode): void {
    this.met.set(situation, (this.met.get(situation) ?? 0) + 1);
  }

  /** Counts and seals days whose counters have expired by now. */
  async #countLongAgo(): Promise<void> {
    this.#now = NOW - LONG_AGO_DAYS * DAY_MS;
    const old: UserMessage[] = [];
    for (let number = this.#random.integer(2, 8); number > 0; number -= 1) {
      old.push(this.#message(`old-${number}`, this.#now - this.#random.integer(1, 3) * DAY_MS, 'old'));
    }
    await this.#count(old);
    await this.#seal();
    // Counters that are stored late stay for a while.
    this.#now = NOW;
    for (const [, { pk, sk, expiresAt }] of await this.#items()) {
      if (expiresAt !== undefined && Number(expiresAt) * 1000 <= NOW) await this.#remove({ pk, sk });
    }
    this.#see('counters had expired');
  }

  /** Some messages are counted, some die on the way, days are sealed, time passes. */
  async #live(): Promise<void> {
    const batch = Array.from({ length: this.#random.integer(1, 12) }, () => {
      const sentAt = this.#now - this.#random.integer(0, this.#random.pick([0, 2, 40]) * DAY_MS);
      return this.#message(`m-${this.#messages.length}`, sentAt, this.#random.pick(['a', 'b', 'c', 'd']));
    });
    if (this.#random.chance(0.2)) await this.#count(batch, this.#dyingClient());
    else await this.#count(batch);
    if (this.#random.chance(0.3)) await this.#count(this.#random.shuffled(this.#messages).slice(0, 8));
    if (this.#random.chance(0.6)) await this.#seal();
    this.#now += this.#random.integer(0, 40) * 60 * 60_000;
  }

  #message(messageId: string, sentAt: EpochMillis, conversationId: string): UserMessage {
    const channelId = this.#random.pick(['direct', 'c#1', 'slack']);
    const message = { peerId: PEER, channelId, conversationId, messageId, sentAt };
    if (conversationId !== 'old') this.#messages.push(message);
    return message;
  }

  /** Refuses to store counters: markers are there, and their messages are not counted. */
  #dyingClient(): DynamoDBDocumentClient {
    return intercepted(this.#client, async (command, send) => {
      const isCounter = command instanceof UpdateCommand || command instanceof TransactWriteCommand;
      if (isCounter && this.#random.chance(0.7)) throw new Error('the process died');
      return send();
    });
  }

  async #count(messages: readonly UserMessage[], client = this.#client): Promise<string[]> {
    const counter = await buildCounter({ ...this.#context(), client }, this.#windowRules);
    const outcomes = await counter.count(messages);
    return outcomes.map(({ kind }) => kind);
  }

  async #seal(client = this.#client): Promise<number> {
    const job = takeDailySnapshot({
      ...this.#context(),
      client,
      log: watchedLog(),
      publishMetrics() {},
    });
    try {
      await job({ through: lastSealableDay(this.#now) }, () => false);
      return 0;
    } catch {
      return 1;
    }
  }

  #context() {
    return {
      settings: { usageTableName: this.#tableName, ...RETENTION },
      client: this.#client,
      clock: () => this.#now,
      waiting: {
        pause: async () => {},
        deadline: () => new Promise<never>(() => {}),
        random: () => 0.5,
      },
      randomBytes: (length: number) => new Uint8Array(length).fill(7),
    };
  }

  /** Puts items of the peer back to what they were at an earlier moment, or removes them. */
  async #tear(current: ReadonlyMap<string, Item>): Promise<void> {
    const older = this.#random.pick(this.#states);
    const keys = this.#random.shuffled([...current.keys()].filter((key) => key.startsWith(PARTITION)));
    const kinds = this.#random.pick([
      [isCounter],
      [isTotals],
      [isMonth],
      [isWindow],
      [isMarker],
      [isChannelItem],
      [isTotals, isMonth],
      [isCounter, isWindow],
      [isCounter, isMarker, isWindow],
      [() => true],
      [() => true],
    ]);
    const chosen = keys.filter((key) => kinds.some((isKind) => isKind(key)));
    const share = this.#random.pick([0.1, 0.4, 1]);
    const few = chosen.slice(0, Math.max(1, Math.round(chosen.length * share)));
    const isRemoving = this.#random.chance(0.25);
    for (const name of few) {
      const now = current.get(name);
      const before = isRemoving ? undefined : older.get(name);
      if (now === undefined || JSON.stringify(now) === JSON.stringify(before)) continue;
      this.#trace(`torn: ${name} ${before === undefined ? 'removed' : 'older'}`);
      this.#seeTear(name, before);
      if (before === undefined) await this.#remove({ pk: now['pk'], sk: now['sk'] });
      else await this.#client.send(new PutCommand({ TableName: this.#tableName, Item: before }));
    }
  }

  /** Where nothing of the peer is left that was sealed, nothing tells that anything was. */
  async #seeWhatIsLeft(): Promise<void> {
    const left = [...(await this.#items())].filter(([name]) => name.startsWith(`${PARTITION} `));
    const isTold = ([name, { sealedIn }]: [string, Item]) =>
      isTotals(name) || isMonth(name) || sealedIn !== undefined;
    if (left.some(isTold)) return;
    this.#isGone = true;
    this.#see('nothing that was sealed was left');
  }

  #seeTear(name: string, before: Item | undefined): void {
    if (isWindow(name)) this.#see('an archived window was lost');
    if (isMarker(name)) {
      this.#see('a conversation marker was lost');
      const channelId = decoded(name.slice(name.lastIndexOf('#') + 1));
      this.#lostMarkers.set(channelId, (this.#lostMarkers.get(channelId) ?? 0) + 1);
    }
    if (isChannelItem(name)) this.#see('a channel was lost');
    if (isCounter(name) && before !== undefined) this.#see('a counter was older than the totals');
    if (isTotals(name)) this.#see('the totals were older than counters');
    if (isMonth(name)) this.#see('a month was older than the totals');
  }

  /** What is not mended yet is counted on and sealed: it ends in errors, or in figures that an audit finds. */
  async #liveOnTornItems(): Promise<void> {
    if (this.#random.chance(0.7)) {
      const again = this.#random.shuffled(this.#messages).slice(0, this.#random.integer(1, 10));
      const fresh = Array.from({ length: this.#random.integer(0, 3) }, () =>
        this.#message(`m-${this.#messages.length}`, this.#now - this.#random.integer(0, 3) * DAY_MS, 'b'),
      );
      const outcomes = await this.#count([...again, ...fresh]);
      this.#trace(`counted on torn items: ${outcomes}`);
      this.#see('messages were counted between restore and audit');
      // Nothing is tried again for ever.
      expectEqual('messages that have to come again', outcomes.filter((kind) => kind === 'failed').length, 0);
      if (outcomes.includes('quarantined')) {
        this.#see('a record could not be counted before the repair');
      }
    }
    if (this.#random.chance(0.6)) {
      this.#see('a day was sealed between restore and audit');
      if ((await this.#seal()) > 0) this.#see('a peer could not be sealed before the repair');
    }
  }

  async #auditAndRepair(ancient: Figures): Promise<void> {
    const found = await this.#audit();
    for (const { code, ...rest } of found.differences) {
      this.#see(code);
      this.#trace(`found: ${code} ${JSON.stringify(rest)}`);
    }
    if (found.differences.length === 0) this.#see('nothing differed');
    const told = new Set<DifferenceCode>(found.differences.map(({ code }) => code));
    if (found.differences.length > 0) {
      if (this.#random.chance(0.3)) await this.#repairBesideCounting(found);
      const again = await this.#audit();
      for (const { code } of again.differences) told.add(code);
      const { mended, left, lostDays } = await this.#mended(again);
      if (mended.length > 0) this.#see('a difference was mended');
      if (left.length > 0) this.#see('a difference was left, and told');
      for (const lost of lostDays) this.#trace(`lost days: ${JSON.stringify(lost)}`);
      if (lostDays.length > 0) this.#see('days were lost, and their sum was kept');
      for (const { difference, why } of left) {
        this.#trace(`left: ${JSON.stringify(difference)} (${why})`);
        told.add(difference.code);
      }
      const isAllTold = left.every(({ difference }) => MAY_BE_LEFT.has(difference.code));
      if (!isAllTold) throw new Error(`left: ${JSON.stringify(left)}`);
      const after = await this.#audit();
      const known = new Set(left.map(({ difference }) => nameOfDifference(difference)));
      const further = after.differences.filter((one) => !known.has(nameOfDifference(one)));
      // Which conversations were counted before the markers were read, old totals did not tell.
      const unmarked = further.filter(({ code }) => code === 'conversations_unmarked');
      expectEqual('what an audit finds after the repair', further.length - unmarked.length, 0);
      for (const { code } of unmarked) told.add(code);
    }
    await this.#replayAndCheck(told, ancient);
  }

  /** Mends a peer, and decides where nothing that is stored does. */
  async #mended(found: PeerAudit): Promise<PeerMending> {
    const mending = await mendedPeer(this.#audited(this.#client), found);
    if (!mending.left.some(({ why }) => why.startsWith('the totals hold'))) return mending;
    this.#see('days were lost, and it had to be decided on their sum');
    this.#isDecidedToKeep = this.#random.chance(0.5);
    const unsureSums = this.#isDecidedToKeep ? 'keep' : 'drop';
    return mendedPeer(this.#audited(this.#client), await this.#audit(), unsureSums);
  }

  /** Replays all messages: what was lost counts again, and what was kept does not. */
  async #replayAndCheck(told: ReadonlySet<DifferenceCode>, ancient: Figures): Promise<void> {
    this.#now += 3 * DAY_MS;
    const outcomes = await this.#count(this.#messages);
    const failed = outcomes.filter((kind) => kind === 'failed' || kind === 'quarantined').length;
    expectEqual('messages that cannot be counted after the repair', failed, 0);
    expectEqual('peers that cannot be sealed after the repair', await this.#seal(), 0);
    const items = await this.#items();
    const stored = this.#figuresIn(items, ({ day }) => !mayHaveExpired(day, NOW));
    const expected = this.#expected();
    expectEqual('messages', figuresOf(stored, 'messages'), figuresOf(expected, 'messages'));
    await this.#checkDigests([...items.values()]);
    this.#checkConversations(stored, told);
    this.#checkAncient(this.#ancientIn(items), ancient, told);
    const last = await this.#audit();
    const left = last.differences.filter(({ code }) => !MAY_BE_LEFT.has(code) || !told.has(code));
    if (left.length > 0) throw new Error(`found after the replay: ${JSON.stringify(left)}`);
  }

  async #checkDigests(items: readonly Item[]): Promise<void> {
    const table = { client: this.#client, tableName: this.#tableName };
    const secret = await new HashSecretStore(table).read();
    if (secret === undefined) return;
    const known = checkDigests(items, this.#messages, new Fingerprints(secret), { mayBeUnknown: true });
    if (known > 0) this.#see('a digest was known after the repair');
  }

  #checkConversations(stored: Figures, told: ReadonlySet<DifferenceCode>): void {
    // Which conversation has lost its marker nobody can tell: that is what is told of it.
    if (told.has('conversations_unmarked')) return;
    const byChannel = new Map<string, number>();
    for (const [name, { conversations }] of stored) {
      const channel = name.slice(name.indexOf(' ') + 1);
      byChannel.set(channel, (byChannel.get(channel) ?? 0) + conversations);
    }
    const expectedSums = new Map<string, Set<string>>();
    for (const { channelId, conversationId } of this.#messages) {
      const ofChannel = expectedSums.get(channelId) ?? new Set();
      expectedSums.set(channelId, ofChannel.add(conversationId));
    }
    for (const [channelId, { size }] of expectedSums) {
      const found = byChannel.get(channelId) ?? 0;
      // Messages that were found by their evidence alone, without counter and without marker, start nothing.
      const unknown = told.has('evidence_uncounted') ? (this.#lostMarkers.get(channelId) ?? 0) : 0;
      if (found < size && found >= size - unknown) continue;
      expectEqual(`conversations of ${channelId}`, found, size);
    }
    expectEqual('channels with conversations', [...byChannel.keys()], [...expectedSums.keys()]);
  }

  /** What was counted long ago stays, as far as anything told it. */
  #checkAncient(stored: Figures, before: Figures, told: ReadonlySet<DifferenceCode>): void {
    const isRecordGone = GONE.some((code) => told.has(code));
    const sumOf = (figures: Figures) =>
      [...figures.values()].reduce((sum, { messages }) => sum + messages, 0);
    if (isRecordGone || this.#isGone) {
      // What was kept may be of counters that were lost too: that was told.
      if (sumOf(stored) > sumOf(before) && !this.#isDecidedToKeep)
        throw new Error(
          `more was counted long ago than there was: ${JSON.stringify([[...stored], [...before]])}`,
        );
      return;
    }
    expectEqual('messages of long ago', figuresOf(stored, 'messages'), figuresOf(before, 'messages'));
  }

  #expected(): Figures {
    const figures: Figures = new Map();
    for (const { channelId, sentAt } of this.#messages) {
      const name = `${dayOf(sentAt)} ${channelId}`;
      const { messages = 0 } = figures.get(name) ?? {};
      figures.set(name, { messages: messages + 1, conversations: 0 });
    }
    return figures;
  }

  #ancientIn(items: ReadonlyMap<string, Item>): Figures {
    return this.#figuresIn(items, ({ day }) => mayHaveExpired(day, NOW));
  }

  /** What snapshots hold, and beside them the counters of days that are in none; the totals have to be their sum. */
  #figuresIn(items: ReadonlyMap<string, Item>, isWanted: (entry: { day: string }) => boolean): Figures {
    const all = [...items.entries()].filter(([name]) => name.startsWith(`${PARTITION} `));
    const channels = new Map(
      all.flatMap(([name, { sk, number }]) =>
        isChannel(name) ? [[Number(number), decoded(String(sk).slice('USAGE#CHANNEL#'.length))]] : [],
      ),
    );
    const figures: Figures = new Map();
    for (const [name, item] of all) {
      if (!isMonth(name)) continue;
      for (const [day, snapshot] of parseMonth(item).days) {
        if (!isWanted({ day })) continue;
        for (const [number, { messageCount, conversationCount }] of snapshot.channels) {
          if (messageCount === 0) continue;
          const key = `${day} ${channels.get(number) ?? `channel ${number}`}`;
          figures.set(key, { messages: messageCount, conversations: conversationCount });
        }
      }
    }
    for (const [name, item] of all) {
      if (!isCounter(name) || item['sealedIn'] !== undefined) continue;
      const [, day = '', channelId = ''] = String(item['sk']).split('#');
      const [messages, conversations] = [Number(item['messageCount']), Number(item['conversationCount'])];
      if (isWanted({ day }) && messages > 0)
        figures.set(`${day} ${decoded(channelId)}`, { messages, conversations });
    }
    return figures;
  }

  #audit(client = this.#client): Promise<PeerAudit> {
    return auditedPeer(this.#audited(client), PEER);
  }

  #audited(client: DynamoDBDocumentClient): AuditedTable {
    const { clock, waiting } = this.#context();
    return { table: { client, tableName: this.#tableName }, clock, waiting, retention: RETENTION };
  }

  /** Repairs while messages are counted and days are sealed, and others see transactions half done. */
  async #repairBesideCounting(found: PeerAudit): Promise<void> {
    const [random, client] = [this.#random, this.#client];
    const scheduler = new Scheduler(random);
    const probability = () => 0.3;
    const faulty = faultyClient(
      client,
      scheduler,
      random,
      { faultProbability: 0 },
      {
        transactions: new TornTransactions({ client, scheduler, random, probability, seen() {} }),
        queries: new QueryFaults({ random, probability, seen() {} }),
      },
    );
    await scheduler.run(
      Promise.all([
        mendedPeer(this.#audited(faulty), found),
        this.#count(random.shuffled(this.#messages).slice(0, 10), faulty),
        this.#seal(faulty),
      ]),
    );
    this.#see('a peer was repaired beside counting and sealing');
  }

  async #items(): Promise<Map<string, Item>> {
    const answer = await this.#client.send(
      new ScanCommand({ TableName: this.#tableName, ConsistentRead: true }),
    );
    if (answer.LastEvaluatedKey !== undefined) throw new Error('the table is larger than one page');
    return new Map((answer.Items ?? []).map((item) => [`${item['pk']} ${item['sk']}`, item]));
  }

  async #remove(key: Item): Promise<void> {
    await this.#client.send(new DeleteCommand({ TableName: this.#tableName, Key: key }));
  }
}

/** What a repair may leave, and then tells. */
const MAY_BE_LEFT: ReadonlySet<DifferenceCode> = new Set<DifferenceCode>([
  'conversations_unmarked',
  'channel_lost',
]);

/** What tells that the record of days whose counters have expired may be gone. */
const GONE: readonly DifferenceCode[] = ['totals_lost', 'month_lost', 'month_older', 'month_newer'];

function isCounter(name: string): boolean {
  return /^\S+ USAGE#\d/.test(name);
}

function isTotals(name: string): boolean {
  return name.endsWith(` ${TOTALS_SORT_KEY}`);
}

function isMonth(name: string): boolean {
  return name.includes(' MONTH#');
}

function isWindow(name: string): boolean {
  return name.includes('#WINDOWS#');
}

function isMarker(name: string): boolean {
  return name.includes('#CONVERSATION#') && name.includes(' CHANNEL#');
}

function isChannel(name: string): boolean {
  return name.includes(' USAGE#CHANNEL#');
}

function isChannelItem(name: string): boolean {
  return isChannel(name) || name.endsWith(' CHANNEL_COUNT');
}

function decoded(part: string): string {
  return part.replaceAll('%23', '#').replaceAll('%25', '%');
}

function figuresOf(figures: Figures, metric: 'messages' | 'conversations'): [string, number][] {
  return [...figures].map(([name, counts]) => [name, counts[metric]]);
}
