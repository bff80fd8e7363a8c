import * as fc from 'fast-check';
import { expect } from 'vitest';
import { mapConcurrently } from '../../../../functions/shared/runtime/concurrency.ts';
import { ChannelStore } from '../../../../functions/shared/store/channel-store.ts';
import { PeerDirectoryStore } from '../../../../functions/shared/store/peer-directory-store.ts';
import { metered } from '../../../support/database/capacity.ts';
import { test as fixture } from '../../../support/fixture.ts';
import { putRaw } from './table-contents.ts';

const PROOF_KEY = Uint8Array.from([1, 2, 3]);

const test = fixture
  .extend('directory', ({ table }) => new PeerDirectoryStore(table))
  .extend('addPeers', ({ table }) => async (peerIds: readonly string[]): Promise<void> => {
    const channels = new ChannelStore(table);
    await mapConcurrently(peerIds, 16, (peerId) =>
      channels.raiseLastActiveDay(peerId, '2026-11-22', PROOF_KEY),
    );
  });

/** Orders ids as the directory does: by code points, with `#` between `$` and `%`. */
function inOrder(a: string, b: string): number {
  const [first, second] = [[...a].map(rankOf), [...b].map(rankOf)];
  const index = first.findIndex((rank, place) => rank !== second[place]);
  return index === -1 ? first.length - second.length : (first[index] ?? 0) - (second[index] ?? -1);
}

function rankOf(character: string): number {
  return character === '#' ? 0x24 + 0.5 : (character.codePointAt(0) ?? 0);
}

test('lists the peers of a prefix behind a peer, whatever is in their ids', async ({
  directory,
  addPeers,
}) => {
  const character = fc.constantFrom('#', '%', '$', '2', '3', '5', 'a', 'ä', '\ue000', '😀', '\u{10FFFF}');
  const ids = fc.array(character, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(''));
  const [peerIds = []] = fc.sample(fc.uniqueArray(ids, { minLength: 120, maxLength: 120 }), {
    seed: 1,
    numRuns: 1,
  });
  await addPeers(peerIds);
  const selections = fc.record({
    prefix: fc.array(character, { maxLength: 2 }).map((parts) => parts.join('')),
    after: fc.option(ids, { nil: undefined }),
    limit: fc.integer({ min: 1, max: 130 }),
    among: fc.subarray(peerIds),
  });
  await fc.assert(
    fc.asyncProperty(selections, async ({ prefix, after, limit, among }) => {
      const isSelected = (peerId: string) =>
        peerId.startsWith(prefix) && (after === undefined || inOrder(peerId, after) > 0);
      const expected = (from: readonly string[]) => from.filter(isSelected).sort(inOrder).slice(0, limit);
      const found = (listed: { peerId: string }[]) => listed.map(({ peerId }) => peerId);
      // A list goes on behind a peer of its own alone.
      const start = after?.startsWith(prefix) ? { after } : {};
      fc.pre(after === undefined || 'after' in start);
      const selection = { prefix, limit, ...start };
      expect(found(await directory.list(selection))).toEqual(expected(peerIds));
      expect(found(await directory.listAmong(among, selection))).toEqual(expected(among));
    }),
    { seed: 1, numRuns: 60 },
  );
});

test('a peer is listed with its latest day', async ({ table, directory }) => {
  const channels = new ChannelStore(table);
  for (const day of ['2026-11-21', '2026-11-22', '2026-11-20'])
    await channels.raiseLastActiveDay('p', day, PROOF_KEY);
  const expected = [{ peerId: 'p', lastActiveDay: '2026-11-22' }];
  expect(await directory.list({ prefix: '', limit: 10 })).toEqual(expected);
  expect(await directory.listAmong(['p', 'q', 'p'], { prefix: '', limit: 10 })).toEqual(expected);
});

test('nothing of a peer but its entry in the directory is listed', async ({ table, directory }) => {
  await new ChannelStore(table).register('p', 'c', 0, {});
  expect(await directory.list({ prefix: '', limit: 10 })).toEqual([]);
  expect(await directory.listAmong(['p'], { prefix: '', limit: 10 })).toEqual([]);
});

test('a list among many peers ends with the hundred in which it is full', async ({
  database,
  table,
  addPeers,
}) => {
  const peerIds = Array.from({ length: 350 }, (_, number) => String(number).padStart(3, '0'));
  await addPeers(peerIds);
  const meter = metered(database.client);
  const counted = new PeerDirectoryStore({ ...table, client: meter.client });
  expect(await counted.listAmong(peerIds, { prefix: '', limit: 100 })).toHaveLength(100);
  expect(meter.calls).toEqual(new Map([['BatchGetCommand', 1]]));
  expect(await counted.listAmong(peerIds, { prefix: '', limit: 101 })).toHaveLength(101);
  expect(meter.calls).toEqual(new Map([['BatchGetCommand', 3]]));
  expect(await counted.listAmong([], { prefix: '', limit: 101 })).toEqual([]);
  expect(meter.calls).toEqual(new Map([['BatchGetCommand', 3]]));
});

test('an entry that is malformed is not guessed at', async ({ table, directory }) => {
  await putRaw(table, { pk: 'DIRECTORY#0', sk: 'PEER#p', lastActiveDay: 20_261_122 });
  await expect(directory.list({ prefix: '', limit: 10 })).rejects.toThrow(
    'stored directory entry at "DIRECTORY#0 PEER#p" is malformed (lastActiveDay: ',
  );
});
