import { describe, expect } from 'vitest';
import { channelStatsAnswer } from '../../../functions/shared/domain/channel-stats.ts';
import { type Health, healthAnswer } from '../../../functions/shared/domain/health.ts';
import { type HeartbeatRhythm, LOCAL_RHYTHM } from '../../../functions/shared/domain/heartbeat.ts';
import { type Trust, trustAnswer } from '../../../functions/shared/domain/trust.ts';
import {
  addDays,
  dayOf,
  type EpochMillis,
  isoSeconds,
  MINUTE_MS,
  startOf,
  type UtcDay,
} from '../../../functions/shared/domain/utc-day.ts';
import { ROUTES, type Route } from '../../../functions/shared/http/routes.ts';
import { takeDailySnapshot } from '../../../functions/take-daily-snapshot/take-daily-snapshot.ts';
import { historyAnswer } from '../../../functions/usage-api/get-history.ts';
import { laneOf } from '../../../local/aws/stream/event-source-mapping.ts';
import { heartbeatRecord } from '../../faults/history.ts';
import type { TestDatabase } from '../../support/database/database.ts';
import { test as fixture } from '../../support/fixture.ts';
import { MovedClock } from '../../support/host/moved-clock.ts';
import { FAULTS, MovedHost } from '../../support/host/moved-host.ts';
import { Random } from '../../support/random.ts';
import { call } from '../../support/service/http-events.ts';
import { testDependencies } from '../../support/service/test-dependencies.ts';
import { type TestService, testService } from '../../support/service/test-service.ts';

const PEER = 'peer_123';
const SECOND_MS = 1_000;
const HOUR_MS = 60 * MINUTE_MS;
/** So long after an outage has begun trust tells of it, and so long after it has ended it tells no more of it. */
const TOLD_WITHIN_SECONDS = 30;
const CLEAR_WITHIN_SECONDS = 30;

const NOON = Date.parse('2026-11-18T12:00:00.000Z');

/** A service whose messages go through the parts of a host, and one whose messages are all counted as they are recorded. */
class Service {
  readonly host: MovedHost;
  readonly clock: MovedClock;
  readonly #service: TestService;
  readonly #healthy: TestService;
  readonly #key: string;
  readonly #healthyKey: string;
  /** When each message was recorded. */
  readonly #recorded: EpochMillis[] = [];
  #healthyHealth: { of: string; health: Health } | undefined;

  private constructor(
    host: MovedHost,
    clock: MovedClock,
    service: TestService,
    healthy: TestService,
    keys: string[],
  ) {
    this.host = host;
    this.clock = clock;
    this.#service = service;
    this.#healthy = healthy;
    [this.#key = '', this.#healthyKey = ''] = keys;
  }

  /** Makes one whose host is off. */
  static async at(
    start: EpochMillis,
    database: TestDatabase,
    options: { rhythm?: HeartbeatRhythm; lanes?: number } = {},
  ): Promise<Service> {
    const { rhythm = LOCAL_RHYTHM, lanes = 1 } = options;
    const clock = new MovedClock(start);
    const serviceOn = async () => {
      const dependencies = await testDependencies(database, isoSeconds(start));
      const settings = { ...dependencies.settings, heartbeats: rhythm };
      return testService({ ...dependencies, clock: clock.now, settings });
    };
    const service = await serviceOn();
    service.stopHeartbeats();
    const healthy = await serviceOn();
    const keys = [await service.addKey('all'), await healthy.addKey('all')];
    const host = await MovedHost.of({ dependencies: service, database, clock, lanes });
    return new Service(host, clock, service, healthy, keys);
  }

  /** Counts messages of days that are over, as they were counted when they were recorded. */
  async countEarlier(channelId: string, days: readonly UtcDay[], perDay: number): Promise<void> {
    const messages = days.flatMap((day) =>
      Array.from({ length: perDay }, (_, number) => ({
        peerId: PEER,
        channelId,
        conversationId: `${channelId} ${day}`,
        messageId: `m${number}`,
        sentAt: startOf(day) + 12 * HOUR_MS + number * MINUTE_MS,
      })),
    );
    await this.#service.count(messages);
    await this.#healthy.count(messages);
    this.#recorded.push(...messages.map(() => 0));
  }

  /** Records messages of now through the API, which both services have. */
  async record(...channelIds: string[]): Promise<void> {
    const now = this.clock.now();
    const sent = channelIds.map((channelId, number) => ({
      messageId: `m${now} ${number}`,
      conversationId: `${channelId} ${dayOf(now)}`,
      channelId,
      role: 'user',
      sentAt: new Date(now).toISOString(),
    }));
    const { body } = await call(this.#service.recordMessages, {
      route: ROUTES.recordMessages,
      key: this.#key,
      peerId: PEER,
      json: { messages: sent },
    });
    expect(body).toMatchObject({ recorded: sent.length });
    await this.#healthy.count(
      sent.map(({ role, ...message }) => ({ ...message, peerId: PEER, sentAt: now })),
    );
    this.#recorded.push(...sent.map(() => now));
  }

  async trust(): Promise<Trust> {
    return trustAnswer.parse(await this.#get(ROUTES.getTrust));
  }

  async health(): Promise<Health> {
    return healthAnswer.parse(await this.#get(ROUTES.getHealth));
  }

  /** What health says where all that was recorded is counted; it is asked anew where that, or the day, has changed. */
  async healthyHealth(): Promise<Health> {
    const of = `${dayOf(this.clock.now())} ${this.#recorded.length}`;
    if (this.#healthyHealth?.of !== of) {
      this.#healthyHealth = { of, health: healthAnswer.parse(await this.#getHealthy(ROUTES.getHealth)) };
    }
    return this.#healthyHealth.health;
  }

  /** Looks at all that is told of the figures, and holds it to what is known of them. @returns what trust says */
  async look(): Promise<Trust> {
    const trust = await this.trust();
    const countedThrough = trust.countedThrough === null ? undefined : Date.parse(trust.countedThrough);
    // The clock stands still meanwhile: what is recorded at the instant of a heartbeat may be put behind it.
    const promised = this.#recorded.filter(
      (at) => countedThrough !== undefined && at < countedThrough,
    ).length;
    const { total } = channelStatsAnswer.parse(await this.#get(ROUTES.getChannelStats));
    expect(total.messageCount).toBeGreaterThanOrEqual(promised);
    expect(total.messageCount).toBeLessThanOrEqual(this.#recorded.length);
    const today = dayOf(this.clock.now());
    const health = await this.health();
    const healthy = await this.healthyHealth();
    const ofChannels = health.findings.filter(({ code }) => code !== 'counting_behind');
    expect(healthy.findings).toEqual(expect.arrayContaining(ofChannels));
    if (countedThrough !== undefined && countedThrough >= startOf(today)) {
      expect(health).toEqual(healthy);
    } else {
      const { countedThrough, lagSeconds } = trust;
      const evidence = { countedThrough, lagSeconds, day: addDays(today, -1) };
      expect(health).toEqual({
        status: 'attention',
        findings: [expect.objectContaining({ code: 'counting_behind', evidence })],
      });
    }
    return trust;
  }

  /** Expects the figures of all that was recorded, all-time and of every day. */
  async expectAllCounted(): Promise<void> {
    const stats = channelStatsAnswer.parse(await this.#get(ROUTES.getChannelStats));
    expect(stats.total.messageCount).toBe(this.#recorded.length);
    expect(stats).toEqual(await this.#getHealthy(ROUTES.getChannelStats));
    const history = historyAnswer.parse(await this.#get(ROUTES.getHistory));
    expect(history).toEqual(await this.#getHealthy(ROUTES.getHistory));
  }

  /** Seals the days that are over, as the host does once an hour. */
  async seal(): Promise<void> {
    await takeDailySnapshot(this.#service)({ scheduledAt: isoSeconds(this.clock.now()) }, () => false);
  }

  /** Moves the clock on to an instant: what runs by itself has slept until shortly before, and has had a while since. */
  async goTo(instant: EpochMillis): Promise<void> {
    const awake = instant - 8 * SECOND_MS;
    if (awake > this.clock.now()) await this.clock.leapTo(awake);
    await this.clock.advance(Math.max(0, instant - this.clock.now()));
  }

  /** Asks every few seconds. @returns after how many seconds trust said what is wanted */
  async secondsUntil(isWanted: (trust: Trust) => boolean, everySeconds = 3): Promise<number> {
    for (let seconds = 0; seconds <= 300; seconds += everySeconds) {
      if (isWanted(await this.trust())) return seconds;
      await this.clock.advance(everySeconds * SECOND_MS);
    }
    throw new Error('trust does not say what is wanted');
  }

  async #get(route: Route): Promise<unknown> {
    return (await call(this.#service.usageApi, { route, key: this.#key, peerId: PEER })).body;
  }

  async #getHealthy(route: Route): Promise<unknown> {
    return (await call(this.#healthy.usageApi, { route, key: this.#healthyKey, peerId: PEER })).body;
  }
}

const test = fixture.extend(
  'serviceAt',
  ({ database, onTestFinished }) =>
    async (...[start, options]: [EpochMillis, Parameters<typeof Service.at>[2]?]) => {
      const service = await Service.at(start, database, options);
      onTestFinished(() => service.host.end());
      return service;
    },
);

const isCurrent = ({ status }: Trust) => status === 'current';
const isTold = ({ status }: Trust) => status === 'behind' || status === 'stalled';

/** Half of the outages last until the day is over. The messages of the day come in its second half. */
function outageOf(seed: number) {
  const random = new Random(seed);
  const fault = FAULTS[seed % FAULTS.length] ?? 'failing function';
  const day = addDays('2026-11-16', random.integer(0, 6));
  const isPastMidnight = Math.floor(seed / FAULTS.length) % 2 === 0;
  const start = startOf(day);
  const at = (fromMinute: number, toMinute: number) =>
    start + random.integer(fromMinute * 60, toMinute * 60) * SECOND_MS;
  const begin = isPastMidnight ? at(13 * 60 + 30, 16 * 60) : at(12 * 60, 20 * 60);
  const end = isPastMidnight ? at(24 * 60 + 1, 25 * 60) : begin + random.integer(60, 3 * 3_600) * SECOND_MS;
  return { fault, day, begin, end, isPastMidnight };
}

/** The day before a day, and all days with which the two of them are compared. */
function daysBefore(day: UtcDay): UtcDay[] {
  const ago = [29, 28, 22, 21, 15, 14, 8, 7, 1];
  return ago.map((days) => addDays(day, -days));
}

describe('an outage of counting', () => {
  const seeds = Array.from({ length: 20 }, (_, seed) => seed);
  test.for(seeds.map((seed) => ({ seed, ...outageOf(seed) })))(
    'is told, misleads nobody and leaves nothing behind: $fault (seed $seed)',
    async ({ day, fault, begin, end, isPastMidnight }, { serviceAt }) => {
      const service = await serviceAt(startOf(day) + 11 * HOUR_MS);
      const { host, clock } = service;
      const before = daysBefore(day);
      await service.countEarlier('steady', before, 24);
      await service.countEarlier('fading', before, 24);
      await service.countEarlier('quiet', [addDays(day, -12)], 1);
      host.start();

      const midnight = startOf(addDays(day, 1));
      const traffic = Array.from(
        { length: 6 },
        (_, number) => startOf(day) + (12 + 2 * number) * HOUR_MS + 10 * MINUTE_MS,
      );
      const looks = [-1, 0, 1, 45].map((seconds) => midnight + seconds * SECOND_MS);
      const sealing = midnight + 50 * SECOND_MS;
      const last = midnight + 2 * HOUR_MS;
      const instants = [...traffic, ...looks, begin, end, sealing, last].sort((a, b) => a - b);
      let isOut = false;
      for (const instant of instants) {
        await service.goTo(instant);
        if (traffic.includes(instant)) await service.record('steady', 'steady', 'steady', 'steady');
        if (instant === traffic[0]) await service.record('fading', 'fading');
        if (instant === begin) {
          await host.break(fault);
          isOut = true;
          await service.record('steady');
          expect(await service.secondsUntil(isTold)).toBeLessThanOrEqual(TOLD_WITHIN_SECONDS);
        }
        if (instant === end) {
          expect(isTold(await service.look())).toBe(true);
          host.mend();
          isOut = false;
          expect(await service.secondsUntil(isCurrent)).toBeLessThanOrEqual(CLEAR_WITHIN_SECONDS);
          await service.expectAllCounted();
        }
        if (instant === sealing) await service.seal();
        const trust = await service.look();
        expect(isOut ? isTold(trust) : isCurrent(trust)).toBe(true);
      }
      expect(isPastMidnight).toBe(end > midnight);
      await service.expectAllCounted();
      const { findings } = await service.health();
      expect(findings.map((finding) => [finding.code, 'channelId' in finding && finding.channelId])).toEqual([
        ['inactive_channel', 'quiet'],
        ['traffic_drop', 'fading'],
        ['high_traffic', 'fading'],
        ['high_traffic', 'steady'],
      ]);
      expect(clock.now()).toBe(last);
    },
  );
});

test('an hour without any traffic is current at every look', async ({ serviceAt }) => {
  const service = await serviceAt(NOON);
  service.host.start();
  await service.clock.advance(3 * SECOND_MS);
  const said = new Set<string>();
  let looks = 0;
  while (service.clock.now() < NOON + HOUR_MS) {
    const { status, lagSeconds } = await service.trust();
    said.add(status);
    expect(lagSeconds).toBeLessThanOrEqual(LOCAL_RHYTHM.everySeconds + 5);
    looks += 1;
    await service.clock.advance(9 * SECOND_MS);
  }
  expect({ said: [...said], looks }).toEqual({ said: ['current'], looks: 400 });
});

describe('a host that was off for hours', () => {
  test('knows how old its figures are before the first heartbeat has passed, and is current then', async ({
    serviceAt,
  }) => {
    const service = await serviceAt(NOON);
    const { host, clock } = service;
    host.start();
    await service.record('steady', 'steady', 'steady');
    await clock.advance(10 * SECOND_MS);
    const before = await service.look();
    expect(before).toMatchObject({ status: 'current' });
    // What is recorded in the last moment is counted by the next start.
    await service.record('steady', 'steady');
    await host.stop();
    await clock.leapTo(NOON + 9 * HOUR_MS);
    const { countedThrough } = before;
    const lagSeconds = (clock.now() - Date.parse(countedThrough ?? '')) / SECOND_MS;
    expect(await service.look()).toMatchObject({ status: 'stalled', countedThrough, lagSeconds });
    host.start();
    expect(await service.look()).toMatchObject({ status: 'stalled', countedThrough, lagSeconds });
    expect(await service.secondsUntil(isCurrent, 1)).toBeLessThanOrEqual(LOCAL_RHYTHM.everySeconds);
    await service.expectAllCounted();
  });

  test('judges no day that was over meanwhile before the first heartbeat has passed', async ({
    serviceAt,
  }) => {
    const service = await serviceAt(NOON);
    const { host, clock } = service;
    await service.countEarlier('steady', daysBefore(dayOf(NOON)), 24);
    host.start();
    await clock.advance(10 * SECOND_MS);
    // Others record messages while the host is off.
    await host.stop();
    await service.record(...Array.from({ length: 24 }, () => 'steady'));
    await clock.leapTo(NOON + 20 * HOUR_MS);
    host.start();
    const codes = async () => (await service.health()).findings.map(({ code }) => code);
    await service.look();
    expect(await codes()).toEqual(['counting_behind']);
    await service.secondsUntil(isCurrent, 1);
    expect(await codes()).toEqual([]);
    await service.expectAllCounted();
  });
});

test('a fresh deployment is not current before anything has passed, and is from then on', async ({
  serviceAt,
}) => {
  const service = await serviceAt(NOON);
  const { host, clock } = service;
  const unknown = { status: 'stalled', countedThrough: null, lagSeconds: null };
  expect(await service.look()).toMatchObject(unknown);
  host.startHeartbeats();
  await service.record('steady');
  for (let looks = 0; looks < 6; looks += 1) {
    await clock.advance(7 * SECOND_MS);
    expect(await service.look()).toMatchObject(unknown);
  }
  host.mend();
  expect(await service.secondsUntil(isCurrent, 1)).toBeLessThanOrEqual(TOLD_WITHIN_SECONDS);
  await service.expectAllCounted();
});

describe('a stream of four lanes', () => {
  const LANES = 4;
  const rhythm = { ...LOCAL_RHYTHM, keys: 16 };
  const keys = Array.from({ length: rhythm.keys }, (_, key) => key);
  const laneOfKey = (key: number) => laneOf(heartbeatRecord({ key, sentAt: NOON }, 1), LANES);

  test('is behind where one lane is stuck, and stalled where all are', async ({ serviceAt }) => {
    const lane = 2;
    expect(new Set(keys.map(laneOfKey))).toEqual(new Set([0, 1, 2, 3]));
    const service = await serviceAt(NOON, { rhythm, lanes: LANES });
    const { host, clock } = service;
    host.start();
    // Conversations enough for every lane to have some.
    const channels = Array.from({ length: 12 }, (_, channel) => `channel_${channel}`);
    const recordSome = () => service.record(...channels);
    await recordSome();
    await clock.advance(10 * SECOND_MS);
    const before = await service.look();
    expect(before.status).toBe('current');
    await host.break('failing function', lane);
    await recordSome();
    expect(await service.secondsUntil(isTold)).toBeLessThanOrEqual(TOLD_WITHIN_SECONDS);
    // However long it lasts: the other lanes run.
    for (let looks = 0; looks < 5; looks += 1) {
      await clock.advance(20 * SECOND_MS);
      const { status, countedThrough } = await service.look();
      expect(status).toBe('behind');
      expect(Date.parse(countedThrough ?? '')).toBeLessThan(NOON + 15 * SECOND_MS);
    }
    await host.break('failing function');
    await clock.advance(rhythm.stalledAfterSeconds * SECOND_MS + 6 * SECOND_MS);
    expect((await service.look()).status).toBe('stalled');
    for (const other of [0, 1, 2, 3].filter((other) => other !== lane)) host.mend(other);
    await clock.advance(20 * SECOND_MS);
    expect((await service.look()).status).toBe('behind');
    host.mend(lane);
    expect(await service.secondsUntil(isCurrent)).toBeLessThanOrEqual(CLEAR_WITHIN_SECONDS);
    await service.expectAllCounted();
  });

  test('is behind where a lane was stuck from the beginning, and it is not known since when', async ({
    serviceAt,
  }) => {
    const service = await serviceAt(NOON, { rhythm, lanes: LANES });
    service.host.start();
    await service.host.break('failing function', 2);
    await service.clock.advance(60 * SECOND_MS);
    expect(await service.look()).toMatchObject({ status: 'behind', countedThrough: null });
    service.host.mend(2);
    expect(await service.secondsUntil(isCurrent)).toBeLessThanOrEqual(CLEAR_WITHIN_SECONDS);
  });
});
