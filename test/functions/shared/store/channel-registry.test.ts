import { TransactionConflictException } from '@aws-sdk/client-dynamodb';
import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import { MalformedItemError } from '../../../../functions/shared/domain/errors.ts';
import { ChannelRegistry } from '../../../../functions/shared/store/channel-registry.ts';
import { ChannelStore } from '../../../../functions/shared/store/channel-store.ts';
import { ConflictError } from '../../../../functions/shared/store/conflict.ts';
import { isContention } from '../../../../functions/shared/store/dynamodb.ts';
import { channelKey } from '../../../../functions/shared/store/items/channel.ts';
import { channelCountKey } from '../../../../functions/shared/store/items/channel-count.ts';
import { directoryKey } from '../../../../functions/shared/store/items/peer-directory-entry.ts';
import { intercepted } from '../../../support/database/intercepted-client.ts';
import { test as fixture } from '../../../support/fixture.ts';
import { contentsOf, itemOf, putRaw } from './table-contents.ts';

const NOON = Date.parse('2026-11-22T12:00:00.000Z');
const PROOF_KEY = Uint8Array.from([1, 2, 3]);

const test = fixture
  .extend('registry', ({ table }) => new ChannelRegistry(table))
  .extend('channels', ({ table }) => new ChannelStore(table))
  /** Changes a channel, again as long as others get in the way. */
  .extend('changing', ({ registry }) => async (change: Parameters<ChannelRegistry['change']>[2]) => {
    for (;;) {
      try {
        return await registry.change('p', 'c', change, NOON);
      } catch (error) {
        if (!(error instanceof ConflictError) && !isContention(error)) throw error;
      }
    }
  });

const registered = { channelId: 'c', number: 1, status: 'enabled', registeredAt: NOON } as const;

test('a channel that is not there is registered with what is given', async ({ table, registry }) => {
  expect(await registry.change('p', 'c', { registryName: 'Desk', registryGalleryKey: null }, NOON)).toEqual({
    after: { ...registered, registryName: 'Desk' },
  });
  expect(await registry.change('p', 'd', { status: 'disabled' }, NOON)).toEqual({
    after: { channelId: 'd', number: 2, status: 'disabled', registeredAt: NOON },
  });
  const stored = new Map((await contentsOf(table)).map(({ pk, sk, ...fields }) => [`${pk} ${sk}`, fields]));
  expect(stored).toEqual(
    new Map<string, object>([
      [`${directoryKey('p').pk} PEER#p`, {}],
      ['PEER#p CHANNEL_COUNT', { channelCount: 2 }],
      ['PEER#p USAGE#CHANNEL#c', { number: 1, status: 'enabled', registeredAt: NOON, registryName: 'Desk' }],
      ['PEER#p USAGE#CHANNEL#d', { number: 2, status: 'disabled', registeredAt: NOON }],
    ]),
  );
});

test('a channel that is there is told as it was and as it is', async ({ registry, channels }) => {
  await channels.register('p', 'c', NOON, { messageName: 'Support' });
  const first = { ...registered, messageName: 'Support' };
  const second = { ...first, registryName: 'Desk', registryGalleryKey: 'email', status: 'removed' };
  const third = { ...first, registryGalleryKey: 'email', status: 'removed' };
  const change = (changes: Parameters<ChannelRegistry['change']>[2]) =>
    registry.change('p', 'c', changes, NOON + 1);
  expect(await change({ registryName: 'Desk', registryGalleryKey: 'email', status: 'removed' })).toEqual({
    before: first,
    after: second,
  });
  expect(await change({})).toEqual({ before: second, after: second });
  expect(await change({ registryName: null })).toEqual({ before: second, after: third });
  expect(await change({ registryGalleryKey: null, status: 'enabled' })).toEqual({
    before: third,
    after: first,
  });
  expect(await registry.list('p')).toEqual([first]);
});

test('what this version does not know of a channel stays as it is', async ({ table, registry }) => {
  const item = {
    ...channelKey('p', 'c'),
    number: 1,
    status: 'enabled',
    registeredAt: NOON,
    messageName: 'Support',
    unknown: 'of a later version',
  };
  await putRaw(table, item);
  await registry.change('p', 'c', { registryName: 'Desk', status: 'disabled' }, NOON);
  await registry.change('p', 'c', { registryName: null, registryGalleryKey: 'email' }, NOON);
  expect(await itemOf(table, channelKey('p', 'c'))).toEqual({
    ...item,
    status: 'disabled',
    registryGalleryKey: 'email',
  });
});

test('channels are listed by peer, all of them, over as many pages as it takes', async ({
  table,
  registry,
  channels,
}) => {
  const ids = Array.from({ length: 300 }, (_, index) => `c${String(index).padStart(3, '0')}`);
  // Beyond the megabyte that DynamoDB answers at a time.
  const long = 'x'.repeat(4_000);
  for (const id of ids) {
    const known = { number: 1, status: 'enabled', registeredAt: NOON };
    await putRaw(table, { ...channelKey('p', id), ...known, messageName: long });
  }
  await channels.register('p#USAGE', 'other', NOON, {});
  await putRaw(table, { pk: 'PEER#p', sk: 'USAGE#2026-11-22#c000', messageCount: 1 });
  const found = await registry.list('p');
  expect(found.map(({ channelId }) => channelId)).toEqual(ids);
  expect(await registry.list('q')).toEqual([]);
});

test('a peer that has no room for one more gets none', async ({ table, registry }) => {
  await registry.change('p', 'c', {}, NOON);
  await putRaw(table, { ...channelCountKey('p'), channelCount: 500 });
  const before = await contentsOf(table);
  expect(await registry.change('p', 'd', { status: 'removed' }, NOON)).toBe('peer_is_full');
  expect(await contentsOf(table)).toEqual(before);
  expect(await registry.change('p', 'c', {}, NOON)).toHaveProperty('before');
});

test('the peer is listed before its channel is there', async ({ database, table }) => {
  const seen: unknown[] = [];
  const client = intercepted(database.client, async (command, send) => {
    if (command instanceof TransactWriteCommand) seen.push(...(await contentsOf(table)));
    return send();
  });
  await new ChannelRegistry({ ...table, client }).change('p', 'c', {}, NOON);
  expect(seen).toEqual([directoryKey('p')]);
});

test('a day in the directory stays when another channel is registered, and comes when there was none', async ({
  table,
  registry,
  channels,
}) => {
  await registry.change('p', 'c', {}, NOON);
  await channels.raiseLastActiveDay('p', '2026-11-20', PROOF_KEY);
  await registry.change('p', 'd', {}, NOON);
  expect(await itemOf(table, directoryKey('p'))).toEqual({
    ...directoryKey('p'),
    lastActiveDay: '2026-11-20',
    proofKey: PROOF_KEY,
  });
});

test('of many that set a channel at once one registers it, and no change is lost', async ({
  table,
  registry,
  changing,
}) => {
  const changes = [
    { registryName: 'Desk' },
    { registryGalleryKey: 'email' },
    { status: 'disabled' },
  ] as const;
  const results = await Promise.all(changes.map((change) => changing(change)));
  expect(results.filter((result) => typeof result !== 'string' && result.before === undefined)).toHaveLength(
    1,
  );
  expect(await registry.list('p')).toEqual([
    { ...registered, registryName: 'Desk', registryGalleryKey: 'email', status: 'disabled' },
  ]);
  expect(await itemOf(table, channelCountKey('p'))).toHaveProperty('channelCount', 1);
});

test('a conflict with another write is the caller’s to repeat', async ({ database, table }) => {
  const conflict = new TransactionConflictException({ message: 'conflict', $metadata: {} });
  const client = intercepted(database.client, async () => {
    throw conflict;
  });
  await expect(new ChannelRegistry({ ...table, client }).change('p', 'c', {}, NOON)).rejects.toBe(conflict);
});

test('a stored channel that is malformed is refused, without a word of what is in it', async ({
  table,
  registry,
}) => {
  await putRaw(table, { ...channelKey('p', 'c'), number: 1, status: 'personal-value', registeredAt: NOON });
  for (const asked of [() => registry.list('p'), () => registry.change('p', 'c', {}, NOON)]) {
    await expect(asked()).rejects.toThrow(MalformedItemError);
    await expect(asked()).rejects.not.toThrow(/personal-value/);
  }
});
