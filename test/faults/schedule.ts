import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactGetCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { type Announce, announceDays } from '../../functions/announce-days/announce-days.ts';
import { DEFAULT_EVENT_SOURCE } from '../../functions/count-messages/event-source.ts';
import { countMessages, type StreamHandler } from '../../functions/shared/counting/count-messages.ts';
import { Fingerprints } from '../../functions/shared/counting/fingerprints.ts';
import {
  channelStats,
  countsThrough,
  INCLUDABLE_CHANNELS,
  type PeerUsage,
} from '../../functions/shared/domain/channel-stats.ts';
import type { WindowRules } from '../../functions/shared/domain/daily-counter.ts';
import { ContentionError } from '../../functions/shared/domain/errors.ts';
import {
  countingProgress,
  DEPLOYED_RHYTHM,
  type HeartbeatRhythm,
  type PassedHeartbeats,
} from '../../functions/shared/domain/heartbeat.ts';
import { history } from '../../functions/shared/domain/history.ts';
import { INTERVALS } from '../../functions/shared/domain/interval.ts';
import {
  addDays,
  DAY_MS,
  dayOf,
  EARLIEST_DAY,
  MINUTE_MS,
  SECOND_MS,
} from '../../functions/shared/domain/utc-day.ts';
import type { Dependencies } from '../../functions/shared/runtime/dependencies.ts';
import { inTime } from '../../functions/shared/runtime/in-time.ts';
import { METRIC } from '../../functions/shared/runtime/metric-names.ts';
import { TIME_LIMIT_SECONDS } from '../../functions/shared/runtime/time-limits.ts';
import type { Waiting } from '../../functions/shared/runtime/waiting.ts';
import { HashSecretStore } from '../../functions/shared/store/hash-secret-store.ts';
import type { Item } from '../../functions/shared/store/items/item.ts';
import { peerOfPartition } from '../../functions/shared/store/items/keys.ts';
import { parseMonth } from '../../functions/shared/store/items/month-of-snapshots.ts';
import { PASSED_HEARTBEATS_KEY } from '../../functions/shared/store/items/passed-heartbeats.ts';
import { TOTALS_SORT_KEY } from '../../functions/shared/store/items/peer-totals.ts';
import { PassedHeartbeatsStore } from '../../functions/shared/store/passed-heartbeats-store.ts';
import { UsageReader } from '../../functions/shared/store/usage-reader.ts';
import { LANES } from '../../functions/shared/store/usage-table.ts';
import type { SealingLimits } from '../../functions/take-daily-snapshot/peer-sealer.ts';
import { takeDailySnapshot } from '../../functions/take-daily-snapshot/take-daily-snapshot.ts';
import { EventSourceMapping, laneOf } from '../../local/aws/stream/event-source-mapping.ts';
import { runAsLambda } from '../../local/aws/stream/invocations.ts';
import type { TestDatabase } from '../support/database/database.ts';
import { intercepted } from '../support/database/intercepted-client.ts';
import { isTakeover } from '../support/database/transactions.ts';
import { Random } from '../support/random.ts';
import { watchedLog } from '../support/service/test-dependencies.ts';
import { type AuditedTable, auditedPeer } from '../support/usage/audited-peer.ts';
import { QUESTION_NAMES, randomQuestion } from './answers.ts';
import { API_PEER, ApiCaller } from './api-caller.ts';
import { type FaultPlan, faultyClient, type Oddities, type Onlooker } from './faulty-client.ts';
import {
  heartbeatRecord,
  RETENTION_DAYS,
  randomHistory,
  type Sent,
  WAYS_TO_COME_AGAIN,
  withOldOnes,
} from './history.ts';
import { QueryFaults, staleClient } from './query-faults.ts';
import { REFUSED_WRITERS, RefusedWriters } from './refused-writers.ts';
import { Scheduler } from './scheduler.ts';
import { checkDigests } from './stored-digests.ts';
import {
  checkStartedConversations,
  checkTotals,
  counterName,
  countersIn,
  hexOf,
  isCounter,
  nameOf,
  snapshotsIn,
  tally,
  visibleIn,
} from './stored-figures.ts';
import { TornTransactions } from './torn-transactions.ts';
import { encoded, expectEqual, type Truth } from './truth.ts';

/**
 * How many schedules may well run at once: one computes while another one waits for the database. They share
 * nothing else, and each follows from its seed all the same.
 */
export const SCHEDULES_AT_ONCE = 4;

const COUNTER_RETENTION_DAYS = 460;
/** What the message retention is raised to in schedules in which counters expire. */
const RAISED_RETENTION_DAYS = 3_000;
const HEARTBEATS: HeartbeatRhythm = { ...DEPLOYED_RHYTHM, keys: 3 };
const NOW = Date.parse('2026-11-10T22:00:00.000Z');
/** What sealing says of a peer whose stored figures contradict one another. */
const CONTRADICTION = 'stored figures of a peer contradict one another';
/** What no attribute that holds a number may be. */
const SPOILT = 'spoilt';

/**
 * What schedules have to meet, so that they can tell whether it goes right. Each is counted where it happens:
 * a situation that no schedule reaches any more is noticed.
 */
export const SITUATIONS = [
  ...WAYS_TO_COME_AGAIN,
  'a message that started its conversation came again elsewhere',
  'records were given up, and fed back',
  'a conversation was taken over from a message that is not counted',
  'records of a malformed counter were quarantined, and replayed after its repair',
  'an answer never came to the stream consumer',
  'an answer never came to the snapshot job',
  'an answer never came to a request of the API',
  'an answer never came to an announcer',
  'an invocation that never ended was followed by another one of the same process',
  'an item was read as it was before a transaction that had changed another one already',
  'a month was read as it was before totals that were seen already',
  'a query had several pages',
  'an index lacked what was written before',
  'a reader was given items as they were a while ago',
  ...QUESTION_NAMES.map((name) => `${name} was asked for while messages were counted` as const),
  'a reader began anew, because days were settled meanwhile',
  'a sealing run was out of time',
  'two sealing runs were under way',
  'three sealing runs were under way',
  'a day with more counters than a transaction takes was sealed',
  'several days were sealed in one transaction',
  'a sealing run had another turn of a peer',
  'totals were told to be complete',
  'figures that were read for sealing seemed to contradict one another',
  'a message was counted into a day that was sealed',
  'messages of several days or channels were counted into sealed days in one transaction',
  'counters that were to be settled together were changed meanwhile',
  'counters were settled together, and nobody was told',
  'a sealed day was announced',
  'an announcer died',
  'an announcement was refused, or its answer was lost',
  'an announcing run was out of time',
  'a sealed day was announced again',
  'an item was changed that another version of the service had added to',
  'a counter expired while its messages came again',
  'a message was refused, because its counter may have gone',
  'windows were split',
  'windows that a split had made were split',
  'the answer to a write of a split came to nobody',
  'a reader of trust found messages that had to be counted',
  'a peer was audited beside counting and sealing',
  ...REFUSED_WRITERS,
  'heartbeats came behind a record that has to come again',
  'heartbeats were delivered again after they, or later ones, had been noted',
  'a message of a history was imported',
  'a mark of another message was put',
  'a counter of years ago came between two reads',
] as const;
export type Situation = (typeof SITUATIONS)[number];

/** How often a schedule met each situation. */
export type Situations = Map<Situation, number>;

/**
 * Counts a random history under a random schedule of deliveries, faults, crashes, sealing runs and reads,
 * all of which follow from the seed, and checks the outcome against a plain set of the messages.
 *
 * @returns the situations that it met
 * @throws Error that says what was wrong
 */
export async function runSchedule(
  database: TestDatabase,
  seed: number,
  trace?: (line: string) => void,
): Promise<Situations> {
  const random = new Random(seed);
  const tables = await database.createTables();
  // In one of four schedules, by a randomness of their own: the others stay as they are.
  const ofOld = seed % 4 === 3 ? await oldOnes(database, tables, seed) : undefined;
  const world = new World(database, tables, random, new Scheduler(random, trace), ofOld);
  await world.run();
  return world.situations;
}

/** What the old messages of a schedule are made of. */
interface OldOnes {
  random: Random;
  fingerprints: Fingerprints;
}

/** Makes the secret of the hashes, as an operator does who imports a history before anything was counted. */
async function oldOnes(
  database: TestDatabase,
  { usageTableName }: { usageTableName: string },
  seed: number,
): Promise<OldOnes> {
  const random = new Random(1_000_000 + seed);
  const secrets = new HashSecretStore({ client: database.client, tableName: usageTableName });
  const secret = new Uint8Array(32).map(() => random.integer(0, 255));
  return { random, fingerprints: new Fingerprints(await secrets.readOrMake(secret)) };
}

class World {
  readonly #database: TestDatabase;
  readonly #tables: { messagesTableName: string; usageTableName: string };
  readonly #random: Random;
  readonly #scheduler: Scheduler;
  /** Whether runs of the snapshot job meet one another and late messages, again and again. */
  readonly #isAboutSealing: boolean;
  /** Whether years pass, so that counters expire while messages come, after the retention of messages was raised. */
  readonly #isAboutExpiry: boolean;
  /** Whether many days come late, after the last of them was sealed, in batches with several of them. */
  readonly #isAboutLateness: boolean;
  /** Whether messages of one channel and day come late, again and again, so that archived windows are split. */
  readonly #isAboutSplitting: boolean;
  /** Whether time passes by minutes rather than hours, as it does between a change and its announcement. */
  readonly #isAboutAnnouncing: boolean;
  readonly #history: Sent[];
  readonly #windowRules: WindowRules;
  readonly #faultProbability: number;
  readonly #mishapProbability: number;
  readonly #silenceProbability: number;
  readonly #oddities: Oddities;
  readonly #apiPlan: FaultPlan;
  readonly #api: ApiCaller;
  readonly #idle: Instance[] = [];
  readonly #givenUp: DynamoDBRecord[] = [];
  /** When each message was recorded, by the record of the stream that tells of it. */
  readonly #recordedAt = new Map<DynamoDBRecord, number>();
  /** The messages in lanes of the stream that a heartbeat reaches. */
  readonly #reached = new Set<DynamoDBRecord>();
  /** The newest heartbeats that were seen to have passed. */
  #passed: PassedHeartbeats = new Map();
  /** Those who follow changes, each with the states of days that were announced to it. */
  readonly #followers = new Map<string, Set<string>>();
  /** What was in snapshots when they were looked at last. */
  readonly #permanent: Truth = new Map();
  /** Items to which another version of the service has added. */
  readonly #extended: Item[] = [];
  readonly #sealingLimits: SealingLimits;
  readonly #corrupted: { key: Item; good: unknown }[] = [];
  readonly situations: Situations = new Map();
  #now = NOW;
  #areFaultsOver = false;
  #areExpired = false;
  #isRepaired = false;
  #endedWithoutFault = 0;
  #readsUnderWay = 0;
  /** When what counts or seals was begun that is under way: by the clock, which leaps. */
  readonly #begunAt = new Map<symbol, number>();
  #sealingRuns = 0;
  /** What sealing told of figures that contradict one another, although none ever did. */
  readonly #contradictions: object[] = [];

  constructor(
    database: TestDatabase,
    tables: { messagesTableName: string; usageTableName: string },
    random: Random,
    scheduler: Scheduler,
    ofOld: OldOnes | undefined,
  ) {
    this.#database = database;
    this.#tables = tables;
    this.#random = random;
    this.#scheduler = scheduler;
    this.#isAboutSealing = random.chance(0.4);
    this.#isAboutExpiry = random.chance(0.2);
    this.#isAboutLateness = !this.#isAboutExpiry && random.chance(0.4);
    const isAboutDays = this.#isAboutSealing || this.#isAboutExpiry || this.#isAboutLateness;
    this.#isAboutSplitting = !isAboutDays && random.chance(0.5);
    this.#isAboutAnnouncing = !this.#isAboutExpiry && random.chance(0.35);
    this.#areExpired = this.#isAboutExpiry;
    const recent = randomHistory(random, NOW, {
      ofOnePeer: this.#isAboutSealing || this.#isAboutLateness,
      ofManyDays: this.#isAboutLateness,
      ofOneChannel: this.#isAboutSplitting,
    });
    // Where the retention was raised, no message is that old, and a mark of another one keeps none out.
    const old = { now: NOW, mayForge: !this.#isAboutExpiry };
    this.#history = ofOld === undefined ? recent : withOldOnes(ofOld.random, recent, { ...ofOld, ...old });
    this.#meetHistory();
    this.#windowRules = {
      windowCapacity: random.integer(1, this.#isAboutSplitting ? 2 : 5),
      fingerprintsPerWindow: random.integer(1, 4),
      windowsTogether: random.integer(0, this.#isAboutSplitting ? 1 : 4),
    };
    this.#sealingLimits = {
      countersPerTransaction: random.pick([1, 2, 4]),
      countersPerPage: random.integer(1, 5),
      countersPerTurn: random.integer(1, 8),
      manyCounters: random.integer(0, 2),
      manyDays: random.integer(0, 2),
    };
    this.#faultProbability = random.pick([0, 0.05, 0.15, 0.3]);
    this.#mishapProbability = random.pick([0, 0.1, 0.3]);
    this.#silenceProbability = random.pick([0, 0.01, 0.05]);
    const tearProbability = random.pick([0, 0.1, 0.5]);
    const transactions = new TornTransactions({
      client: database.client,
      scheduler,
      random,
      probability: () => (this.#areFaultsOver ? 0 : tearProbability),
      seen: ({ pk, sk }) => {
        this.#met('an item was read as it was before a transaction that had changed another one already');
        if (!String(sk).startsWith('MONTH#') || transactions.isLate({ pk, sk: TOTALS_SORT_KEY })) return;
        this.#met('a month was read as it was before totals that were seen already');
      },
    });
    const queryProbability = random.pick([0, 0.2, 0.6]);
    const queries = new QueryFaults({
      random,
      probability: () => (this.#areFaultsOver ? 0 : queryProbability),
      seen: (fault) =>
        this.#met(
          fault === 'several pages' ? 'a query had several pages' : 'an index lacked what was written before',
        ),
    });
    this.#oddities = { transactions, queries };
    this.#apiPlan = this.#plan();
    this.#api = new ApiCaller(
      this.#dependencies(this.#apiPlan, 'an answer never came to a request of the API'),
    );
  }

  #meetHistory(): void {
    for (const { cameAgain, isOld, isPoison } of this.#history) {
      if (cameAgain !== undefined) this.#met(cameAgain);
      if (isOld === true)
        this.#met(isPoison ? 'a mark of another message was put' : 'a message of a history was imported');
    }
  }

  async run(): Promise<void> {
    await this.#api.storeKey({ client: this.#database.client, tableName: this.#tables.usageTableName });
    if (this.#isAboutLateness) await this.#scheduler.run(this.#sealLastDay());
    const several = (from: number, to: number, act: () => Promise<void>) =>
      Array.from({ length: this.#random.integer(from, to) }, act);
    const repetitions = this.#isAboutSealing && !this.#isAboutExpiry ? [] : this.#repetitions();
    const actors: Promise<unknown>[] = [
      ...this.#withHeartbeats(this.#shards()).map((records) => this.#deliverBesideSealing(records)),
      ...repetitions.map((records) => this.#deliverLater(records)),
      ...several(this.#isAboutSealing ? 2 : 0, this.#isAboutSealing ? 6 : 3, () => this.#seal()),
      ...several(0, this.#isAboutExpiry ? 6 : 0, () => this.#seal()),
      ...several(0, this.#isAboutExpiry || this.#isAboutAnnouncing ? 4 : 2, () => this.#passTime()),
      ...several(1, 3, () => this.#read()),
      ...several(1, 3, () => this.#readTrust()),
      ...several(0, 2, () => this.#followChanges()),
      ...several(0, 2, () => this.#addForeignAttribute()),
      ...several(0, 2, () => this.#callApi()),
      ...several(0, 1, () => this.#audit()),
      ...several(0, this.#random.chance(0.2) && !this.#isAboutExpiry ? 1 : 0, () => this.#corrupt()),
      ...several(0, this.#isAboutExpiry ? 6 : 0, () => this.#expire()),
    ];
    await this.#scheduler.run(Promise.all(actors));
    await this.#checkStartedConversations();
    this.#areFaultsOver = true;
    await this.#scheduler.run(this.#callApiWithoutFault());
    await this.#repair();
    // What the failure destination took is fed back, without further faults.
    if (this.#givenUp.length > 0) this.#met('records were given up, and fed back');
    await this.#scheduler.run(this.#deliver(this.#givenUp));
    expectEqual('invocations that ended without a fault', this.#endedWithoutFault, 0);
    if (this.#isAboutExpiry) return this.#endWithExpiry();
    await this.#check();
    await this.#checkAnnounced();
    this.#now = NOW + 5 * DAY_MS;
    await this.#scheduler.run(this.#sealWithoutFault());
    await this.#check();
    await this.#checkSnapshots();
    await this.#checkTotals();
    await this.#checkAnnounced();
    await this.#checkForeignAttributes();
    await this.#checkHistory();
    await this.#expireCounters();
    await this.#checkHistory();
  }

  /** Where counters expired, no more is known than this: what was not refused is counted, once. */
  async #endWithExpiry(): Promise<void> {
    this.#now += 5 * DAY_MS;
    await this.#scheduler.run(this.#sealWithoutFault());
    await this.#checkTotals();
    await this.#checkNothingShrank();
    await this.#checkForeignAttributes();
    const refused = new Set(
      (await this.#items()).flatMap(({ eventId, reason }) => (reason === 'too_old' ? [eventId] : [])),
    );
    if (refused.size > 0) this.#met('a message was refused, because its counter may have gone');
    const accepted = this.#history.filter(({ isPoison, message }) => !isPoison && message.role === 'user');
    const truth = await this.#truth();
    for (const [name, sent] of Map.groupBy(accepted, ({ message }) => counterName(message))) {
      const least = sent.filter(({ record }) => !refused.has(record.eventID)).length;
      const counted = truth.get(name)?.messages ?? 0;
      if (counted >= least && counted <= sent.length) continue;
      throw new Error(
        `${name}: ${counted} messages are counted of ${sent.length}, ${least} of them not refused`,
      );
    }
  }

  /** Lets go what may go by now. */
  async #expire(): Promise<void> {
    await this.#stepsFromNow(this.#random.integer(10, 160));
    while (!(await this.#scheduler.step('what has expired goes', () => this.#letExpiredGo())));
  }

  /**
   * Nothing lasts as long as a counter stays after its last change: what was begun before it could expire sees it.
   *
   * @returns whether it was possible
   */
  async #letExpiredGo(): Promise<boolean> {
    // Nor is a counter that is sealed after its time gone while somebody reads its peer as it was a moment before.
    if (!this.#oddities.transactions.areWhole || this.#readsUnderWay > 0) return false;
    const earliest = Math.min(this.#now, ...this.#begunAt.values());
    for (const { pk, sk, expiresAt } of await this.#items()) {
      if (expiresAt === undefined || Number(expiresAt) * 1000 > earliest) continue;
      if (String(pk).startsWith('QUARANTINE#')) continue;
      if (isCounter({ sk })) this.#met('a counter expired while its messages came again');
      await this.#database.client.send(
        new DeleteCommand({ TableName: this.#tables.usageTableName, Key: { pk, sk } }),
      );
    }
    return true;
  }

  /** Remembers when something began, for as long as it is under way. */
  async #underWay<Result>(ending: Promise<Result>): Promise<Result> {
    const name = Symbol('under way');
    this.#begunAt.set(name, this.#now);
    return ending.finally(() => this.#begunAt.delete(name));
  }

  /** No permanent figure is smaller than it was. */
  async #checkNothingShrank(): Promise<void> {
    const snapshots = new Map(snapshotsIn(await this.#items()).map((entry) => [nameOf(entry), entry]));
    for (const [name, { messages, conversations }] of this.#permanent) {
      const now = snapshots.get(name);
      if (now !== undefined && now.messages >= messages && now.conversations >= conversations) continue;
      throw new Error(`${name}: ${messages} messages in ${conversations} conversations were in its snapshot`);
    }
    for (const [name, entry] of snapshots) this.#permanent.set(name, entry);
  }

  #met(situation: Situation): void {
    this.situations.set(situation, (this.situations.get(situation) ?? 0) + 1);
  }

  /** Every record once: those of one conversation in order, those of different shards side by side. */
  #shards(): DynamoDBRecord[][] {
    const amount = this.#random.integer(this.#isAboutSealing ? 2 : 1, this.#isAboutSealing ? 5 : 3);
    const shards = Array.from({ length: amount }, (): DynamoDBRecord[] => []);
    const shardOf = new Map<string, DynamoDBRecord[]>();
    for (const { message, record } of this.#history) {
      const partition = `${message.peerId} ${message.conversationId}`;
      const shard = shardOf.get(partition) ?? this.#random.pick(shards);
      shardOf.set(partition, shard);
      shard.push(record);
    }
    return shards;
  }

  /**
   * Puts heartbeats between the records of shards, each key's into one of them. Every record is put a second after
   * the one before; a heartbeat is put a while after its instant, so that later messages may lie before it.
   */
  #withHeartbeats(shards: readonly DynamoDBRecord[][]): DynamoDBRecord[][] {
    const began = NOW - 30 * MINUTE_MS;
    for (const [index, { record }] of this.#history.entries()) {
      this.#recordedAt.set(record, began + index * 1_000);
    }
    const isPutBy = (record: DynamoDBRecord, instant: number) =>
      (this.#recordedAt.get(record) ?? 0) <= instant;
    const rounds = Array.from({ length: this.#random.integer(1, 5) }, () => {
      return began + this.#random.integer(-1_000, this.#history.length * 1_000);
    }).sort((a, b) => a - b);
    const mixed = shards.map((records) => [...records]);
    for (let key = 0; key < HEARTBEATS.keys; key += 1) {
      const shard = this.#random.pick(mixed);
      let from = 0;
      for (const [round, sentAt] of rounds.entries()) {
        const late = this.#random.chance(0.5) ? 0 : this.#random.integer(0, 3_000);
        const behind = shard.findLastIndex((record) => isPutBy(record, sentAt + late)) + 1;
        from = Math.max(from, behind);
        const number = 1_000 + key * 100 + round;
        shard.splice(from, 0, heartbeatRecord({ key, sentAt }, number));
        from += 1;
      }
    }
    return mixed;
  }

  /** Records that are delivered again by a replay, in whatever order. */
  #repetitions(): DynamoDBRecord[][] {
    const records = this.#history.map(({ record }) => record);
    return Array.from({ length: this.#random.integer(0, this.#isAboutSplitting ? 4 : 2) }, () =>
      this.#random.shuffled(records).slice(0, this.#random.integer(1, records.length)),
    );
  }

  /** Where counters expire, repetitions come late enough to meet some that have. */
  async #deliverLater(records: readonly DynamoDBRecord[]): Promise<void> {
    if (this.#isAboutExpiry) await this.#stepsFromNow(this.#random.integer(40, 200));
    await this.#deliver(records);
  }

  /** Where it is about sealing, what is delivered meets days that were sealed, and others that count into them. */
  async #deliverBesideSealing(records: readonly DynamoDBRecord[]): Promise<void> {
    if (this.#isAboutSealing) await this.#stepsFromNow(this.#random.integer(0, 80));
    await this.#deliver(records, this.#reached);
  }

  /** @param reached gets the records in lanes with a heartbeat */
  async #deliver(records: readonly DynamoDBRecord[], reached?: Set<DynamoDBRecord>): Promise<void> {
    const parallelizationFactor = this.#random.integer(1, 3);
    const lanes = Map.groupBy(records, (record) => laneOf(record, parallelizationFactor));
    for (const lane of lanes.values()) {
      const keys = new Set(lane.filter(isHeartbeat).map(({ dynamodb }) => dynamodb?.Keys?.['pk']?.S));
      if (keys.size > 0) for (const record of lane) reached?.add(record);
    }
    const mapping = new EventSourceMapping({
      settings: {
        ...DEFAULT_EVENT_SOURCE,
        batchSize: this.#isAboutLateness
          ? this.#random.integer(3, 8)
          : this.#random.integer(1, this.#isAboutSealing ? 3 : 8),
        parallelizationFactor,
        bisectBatchOnError: this.#random.chance(0.5),
        retryAttempts: this.#random.integer(0, 4),
        maximumRecordAgeSeconds: this.#random.pick([3_600, 864_000]),
      },
      invoke: (event) => this.#invoke(event),
      failureDestination: async (failure) => {
        if (this.#areFaultsOver) throw new Error(`records failed without a fault: ${failure.reason}`);
        this.#givenUp.push(...failure.records);
      },
      clock: () => this.#history.reduce((latest, { message }) => Math.max(latest, message.sentAt), 0),
      waiting: this.#waiting(),
    });
    await mapping.process(records);
  }

  /** Runs the function as Lambda does: in an idle instance or a new one, which may die or take too long. */
  async #invoke(event: DynamoDBStreamEvent): ReturnType<StreamHandler> {
    const isWarm = this.#idle.length > 0 && this.#random.chance(0.8);
    const instance = (isWarm ? this.#idle.pop() : undefined) ?? this.#newInstance();
    if (instance.hasUnended)
      this.#met('an invocation that never ended was followed by another one of the same process');
    Object.assign(instance.plan, this.#plan());
    const mishap = this.#areFaultsOver || !this.#random.chance(this.#mishapProbability);
    const kind = mishap ? undefined : this.#random.pick(['crash', 'time-out']);
    const crashed = Promise.withResolvers<never>();
    crashed.promise.catch(() => {});
    delete instance.plan.crash;
    if (kind === 'crash') {
      instance.plan.crash = {
        callsUntil: this.#random.integer(0, 12),
        when: this.#random.pick(['before', 'after']),
        die: () => {
          crashed.reject(new Error('the process died'));
        },
      };
    }
    const invoke = runAsLambda(instance.handler, {
      timeoutMs: TIME_LIMIT_SECONDS['count-messages'] * 1000,
      timer: this.#waiting().deadline,
      stop: new AbortController().signal,
      log: watchedLog(),
    });
    const answer = this.#underWay(invoke(event)).catch((error: unknown) => {
      if (this.#areFaultsOver) this.#endedWithoutFault += 1;
      // What never ends is still there when its process gets the next batch, where that one lives on.
      else if (kind !== 'crash' && this.#random.chance(0.5)) {
        instance.hasUnended = true;
        this.#idle.push(instance);
      }
      throw error;
    });
    if (kind === 'time-out') {
      // The invocation itself goes on, as long as the platform lets it.
      answer.catch(() => {});
      const after = this.#random.integer(1, 10);
      const timedOut = this.#stepsFromNow(after).then(() => {
        throw new Error('the invocation timed out');
      });
      timedOut.catch(() => {});
      return Promise.race([answer, timedOut]);
    }
    const result = await Promise.race([answer, crashed.promise]);
    this.#seeHeartbeats(event.Records, result.batchItemFailures[0]?.itemIdentifier);
    this.#idle.push(instance);
    return result;
  }

  /** Tells where heartbeats of a batch lie behind the first record that has to come again. */
  #seeHeartbeats(records: readonly DynamoDBRecord[], first: string | undefined): void {
    const failed = records.findIndex(({ dynamodb }) => dynamodb?.SequenceNumber === first);
    if (failed >= 0 && records.slice(failed).some(isHeartbeat)) {
      this.#met('heartbeats came behind a record that has to come again');
    }
  }

  async #stepsFromNow(amount: number): Promise<void> {
    for (let step = 0; step < amount; step += 1) await this.#scheduler.step('time passes', () => {});
  }

  /** What may go wrong at the moment. */
  #plan(): FaultPlan {
    return this.#areFaultsOver
      ? { faultProbability: 0, silenceProbability: 0 }
      : { faultProbability: this.#faultProbability, silenceProbability: this.#silenceProbability };
  }

  #newInstance(): Instance {
    const plan = this.#plan();
    const refused = new RefusedWriters((situation) => this.#met(situation));
    const dependencies = this.#dependencies(plan, 'an answer never came to the stream consumer', {
      succeeded: (command, answer) => {
        refused.succeeded(command, answer);
        if (foundAfterAll(command, answer)) this.#met('a counter of years ago came between two reads');
        if (isLookBehindRefusedNote(command))
          this.#met('heartbeats were delivered again after they, or later ones, had been noted');
        const split = splitBy(command);
        if (split !== undefined)
          this.#met(split === 'share' ? 'windows that a split had made were split' : 'windows were split');
        if (isTakeover(command))
          this.#met('a conversation was taken over from a message that is not counted');
        if (settledBy(command).length > 0) this.#met('a message was counted into a day that was sealed');
        if (settledBy(command).length > 1)
          this.#met('messages of several days or channels were counted into sealed days in one transaction');
      },
      refused: (command, error) => {
        refused.refused(command, error);
        if (settledBy(command).length > 1 && error instanceof TransactionCanceledException)
          this.#met('counters that were to be settled together were changed meanwhile');
      },
      lost: (command) => {
        if (isPutOfSplit(command)) this.#met('the answer to a write of a split came to nobody');
        if (settledBy(command).length > 1) this.#met('counters were settled together, and nobody was told');
      },
    });
    return { plan, handler: countMessages(dependencies, this.#windowRules), hasUnended: false };
  }

  /** @param silence what it is when one of their calls is never answered */
  #dependencies(plan: FaultPlan, silence: Situation, see: Onlooker = {}): Dependencies {
    return {
      settings: {
        ...this.#tables,
        messageRetentionDays: this.#isAboutExpiry ? RAISED_RETENTION_DAYS : RETENTION_DAYS,
        counterRetentionDays: COUNTER_RETENTION_DAYS,
        heartbeats: HEARTBEATS,
        metricNamespace: 'Test',
      },
      client: faultyClient(this.#database.client, this.#scheduler, this.#random, plan, this.#oddities, {
        ...see,
        silent: () => this.#met(silence),
      }),
      clock: () => this.#now,
      waiting: this.#waiting(),
      randomBytes: (length) => new Uint8Array(length).map(() => this.#random.integer(0, 255)),
      log: watchedLog(({ message, fields }) => {
        if (message === CONTRADICTION) this.#contradictions.push(fields);
      }),
      publishMetrics: (counts) => {
        const { [METRIC.recordsReceived]: received, ...outcomes } = counts;
        if (received === undefined) return;
        const sum = Object.values(outcomes).reduce((total, value) => total + value, 0);
        expectEqual('the sum of the metrics', sum, received);
      },
    };
  }

  #waiting(): Waiting {
    return {
      pause: () => this.#scheduler.step('a pause ends', () => {}),
      deadline: (_, over) => {
        const isEarly = !this.#areFaultsOver && this.#random.chance(this.#mishapProbability);
        return this.#scheduler.deadline(
          'the time of a function is over',
          over,
          isEarly ? this.#random.integer(20, 300) : undefined,
        );
      },
      random: () => this.#random.next(),
    };
  }

  /** Sends some requests: every one of them is answered, whatever happens meanwhile. */
  async #callApi(): Promise<void> {
    const peers = [API_PEER, ...new Set(this.#history.map(({ message }) => message.peerId))];
    for (let round = this.#random.integer(1, 4); round > 0; round -= 1) {
      await this.#stepsFromNow(this.#random.integer(0, 20));
      const status = await this.#api.sendAny(this.#random, peers);
      if (![200, 201, 400, 503].includes(status)) throw new Error(`a request was answered with ${status}`);
    }
  }

  /** Once answers come again, so do those of the functions that waited for them. */
  async #callApiWithoutFault(): Promise<void> {
    Object.assign(this.#apiPlan, this.#plan());
    expectEqual('answers without a fault', await this.#api.askAll(), [200, 200, 200]);
  }

  /** A run of the snapshot job, which may die at any call, run late or meet another one. */
  async #seal(): Promise<void> {
    await this.#stepsFromNow(this.#random.integer(0, this.#isAboutSealing ? 100 : 40));
    const plan = this.#plan();
    const crashed = Promise.withResolvers<undefined>();
    if (this.#random.chance(this.#mishapProbability)) {
      plan.crash = {
        callsUntil: this.#random.integer(0, 25),
        when: this.#random.pick(['before', 'after']),
        die: () => crashed.resolve(undefined),
      };
    }
    const scheduledAt = new Date(this.#now - this.#random.integer(0, 2) * DAY_MS).toISOString();
    const silence = 'an answer never came to the snapshot job';
    const dependencies = this.#dependencies(plan, silence, this.#watchSealing());
    const job = takeDailySnapshot(dependencies, this.#sealingLimits);
    const timeMs = TIME_LIMIT_SECONDS['take-daily-snapshot'] * 1000;
    const outOfTime = () => {
      const isOver = this.#random.chance(this.#mishapProbability / 3);
      if (isOver) this.#met('a sealing run was out of time');
      return isOver;
    };
    const lanes = this.#random.shuffled(Array.from({ length: LANES }, (_, lane) => lane));
    const request = { scheduledAt, ...(this.#random.chance(0.2) && { lanes: lanes.slice(LANES / 2) }) };
    const run = inTime(dependencies.waiting, timeMs, () => job(request, outOfTime)).catch(() => {
      // Some peers could not be sealed, or the time ran out: they stay on the list.
    });
    this.#sealingRuns += 1;
    if (this.#sealingRuns === 2) this.#met('two sealing runs were under way');
    if (this.#sealingRuns === 3) this.#met('three sealing runs were under way');
    await this.#underWay(Promise.race([run, crashed.promise]));
    this.#sealingRuns -= 1;
  }

  /** Counts the messages of the last day that is over, and seals it, before anything may go wrong. */
  #watchSealing(): Onlooker {
    const sealed = new Set<string>();
    const peers = new Set<unknown>();
    return {
      succeeded: (command) => {
        if (command instanceof UpdateCommand) this.#met('totals were told to be complete');
        if (command instanceof TransactGetCommand)
          this.#met('figures that were read for sealing seemed to contradict one another');
        const peer = peerOfTotals(command);
        if (command instanceof GetCommand && peers.has(peer))
          this.#met('a sealing run had another turn of a peer');
        const days = settledBy(command);
        if (new Set(days).size > 1) this.#met('several days were sealed in one transaction');
        if (days.some((day) => sealed.has(day)))
          this.#met('a day with more counters than a transaction takes was sealed');
        for (const day of days) sealed.add(day);
        if (days.length > 0) peers.add(peer);
      },
    };
  }

  async #sealLastDay(): Promise<void> {
    this.#areFaultsOver = true;
    const last = this.#history
      .map(({ message }) => dayOf(message.sentAt))
      .filter((day) => day < dayOf(NOW))
      .reduce((one, other) => (one > other ? one : other), '');
    const ofLast = this.#history.filter(({ message }) => dayOf(message.sentAt) === last);
    await this.#deliver(ofLast.map(({ record }) => record));
    await this.#sealWithoutFault();
    this.#areFaultsOver = false;
  }

  async #sealWithoutFault(): Promise<void> {
    const dependencies = this.#dependencies(this.#plan(), 'an answer never came to the snapshot job');
    const job = takeDailySnapshot(dependencies, this.#sealingLimits);
    const scheduledAt = new Date(this.#now).toISOString();
    const run = await job({ scheduledAt }, () => false);
    expectEqual('peers that a run without a fault leaves over', [run.leftOver, run.failed], [0, 0]);
    expectEqual('contradictions that sealing told of', this.#contradictions, []);
    const nothing = await job({ scheduledAt }, () => false);
    expectEqual('peers that the next run finds', nothing.peers, 0);
  }

  /** The snapshots are those that one run a day would have left, and every counter may expire. */
  async #checkSnapshots(): Promise<void> {
    const items = await this.#items();
    const counters = items.filter(isCounter);
    expectEqual(
      'snapshots',
      snapshotsIn(items).filter(({ messages }) => messages > 0),
      countersIn(items).filter(({ messages }) => messages > 0),
    );
    expectEqual(
      'counters that may expire',
      counters.map(({ sk, dirtyLane, expiresAt }) => [sk, dirtyLane, expiresAt]),
      counters.map(({ sk, expiresAt }) => {
        const ofDay = Date.parse(dayOfCounter(sk)) / 1000 + COUNTER_RETENTION_DAYS * 86_400;
        return [sk, undefined, isOfYearsAgo(sk) ? expiresAt : ofDay];
      }),
    );
    // One of years ago is kept for 90 days after it was stored first.
    const [least, most] = [NOW / 1000 + 90 * 86_400, NOW / 1000 + 100 * 86_400];
    expectEqual(
      'counters of years ago that are kept for another time',
      counters.filter(
        ({ sk, expiresAt }) => isOfYearsAgo(sk) && !(Number(expiresAt) >= least && Number(expiresAt) <= most),
      ),
      [],
    );
  }

  async #checkTotals(): Promise<void> {
    checkTotals(await this.#items(), { areExpired: this.#areExpired });
  }

  /** Every bucket of any history holds the messages of its days, and all those before in its cumulative figures. */
  async #checkHistory(): Promise<void> {
    const table = { client: this.#database.client, tableName: this.#tables.usageTableName };
    const today = dayOf(this.#now);
    const accepted = this.#history.filter(({ isPoison, message }) => !isPoison && message.role === 'user');
    for (const [peerId, sent] of Map.groupBy(accepted, ({ message }) => message.peerId)) {
      const days = sent.map(({ message }) => dayOf(message.sentAt));
      const from = addDays(dayOf(NOW), -this.#random.integer(0, 6));
      const to = addDays(from, this.#random.integer(0, 6));
      const interval = this.#random.pick(INTERVALS);
      const usage = await new UsageReader(table).read(peerId, today, { from, consistent: true });
      const buckets = history(usage, { from, to, interval, include: new Set(INCLUDABLE_CHANNELS), today });
      expectEqual(
        'buckets of a history',
        buckets.map(({ end, total, cumulative }) => [end, total.messageCount, cumulative.messageCount]),
        buckets.map(({ start, end }) => [
          end,
          days.filter((day) => start <= day && day <= end).length,
          days.filter((day) => day <= end).length,
        ]),
      );
      const last = buckets.at(-1)?.cumulative;
      const before = countsThrough(usage, usage.channels, addDays(from, -1));
      expectEqual(
        'conversations of a range',
        buckets.reduce((sum, { total }) => sum + total.conversationCount, 0),
        (last?.conversationCount ?? 0) - before.conversationCount,
      );
    }
  }

  /** Lets the time pass after which counters leave. */
  async #expireCounters(): Promise<void> {
    this.#now += COUNTER_RETENTION_DAYS * DAY_MS;
    for (const { pk, sk, expiresAt } of await this.#items()) {
      if (expiresAt === undefined || Number(expiresAt) * 1000 > this.#now) continue;
      await this.#database.client.send(
        new DeleteCommand({ TableName: this.#tables.usageTableName, Key: { pk, sk } }),
      );
    }
    this.#areExpired = true;
    expectEqual('counters that are left', (await this.#items()).filter(isCounter).length, 0);
  }

  async #passTime(): Promise<void> {
    await this.#stepsFromNow(this.#random.integer(0, 40));
    this.#now += this.#leap();
  }

  /** By how much time passes while calls are made. */
  #leap(): number {
    if (this.#isAboutExpiry) return this.#random.integer(0, 900) * DAY_MS;
    // All of them together are less than by how much a change may come late.
    if (this.#isAboutAnnouncing) return this.#random.integer(0, 120) * SECOND_MS;
    return this.#random.integer(0, 30 * 60) * MINUTE_MS;
  }

  /** Spoils a daily counter, as no code of this service does, so that nobody can count into it. */
  async #corrupt(): Promise<void> {
    await this.#stepsFromNow(this.#random.integer(5, 60));
    await this.#scheduler.step('a counter is spoilt', async () => {
      const counters = (await this.#items()).filter((item) => isCounter(item) && 'windowFrom' in item);
      if (counters.length === 0) return;
      const { pk, sk, windowFrom } = this.#random.pick(counters);
      await this.#replace({ pk, sk }, windowFrom, SPOILT);
      this.#corrupted.push({ key: { pk, sk }, good: windowFrom });
    });
  }

  /** Mends what was spoilt, and replays all messages, as the runbook says. */
  async #repair(): Promise<void> {
    if (this.#corrupted.length === 0) return;
    for (const { key, good } of this.#corrupted) await this.#replace(key, SPOILT, good);
    const quarantined = (await this.#items()).some(({ reason }) => reason === 'malformed_item');
    if (quarantined)
      this.#met('records of a malformed counter were quarantined, and replayed after its repair');
    await this.#scheduler.run(this.#deliver(this.#history.map(({ record }) => record)));
    this.#isRepaired = true;
  }

  /** Changes an attribute of a counter where it still has the value that it is expected to have. */
  async #replace(key: Item, from: unknown, to: unknown): Promise<void> {
    try {
      await this.#database.client.send(
        new UpdateCommand({
          TableName: this.#tables.usageTableName,
          Key: key,
          UpdateExpression: 'SET #attribute = :to',
          ConditionExpression: '#attribute = :from',
          ExpressionAttributeNames: { '#attribute': 'windowFrom' },
          ExpressionAttributeValues: { ':from': from, ':to': to },
        }),
      );
    } catch (error) {
      // Somebody who had read it before has put it whole meanwhile.
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }

  /** Reads like a user of the API, and checks that no figure is above or below what it may be. */
  async #read(): Promise<void> {
    for (let round = this.#random.integer(1, 4); round > 0; round -= 1) {
      await this.#stepsFromNow(this.#random.integer(0, 15));
      this.#readsUnderWay += 1;
      await this.#readOnce();
      this.#readsUnderWay -= 1;
    }
  }

  async #readOnce(): Promise<void> {
    const plan: FaultPlan = { faultProbability: 0 };
    const client = faultyClient(this.#database.client, this.#scheduler, this.#random, plan, this.#oddities);
    const peerId = this.#random.pick(this.#history).message.peerId;
    const { name, range, check } = randomQuestion(this.#random, dayOf(this.#now));
    const before = await this.#lookBeforeReading();
    const consistent = this.#random.chance(0.5);
    const reader = this.#reader(consistent ? client : await this.#staleClient(client));
    const usage = await reader.read(peerId, dayOf(this.#now), { ...range, consistent }).catch(ifBusy);
    if (usage === undefined) return;
    const after = await this.#scheduler.step('look', () => this.#truth());
    check(usage, { peerId, before, after });
    if (JSON.stringify([...before]) !== JSON.stringify([...after]))
      this.#met(`${name} was asked for while messages were counted`);
  }

  /** What a read that begins now has to see, at least. */
  async #lookBeforeReading(): Promise<Truth> {
    for (;;) {
      const before = await this.#scheduler.step('look', async () => {
        // Of a transaction that is not answered yet, nobody may rely on any part.
        if (!this.#oddities.transactions.areWhole) return undefined;
        await this.#checkStartedConversations();
        await this.#checkTotals();
        await this.#checkNothingShrank();
        return this.#visibleTruth();
      });
      if (before !== undefined) return before;
    }
  }

  /**
   * Reads how far counting has come, and then the figures: every message that was recorded by then is in them, in every
   * lane that a heartbeat reached. Those aside that were given up.
   */
  async #readTrust(): Promise<void> {
    const plan: FaultPlan = { faultProbability: 0 };
    const client = faultyClient(this.#database.client, this.#scheduler, this.#random, plan, this.#oddities);
    const table = { client, tableName: this.#tables.usageTableName };
    for (let round = this.#random.integer(2, 8); round > 0; round -= 1) {
      await this.#stepsFromNow(this.#random.integer(0, 25));
      const passed = await new PassedHeartbeatsStore(table).read();
      await this.#scheduler.step('look', () => this.#checkNothingMovedBack());
      const { countedThrough } = countingProgress(passed, HEARTBEATS.keys);
      // Nobody can tell what a malformed counter holds, or one that has gone.
      if (countedThrough === undefined || this.#corrupted.length > 0 || this.#isAboutExpiry) continue;
      const due = this.#history.filter(
        ({ isPoison, message, record }) =>
          !isPoison &&
          message.role === 'user' &&
          this.#reached.has(record) &&
          !this.#givenUp.includes(record) &&
          (this.#recordedAt.get(record) ?? Number.POSITIVE_INFINITY) <= countedThrough,
      );
      if (due.length > 0) this.#met('a reader of trust found messages that had to be counted');
      for (const [peerId, ofPeer] of Map.groupBy(due, ({ message }) => message.peerId)) {
        const reading = new UsageReader(table).read(peerId, dayOf(this.#now), {
          from: EARLIEST_DAY,
          consistent: true,
        });
        const usage = await reading.catch(ifBusy);
        if (usage === undefined || this.#corrupted.length > 0) continue;
        this.#checkCounted(usage, ofPeer, countedThrough);
      }
    }
  }

  #checkCounted(usage: PeerUsage, due: readonly Sent[], countedThrough: number): void {
    for (const [name, sent] of Map.groupBy(due, ({ message }) => counterName(message))) {
      const [first] = sent;
      const found = usage.days.find(
        ({ channelId, day }) =>
          first !== undefined && channelId === first.message.channelId && day === dayOf(first.message.sentAt),
      );
      if ((found?.messageCount ?? 0) >= sent.length) continue;
      throw new Error(
        `${name}: ${found?.messageCount ?? 0} messages are counted, and ${sent.length} were recorded ` +
          `by ${new Date(countedThrough).toISOString()}, up to which all are said to be`,
      );
    }
  }

  /** No heartbeat that was noted is followed by an older one of its key. */
  async #checkNothingMovedBack(): Promise<void> {
    const table = { client: this.#database.client, tableName: this.#tables.usageTableName };
    const passed = await new PassedHeartbeatsStore(table).read({ consistent: true });
    for (const [key, sentAt] of this.#passed) {
      if ((passed.get(key) ?? 0) >= sentAt) continue;
      throw new Error(`the newest heartbeat of the key ${key} is older than it was`);
    }
    this.#passed = passed;
  }

  /** Compares all that is stored of a peer: whatever goes on meanwhile, nothing differs. */
  async #audit(): Promise<void> {
    await this.#stepsFromNow(this.#random.integer(5, 120));
    const plan: FaultPlan = { faultProbability: 0 };
    const client = faultyClient(this.#database.client, this.#scheduler, this.#random, plan, this.#oddities);
    const audited: AuditedTable = {
      table: { client, tableName: this.#tables.usageTableName },
      clock: () => this.#now,
      waiting: this.#waiting(),
      retention: {
        messageRetentionDays: this.#isAboutExpiry ? RAISED_RETENTION_DAYS : RETENTION_DAYS,
        counterRetentionDays: COUNTER_RETENTION_DAYS,
      },
    };
    const { peerId } = this.#random.pick(this.#history).message;
    const { counters, differences } = await auditedPeer(audited, peerId);
    if (this.#corrupted.length > 0) return;
    expectEqual('what an audit finds', differences, []);
    if (counters > 0) this.#met('a peer was audited beside counting and sealing');
  }

  /** A reader that tells where it had to begin anew. */
  #reader(client: DynamoDBDocumentClient): UsageReader {
    let queries = 0;
    const counting = intercepted(client, (command, send) => {
      const isFirst = command instanceof QueryCommand && command.input.ExclusiveStartKey === undefined;
      if (isFirst) queries += 1;
      // It asks three times at most as long as all of it fits together.
      if (queries > 3) this.#met('a reader began anew, because days were settled meanwhile');
      return send();
    });
    return new UsageReader({ client: counting, tableName: this.#tables.usageTableName });
  }

  /** Gives items as they were at one of several moments from now on. */
  async #staleClient(client: DynamoDBDocumentClient): Promise<DynamoDBDocumentClient> {
    const moments: Item[][] = [];
    for (let more = this.#random.integer(1, 3); more > 0; more -= 1) {
      moments.push(await this.#scheduler.step('look', () => this.#items()));
      await this.#stepsFromNow(this.#random.integer(0, 25));
    }
    return staleClient(client, moments, this.#random, () =>
      this.#met('a reader was given items as they were a while ago'),
    );
  }

  /** Announces changes of sealed days to somebody, in runs that may fail or die at any call. */
  async #followChanges(): Promise<void> {
    const follower = `follower-${this.#followers.size}`;
    this.#followers.set(follower, new Set());
    for (let round = this.#random.integer(1, 4); round > 0; round -= 1) {
      await this.#stepsFromNow(this.#random.integer(10, 60));
      const plan = this.#plan();
      const crashed = Promise.withResolvers<undefined>();
      if (this.#random.chance(this.#mishapProbability)) {
        plan.crash = {
          callsUntil: this.#random.integer(0, 40),
          when: this.#random.pick(['before', 'after']),
          die: () => {
            this.#met('an announcer died');
            crashed.resolve(undefined);
          },
        };
      }
      const run = this.#announceTo(follower, plan, () => {
        const isOver = this.#random.chance(this.#mishapProbability / 3);
        if (isOver) this.#met('an announcing run was out of time');
        return isOver;
      }).catch(() => {
        // Some days could not be announced, or the time ran out: the next run finds them.
      });
      await Promise.race([run, crashed.promise]);
    }
  }

  /** A run of an announcer that has just started. */
  #announceTo(follower: string, plan: FaultPlan, outOfTime: () => boolean): Promise<unknown> {
    const told = this.#followers.get(follower);
    const dependencies = this.#dependencies(plan, 'an answer never came to an announcer');
    const announce: Announce = async (days) => {
      const crash = plan.crash?.callsUntil === 0 ? plan.crash : undefined;
      if (crash?.when === 'before') return dead(crash);
      const refused = new Set(days.filter(() => this.#random.chance(plan.faultProbability)));
      if (refused.size > 0) this.#met('an announcement was refused, or its answer was lost');
      await this.#scheduler.step('days are announced', () => {
        for (const day of days) {
          // Of some that are said to be refused only the answer is lost.
          if (refused.has(day) && this.#random.chance(0.5)) continue;
          this.#met('a sealed day was announced');
          const state = stateOf(day);
          if (told?.has(state)) this.#met('a sealed day was announced again');
          told?.add(state);
        }
      });
      return crash === undefined ? refused : dead(crash);
    };
    const job = announceDays(
      {
        ...dependencies,
        // Elsewhere time passes by hours while a call is made.
        clock: () => (this.#isAboutAnnouncing ? this.#now : NOW),
      },
      { name: follower, announce },
    );
    const timeMs = TIME_LIMIT_SECONDS['announce-days'] * 1000;
    return inTime(dependencies.waiting, timeMs, () => job(outOfTime));
  }

  /** By the next run, everybody who follows changes has been told of the last state of every day. */
  async #checkAnnounced(): Promise<void> {
    const items = (await this.#items()).filter(({ sk }) => String(sk).startsWith('MONTH#'));
    const states = items.flatMap((item) =>
      [...parseMonth(item).days].map(([day, { revision }]) =>
        stateOf({ peerId: peerOfPartition(String(item['pk'])), day, revision }),
      ),
    );
    for (const [follower, told] of this.#followers) {
      await this.#scheduler.run(this.#announceTo(follower, { faultProbability: 0 }, () => false));
      expectEqual(
        'states of days that were not announced',
        states.filter((state) => !told.has(state)),
        [],
      );
    }
  }

  /** Adds to an item what only another version of the service knows of. */
  async #addForeignAttribute(): Promise<void> {
    await this.#stepsFromNow(this.#random.integer(5, 60));
    await this.#scheduler.step('another version adds to an item', async () => {
      const items = (await this.#items()).filter(
        ({ pk, sk }) =>
          /^USAGE#|^MONTH#|^CHANNEL#|^PEER#/.test(String(sk)) && !String(pk).includes('#WINDOWS#'),
      );
      if (items.length === 0) return;
      const { pk, sk } = this.#random.pick(items);
      await this.#database.client.send(
        new UpdateCommand({
          TableName: this.#tables.usageTableName,
          Key: { pk, sk },
          UpdateExpression: 'SET #foreign = :foreign',
          ExpressionAttributeNames: { '#foreign': 'foreign' },
          ExpressionAttributeValues: { ':foreign': true },
        }),
      );
      this.#extended.push({ pk, sk });
    });
  }

  async #checkForeignAttributes(): Promise<void> {
    const items = await this.#items();
    // Some have expired since.
    const isExtended = ({ pk, sk }: Item) =>
      this.#extended.some((key) => pk === key['pk'] && sk === key['sk']);
    const left = items.filter(isExtended);
    if (left.length > 0) this.#met('an item was changed that another version of the service had added to');
    expectEqual(
      'what another version added to items',
      left.map((item) => item['foreign']),
      left.map(() => true),
    );
  }

  /** All that was counted. It is read in one step, so that nothing changes meanwhile. */
  async #truth(): Promise<Truth> {
    const items = await this.#items();
    // Of a counter that has expired, its snapshot is left.
    const counted = [...(this.#areExpired ? snapshotsIn(items) : []), ...countersIn(items)];
    return new Map(counted.map((entry) => [nameOf(entry), entry]));
  }

  /** What every reader has to see. */
  async #visibleTruth(): Promise<Truth> {
    return visibleIn(await this.#items(), await this.#truth());
  }

  async #items(): Promise<Item[]> {
    const answer = await this.#database.client.send(
      new ScanCommand({ TableName: this.#tables.usageTableName, ConsistentRead: true }),
    );
    if (answer.LastEvaluatedKey !== undefined) throw new Error('the table is larger than one page');
    return answer.Items ?? [];
  }

  async #check(): Promise<void> {
    const accepted = this.#history.filter(({ isPoison, message }) => !isPoison && message.role === 'user');
    const truth = await this.#truth();
    const expectedMessages = tally(accepted.map(({ message }) => counterName(message)));
    expectEqual(
      'messages by day',
      [...truth].map(([name, { messages }]) => [name, messages]),
      expectedMessages,
    );
    await this.#checkConversations(accepted, truth);

    const table = { client: this.#database.client, tableName: this.#tables.usageTableName };
    const reader = new UsageReader(table);
    for (const peerId of new Set(accepted.map(({ message }) => message.peerId))) {
      const messages = accepted.map(({ message }) => message).filter((message) => message.peerId === peerId);
      const stats = channelStats(await reader.read(peerId, dayOf(this.#now), { consistent: true }), {
        include: new Set(['activity']),
      });
      expectEqual(
        'all-time figures',
        stats.channels.map((channel) => [
          channel.channelId,
          channel.messageCount,
          channel.conversationCount,
          channel.lastMessageAt,
        ]),
        [...Map.groupBy(messages, (message) => message.channelId)].map(([channelId, ofChannel]) => [
          channelId,
          ofChannel.length,
          new Set(ofChannel.map((message) => message.conversationId)).size,
          new Date(Math.max(...ofChannel.map((message) => message.sentAt))).toISOString(),
        ]),
      );
    }
    await this.#checkItems(accepted);
  }

  async #checkStartedConversations(): Promise<void> {
    const items = await this.#items();
    // While a counter is malformed, nobody can tell what it holds: its conversations are taken for counted, and
    // count again with their next message, or when the messages are replayed after its repair.
    if (this.#corrupted.length > 0 && !this.#isRepaired) return;
    // Nor where a counter has gone, or a marker is older than the proof of its message may be.
    if (this.#isAboutExpiry) return;
    const table = { client: this.#database.client, tableName: this.#tables.usageTableName };
    const secret = await new HashSecretStore(table).read();
    if (secret === undefined) return;
    const fingerprints = new Fingerprints(secret);
    const messages = this.#history.map(({ message }) => message);
    checkStartedConversations(items, (await this.#truth()).values(), messages, fingerprints);
    checkDigests(items, messages, fingerprints);
  }

  /** Every conversation is counted on the day of one of its messages, and so in sum once. */
  async #checkConversations(accepted: readonly Sent[], truth: Truth): Promise<void> {
    const table = { client: this.#database.client, tableName: this.#tables.usageTableName };
    const fingerprints = new Fingerprints(await new HashSecretStore(table).readOrMake(new Uint8Array(32)));
    const items = await this.#items();
    const started: string[] = [];
    const groups = Map.groupBy(
      accepted.map(({ message }) => message),
      ({ peerId, channelId, conversationId }) => JSON.stringify([peerId, channelId, conversationId]),
    );
    for (const [name, messages] of groups) {
      const [first] = messages;
      if (first === undefined) continue;
      const hash = fingerprints.ofConversation(first.peerId, first.conversationId);
      const marker = items.find(
        ({ pk, sk }) =>
          String(pk).endsWith(`#CONVERSATION#${hash}`) && sk === `CHANNEL#${encoded(first.channelId)}`,
      );
      if (marker === undefined) throw new Error(`there is no marker of conversation ${name}`);
      const starter = messages.find((message) => dayOf(message.sentAt) === marker['day']);
      const namesAnother = messages.some(
        (message) =>
          fingerprints.ofMessage(message) === hexOf(marker['startedBy']) &&
          dayOf(message.sentAt) !== marker['day'],
      );
      if (namesAnother) this.#met('a message that started its conversation came again elsewhere');
      if (starter === undefined) throw new Error(`conversation ${name} counts on a day without its messages`);
      started.push(counterName(starter));
    }
    expectEqual(
      'conversations by day',
      [...truth].flatMap(([name, { conversations }]) => (conversations > 0 ? [[name, conversations]] : [])),
      tally(started),
    );
  }

  /** What is kept beside the counts: the directory and the records quarantined. */
  async #checkItems(accepted: readonly Sent[]): Promise<void> {
    const items = await this.#items();
    expectEqual(
      'the directory',
      items.flatMap(({ pk, sk, lastActiveDay }) =>
        String(pk).startsWith('DIRECTORY#') && sk !== `PEER#${API_PEER}` ? [[sk, lastActiveDay]] : [],
      ),
      [...Map.groupBy(accepted, ({ message }) => message.peerId)].map(([peerId, sent]) => [
        `PEER#${encoded(peerId)}`,
        dayOf(Math.max(...sent.map(({ message }) => message.sentAt))),
      ]),
    );
    const poison = this.#history.filter(({ isPoison }) => isPoison);
    expectEqual(
      'records quarantined',
      items.flatMap(({ pk, eventId, reason }) =>
        String(pk).startsWith('QUARANTINE#') && reason !== 'malformed_item' ? [eventId] : [],
      ),
      // Those of roles that do not count are not filtered out: their version is unknown.
      poison.map(({ record }) => record.eventID),
    );
  }
}

function dayOfCounter(sk: unknown): string {
  return String(sk).split('#')[1] ?? '';
}

/** Whether a counter is of a day that only an imported history has messages of. */
function isOfYearsAgo(sk: unknown): boolean {
  return dayOfCounter(sk) < addDays(dayOf(NOW), -RETENTION_DAYS);
}

/** Whether a read of one moment has found a counter of years ago that had not been there. */
function foundAfterAll(command: object, answer: unknown): boolean {
  if (!(command instanceof TransactGetCommand)) return false;
  const { Responses: responses = [] }: { Responses?: { Item?: Item }[] } = Object(answer);
  return responses.some(
    ({ Item: item }) => item !== undefined && isCounter(item) && isOfYearsAgo(item['sk']),
  );
}

/** Whether it is the read that follows where a heartbeat was not newer than the one that was noted. */
function isLookBehindRefusedNote(command: object): boolean {
  return command instanceof GetCommand && command.input.Key?.['pk'] === PASSED_HEARTBEATS_KEY.pk;
}

function isHeartbeat({ dynamodb }: DynamoDBRecord): boolean {
  return dynamodb?.NewImage?.['heartbeat'] !== undefined;
}

/** What a command takes a window out of, that was split: a stretch of a day, or a share of one. */
function splitBy(command: object): 'stretch' | 'share' | undefined {
  if (!(command instanceof DeleteCommand)) return undefined;
  return String(command.input.Key?.['sk']).startsWith('share#') ? 'share' : 'stretch';
}

/** Whether a command puts a window that a split makes, or the marker that tells of such windows. */
function isPutOfSplit(command: object): boolean {
  return command instanceof PutCommand && String(command.input.Item?.['pk']).includes('#WINDOWS#');
}

interface Instance {
  plan: FaultPlan;
  handler: StreamHandler;
  /** Whether an invocation of it has not ended, and may never. */
  hasUnended: boolean;
}

/** The peer whose totals a command reads, or changes with others. */
function peerOfTotals(command: object): unknown {
  const keys =
    command instanceof GetCommand
      ? [command.input.Key]
      : command instanceof TransactWriteCommand
        ? (command.input.TransactItems ?? []).map(({ Update: update }) => update?.Key)
        : [];
  return keys.find((key) => key?.['sk'] === TOTALS_SORT_KEY)?.['pk'];
}

/** The peers and days whose counters a command seals, or changes after that. */
function settledBy(command: object): string[] {
  if (!(command instanceof TransactWriteCommand)) return [];
  const keys = (command.input.TransactItems ?? []).flatMap(({ Update: update }) => update?.Key ?? []);
  if (!keys.some(({ sk }) => sk === TOTALS_SORT_KEY)) return [];
  return keys.flatMap(({ pk, sk }) => (isCounter({ sk }) ? [`${pk} ${String(sk).split('#')[1]}`] : []));
}

/** A state of a day, as no other one is. */
function stateOf({ peerId, day, revision }: { peerId: string; day: string; revision: number }): string {
  return JSON.stringify([peerId, day, revision]);
}

/** Ends a process in a call, which never returns. */
function dead({ die }: NonNullable<FaultPlan['crash']>): Promise<never> {
  die();
  return new Promise(() => {});
}

/** What a reader gives that found no state in which all fits together. */
function ifBusy(error: unknown): undefined {
  if (!(error instanceof ContentionError)) throw error;
}
