import { DeleteCommand, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { countMessages, type StreamHandler } from '../../functions/shared/counting/count-messages.ts';
import type { WindowRules } from '../../functions/shared/domain/daily-counter.ts';
import { ContentionError } from '../../functions/shared/domain/errors.ts';
import { DEPLOYED_RHYTHM } from '../../functions/shared/domain/heartbeat.ts';
import type { Message } from '../../functions/shared/domain/message.ts';
import { add, type Counts, sum, ZERO } from '../../functions/shared/domain/metrics.ts';
import { DAY_MS, dayOf, EARLIEST_DAY, MINUTE_MS, SECOND_MS } from '../../functions/shared/domain/utc-day.ts';
import type { Dependencies } from '../../functions/shared/runtime/dependencies.ts';
import { ChannelStore } from '../../functions/shared/store/channel-store.ts';
import type { Item } from '../../functions/shared/store/items/item.ts';
import { messageItem } from '../../functions/shared/store/items/message.ts';
import { parseMonth } from '../../functions/shared/store/items/month-of-snapshots.ts';
import { parseTotals, TOTALS_SORT_KEY } from '../../functions/shared/store/items/peer-totals.ts';
import { UsageReader } from '../../functions/shared/store/usage-reader.ts';
import { takeDailySnapshot } from '../../functions/take-daily-snapshot/take-daily-snapshot.ts';
import { erasePeer } from '../../tools/support/erase-peer.ts';
import { purgeChannel } from '../../tools/support/purge-channel.ts';
import type { TestDatabase } from '../support/database/database.ts';
import { Random } from '../support/random.ts';
import { watchedLog } from '../support/service/test-dependencies.ts';
import { type FaultPlan, faultyClient, type Onlooker } from './faulty-client.ts';
import { streamRecord } from './history.ts';
import { QueryFaults } from './query-faults.ts';
import { Scheduler } from './scheduler.ts';
import { TornTransactions } from './torn-transactions.ts';
import { expectEqual } from './truth.ts';

/** What schedules of purging and erasing are to meet, or they show nothing. */
export const REMOVAL_SITUATIONS = [
  'a channel was purged',
  'a peer was erased',
  'a remover died, and began again',
  'a process that counted died',
  'a counter was taken back',
  'a sealer ran beside a removal',
  'a reader read beside a removal',
  'a new peer of the name came',
] as const;
type Situation = (typeof REMOVAL_SITUATIONS)[number];

const NOW = Date.parse('2026-11-10T22:00:00.000Z');
const GONE = { peerId: 'p', channelId: 'x' };
const CHANNELS = ['x', 'y'];
const MOST_ATTEMPTS = 200;

/**
 * Purges a channel or erases a peer while its messages, and those of others, are counted, counted late, sealed, replayed
 * and read by processes that may die at every call.
 *
 * @returns the situations that it met
 * @throws Error that says what was wrong
 */
export async function runRemovalSchedule(database: TestDatabase, seed: number): Promise<Set<Situation>> {
  const world = new RemovalWorld(database, await database.createTables(), seed);
  await world.run();
  return world.situations;
}

interface Instance {
  plan: FaultPlan;
  handler: StreamHandler;
}

class RemovalWorld {
  readonly situations = new Set<Situation>();
  readonly #database: TestDatabase;
  readonly #tables: { messagesTableName: string; usageTableName: string };
  readonly #random: Random;
  readonly #scheduler: Scheduler;
  readonly #isErasing: boolean;
  readonly #windowRules: WindowRules;
  readonly #messages: Message[];
  readonly #records = new Map<Message, DynamoDBRecord>();
  readonly #idle: Instance[] = [];
  readonly #transactions: TornTransactions;
  readonly #queries: QueryFaults;
  readonly #faultProbability: number;
  readonly #crashProbability: number;
  #areFaultsOver = false;
  #isRemoving = false;
  #now = NOW;

  constructor(
    database: TestDatabase,
    tables: { messagesTableName: string; usageTableName: string },
    seed: number,
  ) {
    const random = new Random(seed);
    this.#database = database;
    this.#tables = tables;
    this.#random = random;
    this.#scheduler = new Scheduler(random);
    this.#isErasing = random.chance(0.5);
    this.#faultProbability = random.pick([0, 0.05, 0.15]);
    this.#crashProbability = random.pick([0, 0.15, 0.35]);
    this.#windowRules = {
      windowCapacity: random.integer(1, 3),
      fingerprintsPerWindow: random.integer(1, 3),
      windowsTogether: random.integer(1, 2),
    };
    this.#messages = this.#history();
    const probability = () => (this.#areFaultsOver ? 0 : 0.1);
    this.#transactions = new TornTransactions({
      client: database.client,
      scheduler: this.#scheduler,
      random,
      probability,
      seen: () => {},
    });
    this.#queries = new QueryFaults({ random, probability, seen: () => {} });
  }

  #history(): Message[] {
    const random = this.#random;
    return Array.from({ length: random.integer(8, 24) }, (_, index): Message => {
      const isLater = random.chance(0.2);
      return {
        peerId: random.chance(0.7) ? GONE.peerId : 'q',
        channelId: random.pick(CHANNELS),
        conversationId: `k${random.integer(1, 3)}`,
        messageId: `m${index}`,
        role: 'user',
        // A later one is sent after the peer was erased, or not: its clock stands still.
        sentAt: isLater
          ? NOW + random.integer(1, 5) * MINUTE_MS
          : NOW - random.integer(0, 3) * DAY_MS - random.integer(0, 600) * MINUTE_MS,
      };
    });
  }

  async run(): Promise<void> {
    for (const [index, message] of this.#messages.entries()) {
      this.#records.set(message, streamRecord(message, index + 1));
      await this.#put(message);
    }
    // A channel that is not there cannot be purged.
    const usage = { client: this.#database.client, tableName: this.#tables.usageTableName };
    if (!this.#isErasing) await new ChannelStore(usage).register(GONE.peerId, GONE.channelId, NOW, {});
    const random = this.#random;
    const parts = Map.groupBy(this.#messages, () => random.integer(1, 3));
    await this.#scheduler.run(
      Promise.all([
        ...[...parts.values()].map((part) => this.#deliver(part)),
        ...Array.from({ length: random.integer(0, 2) }, () => this.#deliver(random.shuffled(this.#messages))),
        ...Array.from({ length: random.integer(1, 3) }, () => this.#seal()),
        ...Array.from({ length: random.integer(1, 2) }, () => this.#read()),
        this.#remove(),
      ]),
    );
    this.#areFaultsOver = true;
    // Everything comes once more: what was refused is refused again, and what is of a new peer is counted.
    await this.#scheduler.run(this.#deliver(this.#messages));
    this.#now = NOW + 3 * DAY_MS;
    await this.#scheduler.run(this.#seal());
    await this.#check();
  }

  async #put(message: Message): Promise<void> {
    const Item = messageItem(message, 400);
    await this.#database.client.send(new PutCommand({ TableName: this.#tables.messagesTableName, Item }));
  }

  /** Removes what is to go, however often the remover dies on its way. */
  async #remove(): Promise<void> {
    await this.#stepsFromNow(this.#random.integer(0, 150));
    this.#isRemoving = true;
    await this.#untilItEnds(async (plan) => {
      const dependencies = this.#dependencies(plan);
      const { client, clock, waiting, randomBytes } = dependencies;
      const usage = { client, tableName: this.#tables.usageTableName };
      const messages = { client, tableName: this.#tables.messagesTableName };
      const removing = {
        usage,
        messages,
        clock,
        waiting,
        randomBytes,
        paced: async () => {},
        progress: () => {},
      };
      if (this.#isErasing) await erasePeer(removing, GONE.peerId);
      else await purgeChannel(removing, GONE);
    }, 'a remover died, and began again');
    this.#isRemoving = false;
    this.situations.add(this.#isErasing ? 'a peer was erased' : 'a channel was purged');
  }

  async #seal(): Promise<void> {
    await this.#stepsFromNow(this.#areFaultsOver ? 0 : this.#random.integer(0, 150));
    if (this.#isRemoving) this.situations.add('a sealer ran beside a removal');
    await this.#untilItEnds(async (plan) => {
      const job = takeDailySnapshot(this.#dependencies(plan));
      const run = await job({ scheduledAt: new Date(this.#now).toISOString() }, () => false);
      if (run.failed > 0) throw new Error('some peers could not be sealed');
    });
  }

  async #read(): Promise<void> {
    for (let round = this.#random.integer(1, 5); round > 0; round -= 1) {
      await this.#stepsFromNow(this.#random.integer(0, 60));
      if (this.#isRemoving) this.situations.add('a reader read beside a removal');
      const { client } = this.#dependencies({ faultProbability: 0 });
      const reader = new UsageReader({ client, tableName: this.#tables.usageTableName });
      try {
        const options = { from: EARLIEST_DAY, consistent: this.#random.chance(0.5) };
        const { channels, days } = await reader.read(GONE.peerId, dayOf(this.#now), options);
        const ofDays = (channelId: string) => sum(days.filter((day) => day.channelId === channelId));
        expectEqual(
          'figures of all time beside the sums of days',
          channels.map(({ channelId, allTime }) => [
            channelId,
            allTime.messageCount,
            allTime.conversationCount,
          ]),
          channels.map(({ channelId }) => {
            const { messageCount, conversationCount } = ofDays(channelId);
            return [channelId, messageCount, conversationCount];
          }),
        );
      } catch (error) {
        if (!(error instanceof ContentionError)) throw error;
      }
    }
  }

  /** Does something again until it ends, whether its process dies or it fails. */
  async #untilItEnds(act: (plan: FaultPlan) => Promise<void>, whenDead?: Situation): Promise<void> {
    for (let attempts = 1; attempts <= MOST_ATTEMPTS; attempts += 1) {
      const [plan, crashed] = this.#plan(attempts > 12 ? 0 : this.#crashProbability);
      const ended = await Promise.race([
        act(plan).then(
          () => 'ended' as const,
          (error: unknown) => ({ error }),
        ),
        crashed,
      ]);
      if (ended === 'ended') return;
      if (ended === 'dead' && whenDead !== undefined) this.situations.add(whenDead);
      if (this.#areFaultsOver && typeof ended === 'object') throw ended.error;
    }
    throw new Error('something never ended');
  }

  #plan(crashProbability: number): [FaultPlan, Promise<'dead'>] {
    const plan: FaultPlan = { faultProbability: this.#areFaultsOver ? 0 : this.#faultProbability };
    const { promise, resolve } = Promise.withResolvers<'dead'>();
    if (!this.#areFaultsOver && this.#random.chance(crashProbability)) {
      plan.crash = {
        callsUntil: this.#random.integer(0, 30),
        when: this.#random.pick(['before', 'after']),
        die: () => resolve('dead'),
      };
    }
    return [plan, promise];
  }

  /** Delivers records as a stream does: each comes again until it is dealt with. */
  async #deliver(messages: readonly Message[]): Promise<void> {
    const records = messages.flatMap((message) => this.#records.get(message) ?? []);
    let next = 0;
    let attempts = 0;
    while (next < records.length) {
      attempts += 1;
      if (attempts > MOST_ATTEMPTS) throw new Error('records never came to an end');
      if (!this.#areFaultsOver) await this.#stepsFromNow(this.#random.integer(0, 10));
      const batch = records.slice(next, next + this.#random.integer(1, 4));
      const warm = this.#random.chance(0.7) ? this.#idle.pop() : undefined;
      const instance = warm ?? this.#newInstance();
      const [plan, crashed] = this.#plan(this.#crashProbability);
      delete instance.plan.crash;
      Object.assign(instance.plan, plan);
      const answer = await Promise.race([instance.handler({ Records: batch }), crashed]);
      if (answer === 'dead') {
        this.situations.add('a process that counted died');
        continue;
      }
      this.#idle.push(instance);
      const first = answer.batchItemFailures[0]?.itemIdentifier;
      const failed = batch.findIndex(({ dynamodb }) => dynamodb?.SequenceNumber === first);
      next += failed < 0 ? batch.length : failed;
    }
  }

  #newInstance(): Instance {
    const plan: FaultPlan = { faultProbability: 0 };
    const dependencies = this.#dependencies(plan, {
      succeeded: (command) => {
        const sk = command instanceof DeleteCommand ? String(command.input.Key?.['sk']) : '';
        if (/^USAGE#\d/.test(sk)) this.situations.add('a counter was taken back');
      },
    });
    return { plan, handler: countMessages(dependencies, this.#windowRules) };
  }

  #dependencies(plan: FaultPlan, see: Onlooker = {}): Dependencies {
    return {
      settings: {
        ...this.#tables,
        messageRetentionDays: 400,
        counterRetentionDays: 460,
        heartbeats: DEPLOYED_RHYTHM,
        metricNamespace: 'Test',
      },
      client: faultyClient(
        this.#database.client,
        this.#scheduler,
        this.#random,
        plan,
        { transactions: this.#transactions, queries: this.#queries },
        see,
      ),
      clock: () => this.#now,
      waiting: {
        pause: async (milliseconds) => {
          if (milliseconds >= SECOND_MS) await this.#transactions.untilWhole();
          await this.#scheduler.step('a pause ends', () => {});
        },
        deadline: () => new Promise(() => {}),
        random: () => this.#random.next(),
      },
      randomBytes: (length) => new Uint8Array(length).map(() => this.#random.integer(0, 255)),
      log: watchedLog(),
      publishMetrics: () => {},
    };
  }

  async #stepsFromNow(amount: number): Promise<void> {
    for (let step = 0; step < amount; step += 1) await this.#scheduler.step('time passes', () => {});
  }

  /** What is to be counted in the end. */
  #isCounted({ peerId, channelId, sentAt }: Message): boolean {
    if (peerId !== GONE.peerId) return true;
    return this.#isErasing ? sentAt > NOW : channelId !== GONE.channelId;
  }

  async #check(): Promise<void> {
    const items = await this.#items();
    const counted = this.#messages.filter((message) => this.#isCounted(message));
    const placeOf = ({ peerId, channelId, sentAt }: Message) => `${peerId} ${channelId} ${dayOf(sentAt)}`;
    const counters = items.filter(({ sk }) => /^USAGE#\d/.test(String(sk)));
    expectEqual(
      'messages in counters',
      counters.flatMap(({ pk, sk, messageCount }) => {
        const [, day, channelId] = String(sk).split('#');
        return messageCount === 0 ? [] : [[`${String(pk).slice(5)} ${channelId} ${day}`, messageCount]];
      }),
      [...Map.groupBy(counted, placeOf)].map(([place, ofPlace]) => [place, ofPlace.length]),
    );
    const conversationOf = ({ peerId, conversationId, channelId }: Message) =>
      `${peerId} ${conversationId} ${channelId}`;
    const markers = items.filter(({ pk }) => String(pk).includes('#CONVERSATION#'));
    const conversations = new Set(counted.map(conversationOf)).size;
    expectEqual('conversation markers', [markers.length], [conversations]);
    expectEqual(
      'conversations in counters',
      [counters.reduce((all, { conversationCount }) => all + Number(conversationCount), 0)],
      [conversations],
    );
    expectEqual(
      'archived windows without a counter',
      items
        .filter(({ pk }) => String(pk).includes('#WINDOWS#'))
        .filter((window) => !hasCounter(window, counters)),
      [],
    );
    const listed = items.filter(({ pk }) => String(pk).startsWith('DIRECTORY#')).map(({ sk }) => String(sk));
    const left = new Set(counted.map(({ peerId }) => `PEER#${peerId}`));
    if (this.#isErasing) expectEqual('listed peers', listed, [...left]);
    if (this.#isErasing && left.has(`PEER#${GONE.peerId}`))
      this.situations.add('a new peer of the name came');
    this.#checkTotals(items, counted);
  }

  #checkTotals(items: readonly Item[], counted: readonly Message[]): void {
    const byPeer = Map.groupBy(counted, ({ peerId }) => peerId);
    for (const peerId of ['p', 'q']) {
      const own = items.filter(({ pk }) => pk === `PEER#${peerId}`);
      const totals = own.filter(({ sk }) => sk === TOTALS_SORT_KEY).map(parseTotals);
      const months = own.filter(({ sk }) => String(sk).startsWith('MONTH#')).map(parseMonth);
      const ofTotals = totals.flatMap(({ channels }) => [...channels.values()]);
      const ofMonths = months.flatMap(({ days }) =>
        [...days.values()].flatMap(({ channels }) => [...channels.values()]),
      );
      const messages = (all: readonly Counts[]) => all.reduce(add, ZERO).messageCount;
      const expected = byPeer.get(peerId)?.length ?? 0;
      expectEqual(
        `totals and months of ${peerId}`,
        [messages(ofTotals), messages(ofMonths)],
        [expected, expected],
      );
      expectEqual(
        `revisions of months of ${peerId}`,
        totals.flatMap((one) => [...one.months]),
        months.map(({ month, revision }) => [month, revision]),
      );
    }
  }

  async #items(): Promise<Item[]> {
    const { Items: items = [] } = await this.#database.client.send(
      new ScanCommand({ TableName: this.#tables.usageTableName, ConsistentRead: true }),
    );
    return items;
  }
}

function hasCounter({ pk }: Item, counters: readonly Item[]): boolean {
  const [, peer, , day, channelId] = String(pk).split('#');
  return counters.some(
    (counter) => counter['pk'] === `PEER#${peer}` && counter['sk'] === `USAGE#${day}#${channelId}`,
  );
}
