import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import { buildCounter } from '../../../../functions/shared/counting/build-counter.ts';
import { channelStats } from '../../../../functions/shared/domain/channel-stats.ts';
import { DEFAULT_WINDOW_RULES } from '../../../../functions/shared/domain/daily-counter.ts';
import type { UserMessage } from '../../../../functions/shared/domain/message.ts';
import { ChannelStore } from '../../../../functions/shared/store/channel-store.ts';
import { UsageReader } from '../../../../functions/shared/store/usage-reader.ts';
import { metered } from '../../../support/database/capacity.ts';
import { test as fixture } from '../../../support/fixture.ts';

const NOW = '2026-11-22T10:00:00.000Z';

const test = fixture.extend('statsOf', ({ table }) => async (peerId: string) => {
  const usage = await new UsageReader(table).read(peerId, '2026-11-22');
  return channelStats(usage, { include: new Set(['activity']) });
});

function message(changes: Partial<UserMessage> = {}): UserMessage {
  return {
    peerId: 'p',
    channelId: 'c',
    conversationId: 'k',
    messageId: 'm',
    sentAt: Date.parse(NOW),
    ...changes,
  };
}

test('a message counts once within a batch, across batches and across counters', async ({
  dependencies,
  statsOf,
}) => {
  const counter = await buildCounter(dependencies);
  const other = await buildCounter(dependencies);
  expect(await counter.count([message(), message()])).toEqual([{ kind: 'counted' }, { kind: 'duplicate' }]);
  expect(await counter.count([message()])).toEqual([{ kind: 'duplicate' }]);
  expect(await other.count([message()])).toEqual([{ kind: 'duplicate' }]);
  expect((await statsOf('p')).total).toEqual({ messageCount: 1, conversationCount: 1 });
});

test('the same message id in another conversation is another message', async ({ dependencies, statsOf }) => {
  const counter = await buildCounter(dependencies);
  await counter.count([message(), message({ conversationId: 'l' }), message({ peerId: 'q' })]);
  expect((await statsOf('p')).total).toEqual({ messageCount: 2, conversationCount: 2 });
  expect((await statsOf('q')).total).toEqual({ messageCount: 1, conversationCount: 1 });
});

test('identifiers that look like parts of keys stay with their own peer', async ({
  dependencies,
  statsOf,
}) => {
  const counter = await buildCounter(dependencies);
  const strange = [
    'a#CONVERSATION#b',
    'a',
    'a%23b',
    'a#b',
    'a/b',
    '%',
    '#',
    '😀',
    '__proto__',
    'USAGE#CHANNEL#x',
  ];
  const messages = strange.flatMap((peerId) =>
    strange.map((other) => message({ peerId, channelId: other, conversationId: other, messageId: other })),
  );
  await counter.count(messages);
  for (const peerId of strange) {
    const stats = await statsOf(peerId);
    expect(stats.channels.map(({ channelId }) => channelId).sort()).toEqual([...strange].sort());
    expect(stats.total).toEqual({ messageCount: strange.length, conversationCount: strange.length });
  }
});

test('a peer’s 501st channel is quarantined, without a trace in the counts, and the others go on', async ({
  dependencies,
  statsOf,
}) => {
  const counter = await buildCounter(dependencies);
  const full = Array.from({ length: 500 }, (_, index) =>
    message({ channelId: `c${index}`, messageId: `m${index}`, conversationId: 'k' }),
  );
  await counter.count(full);
  const outcomes = await counter.count([
    message({ channelId: 'one more', messageId: 'x' }),
    message({ channelId: 'c7', messageId: 'y' }),
    message({ peerId: 'q', channelId: 'one more', messageId: 'z' }),
  ]);
  expect(outcomes).toEqual([
    { kind: 'quarantined', reason: 'too_many_channels' },
    { kind: 'counted' },
    { kind: 'counted' },
  ]);
  const stats = await statsOf('p');
  expect(stats.channels).toHaveLength(500);
  expect(stats.total.messageCount).toBe(501);
});

test('a hundred first messages of as many channels, by several counters at once, all count', async ({
  dependencies,
  statsOf,
}) => {
  const counters = await Promise.all(Array.from({ length: 4 }, () => buildCounter(dependencies)));
  const messages = Array.from({ length: 100 }, (_, index) =>
    message({ channelId: `c${index % 25}`, messageId: `m${index}` }),
  );
  const outcomes = await Promise.all(counters.map((counter) => counter.count(messages)));
  const counted = outcomes.flat().filter(({ kind }) => kind === 'counted');
  expect(counted).toHaveLength(100);
  expect((await statsOf('p')).total).toEqual({ messageCount: 100, conversationCount: 25 });
});

test('a channel takes its name and kind from the first message that has them', async ({
  dependencies,
  table,
}) => {
  const channels = new ChannelStore(table);
  const counter = await buildCounter(dependencies);
  await counter.count([message({ messageId: '1' })]);
  await counter.count([message({ messageId: '2', channelName: 'Support' })]);
  await counter.count([message({ messageId: '3', channelName: 'Renamed', galleryKey: 'slack' })]);
  expect(await channels.read('p', 'c')).toEqual({
    channelId: 'c',
    number: 1,
    status: 'enabled',
    registeredAt: Date.parse(NOW),
    messageName: 'Support',
    messageGalleryKey: 'slack',
  });
});

test('lastMessageAt is the latest message of any day, in whatever order they come', async ({
  dependencies,
  statsOf,
}) => {
  const counter = await buildCounter(dependencies);
  const at = (sentAt: string) => message({ messageId: sentAt, sentAt: Date.parse(sentAt) });
  await counter.count([at('2026-11-10T09:00:00.000Z')]);
  expect((await statsOf('p')).channels[0]?.lastMessageAt).toBe('2026-11-10T09:00:00.000Z');
  await counter.count([at('2026-11-22T08:00:00.000Z'), at('2026-11-22T09:30:00.123Z')]);
  await counter.count([at('2026-11-09T23:00:00.000Z'), at('2026-11-22T09:00:00.000Z')]);
  expect((await statsOf('p')).channels[0]?.lastMessageAt).toBe('2026-11-22T09:30:00.123Z');
});

test('100,000 messages that share one instant are counted once each, in items of bounded size', async ({
  database,
  dependencies,
  statsOf,
}) => {
  const counter = await buildCounter(dependencies);
  const amount = 100_000;
  const batch = 5_000;
  const batchFrom = (first: number) =>
    Array.from({ length: batch }, (_, index) =>
      message({ messageId: `m${first + index}`, conversationId: `k${(first + index) % 7}` }),
    );
  for (let first = 0; first < amount; first += batch) await counter.count(batchFrom(first));
  const again = await counter.count(batchFrom(40_000));
  expect(new Set(again.map(({ kind }) => kind))).toEqual(new Set(['duplicate']));
  expect((await statsOf('p')).total).toEqual({ messageCount: amount, conversationCount: 7 });

  const windows = await database.client.send(
    new QueryCommand({
      TableName: dependencies.settings.usageTableName,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': 'PEER#p#WINDOWS#2026-11-22#c' },
    }),
  );
  const sizes = (windows.Items ?? []).flatMap(({ fingerprints }) => fingerprints?.length ?? []);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(8 * DEFAULT_WINDOW_RULES.fingerprintsPerWindow);
});

test('a batch larger than a step is counted in several', async ({ dependencies, statsOf }) => {
  const counter = await buildCounter(dependencies);
  const messages = Array.from({ length: 25_000 }, (_, index) => message({ messageId: `m${index}` }));
  const outcomes = await counter.count(messages);
  expect(outcomes.filter(({ kind }) => kind === 'counted')).toHaveLength(25_000);
  expect((await statsOf('p')).total).toEqual({ messageCount: 25_000, conversationCount: 1 });
});

test('counting backwards in time writes once how late a peer was used, and others still move it on', async ({
  dependencies,
  statsOf,
}) => {
  const meter = metered(dependencies.client);
  const counter = await buildCounter({ ...dependencies, client: meter.client });
  const on = (day: string) => message({ messageId: day, sentAt: Date.parse(`${day}T10:00:00Z`) });
  await counter.count([on('2026-11-10')]);
  const before = meter.writeUnits();
  await counter.count([on('2026-11-09')]);
  await counter.count([on('2026-11-08')]);
  // Each counter with its entry in the list of dirty days, and nothing in the directory.
  expect(meter.writeUnits() - before).toBe(2 * 2);
  await (await buildCounter(dependencies)).count([on('2026-11-12')]);
  await counter.count([on('2026-11-11')]);
  const { channels } = await statsOf('p');
  expect(channels[0]).toMatchObject({ messageCount: 5, lastMessageAt: '2026-11-12T10:00:00.000Z' });
});
