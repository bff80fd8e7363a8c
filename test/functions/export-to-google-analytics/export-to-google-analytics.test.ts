import { expect } from 'vitest';
import { exportToGoogleAnalytics } from '../../../functions/export-to-google-analytics/export-to-google-analytics.ts';
import { METRIC } from '../../../functions/shared/runtime/metric-names.ts';
import { AnalyticsGaps } from '../../../functions/shared/store/analytics-gaps.ts';
import { ANALYTICS_STREAM, FakeGoogleAnalytics } from '../../support/analytics/fake-google-analytics.ts';
import { type Fault, postFirst } from '../../support/analytics/posts.ts';
import { test as fixture } from '../../support/fixture.ts';
import { SnapshotWriter } from '../../support/usage/snapshot-writer.ts';

// The tests' clock stands at 10 o'clock on 2026-11-22.
const DAY = '2026-11-21';
const announced = { peerId: 'peer_1', day: DAY, revision: 1 };

const test = fixture
  .extend('days', ({ table }) => new SnapshotWriter(table))
  .extend('analytics', ({ dependencies }) => new FakeGoogleAnalytics(dependencies.clock))
  .extend(
    'consume',
    ({ dependencies, analytics }) =>
      (first: Fault[] = []) =>
        exportToGoogleAnalytics(
          dependencies,
          ANALYTICS_STREAM,
          postFirst(first, (url, request) => analytics.answer(url, request)),
        ),
  )
  .extend('gaps', ({ table }) => async () => {
    const gaps = [];
    for await (const page of new AnalyticsGaps(table).list()) gaps.push(...page);
    return gaps;
  });

test('a day is an event of the peer and one of each channel, and later only what it has more', async ({
  days,
  analytics,
  consume,
  gaps,
}) => {
  await days.add('peer_1', DAY, { slack: 3, email: 8 });
  await consume()([announced, announced], () => false);
  await consume()([announced], () => false);
  await days.add('peer_1', DAY, { slack: 2 });
  await consume()([announced], () => false);
  const event = (name: string, params: object) => ({
    clientId: expect.stringMatching(/^[1-9]\d*\.[1-9]\d*$/),
    instant: Date.parse('2026-11-21T12:00:00Z'),
    name,
    params: { peer_id: 'peer_1', day: DAY, ...params },
  });
  const channel = (id: string, message_count: number, conversation_count: number) =>
    event('channel_usage', { channel_id: id, channel_name: id, message_count, conversation_count });
  const peer = (total_messages: number, total_conversations: number) =>
    event('peer_channel_stats', { total_messages, total_conversations, channel_count: 2 });
  expect(analytics.taken).toEqual([
    ...[peer(11, 5), channel('email', 8, 4), channel('slack', 3, 1)],
    ...[peer(2, 1), channel('slack', 2, 1)],
  ]);
  expect(analytics.ignored).toEqual([]);
  expect(await gaps()).toEqual([]);
});

test.for<[Fault, string, number]>([
  [503, 'Google Analytics answered 503', 0],
  ['dropped', 'there was no answer: ECONNRESET', 0],
  ['lost', 'there was no answer: ECONNRESET', 2],
])(
  'what may not have arrived is a gap and is not sent again: %s',
  async ([fault, reason, arrived], { days, analytics, consume, gaps, dependencies }) => {
    await days.add('peer_1', DAY, { slack: 3 });
    expect(await consume([fault])([announced], () => false)).toEqual([]);
    expect(await consume()([announced], () => false)).toEqual([]);
    expect(analytics.taken.length).toBe(arrived);
    expect(await gaps()).toEqual([
      {
        ...{ peerId: 'peer_1', day: DAY, revision: 1, number: 1, reason },
        peer: { channelCount: 1, messageCount: 3, conversationCount: 1 },
        channels: [{ channelId: 'slack', channelName: 'slack', messageCount: 3, conversationCount: 1 }],
      },
    ]);
    expect(dependencies.published.at(0)).toMatchObject({ [METRIC.exportGaps]: 1 });
    expect(JSON.stringify([await gaps(), dependencies.logged])).not.toContain(ANALYTICS_STREAM.secret);
  },
);

test('a day of more than 72 hours ago is a gap, and nothing of it is sent', async ({
  days,
  analytics,
  consume,
  gaps,
}) => {
  const old = { ...announced, day: '2026-11-18' };
  await days.add('peer_1', old.day, { slack: 3 });
  await days.add('peer_1', '2026-11-20', { slack: 1 });
  await consume()([old, { ...announced, day: '2026-11-20' }], () => false);
  expect(analytics.taken.map(({ params }) => params['day'])).toEqual(['2026-11-20', '2026-11-20']);
  expect(await gaps()).toMatchObject([
    { day: '2026-11-18', reason: 'it is older than the 72 hours that Google Analytics takes' },
  ]);
});

test('many channels with the longest ids and names go in requests within all limits, and stay different', async ({
  days,
  analytics,
  consume,
}) => {
  const channels = Array.from(
    { length: 60 },
    (_, index) => [`${'\u{1F600}'.repeat(60)}${index}`, 2] as const,
  );
  await days.add('p'.repeat(128), DAY, Object.fromEntries(channels));
  await consume()([{ ...announced, peerId: 'p'.repeat(128) }], () => false);
  expect(analytics.ignored).toEqual([]);
  expect(analytics.requests).toBe(3);
  const ids = analytics.taken.flatMap(({ params: { channel_id: id } }) =>
    id === undefined ? [] : [String(id)],
  );
  expect(new Set(ids).size).toBe(60);
  expect(ids.filter((id) => !id.isWellFormed())).toEqual([]);
});

test('two peers are two clients, and a peer is always the same one', async ({ days, analytics, consume }) => {
  for (const day of ['2026-11-20', DAY]) {
    for (const peerId of ['a', 'b']) {
      await days.add(peerId, day, { slack: 1 });
      await consume()([{ peerId, day, revision: 1 }], () => false);
    }
  }
  const clients = Map.groupBy(analytics.taken, ({ params }) => params['peer_id']);
  expect([...clients.values()].map((events) => new Set(events.map(({ clientId }) => clientId)).size)).toEqual(
    [1, 1],
  );
  expect(new Set(analytics.taken.map(({ clientId }) => clientId)).size).toBe(2);
});
