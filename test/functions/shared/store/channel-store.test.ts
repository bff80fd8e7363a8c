import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import { MAX_CHANNELS_PER_PEER } from '../../../../functions/shared/domain/channel.ts';
import { MalformedItemError } from '../../../../functions/shared/domain/errors.ts';
import {
  type ChannelDetails,
  ChannelStore,
  type Registration,
} from '../../../../functions/shared/store/channel-store.ts';
import { ConflictError } from '../../../../functions/shared/store/conflict.ts';
import { isContention } from '../../../../functions/shared/store/dynamodb.ts';
import { channelKey } from '../../../../functions/shared/store/items/channel.ts';
import { channelCountKey } from '../../../../functions/shared/store/items/channel-count.ts';
import { directoryKey } from '../../../../functions/shared/store/items/peer-directory-entry.ts';
import { PeerDirectoryStore } from '../../../../functions/shared/store/peer-directory-store.ts';
import { metered } from '../../../support/database/capacity.ts';
import { intercepted } from '../../../support/database/intercepted-client.ts';
import { cancelledTransaction } from '../../../support/database/transactions.ts';
import { test as fixture } from '../../../support/fixture.ts';
import { contentsOf, itemOf, putRaw } from './table-contents.ts';

const NOON = Date.parse('2026-11-22T12:00:00.000Z');
const PROOF_KEY = Uint8Array.from([1, 2, 3]);

const test = fixture
  .extend('channels', ({ table }) => new ChannelStore(table))
  /** Registers a channel, again as long as those who register others of the peer get in the way. */
  .extend('registering', ({ channels }) => async (channelId: string, details: ChannelDetails = {}) => {
    for (;;) {
      try {
        return await channels.register('p', channelId, NOON, details);
      } catch (error) {
        if (!(error instanceof ConflictError) && !isContention(error)) throw error;
      }
    }
  });

function isNew(registration: Registration | undefined): boolean {
  return typeof registration === 'object' && registration.isNew;
}

function isKnown(registration: Registration | undefined): boolean {
  return typeof registration === 'object' && !registration.isNew;
}

test('a channel that is not registered is read as none', async ({ channels }) => {
  expect(await channels.read('p', 'c')).toBeUndefined();
});

test.for<[Partial<ChannelDetails>]>([
  [{}],
  [{ messageName: 'Support' }],
  [{ messageName: 'Support', messageGalleryKey: 'slack' }],
])('a registered channel is read with the details %o', async ([details], { channels }) => {
  const channel = { channelId: 'c', number: 1, status: 'enabled', registeredAt: NOON, ...details };
  expect(await channels.register('p', 'c', NOON, details)).toEqual({ isNew: true, channel });
  expect(await channels.read('p', 'c')).toEqual(channel);
  expect(await channels.read('p', 'd')).toBeUndefined();
  expect(await channels.read('q', 'c')).toBeUndefined();
});

test('a channel that is registered already stays as it is, and takes no second place', async ({
  table,
  channels,
}) => {
  await channels.register('p', 'c', NOON, { messageName: 'Support' });
  const before = await contentsOf(table);
  expect(await channels.register('p', 'c', NOON + 1, { messageName: 'Other' })).toEqual({
    isNew: false,
    channel: {
      ...{ channelId: 'c', number: 1, status: 'enabled', registeredAt: NOON },
      messageName: 'Support',
    },
  });
  expect(await contentsOf(table)).toEqual(before);
});

test('of many that register a channel at once, one does', async ({ table, channels, registering }) => {
  const results = await Promise.all(
    Array.from({ length: 10 }, (_, index) => registering('c', { messageName: `Name ${index}` })),
  );
  expect(results.filter(isNew)).toHaveLength(1);
  expect(results.filter(isKnown)).toHaveLength(9);
  const [winner] = results.flatMap((result, index) => (isNew(result) ? [`Name ${index}`] : []));
  expect(await channels.read('p', 'c')).toMatchObject({ messageName: winner });
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
  const registered = racing.filter((_, index) => isNew(results[index]));
  expect(registered).toHaveLength(3);
  expect(results.filter((result) => result === 'peer_is_full')).toHaveLength(5);

  const before = await contentsOf(table);
  expect(before.map((item) => item['sk'])).toEqual(
    ['CHANNEL_COUNT', ...[...settled, ...registered].map((id) => `USAGE#CHANNEL#${id}`)].sort(),
  );
  expect(before[0]).toEqual({ pk: 'PEER#p', sk: 'CHANNEL_COUNT', channelCount: 500 });
  const numbers = before.slice(1).map(({ number }) => Number(number));
  expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
  expect(await channels.register('p', 'one more', NOON, {})).toBe('peer_is_full');
  expect(isKnown(await channels.register('p', 'c7', NOON, {}))).toBe(true);
  expect(await contentsOf(table)).toEqual(before);
  expect(await channels.register('q', 'one more', NOON, {})).toMatchObject({ channel: { number: 1 } });
});

test('details are added where there are none; what is there stays', async ({ channels }) => {
  await channels.register('p', 'c', NOON, {});
  await channels.addDetails('p', 'c', { messageName: 'Support' });
  await channels.addDetails('p', 'c', { messageName: 'Renamed', messageGalleryKey: 'slack' });
  await channels.addDetails('p', 'c', { messageGalleryKey: 'email' });
  expect(await channels.read('p', 'c')).toEqual({
    channelId: 'c',
    number: 1,
    status: 'enabled',
    registeredAt: NOON,
    messageName: 'Support',
    messageGalleryKey: 'slack',
  });
});

test('adding no details asks nothing', async ({ database, table }) => {
  const meter = metered(database.client);
  await new ChannelStore({ ...table, client: meter.client }).addDetails('p', 'c', {});
  expect(meter.calls).toEqual(new Map());
});

test('details of a channel that is not registered are passed over', async ({ table, channels }) => {
  await channels.addDetails('p', 'c', { messageName: 'Support' });
  expect(await contentsOf(table)).toEqual([]);
});

test('the directory lists each peer with its last active day, which only becomes a later one', async ({
  table,
  channels,
}) => {
  for (const day of ['2026-11-20', '2026-11-22', '2026-11-21']) {
    await channels.raiseLastActiveDay('p', day, PROOF_KEY);
  }
  await channels.raiseLastActiveDay('q#%', '2026-11-19', PROOF_KEY);
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
    proofKey: PROOF_KEY,
  });
});

test('the proof key is listed with a peer from its first active day on, also where it was registered before', async ({
  table,
  channels,
}) => {
  await new PeerDirectoryStore(table).add('p');
  expect(await itemOf(table, directoryKey('p'))).not.toHaveProperty('proofKey');
  await channels.raiseLastActiveDay('p', '2026-11-22', PROOF_KEY);
  await channels.raiseLastActiveDay('p', '2026-11-21', PROOF_KEY);
  expect(await itemOf(table, directoryKey('p'))).toHaveProperty('proofKey', PROOF_KEY);
});

test('channels of a peer are numbered from 1 on, in the order in which they were registered', async ({
  channels,
}) => {
  const numbers: unknown[] = [];
  for (const channelId of ['b', 'a', 'b', 'c']) {
    const registration = await channels.register('p', channelId, NOON, {});
    numbers.push(typeof registration === 'object' && registration.channel.number);
  }
  expect(numbers).toEqual([1, 2, 1, 3]);
  expect(await channels.count('p')).toBe(3);
  expect(await channels.count('q')).toBe(0);
});

test('no number is given twice: where another channel was registered meanwhile, nothing is written', async ({
  database,
  table,
  channels,
}) => {
  let isFirst = true;
  const client = intercepted(database.client, async (command, send) => {
    if (command instanceof TransactWriteCommand && isFirst) {
      isFirst = false;
      await channels.register('p', 'other', NOON, {});
    }
    return send();
  });
  const slow = new ChannelStore({ ...table, client });
  await expect(slow.register('p', 'c', NOON, {})).rejects.toThrow(ConflictError);
  expect(await channels.read('p', 'c')).toBeUndefined();
  expect(await slow.register('p', 'c', NOON, {})).toMatchObject({ channel: { number: 2 } });
});

test('what this version does not know of a channel and of a peer’s entry stays through every change', async ({
  table,
  channels,
}) => {
  const unknown = 'of a later version';
  const key = channelKey('p', 'c');
  await channels.register('p', 'c', NOON, {});
  await channels.raiseLastActiveDay('p', '2026-11-20', PROOF_KEY);
  await putRaw(table, { ...(await itemOf(table, key)), unknown });
  await putRaw(table, { ...(await itemOf(table, directoryKey('p'))), unknown });
  await putRaw(table, { ...(await itemOf(table, channelCountKey('p'))), unknown });
  await channels.addDetails('p', 'c', { messageName: 'Support' });
  await channels.register('p', 'd', NOON, {});
  await channels.raiseLastActiveDay('p', '2026-11-21', PROOF_KEY);
  expect(await itemOf(table, key)).toMatchObject({ unknown, messageName: 'Support' });
  expect(await itemOf(table, directoryKey('p'))).toMatchObject({ unknown, lastActiveDay: '2026-11-21' });
  expect(await itemOf(table, channelCountKey('p'))).toMatchObject({ unknown, channelCount: 2 });
});

test('a channel is read with what the registry holds', async ({ table, channels }) => {
  const fields = {
    number: 3,
    status: 'disabled',
    registeredAt: NOON,
    registryName: 'Desk',
    registryGalleryKey: 'email',
    messageName: 'Support',
    messageGalleryKey: 'slack',
  };
  await putRaw(table, { ...channelKey('p', 'a#b%23'), ...fields });
  expect(await channels.read('p', 'a#b%23')).toEqual({ channelId: 'a#b%23', ...fields });
});

test.for<[string, Record<string, unknown>]>([
  ['status', { status: 'personal-value' }],
  ['registeredAt', { registeredAt: 'personal-value' }],
  ['messageName', { messageName: 7788 }],
  ['number', { number: -7788 }],
])(
  'a stored channel whose %s is malformed is refused, without a word of what is in it',
  async ([place, wrong], { table, channels }) => {
    await putRaw(table, {
      ...channelKey('p', 'c'),
      number: 1,
      status: 'enabled',
      registeredAt: NOON,
      ...wrong,
    });
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
