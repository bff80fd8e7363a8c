import { expect } from 'vitest';
import { countMessages } from '../../../functions/shared/counting/count-messages.ts';
import { channelStatsAnswer } from '../../../functions/shared/domain/channel-stats.ts';
import { firstDayOfHealth, healthAnswer } from '../../../functions/shared/domain/health.ts';
import { LOCAL_RHYTHM } from '../../../functions/shared/domain/heartbeat.ts';
import { trustAnswer } from '../../../functions/shared/domain/trust.ts';
import { ROUTES, type Route } from '../../../functions/shared/http/routes.ts';
import { AuditedFiguresStore } from '../../../functions/shared/store/audited-figures-store.ts';
import { GivenUpCounts } from '../../../functions/shared/store/given-up-counts.ts';
import { HealthSettingsStore } from '../../../functions/shared/store/health-settings-store.ts';
import { PassedHeartbeatsStore } from '../../../functions/shared/store/passed-heartbeats-store.ts';
import { UsageReader } from '../../../functions/shared/store/usage-reader.ts';
import { takeDailySnapshot } from '../../../functions/take-daily-snapshot/take-daily-snapshot.ts';
import { usageApi } from '../../../functions/usage-api/usage-api.ts';
import { builtDocuments } from '../../../local/host/built-files.ts';
import { streamRecord } from '../../faults/history.ts';
import { metered } from '../../support/database/capacity.ts';
import { test as fixture } from '../../support/fixture.ts';
import { call } from '../../support/service/http-events.ts';

const NOW = Date.parse('2026-11-22T10:00:00.000Z');
const CHANNEL = { peerId: 'peer_123', channelId: 'integration_123' };

const test = fixture
  .extend('get', ({ service, key }) => async (peerId = 'peer_123') => {
    service.stopHeartbeats();
    const { body } = await call(service.usageApi, { route: ROUTES.getTrust, key, peerId });
    return trustAnswer.parse(body);
  })
  .extend('health', ({ service, key }) => async () => {
    const { body } = await call(service.usageApi, { route: ROUTES.getHealth, key, peerId: 'peer_123' });
    return healthAnswer.parse(body);
  })
  /** Notes that heartbeats of some keys have passed, each sent so many seconds ago. */
  .extend('pass', ({ table }) => async (ages: Record<number, number>) => {
    const passed = Object.entries(ages).map(([key, age]) => [Number(key), NOW - age * 1_000] as const);
    await new PassedHeartbeatsStore(table).note(new Map(passed));
  });

/** The age of the heartbeats of all keys. */
function all(age: number): Record<number, number> {
  return Object.fromEntries(Array.from({ length: 32 }, (_, key) => [key, age]));
}

const NOTHING = {
  firstCountedDay: null,
  sealedThrough: null,
  notCounted: { quarantined: 0, givenUp: 0 },
  channels: [],
  asOf: '2026-11-22T10:00:00Z',
};

test('after a fresh deploy nothing is known, and that is said', async ({ get }) => {
  expect(await get()).toEqual({ status: 'stalled', countedThrough: null, lagSeconds: null, ...NOTHING });
});

test.for([
  [0, 'current'],
  [360, 'current'],
  [361, 'behind'],
  [900, 'behind'],
  [901, 'stalled'],
] as const)(
  'where all heartbeats passed %i seconds ago the figures are %s',
  async ([age, status], { get, pass }) => {
    await pass(all(age));
    const countedThrough = new Date(NOW - age * 1_000).toISOString().replace('.000', '');
    expect(await get()).toEqual({ status, countedThrough, lagSeconds: age, ...NOTHING });
  },
);

test('one lane that is stuck holds countedThrough', async ({ get, pass }) => {
  await pass({ ...all(60), 7: 4_000 });
  expect(await get()).toMatchObject({ status: 'behind', lagSeconds: 4_000 });
});

test('a lane that was stuck from the beginning leaves it unknown', async ({ get, pass }) => {
  const { 7: _, ...others } = all(60);
  await pass(others);
  expect(await get()).toMatchObject({ status: 'behind', countedThrough: null, lagSeconds: null });
});

test('keys that are not sent any more tell nothing', async ({ get, pass }) => {
  await pass({ ...all(60), 32: 1, 33: 90_000 });
  expect(await get()).toMatchObject({ status: 'current', lagSeconds: 60 });
});

test('the local host is told to be behind and stalled after seconds', async ({ dependencies, key, pass }) => {
  const settings = { ...dependencies.settings, heartbeats: LOCAL_RHYTHM };
  const api = usageApi({ ...dependencies, settings }, builtDocuments());
  const statuses = [];
  for (const age of [21, 20, 16, 15]) {
    await pass({ 0: age });
    const { body } = await call(api, { route: ROUTES.getTrust, key, peerId: 'peer_123' });
    statuses.push(trustAnswer.parse(body).status);
  }
  expect(statuses).toEqual(['stalled', 'behind', 'behind', 'current']);
});

test('what it says of a peer adds up with its figures', async ({ dependencies, service, key, get, pass }) => {
  await pass(all(0));
  for (const day of ['2026-09-28', '2026-11-20', '2026-11-21', '2026-11-22']) {
    await service.countConversation({ ...CHANNEL, conversationId: `k ${day}` }, `${day}T09:00:00.000Z`, 2);
  }
  await service.countConversation(
    { ...CHANNEL, channelId: 'direct', conversationId: 'd' },
    '2026-11-20T09:00:00.000Z',
    9,
  );
  await service.setStatus('peer_123', 'never_used', 'enabled');
  await service.setStatus('peer_123', 'not_listed', 'disabled');
  expect(await get()).toMatchObject({ firstCountedDay: '2026-09-28', sealedThrough: null });
  await takeDailySnapshot(dependencies)({ through: '2026-11-20' }, () => false);
  expect(await get()).toMatchObject({ firstCountedDay: '2026-09-28', sealedThrough: '2026-11-20' });
  await takeDailySnapshot(dependencies)({ through: '2026-11-21' }, () => false);
  const answer = await get();
  expect(answer).toMatchObject({
    status: 'current',
    firstCountedDay: '2026-09-28',
    sealedThrough: '2026-11-21',
  });
  const { body } = await call(service.usageApi, {
    route: ROUTES.getChannelStats,
    key,
    peerId: 'peer_123',
    query: 'include=activity',
  });
  const { channels } = channelStatsAnswer.parse(body);
  expect(answer.channels).toEqual(
    channels.map(({ channelId, lastMessageAt }) => ({
      channelId,
      ...(lastMessageAt !== undefined && { lastMessageAt }),
    })),
  );
  expect(answer.channels).toHaveLength(3);
});

test('messages that were quarantined make figures incomplete for 30 days, each once', async ({
  dependencies,
  get,
  pass,
}) => {
  await pass(all(0));
  const record = (number: number, peerId: string, sentAt = NOW) => {
    const sent = { ...CHANNEL, peerId, conversationId: 'k', messageId: `m${number}`, sentAt };
    return streamRecord({ ...sent, role: 'user' }, number, true);
  };
  const handler = countMessages(dependencies);
  await handler({ Records: [record(1, 'peer_123'), record(2, 'peer_123'), record(3, 'another')] });
  await handler({ Records: [record(1, 'peer_123')] });
  await handler({ Records: [record(4, 'peer_123', NOW - 30 * 86_400_000)] });
  expect(await get()).toMatchObject({
    status: 'incomplete',
    notCounted: { quarantined: 2, givenUp: 0 },
  });
  expect(await get('another')).toMatchObject({ notCounted: { quarantined: 1, givenUp: 0 } });
  await pass(all(-30 * 86_400));
  dependencies.setClock('2026-12-22T10:00:00.000Z');
  expect(await get()).toMatchObject({ status: 'current', notCounted: { quarantined: 0 } });
});

test('so do those that were given up, until they are fed back', async ({ table, get, pass }) => {
  await pass(all(0));
  const counts = new GivenUpCounts(table);
  await counts.replace(new Map([['peer_123', 7]]), true);
  expect(await get()).toMatchObject({ status: 'incomplete', notCounted: { quarantined: 0, givenUp: 7 } });
  await counts.replace(new Map([['peer_123', 3]]), false);
  expect((await get()).notCounted.givenUp).toBe(7);
  await counts.replace(new Map([['another', 1]]), true);
  expect(await get()).toMatchObject({ status: 'current', notCounted: { givenUp: 0 } });
});

test('it says what the last audit of the stored figures has found', async ({ service, table, get, pass }) => {
  await pass(all(0));
  await service.countConversation({ ...CHANNEL, conversationId: 'k' }, '2026-11-20T09:00:00.000Z', 1);
  expect(await get()).not.toHaveProperty('audited');
  const results = new AuditedFiguresStore(table);
  await results.store('peer_123', { at: NOW - 3_600_000, differences: 2 });
  // Nothing is missing for that: operators are told.
  expect(await get()).toMatchObject({
    status: 'current',
    audited: { at: '2026-11-22T09:00:00Z', result: 'differs' },
  });
  await results.store('peer_123', { at: NOW, differences: 0 });
  expect((await get()).audited).toEqual({ at: '2026-11-22T10:00:00Z', result: 'agrees' });
});

test('a newer answer that differs by the moment alone is the same', async ({ service, key, pass }) => {
  service.stopHeartbeats();
  const ask = () => call(service.usageApi, { route: ROUTES.getTrust, key, peerId: 'peer_123' });
  await pass(all(60));
  const first = await ask();
  await pass(all(30));
  service.setClock('2026-11-22T10:00:10.000Z');
  const second = await ask();
  expect(second.body).not.toEqual(first.body);
  expect(second.headers['etag']).toBe(first.headers['etag']);
});

test('it costs five read units, and health half a unit more than what it judges', async ({
  dependencies,
  service,
  key,
}) => {
  await service.countConversation({ ...CHANNEL, conversationId: 'k' }, '2026-11-20T09:00:00.000Z', 3);
  await takeDailySnapshot(dependencies)({ through: '2026-11-21' }, () => false);
  await service.passHeartbeats();
  const meter = metered(dependencies.client);
  const table = { client: meter.client, tableName: dependencies.settings.usageTableName };
  const unitsOf = async (ask: () => Promise<unknown>) => {
    const before = meter.readUnits();
    await ask();
    return meter.readUnits() - before;
  };
  const api = usageApi({ ...dependencies, client: meter.client }, builtDocuments());
  const asking = (route: Route) => () => call(api, { route, key, peerId: 'peer_123' });
  // Reads the key, which is remembered, and sees which days are complete.
  await asking(ROUTES.getTrust)();
  expect(await unitsOf(asking(ROUTES.getTrust))).toBe(5);
  const reader = new UsageReader(table);
  const judged = () =>
    reader.read('peer_123', '2026-11-22', { from: firstDayOfHealth('2026-11-21'), consistent: true });
  await judged();
  const figures = await unitsOf(judged);
  const settings = await unitsOf(() => new HealthSettingsStore(table).read('peer_123'));
  expect(await unitsOf(asking(ROUTES.getHealth))).toBe(figures + settings + 0.5);
});

test('health judges no day that counting has not passed, and says that', async ({
  service,
  pass,
  health,
}) => {
  service.stopHeartbeats();
  await pass({ ...all(60), 3: 10 * 3_600 + 1 });
  expect(await health()).toEqual({
    status: 'attention',
    findings: [
      {
        code: 'counting_behind',
        severity: 'warning',
        message:
          'Not all messages of 2026-11-21 may be counted yet, and nothing is judged by it: ' +
          'counting is 36001 seconds behind',
        evidence: { countedThrough: '2026-11-21T23:59:59Z', lagSeconds: 36_001, day: '2026-11-21' },
      },
    ],
  });
  await pass({ 3: 10 * 3_600 });
  expect(await health()).toEqual({ status: 'ok', findings: [] });
});

test('so it does where it is not known how far counting has come', async ({ service, health }) => {
  service.stopHeartbeats();
  expect((await health()).findings).toMatchObject([
    { code: 'counting_behind', evidence: { countedThrough: null, lagSeconds: null, day: '2026-11-21' } },
  ]);
});
