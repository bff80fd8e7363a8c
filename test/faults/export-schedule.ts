import type { ConsumeDays } from '../../functions/shared/announcing/consumer.ts';
import type { DayAnnouncement } from '../../functions/shared/domain/day-announcement.ts';
import { byField, type Counts, METRICS, subtract, sum, ZERO } from '../../functions/shared/domain/metrics.ts';
import { snakeCase } from '../../functions/shared/domain/usage-increase.ts';
import type { UtcDay } from '../../functions/shared/domain/utc-day.ts';
import { consumeDays } from '../../functions/shared/exporting/consume-days.ts';
import { GoogleAnalyticsExport } from '../../functions/shared/exporting/google-analytics-export.ts';
import { MeasurementProtocol } from '../../functions/shared/exporting/measurement-protocol.ts';
import { MixpanelExport } from '../../functions/shared/exporting/mixpanel-export.ts';
import { MixpanelImport } from '../../functions/shared/exporting/mixpanel-import.ts';
import { S3Export } from '../../functions/shared/exporting/s3-export.ts';
import { usageFile } from '../../functions/shared/exporting/usage-file.ts';
import { AnalyticsGaps } from '../../functions/shared/store/analytics-gaps.ts';
import type { Table } from '../../functions/shared/store/dynamodb.ts';
import { RefusedRows } from '../../functions/shared/store/refused-rows.ts';
import { SealedDays } from '../../functions/shared/store/sealed-days.ts';
import {
  ANALYTICS_STREAM,
  FakeGoogleAnalytics,
  TOO_OLD,
} from '../support/analytics/fake-google-analytics.ts';
import { FakeMixpanel, MIXPANEL_ACCOUNT, type MixpanelEvent } from '../support/analytics/fake-mixpanel.ts';
import type { Answering } from '../support/analytics/posts.ts';
import type { TestDatabase } from '../support/database/database.ts';
import { Random } from '../support/random.ts';
import { watchedLog } from '../support/service/test-dependencies.ts';
import { SnapshotWriter } from '../support/usage/snapshot-writer.ts';
import { type FaultPlan, faultyClient, type Oddities } from './faulty-client.ts';
import { faultyPost } from './faulty-post.ts';
import { QueryFaults } from './query-faults.ts';
import { Scheduler } from './scheduler.ts';
import { TornTransactions } from './torn-transactions.ts';

const NOW = Date.parse('2026-11-25T01:10:00.000Z');
/** The first two are too old for Google Analytics, and the last of these is by the time the rest is done. */
const DAYS = ['2026-11-19', '2026-11-21', '2026-11-22', '2026-11-24'];
const PEERS = ['peer_a', 'peer#b%'];
const CHANNELS = ['slack', 'email', 'direct', 'x'.repeat(128)];
const TARGETS = ['s3', 'mixpanel', 'google-analytics'] as const;
type Target = (typeof TARGETS)[number];

/**
 * Exports days to all three targets while they change, under random faults, crashes, and several workers at a time, in
 * an order that follows from a seed; then compares what the targets have with the snapshots.
 *
 * @returns what it met
 * @throws Error where a target has what it should not have
 */
export async function runExportSchedule(database: TestDatabase, seed: number): Promise<Set<string>> {
  const schedule = new ExportSchedule(database, await database.createTables(), seed);
  await schedule.run();
  return schedule.met;
}

class ExportSchedule {
  readonly met = new Set<string>();
  readonly #database: TestDatabase;
  readonly #table: Table;
  readonly #random: Random;
  readonly #scheduler: Scheduler;
  readonly #oddities: Oddities;
  readonly #writer: SnapshotWriter;
  readonly #mixpanel: FakeMixpanel;
  readonly #analytics: FakeGoogleAnalytics;
  readonly #objects = new Map<string, string>();
  /** What each target's queue holds. */
  readonly #queues: Record<Target, DayAnnouncement[]> = { s3: [], mixpanel: [], 'google-analytics': [] };
  readonly #faultProbability: number;
  #areFaultsOver = false;
  #now = NOW;

  constructor(database: TestDatabase, { usageTableName }: { usageTableName: string }, seed: number) {
    this.#database = database;
    this.#table = { client: database.client, tableName: usageTableName };
    this.#random = new Random(seed);
    const random = this.#random;
    this.#scheduler = new Scheduler(random);
    this.#writer = new SnapshotWriter(this.#table);
    this.#mixpanel = new FakeMixpanel(() => this.#now);
    this.#analytics = new FakeGoogleAnalytics(() => this.#now);
    const refused = random.pick([0, 0.3]);
    this.#mixpanel.refuse = ({ properties: { $insert_id: id } }) => {
      const share = Number.parseInt(id.slice(0, 4), 16) / 0x1_0000;
      return !this.#areFaultsOver && share < refused ? 'it is not liked' : undefined;
    };
    this.#mixpanel.mostBytes = random.pick([400, 1_000, 2_000_000]);
    this.#faultProbability = random.pick([0, 0.1, 0.3]);
    const oddityProbability = random.pick([0, 0.2]);
    const probability = () => (this.#areFaultsOver ? 0 : oddityProbability);
    this.#oddities = {
      transactions: new TornTransactions({
        ...{ client: database.client, scheduler: this.#scheduler, random, probability },
        seen: () => this.met.add('an item was seen as it was before a transaction'),
      }),
      queries: new QueryFaults({ random, probability, seen: () => {} }),
    };
  }

  async run(): Promise<void> {
    const actors = [
      this.#changeDays(),
      this.#passTime(),
      ...TARGETS.flatMap((target) => [this.#work(target), this.#work(target)]),
    ];
    await this.#scheduler.run(Promise.all(actors));
    this.#areFaultsOver = true;
    for (const target of TARGETS) await this.#scheduler.run(this.#empty(target));
    await this.#checkS3();
    await this.#checkMixpanel();
    await this.#checkAnalytics();
  }

  async #changeDays(): Promise<void> {
    for (let left = this.#random.integer(2, 8); left > 0; left -= 1) {
      const [peerId, day] = [this.#random.pick(PEERS), this.#random.pick(DAYS)];
      const some = this.#random.shuffled(CHANNELS).slice(0, this.#random.integer(1, CHANNELS.length));
      const messages = some.map((channelId) => [channelId, this.#random.integer(1, 9)] as const);
      await this.#step(this.#random.integer(0, 25));
      await this.#scheduler.step('a day changes', () =>
        this.#writer.add(peerId, day, Object.fromEntries(messages)),
      );
      // The revision that it tells may be of any state.
      const announcement = { peerId, day, revision: this.#random.integer(1, 9) };
      for (const target of TARGETS) this.#queues[target].push(announcement);
    }
  }

  async #passTime(): Promise<void> {
    await this.#step(this.#random.integer(0, 200));
    this.#now += this.#random.pick([0, 12, 40]) * 3_600_000;
  }

  /** Takes announcements as a queue gives them: in any order, to several, and some again. */
  async #work(target: Target): Promise<void> {
    for (let rounds = this.#random.integer(2, 6); rounds > 0; rounds -= 1) {
      await this.#step(this.#random.integer(0, 30));
      const queue = this.#queues[target];
      const some = this.#random.shuffled(queue).slice(0, this.#random.integer(1, 6));
      const { promise: died, resolve: die } = Promise.withResolvers<'died'>();
      const plan: FaultPlan = { faultProbability: this.#faultProbability };
      if (this.#random.chance(0.4)) {
        const when = this.#random.pick(['before', 'after'] as const);
        plan.crash = { callsUntil: this.#random.integer(0, 15), when, die: () => die('died') };
      }
      const stops = this.#random.pick([Number.POSITIVE_INFINITY, this.#random.integer(0, 6)]);
      let asked = 0;
      const outOfTime = () => {
        asked += 1;
        return asked > stops;
      };
      const consume = this.#consumer(target, plan);
      const outcome = await Promise.race([consume(some, outOfTime).catch(() => 'failed' as const), died]);
      if (typeof outcome === 'string') this.met.add(`a worker ${outcome}`);
      else this.#taken(target, some, outcome);
    }
  }

  #taken(target: Target, given: readonly DayAnnouncement[], again: readonly DayAnnouncement[]): void {
    if (again.length > 0) this.met.add('a day had to come again');
    for (const one of given) {
      if (again.includes(one) || this.#random.chance(0.2)) continue;
      const index = this.#queues[target].indexOf(one);
      if (index >= 0) this.#queues[target].splice(index, 1);
    }
  }

  async #empty(target: Target): Promise<void> {
    const consume = this.#consumer(target, { faultProbability: 0 });
    const again = await consume(this.#queues[target], () => false);
    if (again.length > 0) throw new Error(`${target} left days without any fault`);
  }

  #consumer(target: Target, plan: FaultPlan): ConsumeDays {
    const table = this.#reached(plan);
    const dependencies = this.#dependencies();
    switch (target) {
      case 's3':
        return consumeDays(dependencies, new S3Export(table, dependencies, this.#put(plan)));
      case 'mixpanel':
        return consumeDays(dependencies, new MixpanelExport(table, dependencies, this.#import(plan)));
      case 'google-analytics': {
        const post = this.#post(plan, (url, request) => this.#analytics.answer(url, request));
        const protocol = new MeasurementProtocol(ANALYTICS_STREAM, post);
        return consumeDays(dependencies, new GoogleAnalyticsExport(table, dependencies, protocol));
      }
    }
  }

  /** The table, reached through a client that takes turns with all others. */
  #reached(plan: FaultPlan): Table {
    const client = faultyClient(this.#database.client, this.#scheduler, this.#random, plan, this.#oddities);
    return { ...this.#table, client };
  }

  #dependencies() {
    return {
      clock: () => this.#now,
      waiting: {
        pause: () => this.#scheduler.step('a pause ends', () => {}),
        deadline: () => new Promise<void>(() => {}),
        random: () => this.#random.next(),
      },
      log: watchedLog(),
      publishMetrics: () => {},
    };
  }

  #import(plan: FaultPlan): MixpanelImport {
    const post = this.#post(plan, (url, request) => this.#mixpanel.answer(url, request));
    return new MixpanelImport(MIXPANEL_ACCOUNT, { post, waiting: this.#dependencies().waiting });
  }

  #post({ faultProbability }: FaultPlan, answer: Answering) {
    return faultyPost({ scheduler: this.#scheduler, random: this.#random, faultProbability }, answer);
  }

  #put({ faultProbability }: FaultPlan) {
    return (key: string, body: string) => {
      const fault = this.#random.chance(faultProbability)
        ? this.#random.pick(['lost', 'dropped'])
        : undefined;
      return this.#scheduler.step(`an object is put (${fault})`, () => {
        if (fault !== 'dropped') this.#objects.set(key, body);
        if (fault !== undefined) throw new Error('no answer');
      });
    };
  }

  async #step(times: number): Promise<void> {
    for (let left = times; left > 0; left -= 1) await this.#scheduler.step('time passes', () => {});
  }

  async #checkS3(): Promise<void> {
    const expected = new Map<string, string>();
    for (const { peerId, day } of this.#writer.days()) {
      const sealed = await new SealedDays(this.#table).readDay(peerId, day);
      if (sealed === undefined) throw new Error('a day is not there');
      const { key, body } = usageFile(sealed);
      expected.set(key, body);
    }
    for (const [key, body] of expected) {
      if (this.#objects.get(key) !== body) throw new Error(`S3 has another state of ${key}`);
    }
    if (this.#objects.size !== expected.size) throw new Error('S3 has objects of other days');
  }

  async #checkMixpanel(): Promise<void> {
    const refused = await listed(new RefusedRows(this.#table).list());
    if (refused.length > 0) this.met.add('rows were refused');
    const kept = refused.map(({ row }) => ({
      peer: row.peerId,
      channel: row.channelId,
      day: row.day,
      counts: row,
    }));
    this.#compareWithSnapshots('with what it refused', [...this.#mixpanel.shown().map(ofEvent), ...kept]);
    const plan = { faultProbability: 0 };
    this.#mixpanel.mostBytes = Number.POSITIVE_INFINITY;
    const retrying = new MixpanelExport(this.#reached(plan), this.#dependencies(), this.#import(plan));
    await this.#scheduler.run(retrying.retryRefused(() => false));
    if ((await listed(new RefusedRows(this.#table).list())).length > 0)
      throw new Error('rows are still refused');
    this.#compareWithSnapshots('as it shows it', this.#mixpanel.shown().map(ofEvent));
    this.#compareWithSnapshots('compacted', this.#mixpanel.compacted().map(ofEvent));
    if (this.#mixpanel.taken.length > this.#mixpanel.shown().length)
      this.met.add('Mixpanel got an event twice');
  }

  #compareWithSnapshots(what: string, rows: readonly Row[]): void {
    const found = summed(rows);
    for (const { peerId, day, channels } of this.#writer.days()) {
      for (const [channelId, counts] of channels) {
        const name = nameOf(peerId, channelId, day);
        const has = found.get(name) ?? ZERO;
        found.delete(name);
        for (const { field } of METRICS) {
          if (has[field] !== counts[field]) {
            throw new Error(
              `Mixpanel, ${what}, has ${has[field]} and not ${counts[field]} of ${field}, ${name}`,
            );
          }
        }
      }
    }
    if (found.size > 0) throw new Error('Mixpanel has what is in no snapshot');
  }

  async #checkAnalytics(): Promise<void> {
    for (const reason of this.#analytics.ignored) {
      if (reason !== TOO_OLD) throw new Error(`a request was wrong: ${reason}`);
      this.met.add('a request came when its day was too old');
    }
    const gaps = await listed(new AnalyticsGaps(this.#table).list());
    if (gaps.length > 0) this.met.add('there were gaps');
    const missing = summed(
      gaps.flatMap(({ peerId: peer, day, channels, peer: ofPeer }) => [
        ...channels.map((counts) => ({ peer, day, channel: shortened(counts.channelId), counts })),
        ...(ofPeer === undefined ? [] : [{ peer, day, channel: '', counts: ofPeer }]),
      ]),
    );
    const has = summed(this.#analytics.taken.map(({ name, params }) => ofAnalytics(name, params)));
    for (const { peerId, day, channels } of this.#writer.days()) {
      const all = [...channels, ['', sum([...channels.values()])] as const];
      for (const [channelId, counts] of all) {
        const name = nameOf(peerId, shortened(channelId), day);
        const lacks = subtract(counts, has.get(name) ?? ZERO);
        const listedAs = missing.get(name) ?? ZERO;
        for (const { field } of METRICS) {
          if (lacks[field] < 0) throw new Error(`Google Analytics has more ${field} than there are, ${name}`);
          if (lacks[field] > listedAs[field])
            throw new Error(`no gap tells what is missing of ${field}, ${name}`);
        }
      }
    }
  }
}

/** Figures of a channel on a day, or of a peer where the channel is empty. */
interface Row {
  peer: string;
  channel: string;
  day: UtcDay;
  counts: Counts;
}

function ofEvent({ properties }: MixpanelEvent): Row {
  const { peer_id: peer, channel_id: channel, day } = properties;
  return { peer, channel, day, counts: countsIn(properties, ({ field }) => field) };
}

function ofAnalytics(name: string, params: Record<string, string | number>): Row {
  const isOfPeer = name === 'peer_channel_stats';
  return {
    peer: String(params['peer_id']),
    channel: isOfPeer ? '' : shortened(String(params['channel_id'])),
    day: String(params['day']),
    counts: countsIn(params, ({ field, total }) => (isOfPeer ? total : field)),
  };
}

function countsIn(
  fields: Record<string, unknown>,
  called: (metric: (typeof METRICS)[number]) => string,
): Counts {
  return byField((metric) => Number(fields[snakeCase(called(metric))]));
}

function summed(rows: readonly Row[]): Map<string, Counts> {
  const groups = Map.groupBy(rows, ({ peer, channel, day }) => nameOf(peer, channel, day));
  return new Map([...groups].map(([name, group]) => [name, sum(group.map(({ counts }) => counts))]));
}

function nameOf(peerId: string, channelId: string, day: UtcDay): string {
  return `${peerId}, ${channelId}, ${day}`;
}

/** What Google Analytics has of an id that is too long for it: of one alone here. */
function shortened(channelId: string): string {
  return channelId.length >= 100 ? 'long' : channelId;
}

async function listed<Item>(pages: AsyncGenerator<Item[]>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const page of pages) items.push(...page);
  return items;
}
