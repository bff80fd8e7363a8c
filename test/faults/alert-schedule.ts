import { raiseAlerts } from '../../functions/raise-alerts/raise-alerts.ts';
import { buildCounter } from '../../functions/shared/counting/build-counter.ts';
import { firstDayOfHealth, judgedPeer } from '../../functions/shared/domain/health.ts';
import { DEPLOYED_RHYTHM } from '../../functions/shared/domain/heartbeat.ts';
import type { UserMessage } from '../../functions/shared/domain/message.ts';
import { type NotificationPayload, parsePayload } from '../../functions/shared/domain/notification.ts';
import { addDays, startOf, type UtcDay } from '../../functions/shared/domain/utc-day.ts';
import type { Dependencies } from '../../functions/shared/runtime/dependencies.ts';
import { inTime } from '../../functions/shared/runtime/in-time.ts';
import { TIME_LIMIT_SECONDS } from '../../functions/shared/runtime/time-limits.ts';
import { queryAll } from '../../functions/shared/store/dynamodb.ts';
import { inPartition } from '../../functions/shared/store/expressions.ts';
import { HealthSettingsStore } from '../../functions/shared/store/health-settings-store.ts';
import {
  notificationPartitions,
  parseWaitingNotification,
  type WaitingNotification,
} from '../../functions/shared/store/items/waiting-notification.ts';
import { NotifiedPeers } from '../../functions/shared/store/notified-peers.ts';
import { PassedHeartbeatsStore } from '../../functions/shared/store/passed-heartbeats-store.ts';
import { UsageReader } from '../../functions/shared/store/usage-reader.ts';
import { takeDailySnapshot } from '../../functions/take-daily-snapshot/take-daily-snapshot.ts';
import type { TestDatabase } from '../support/database/database.ts';
import { Random } from '../support/random.ts';
import { queueEvent } from '../support/service/queue-event.ts';
import { watchedLog } from '../support/service/test-dependencies.ts';
import { type FaultPlan, faultyClient } from './faulty-client.ts';
import { QueryFaults } from './query-faults.ts';
import { Scheduler } from './scheduler.ts';
import { TornTransactions } from './torn-transactions.ts';
import { expectEqual } from './truth.ts';

const PEERS = ['peer_1', 'peer_2', 'peer_3'];
const CHANNELS = ['api', 'direct', 'webchat'];
const FIRST_DAY = '2026-11-10';
const DAYS = 5;
const NO_FAULTS: FaultPlan = { faultProbability: 0 };

/** What schedules of alerts have to meet, so that they can tell whether it goes right. */
export const ALERT_SITUATIONS = [
  'an invocation died',
  'the time of an invocation was over',
  'several invocations were under way',
  'a decision was stored, and nobody was told',
  'a decision met another one',
  'more was to be told than fits into one transaction',
  'a finding was told to have changed',
  'a finding came back',
  'a late message ended a finding, or began one, on a day that was judged',
  'an announcement had to come again',
] as const;
export type AlertSituation = (typeof ALERT_SITUATIONS)[number];

/**
 * Raises alerts under a random history of messages and a random schedule of sweeps, announcements, seals, faults and
 * crashes, all of which follow from the seed. Behind every day, and in the end, it is checked that what was told is
 * what a person has to know, once, in order, whoever the target is.
 *
 * @returns the situations that it met
 * @throws Error that says what was wrong
 */
export async function runAlertSchedule(
  database: TestDatabase,
  seed: number,
  trace?: (line: string) => void,
): Promise<Set<AlertSituation>> {
  const random = new Random(seed);
  const world = new AlertWorld(database, await database.createTables(), random, trace);
  await world.run();
  return world.situations;
}

class AlertWorld {
  readonly #database: TestDatabase;
  readonly #tables: { messagesTableName: string; usageTableName: string };
  readonly #random: Random;
  readonly #scheduler: Scheduler;
  readonly #targets: string[];
  readonly #faultProbability: number;
  readonly #mishapProbability: number;
  readonly #oddities: { transactions: TornTransactions; queries: QueryFaults };
  readonly situations = new Set<AlertSituation>();
  #areFaultsOver = true;
  #now = startOf(FIRST_DAY);
  #underWay = 0;
  #messages = 0;

  constructor(
    database: TestDatabase,
    tables: { messagesTableName: string; usageTableName: string },
    random: Random,
    trace?: (line: string) => void,
  ) {
    this.#database = database;
    this.#tables = tables;
    this.#random = random;
    this.#scheduler = new Scheduler(random, trace);
    // The more targets there are, the fewer notifications fit into one decision.
    this.#targets = Array.from({ length: random.pick([1, 2, 45]) }, (_, number) => `target-${number}`);
    this.#faultProbability = random.pick([0, 0.05, 0.2]);
    this.#mishapProbability = random.pick([0.1, 0.3, 0.5]);
    const probability = () => (this.#areFaultsOver ? 0 : this.#faultProbability);
    const { client } = database;
    this.#oddities = {
      transactions: new TornTransactions({
        ...{ client, random, probability },
        scheduler: this.#scheduler,
        seen() {},
      }),
      queries: new QueryFaults({ random, probability, seen() {} }),
    };
  }

  async run(): Promise<void> {
    await this.#setThresholds();
    await this.#countOf(addDays(FIRST_DAY, -20), CHANNELS.length * PEERS.length * 2);
    for (let number = 0; number < DAYS; number += 1) await this.#live(addDays(FIRST_DAY, number));
    await this.#checkTold();
  }

  /** A day, and the next one, on which it is judged. */
  async #live(day: UtcDay): Promise<void> {
    this.#areFaultsOver = true;
    this.#now = startOf(day) + 23 * 3_600_000;
    // Also days that are long over: nothing of them is told.
    for (const earlier of [day, addDays(day, -this.#random.integer(2, 9))]) {
      await this.#countOf(earlier, this.#random.integer(0, 8));
    }
    await this.#retell();
    this.#now = startOf(addDays(day, 1)) + this.#random.integer(20, 1_200) * 60_000;
    if (this.#random.chance(0.3)) {
      // Nothing is judged before counting has passed the day.
      const before = (await this.#waiting(this.#targets[0] ?? '')).length;
      await this.#scheduler.run(Promise.all([this.#sweep(), this.#consume([day])]));
      expectEqual('what is told before counting has passed', (await this.#waitingOfFirst()).length, before);
    }
    await this.#passHeartbeats();
    this.#areFaultsOver = false;
    await this.#scheduler.run(this.#withInterference(day));
    this.#areFaultsOver = true;
    await this.#endDay(day);
    await this.#checkKnown(day);
  }

  /** All that may happen on the day on which another one is judged, at once. */
  async #withInterference(day: UtcDay): Promise<void> {
    const several = (most: number, act: () => Promise<unknown>) =>
      Array.from({ length: this.#random.integer(0, most) }, act);
    await Promise.all([
      ...several(3, () => this.#sweep()),
      ...several(4, () => this.#consume(this.#announced(day))),
      ...several(2, () => this.#seal(day)),
      ...several(2, async () => {
        await this.#pauses(this.#random.integer(0, 60));
        const late = await this.#countOf(day, this.#random.integer(1, 4));
        await this.#consume(this.#random.shuffled([...late.map(() => day), ...this.#announced(day)]));
      }),
    ]);
  }

  /** Whatever was announced comes again until it was taken, and a last run of each finds nothing to do. */
  async #endDay(day: UtcDay): Promise<void> {
    await this.#scheduler.run(this.#seal(day));
    const before = (await this.#waitingOfFirst()).length;
    await this.#scheduler.run(this.#consumeWithoutFault(day));
    const after = (await this.#waitingOfFirst()).length;
    if (after > before) this.#met('a late message ended a finding, or began one, on a day that was judged');
    await this.#scheduler.run(this.#sweepWithoutFault());
    expectEqual('what the sweep told again', (await this.#waitingOfFirst()).length, after);
  }

  async #consumeWithoutFault(day: UtcDay): Promise<void> {
    const event = queueEvent(PEERS.map((peerId) => ({ peerId, day })));
    const answer = await this.#function().consume(event, () => false);
    expectEqual('announcements that come again without a fault', answer.batchItemFailures, []);
  }

  async #sweepWithoutFault(): Promise<void> {
    const { failed, lanesLeft, lanesFailed } = await this.#function().sweep(() => false);
    expectEqual('what a sweep without a fault leaves', [failed, lanesLeft, lanesFailed], [0, 0, 0]);
  }

  #announced(day: UtcDay): UtcDay[] {
    const noise = [addDays(day, -1), addDays(day, -7), addDays(day, 1)];
    return Array.from({ length: this.#random.integer(1, 5) }, () =>
      this.#random.chance(0.7) ? day : this.#random.pick(noise),
    );
  }

  async #sweep(): Promise<void> {
    await this.#pauses(this.#random.integer(0, 40));
    const outOfTime = () => !this.#areFaultsOver && this.#random.chance(this.#mishapProbability / 5);
    await this.#invoke((alerts) => alerts.sweep(outOfTime));
  }

  /** Announcements of days, each of some peer, which come again as long as they have to. */
  async #consume(days: readonly UtcDay[]): Promise<void> {
    await this.#pauses(this.#random.integer(0, 40));
    const announced = days.map((day) => ({ peerId: this.#random.pick(PEERS), day }));
    await this.#invoke(async (alerts) => {
      const { batchItemFailures } = await alerts.consume(queueEvent(announced), () => false);
      if (batchItemFailures.length > 0) this.#met('an announcement had to come again');
    });
  }

  /** An invocation, which may die at any call, and whose calls may fail, or be answered never. */
  async #invoke(call: (alerts: ReturnType<typeof raiseAlerts>) => Promise<unknown>): Promise<void> {
    const died = Promise.withResolvers<undefined>();
    const plan: FaultPlan = this.#areFaultsOver
      ? { ...NO_FAULTS }
      : { faultProbability: this.#faultProbability, silenceProbability: this.#faultProbability / 10 };
    if (!this.#areFaultsOver && this.#random.chance(this.#mishapProbability)) {
      plan.crash = {
        callsUntil: this.#random.integer(0, 30),
        when: this.#random.pick(['before', 'after']),
        die: () => {
          this.#met('an invocation died');
          died.resolve(undefined);
        },
      };
    }
    const dependencies = this.#dependencies(plan);
    const timeMs = TIME_LIMIT_SECONDS['raise-alerts'] * 1_000;
    const run = inTime(dependencies.waiting, timeMs, () => call(this.#function(dependencies))).catch(
      (error: unknown) => {
        if (this.#areFaultsOver) throw error;
        if (error instanceof Error && error.name === 'TimeRanOutError')
          this.#met('the time of an invocation was over');
      },
    );
    this.#underWay += 1;
    if (this.#underWay > 1) this.#met('several invocations were under way');
    await Promise.race([run, died.promise]);
    this.#underWay -= 1;
  }

  #function(dependencies = this.#dependencies({ ...NO_FAULTS })): ReturnType<typeof raiseAlerts> {
    return raiseAlerts(dependencies, {
      targets: this.#targets,
      dashboardUrl: 'https://usage.example.com/',
      limits: { peersPerPage: 1, concurrentPeersPerLane: 2, mostAgain: 1 },
    });
  }

  async #seal(day: UtcDay): Promise<void> {
    await this.#pauses(this.#random.integer(0, 40));
    await takeDailySnapshot(this.#dependencies({ ...NO_FAULTS }))({ through: day }, () => false).catch(() => {
      // What could not be sealed beside others is sealed by the next run.
      if (this.#areFaultsOver) throw new Error('a run without a fault could not seal');
    });
  }

  async #pauses(steps: number): Promise<void> {
    for (let left = steps; left > 0; left -= 1) await this.#scheduler.step('somebody waits', () => {});
  }

  #dependencies(plan: FaultPlan): Dependencies {
    const decided = (command: object) => JSON.stringify(Object(command).input ?? {}).includes('"NOTIFIED"');
    return {
      settings: {
        ...this.#tables,
        messageRetentionDays: 400,
        counterRetentionDays: 460,
        heartbeats: { ...DEPLOYED_RHYTHM, keys: 1 },
        metricNamespace: 'Test',
      },
      client: faultyClient(this.#database.client, this.#scheduler, this.#random, plan, this.#oddities, {
        lost: (command) => {
          if (command.constructor.name === 'TransactWriteCommand' && decided(command))
            this.#met('a decision was stored, and nobody was told');
        },
        refused: (command, error) => {
          if (decided(command) && JSON.stringify(error).includes('ConditionalCheckFailed'))
            this.#met('a decision met another one');
        },
      }),
      clock: () => this.#now,
      waiting: {
        pause: () => this.#scheduler.step('a pause ends', () => {}),
        deadline: (_, over) => this.#scheduler.deadline('the time of a function is over', over),
        random: () => this.#random.next(),
      },
      randomBytes: (length) => new Uint8Array(length).map(() => this.#random.integer(0, 255)),
      log: watchedLog(),
      publishMetrics() {},
    };
  }

  /** Counts messages of a day on some channels of some peers, in steps between which others go on. */
  async #countOf(day: UtcDay, howMany: number): Promise<UserMessage[]> {
    const messages = Array.from({ length: howMany }, (_, index): UserMessage => {
      this.#messages += 1;
      return {
        peerId: PEERS[index % PEERS.length] ?? '',
        channelId: this.#random.pick(CHANNELS),
        conversationId: 'k',
        messageId: `${this.#messages}`,
        sentAt: startOf(day) + 3_600_000 + index,
      };
    });
    const count = async () => {
      // What finds no end beside others comes again, as a record of the stream does.
      for (let left = messages; left.length > 0; ) {
        const counter = await buildCounter(this.#dependencies({ ...NO_FAULTS }));
        const outcomes = await counter.count(left);
        left = left.filter((_, index) => outcomes[index]?.kind === 'failed');
      }
    };
    if (this.#areFaultsOver) await this.#scheduler.run(count());
    else await count();
    return messages;
  }

  async #setThresholds(): Promise<void> {
    const store = new HealthSettingsStore(this.#table());
    for (const peerId of PEERS) {
      await store.replace(peerId, {
        inactiveAfterDays: this.#random.integer(1, 3),
        highTrafficAbovePercent: this.#random.integer(20, 60),
        newForDays: this.#random.integer(1, 4),
      });
    }
  }

  /** At times, makes it so that an earlier version of the service told some findings with another severity. */
  async #retell(): Promise<void> {
    const peers = new NotifiedPeers(this.#table(), this.#targets);
    for (const peerId of PEERS) {
      const read = await peers.read(peerId);
      if (read.openFindings.length === 0 || !this.#random.chance(0.3)) continue;
      const { version, sequence, ...state } = read;
      const openFindings = state.openFindings.map((finding) => ({ ...finding, severity: 'info' as const }));
      await peers.decide(peerId, read, { state: { ...state, openFindings }, notifications: [] }, this.#now);
    }
  }

  async #passHeartbeats(): Promise<void> {
    await new PassedHeartbeatsStore(this.#table()).note(new Map([[0, this.#now]]));
  }

  /** What people know is what is found by then. */
  async #checkKnown(day: UtcDay): Promise<void> {
    const told = (await this.#waitingOfFirst()).map(findingTold);
    const known = new Map<string, string>();
    for (const { type, data } of told) {
      const name = `${data.peerId} ${data.code} ${data.channelId}`;
      if (type === 'finding.ended') known.delete(name);
      else known.set(name, data.severity);
    }
    const found = new Map<string, string>();
    const settings = new HealthSettingsStore(this.#table());
    for (const peerId of PEERS) {
      const usage = await new UsageReader(this.#table()).read(peerId, addDays(day, 1), {
        from: firstDayOfHealth(day),
        consistent: true,
      });
      const judged = judgedPeer(usage, { through: day, settings: await settings.read(peerId) });
      for (const { code, channelId, severity } of judged.findings)
        found.set(`${peerId} ${code} ${channelId}`, severity);
    }
    expectEqual(`what people know of ${day}`, [...known].sort(), [...found].sort());
  }

  /** Everybody was told the same, each beginning and end once, in their order, under ids of their own. */
  async #checkTold(): Promise<void> {
    const [first = [], ...others] = await Promise.all(this.#targets.map((target) => this.#waiting(target)));
    const whatIsTold = ({ peerId, sequence, id, payload }: WaitingNotification) => ({
      ...{ peerId, sequence, id, payload },
    });
    for (const other of others)
      expectEqual('what a target is told', other.map(whatIsTold), first.map(whatIsTold));
    expectEqual('ids', new Set(first.map(({ id }) => id)).size, first.length);
    for (const [peerId, ofPeer] of Map.groupBy(first, (waiting) => waiting.peerId)) {
      expectEqual(
        `numbers of ${peerId}`,
        ofPeer.map(({ sequence }) => sequence),
        ofPeer.map((_, index) => index + 1),
      );
    }
    const told = first.map(findingTold);
    for (const [id, ofFinding] of Map.groupBy(told, ({ data }) => data.findingId)) {
      const [begun, ...later] = ofFinding.map(({ type }) => type);
      const last = later.at(-1) === 'finding.ended' ? later.slice(0, -1) : later;
      if (last.length > 0) this.#met('a finding was told to have changed');
      expectEqual(
        `what is told of ${id}`,
        [begun, ...last],
        ['finding.begun', ...last.map(() => 'finding.changed')],
      );
      expectEqual('names of a finding', new Set(ofFinding.map(nameOf)).size, 1);
      expectEqual('beginnings of a finding', new Set(ofFinding.map(({ data }) => data.since)).size, 1);
    }
    for (const [name, ofName] of Map.groupBy(told, nameOf)) {
      const bounds = ofName.filter(({ type }) => type !== 'finding.changed').map(({ type }) => type);
      if (bounds.length > 2) this.#met('a finding came back');
      const expected = bounds.map((_, index) => (index % 2 === 0 ? 'finding.begun' : 'finding.ended'));
      expectEqual(`beginnings and ends of ${name}`, bounds, expected);
    }
    const most = new NotifiedPeers(this.#table(), this.#targets).mostAtOnce;
    const together = Map.groupBy(told, ({ timestamp, data }) => `${timestamp} ${data.peerId}`);
    if ([...together.values()].some(({ length }) => length > most))
      this.#met('more was to be told than fits into one transaction');
  }

  #waitingOfFirst(): Promise<WaitingNotification[]> {
    return this.#waiting(this.#targets[0] ?? '');
  }

  async #waiting(target: string): Promise<WaitingNotification[]> {
    const items = await Promise.all(
      notificationPartitions(target).map((partition) =>
        queryAll(this.#table(), { ...inPartition(partition), ConsistentRead: true }),
      ),
    );
    return items.flat().map(parseWaitingNotification);
  }

  #table() {
    return { client: this.#database.client, tableName: this.#tables.usageTableName };
  }

  #met(situation: AlertSituation): void {
    this.situations.add(situation);
  }
}

type FindingTold = Exclude<NotificationPayload, { type: 'report.monthly' | 'test' }>;

function findingTold({ payload }: WaitingNotification): FindingTold {
  const told = parsePayload(payload);
  if (told.type === 'report.monthly' || told.type === 'test') throw new Error(`${told.type} was told`);
  return told;
}

function nameOf({ data }: FindingTold): string {
  return `${data.peerId} ${data.code} ${data.channelId}`;
}
