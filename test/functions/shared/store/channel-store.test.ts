import { expect } from 'vitest';
import { MAX_CHANNELS_PER_PEER } from '../../../../functions/shared/domain/channel.ts';
import { MalformedItemError } from '../../../../functions/shared/domain/errors.ts';
import { type ChannelDetails, ChannelStore } from '../../../../functions/shared/store/channel-store.ts';
import { isContention } from '../../../../functions/shared/store/dynamodb.ts';
import { channelKey } from '../../../../functions/shared/store/items/channel.ts';
import { directoryKey } from '../../../../functions/shared/store/items/peer-directory-entry.ts';
import { metered } from '../../../support/database/capacity.ts';
import { intercepted } from '../../../support/database/intercepted-client.ts';
import { cancelledTransaction } from '../../../support/database/transactions.ts';
import { test as fixture } from '../../../support/fixture.ts';
import { contentsOf, itemOf, putRaw } from './table-contents.ts';

const NOON = Date.parse('2026-11-22T12:00:00.000Z');
const NO_TOTALS = { messageCount: 0, conversationCount: 0, openDays: [] };

const test = fixture
  .extend('channels', ({ table }) => new ChannelStore(table))
  /** Registers a channel, again as long as those who register others of the peer get in the way. */
  .extend('registering', ({ channels }) => async (channelId: string, details: ChannelDetails = {}) => {
    for (;;) {
      try {
        return await channels.register('p', channelId, NOON, details);
      } catch (error) {
        if (!isContention(error)) throw error;
      }
    }
  });

test('a channel that is not registered is read as none', async ({ channels }) => {
  expect(await channels.read('p', 'c')).toBeUndefined();
});

test.for<[Partial<ChannelDetails>]>([
  [{}],
  [{ messageName: 'Support' }],
  [{ messageName: 'Support', messageGalleryKey: 'slack' }],
])('a registered channel is read with the details %o', async ([details], { channels }) => {
  expect(await channels.register('p', 'c', NOON, details)).toBe('registered');
  expect(await channels.read('p', 'c')).toEqual({
    channelId: 'c',
    status: 'enabled',
    registeredAt: NOON,
    ...details,
    totals: NO_TOTALS,
  });
  expect(await channels.read('p', 'd')).toBeUndefined();
  expect(await channels.read('q', 'c')).toBeUndefined();
});

test('a channel that is registered already stays as it is, and takes no second place', async ({
  table,
  channels,
}) => {
  await channels.register('p', 'c', NOON, { messageName: 'Support' });
  const before = await contentsOf(table);
  expect(await channels.register('p', 'c', NOON + 1, { messageName: 'Other' })).toBe('already_registered');
  expect(await contentsOf(table)).toEqual(before);
});

test('of many that register a channel at once, one does', async ({ table, channels, registering }) => {
  const results = await Promise.all(
    Array.from({ length: 10 }, (_, index) => registering('c', { messageName: `Name ${index}` })),
  );
  expect(results.filter((result) => result === 'registered')).toHaveLength(1);
  expect(results.filter((result) => result === 'already_registered')).toHaveLength(9);
  const [winner] = results.flatMap((result, index) => (result === 'registered' ? [`Name ${index}`] : []));
  expect((await channels.read('p', 'c'))?.messageName).toBe(winner);
  expect(await itemOf(table, { pk: 'PEER#p', sk: 'CHANNEL_COUNT' })).toHaveProperty('channelCount', 1);
});

test('a peer has at most 500 channels, however many are registered at once', async ({
  table,
  channels,
  registering,
}) => {
  const settled = Array.from({ length: MAX_CHANNELS_PER_PEER - 3 }, (_, index) => `c${index}`);
  for (const channelId of settled) await channels.register('p', channelId, NOON, {});
  const racing = Array.from({ length: 8 }, (_, index) => `racing ${index}`);
  const results = await Promise.all(racing.map((channelId) => registering(channelId)));
  const registered = racing.filter((_, index) => results[index] === 'registered');
  expect(registered).toHaveLength(3);
  expect(results.filter((result) => result === 'peer_is_full')).toHaveLength(5);

  const before = await contentsOf(table);
  expect(before.map((item) => item['sk'])).toEqual(
    ['CHANNEL_COUNT', ...[...settled, ...registered].map((id) => `USAGE#CHANNEL#${id}`)].sort(),
  );
  expect(before[0]).toEqual({ pk: 'PEER#p', sk: 'CHANNEL_COUNT', channelCount: 500 });
  expect(await channels.register('p', 'one more', NOON, {})).toBe('peer_is_full');
  expect(await channels.register('p', 'c7', NOON, {})).toBe('already_registered');
  expect(await contentsOf(table)).toEqual(before);
  expect(await channels.register('q', 'one more', NOON, {})).toBe('registered');
});

test('details are added where there are none; what is there stays', async ({ channels }) => {
  await channels.register('p', 'c', NOON, {});
  await channels.addDetails('p', 'c', { messageName: 'Support' });
  await channels.addDetails('p', 'c', { messageName: 'Renamed', messageGalleryKey: 'slack' });
  await channels.addDetails('p', 'c', { messageGalleryKey: 'email' });
  expect(await channels.read('p', 'c')).toEqual({
    channelId: 'c',
    status: 'enabled',
    registeredAt: NOON,
    messageName: 'Support',
    messageGalleryKey: 'slack',
    totals: NO_TOTALS,
  });
});

test('adding no details asks nothing', async ({ database, table }) => {
  const meter = metered(database.client);
  await new ChannelStore({ ...table, client: meter.client }).addDetails('p', 'c', {});
  expect(meter.calls).toEqual(new Map());
});

test('details of a channel that is not registered are refused', async ({ table, channels }) => {
  await expect(channels.addDetails('p', 'c', { messageName: 'Support' })).rejects.toThrow();
  expect(await contentsOf(table)).toEqual([]);
});

test('the last message of a channel only becomes a later one', async ({ channels }) => {
  await channels.register('p', 'c', NOON, { messageName: 'Support' });
  const seen: unknown[] = [];
  for (const instant of [NOON, NOON - 1, NOON, NOON + 60_000, NOON + 1]) {
    await channels.raiseLastMessageAt('p', 'c', instant);
    seen.push((await channels.read('p', 'c'))?.totals.lastMessageAt);
  }
  expect(seen).toEqual([NOON, NOON, NOON, NOON + 60_000, NOON + 60_000]);
});

test('a channel that is not registered gets no last message', async ({ table, channels }) => {
  await channels.raiseLastMessageAt('p', 'c', NOON);
  expect(await contentsOf(table)).toEqual([]);
});

test('of many that raise the last message at once, the latest stays', async ({ channels }) => {
  await channels.register('p', 'c', NOON, {});
  const instants = Array.from({ length: 20 }, (_, index) => NOON + ((index * 7) % 20));
  await Promise.all(instants.map((instant) => channels.raiseLastMessageAt('p', 'c', instant)));
  expect((await channels.read('p', 'c'))?.totals).toEqual({ ...NO_TOTALS, lastMessageAt: NOON + 19 });
});

test('the directory lists each peer with its last active day, which only becomes a later one', async ({
  table,
  channels,
}) => {
  for (const day of ['2026-11-20', '2026-11-22', '2026-11-21']) await channels.raiseLastActiveDay('p', day);
  await channels.raiseLastActiveDay('q#%', '2026-11-19');
  const listed = await contentsOf(table);
  expect(new Map(listed.map((item) => [item['sk'], item['lastActiveDay']]))).toEqual(
    new Map([
      ['PEER#p', '2026-11-22'],
      ['PEER#q%23%25', '2026-11-19'],
    ]),
  );
  expect(await itemOf(table, directoryKey('p'))).toEqual({
    ...directoryKey('p'),
    lastActiveDay: '2026-11-22',
  });
});

test('a channel is read with what the registry and the counters hold', async ({ table, channels }) => {
  await putRaw(table, {
    ...channelKey('p', 'a#b%23'),
    status: 'disabled',
    registeredAt: NOON,
    registryName: 'Desk',
    registryGalleryKey: 'email',
    messageName: 'Support',
    messageGalleryKey: 'slack',
    messageCount: 7,
    conversationCount: 2,
    openDays: new Set(['2026-11-22', '2026-11-20']),
    lastMessageAt: NOON - 5,
  });
  expect(await channels.read('p', 'a#b%23')).toEqual({
    channelId: 'a#b%23',
    status: 'disabled',
    registeredAt: NOON,
    registryName: 'Desk',
    registryGalleryKey: 'email',
    messageName: 'Support',
    messageGalleryKey: 'slack',
    totals: {
      messageCount: 7,
      conversationCount: 2,
      openDays: ['2026-11-20', '2026-11-22'],
      lastMessageAt: NOON - 5,
    },
  });
});

test.for<[string, Record<string, unknown>]>([
  ['status', { status: 'personal-value' }],
  ['registeredAt', { registeredAt: 'personal-value' }],
  ['messageName', { messageName: 7788 }],
  ['messageCount', { messageCount: -7788 }],
  ['openDays', { openDays: 'personal-value' }],
])(
  'a stored channel whose %s is malformed is refused, without a word of what is in it',
  async ([place, wrong], { table, channels }) => {
    await putRaw(table, { ...channelKey('p', 'c'), status: 'enabled', registeredAt: NOON, ...wrong });
    await expect(channels.read('p', 'c')).rejects.toThrow(MalformedItemError);
    await expect(channels.read('p', 'c')).rejects.toThrow(
      new RegExp(`^stored channel at ".*" is malformed \\(${place}: `),
    );
    await expect(channels.read('p', 'c')).rejects.not.toThrow(/personal-value|7788/);
  },
);

test('a channel that somebody else registers at this moment may be the last that has room', async ({
  database,
  table,
}) => {
  const cancelled = cancelledTransaction(['TransactionConflict', 'ConditionalCheckFailed']);
  const client = intercepted(database.client, () => Promise.reject(cancelled));
  const registering = new ChannelStore({ ...table, client }).register('p', 'c', NOON, {});
  expect(isContention(await registering.catch((error: unknown) => error))).toBe(true);
});
