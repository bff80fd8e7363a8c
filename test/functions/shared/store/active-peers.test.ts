import { expect } from 'vitest';
import { OneAtATime } from '../../../../functions/shared/runtime/one-at-a-time.ts';
import { ActivePeers } from '../../../../functions/shared/store/active-peers.ts';
import { ChannelStore } from '../../../../functions/shared/store/channel-store.ts';
import { directoryKey } from '../../../../functions/shared/store/items/peer-directory-entry.ts';
import { watched } from '../../../support/database/watched-client.ts';
import { test as fixture } from '../../../support/fixture.ts';
import { itemOf } from './table-contents.ts';

const test = fixture
  .extend('watcher', ({ database }) => watched(database.client))
  .extend('active', ({ table, watcher }) => {
    const channels = new ChannelStore({ ...table, client: watcher.client });
    return new ActivePeers(channels, (peerId) => Buffer.from(`key of ${peerId}`));
  });

test('a peer is listed with its day and with the key behind its proofs', async ({ table, active }) => {
  await active.raise('p', '2026-11-22', new OneAtATime());
  expect(await itemOf(table, directoryKey('p'))).toMatchObject({
    lastActiveDay: '2026-11-22',
    proofKey: new Uint8Array(Buffer.from('key of p')),
  });
});

const READ_AND_WRITTEN = ['GetCommand', 'UpdateCommand'];

test('a day is written once, and an earlier one not at all', async ({ watcher, active }) => {
  const turns = new OneAtATime();
  for (const day of ['2026-11-22', '2026-11-22', '2026-11-20']) await active.raise('p', day, turns);
  expect(watcher.calls).toEqual(READ_AND_WRITTEN);
  await active.raise('p', '2026-11-23', turns);
  await active.raise('q', '2026-11-22', turns);
  expect(watcher.calls).toEqual([...READ_AND_WRITTEN, ...READ_AND_WRITTEN, ...READ_AND_WRITTEN]);
});

test.for(['2026-11-22', '2026-11-23'])(
  'a day is not written where another process has listed the peer with %s',
  async (listed, { table, watcher, active }) => {
    await new ChannelStore(table).raiseLastActiveDay('p', listed, Uint8Array.from([1]));
    const turns = new OneAtATime();
    for (const day of ['2026-11-22', listed]) await active.raise('p', day, turns);
    expect(watcher.calls).toEqual(['GetCommand']);
  },
);

test('a peer that another process has listed with an earlier day is listed with this one', async ({
  table,
  active,
}) => {
  await new ChannelStore(table).raiseLastActiveDay('p', '2026-11-21', Uint8Array.from([1]));
  await active.raise('p', '2026-11-22', new OneAtATime());
  expect(await itemOf(table, directoryKey('p'))).toMatchObject({ lastActiveDay: '2026-11-22' });
});

test('channels that are counted at the same time write once', async ({ watcher, active }) => {
  const turns = new OneAtATime();
  await Promise.all(Array.from({ length: 8 }, () => active.raise('p', '2026-11-22', turns)));
  expect(watcher.calls).toEqual(READ_AND_WRITTEN);
});

test('a day that could not be written is written by the next one', async ({ table, watcher, active }) => {
  const turns = new OneAtATime();
  watcher.failWith = () => new Error('no connection');
  await expect(active.raise('p', '2026-11-22', turns)).rejects.toThrow('no connection');
  watcher.failWith = () => undefined;
  await active.raise('p', '2026-11-22', turns);
  expect(await itemOf(table, directoryKey('p'))).toMatchObject({ lastActiveDay: '2026-11-22' });
});

test('a peer that is listed with a later day already stays so', async ({ table, active }) => {
  await new ChannelStore(table).raiseLastActiveDay('p', '2026-11-25', Uint8Array.from([1]));
  await active.raise('p', '2026-11-22', new OneAtATime());
  expect(await itemOf(table, directoryKey('p'))).toMatchObject({ lastActiveDay: '2026-11-25' });
});
