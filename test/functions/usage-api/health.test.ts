import { GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import { channelOf } from '../../../functions/shared/domain/findings/findings.ts';
import { healthAnswer } from '../../../functions/shared/domain/health.ts';
import { addDays, startOf } from '../../../functions/shared/domain/utc-day.ts';
import { ROUTES } from '../../../functions/shared/http/routes.ts';
import { ChannelStore } from '../../../functions/shared/store/channel-store.ts';
import { HealthSettingsStore } from '../../../functions/shared/store/health-settings-store.ts';
import { healthSettingsKey } from '../../../functions/shared/store/items/health-settings.ts';
import { test as fixture } from '../../support/fixture.ts';
import { call, READ_HEADERS, type TestAnswer } from '../../support/service/http-events.ts';
import { NOW } from '../../support/service/test-service.ts';
import { putRaw } from '../shared/store/table-contents.ts';

const TODAY = NOW.slice(0, 10);
const THROUGH = addDays(TODAY, -1);

const test = fixture
  .extend('key', ({ service }) => service.addKey('reader', { scopes: ['stats:read'] }))
  .extend(
    'get',
    ({ service, key }) =>
      (peerId = 'peer_123'): Promise<TestAnswer> =>
        call(service.usageApi, { route: ROUTES.getHealth, key, peerId }),
  )
  /** The findings, each in a word. */
  .extend('names', ({ get }) => async (): Promise<string[]> => {
    const { findings } = healthAnswer.parse((await get()).body);
    return findings.map((finding) => `${finding.code} ${channelOf(finding)}`);
  })
  /** Counts messages of a day, one a second from noon on. */
  .extend(
    'count',
    ({ service }) =>
      async (channelId: string, day: string, howMany: number, more = {}): Promise<void> => {
        await service.count(
          Array.from({ length: howMany }, (_, number) => ({
            peerId: 'peer_123',
            conversationId: `${channelId} ${day}`,
            messageId: `m${number}`,
            channelId,
            sentAt: startOf(day) + (12 * 3600 + number) * 1000,
            ...more,
          })),
        );
      },
  )
  /** A peer with all kinds of findings but high traffic, which no channel has beside one that dominates. */
  .extend('everyKind', ({ table, count }) => async (): Promise<void> => {
    const saturdays = [-28, -21, -14, -7].map((days) => addDays(THROUGH, days));
    for (const day of saturdays) {
      await count('integration_web', day, 60, { channelName: 'WebChat' });
      await count('integration_tg', day, 2, { galleryKey: 'telegram' });
    }
    for (const day of saturdays.slice(0, 3))
      await count('integration_mail', day, 20, { channelName: 'Mail' });
    await count('integration_web', THROUGH, 600);
    await count('api', addDays(THROUGH, -2), 3);
    await new ChannelStore(table).register('peer_123', 'integration_fax', startOf('2026-11-01'), {});
  });

test('the answer has the shape and the order of the contract', async ({ get, everyKind }) => {
  await everyKind();
  const { status, headers, body } = await get();
  expect({ status, headers }).toEqual({
    status: 200,
    headers: { ...READ_HEADERS, 'content-type': 'application/json', 'x-request-id': 'request-1' },
  });
  expect(JSON.stringify(body)).toBe(
    '{"status":"attention","findings":[' +
      '{"code":"inactive_channel","severity":"warning","channelId":"integration_fax",' +
      '"message":"integration_fax has had no message since it was registered on 2026-11-01 (20 days; the limit is 7)",' +
      '"evidence":{"from":"2026-11-15","to":"2026-11-21","days":20,"thresholdDays":7,"lastMessageDay":null,"registeredDay":"2026-11-01"}},' +
      '{"code":"inactive_channel","severity":"warning","channelId":"integration_mail",' +
      '"message":"Mail has had no message since 2026-11-07 (14 days; the limit is 7)",' +
      '"evidence":{"from":"2026-11-15","to":"2026-11-21","days":14,"thresholdDays":7,"lastMessageDay":"2026-11-07","registeredDay":"2026-11-22"}},' +
      '{"code":"inactive_channel","severity":"warning","channelId":"integration_tg",' +
      '"message":"Telegram has had no message since 2026-11-14 (7 days; the limit is 7)",' +
      '"evidence":{"from":"2026-11-15","to":"2026-11-21","days":7,"thresholdDays":7,"lastMessageDay":"2026-11-14","registeredDay":"2026-11-22"}},' +
      '{"code":"dominant_channel","severity":"warning","channelId":"integration_web",' +
      '"message":"WebChat had 94.1% of all messages from 2026-10-25 to 2026-11-21 (780 of 829; above 90% it dominates)",' +
      '"evidence":{"from":"2026-10-25","to":"2026-11-21","messageCount":780,"totalMessageCount":829,"percentage":94.1,"thresholdPercent":90,"channelCount":5}},' +
      '{"code":"traffic_drop","severity":"warning","channelId":"integration_mail",' +
      '"message":"Mail had 0 messages on 2026-11-21, 0% of the median of the same weekday in the 4 weeks before (20; below 50% is a drop)",' +
      '"evidence":{"day":"2026-11-21","messageCount":0,"median":20,"percentOfMedian":0,"thresholdPercent":50,"leastMedian":20,"baselineWeeks":4,"baseline":[' +
      '{"day":"2026-10-24","messageCount":20},{"day":"2026-10-31","messageCount":20},{"day":"2026-11-07","messageCount":20},{"day":"2026-11-14","messageCount":0}]}},' +
      '{"code":"traffic_spike","severity":"warning","channelId":"integration_web",' +
      '"message":"WebChat had 600 messages on 2026-11-21, 1000% of the median of the same weekday in the 4 weeks before (60; above 200% is a spike)",' +
      '"evidence":{"day":"2026-11-21","messageCount":600,"median":60,"percentOfMedian":1000,"thresholdPercent":200,"leastMedian":20,"baselineWeeks":4,"baseline":[' +
      '{"day":"2026-10-24","messageCount":60},{"day":"2026-10-31","messageCount":60},{"day":"2026-11-07","messageCount":60},{"day":"2026-11-14","messageCount":60}]}},' +
      '{"code":"new_channel","severity":"info","channelId":"api",' +
      '"message":"API had its first message on 2026-11-19 (3 messages up to 2026-11-21; new for 7 days)",' +
      '"evidence":{"firstMessageDay":"2026-11-19","from":"2026-11-15","to":"2026-11-21","messageCount":3,"thresholdDays":7}}]}',
  );
});

test('a peer that nobody wrote to is well', async ({ get }) => {
  expect((await get('nobody')).body).toEqual({ status: 'ok', findings: [] });
});

test('thresholds that were set for the peer hold for it alone', async ({ table, names, everyKind }) => {
  await everyKind();
  const settings = new HealthSettingsStore(table);
  await settings.replace('peer_other', { inactiveAfterDays: 365 });
  expect(await names()).toHaveLength(7);
  await settings.replace('peer_123', {
    inactiveAfterDays: 15,
    dominantAbovePercent: 95,
    dropBelowPercent: 0,
    spikeAbovePercent: 1000,
    highTrafficAbovePercent: 1,
    newForDays: 2,
  });
  expect(await names()).toEqual([
    'inactive_channel integration_fax',
    'high_traffic integration_mail',
    'high_traffic integration_web',
  ]);
  await settings.replace('peer_123', { leastMedian: 21, newForDays: 3 });
  expect(await names()).toEqual([
    'inactive_channel integration_fax',
    'inactive_channel integration_mail',
    'inactive_channel integration_tg',
    'dominant_channel integration_web',
    'traffic_spike integration_web',
    'new_channel api',
  ]);
});

test('a late message shows at once', async ({ names, count, everyKind }) => {
  await everyKind();
  const before = await names();
  await count('integration_mail', addDays(THROUGH, -3), 1);
  await count('api', addDays(THROUGH, -60), 1);
  expect(await names()).toEqual(
    before.filter((name) => name !== 'inactive_channel integration_mail' && name !== 'new_channel api'),
  );
});

test('a message of today ends a silence, and is not judged otherwise', async ({
  service,
  names,
  count,
  everyKind,
}) => {
  await everyKind();
  const before = await names();
  service.setClock(`${TODAY}T23:00:00.000Z`);
  await count('integration_tg', TODAY, 500);
  expect(await names()).toEqual(before.filter((name) => name !== 'inactive_channel integration_tg'));
});

test('is read by consistent queries, a consistent look at one item, and one at how far counting has come before', async ({
  service,
  get,
  everyKind,
}) => {
  await everyKind();
  await get();
  const reads: unknown[] = [];
  service.watched.failWith = (command) => {
    const isRead = command instanceof QueryCommand || command instanceof GetCommand;
    reads.push([command.constructor.name, isRead && command.input.ConsistentRead]);
    return undefined;
  };
  await get();
  // The key was read before, and is remembered.
  expect(reads.sort()).toEqual([
    ['GetCommand', false],
    ['GetCommand', true],
    // Nothing is sealed yet: recent and earlier counters, and the months.
    ['QueryCommand', true],
    ['QueryCommand', true],
    ['QueryCommand', true],
  ]);
});

test('thresholds that cannot be understood are not guessed at', async ({ table, get }) => {
  await putRaw(table, { ...healthSettingsKey('peer_123'), inactiveAfterDays: 'a week' });
  expect(await get()).toMatchObject({ status: 500, body: { error: { code: 'internal_error' } } });
  expect((await get('peer_other')).status).toBe(200);
});

test('is for keys that may read the peer’s statistics', async ({ service }) => {
  const request = { route: ROUTES.getHealth, peerId: 'peer_123' };
  const writer = await service.addKey('writer', { scopes: ['messages:write', 'channels:write'] });
  const elsewhere = await service.addKey('elsewhere', { scopes: ['stats:read'], peers: ['peer_other'] });
  expect((await call(service.usageApi, { ...request, key: writer })).status).toBe(403);
  expect((await call(service.usageApi, { ...request, key: elsewhere })).status).toBe(403);
  expect((await call(service.usageApi, request)).status).toBe(401);
});
