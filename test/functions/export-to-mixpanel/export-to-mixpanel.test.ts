import { expect } from 'vitest';
import { exportToMixpanel } from '../../../functions/export-to-mixpanel/export-to-mixpanel.ts';
import { METRIC } from '../../../functions/shared/runtime/metric-names.ts';
import { RefusedRows } from '../../../functions/shared/store/refused-rows.ts';
import { FakeMixpanel, MIXPANEL_ACCOUNT, type MixpanelEvent } from '../../support/analytics/fake-mixpanel.ts';
import { type Fault, postFirst } from '../../support/analytics/posts.ts';
import { test as fixture } from '../../support/fixture.ts';
import { SnapshotWriter } from '../../support/usage/snapshot-writer.ts';

const DAY = '2026-11-20';
const announced = { peerId: 'peer_1', day: DAY, revision: 1 };

const test = fixture
  .extend('days', ({ table }) => new SnapshotWriter(table))
  .extend('mixpanel', ({ dependencies }) => new FakeMixpanel(dependencies.clock))
  .extend(
    'consume',
    ({ dependencies, mixpanel }) =>
      (first: Fault[] = [], account = MIXPANEL_ACCOUNT) =>
        exportToMixpanel(
          dependencies,
          account,
          postFirst(first, (url, request) => mixpanel.answer(url, request)),
        ),
  );

test('the increase of each channel is an event, whose time and id tell it from all others', async ({
  days,
  mixpanel,
  consume,
}) => {
  await days.add('peer_1', DAY, { slack: 3 });
  await consume()([announced], () => false);
  await consume()([announced], () => false);
  await days.add('peer_1', DAY, { slack: 4, email: 2 });
  await consume()([announced, announced], () => false);
  const event = (id: RegExp, channel: string, messages: number, conversations: number) => ({
    event: 'channel_usage',
    properties: {
      time: Date.parse('2026-11-20T12:00:00Z') / 1_000,
      distinct_id: '',
      $insert_id: expect.stringMatching(id),
      ip: 0,
      ...{ peer_id: 'peer_1', channel_id: channel, channel_name: channel, day: DAY },
      ...{ message_count: messages, conversation_count: conversations },
    },
  });
  const id = /^[0-9a-f]{36}$/;
  expect(mixpanel.taken).toEqual([
    event(id, 'slack', 3, 1),
    event(id, 'slack', 4, 2),
    event(id, 'email', 2, 1),
  ]);
  expect(new Set(mixpanel.taken.map(({ properties }) => properties.$insert_id)).size).toBe(3);
});

test('a request without an answer, or with one of a passing trouble, is sent again with the same body', async ({
  days,
  mixpanel,
  consume,
  dependencies,
}) => {
  const pauses: number[] = [];
  dependencies.waiting.pause = async (milliseconds) => void pauses.push(milliseconds);
  await days.add('peer_1', DAY, { slack: 3 });
  const again = await consume(['lost', 'dropped', 429, 502, 503, 500])([announced], () => false);
  expect(again).toEqual([]);
  expect(mixpanel.taken.length).toBe(2);
  expect(mixpanel.shown().map(({ properties }) => properties.message_count)).toEqual([3]);
  // Two seconds, doubled up to a minute, and one to five seconds by chance.
  expect(pauses.length).toBe(6);
  for (const [index, seconds] of [2, 4, 8, 16, 32, 60].entries()) {
    expect(pauses[index]).toBeGreaterThanOrEqual((seconds + 1) * 1_000);
    expect(pauses[index]).toBeLessThanOrEqual((seconds + 5) * 1_000);
  }
});

test('what Mixpanel does not take in time comes again, as the same rows', async ({
  days,
  mixpanel,
  consume,
}) => {
  await days.add('peer_1', DAY, { slack: 3 });
  let asked = 0;
  const outOfTime = () => ++asked > 3;
  expect(await consume(['lost', 503, 503, 503])([announced], outOfTime)).toEqual([announced]);
  // More messages do not change what is being sent.
  await days.add('peer_1', DAY, { slack: 1 });
  expect(await consume()([announced], () => false)).toEqual([]);
  expect(mixpanel.shown().map(({ properties }) => properties.message_count)).toEqual([3, 1]);
});

test('rows that are refused are kept with the reason, are counted, and keep no other from being taken', async ({
  days,
  mixpanel,
  consume,
  dependencies,
  table,
}) => {
  mixpanel.refuse = ({ properties }: MixpanelEvent) =>
    properties.channel_id === 'slack' ? "'properties.x' is invalid" : undefined;
  await days.add('peer_1', DAY, { slack: 3, email: 2 });
  expect(await consume()([announced], () => false)).toEqual([]);
  expect(mixpanel.shown().map(({ properties }) => properties.channel_id)).toEqual(['email']);
  const refused = [];
  for await (const page of new RefusedRows(table).list()) refused.push(...page);
  expect(refused).toMatchObject([
    {
      row: { peerId: 'peer_1', channelId: 'slack', messageCount: 3 },
      reason: "properties: 'properties.x' is invalid",
    },
  ]);
  expect(dependencies.published.at(-1)).toMatchObject({ [METRIC.exportRowsRefused]: 1 });
  // They are not sent again by themselves.
  const { length } = mixpanel.requests;
  await consume()([announced], () => false);
  expect(mixpanel.requests.length).toBe(length);
});

test('a request that is too large is sent in halves', async ({ days, mixpanel, consume }) => {
  const channels = Array.from({ length: 20 }, (_, index) => [`channel_${index}`, 2] as const);
  await days.add('peer_1', DAY, Object.fromEntries(channels));
  mixpanel.mostBytes = 1_500;
  expect(await consume()([announced], () => false)).toEqual([]);
  expect(mixpanel.shown().length).toBe(20);
  expect(Math.max(...mixpanel.requests)).toBeLessThan(20);
});

test('the days of many peers go together, and those with many channels in parts', async ({
  days,
  mixpanel,
  consume,
}) => {
  const channels = Array.from({ length: 200 }, (_, index) => [`channel_${index}`, 1] as const);
  await days.add('peer_1', DAY, Object.fromEntries(channels));
  await days.add('peer_2', DAY, { slack: 1 });
  const both = ['peer_1', 'peer_2'].map((peerId) => ({ ...announced, peerId }));
  expect(await consume()(both, () => false)).toEqual([]);
  expect(mixpanel.requests).toEqual([91, 90, 20]);
  expect(mixpanel.shown().length).toBe(201);
});

test.for([401, 403])(
  'nothing more is sent where Mixpanel answers %i, and the error says what is wrong',
  async (status, { days, mixpanel, consume }) => {
    await days.add('peer_1', DAY, { slack: 1 });
    await expect(consume([status])([announced], () => false)).rejects.toThrow(
      `Mixpanel does not accept the service account for the project 1234567 (it answered ${status}): its name, its secret`,
    );
    expect(mixpanel.requests).toEqual([]);
  },
);

test('an answer that does not say what was taken counts for nothing', async ({ days, consume, mixpanel }) => {
  await days.add('peer_1', DAY, { slack: 1 });
  await expect(consume([404])([announced], () => false)).rejects.toThrow('Mixpanel answered 404');
  await expect(consume([400])([announced], () => false)).rejects.toThrow('Mixpanel answered 400');
  expect(await consume()([announced], () => false)).toEqual([]);
  expect(mixpanel.shown().length).toBe(1);
});
