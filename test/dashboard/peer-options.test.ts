import { expect, test } from 'vitest';
import { peerOptions } from '../../dashboard/src/features/header/peer-options.ts';
import { recentPeers } from '../../dashboard/src/state/recent-peers.ts';

const listed = (...ids: string[]) => ids.map((peerId) => ({ peerId, lastActiveDay: null }));

test.for<[typed: string, recent: string[], known: string[], byId: string | undefined]>([
  ['', [], ['a', 'ab', 'b'], undefined],
  ['', ['b', 'z'], ['b', 'z', 'a', 'ab'], undefined],
  ['B', ['z'], ['ab', 'b'], 'B'],
  ['b', ['ab'], ['b', 'ab'], undefined],
  ['nobody', ['b'], [], 'nobody'],
  ['z', ['z'], ['z'], undefined],
])('what is offered for %j after %j', ([typed, recent, known, byId]) => {
  const offered = peerOptions(typed, listed('a', 'ab', 'b'), recent);
  expect([offered.known, offered.typed]).toEqual([known, byId]);
});

function storage() {
  const kept = new Map<string, string>();
  return {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => kept.set(name, value),
    removeItem: (name: string) => kept.delete(name),
    kept,
  };
}

test('the peers that were opened last are known, the last one first, until they are forgotten', () => {
  const tab = storage();
  const recent = recentPeers(() => tab);
  for (const peerId of ['a', 'b', 'a', 'c', '1', '2', '3', '4', '5', '6']) recent.add(peerId);
  expect(recent.read()).toEqual(['6', '5', '4', '3', '2', '1', 'c', 'a']);
  recent.forget();
  expect(recent.read()).toEqual([]);
  expect(tab.kept.size).toBe(0);
});

test('what others stored under the name is nothing, and so is what no page may store', () => {
  const tab = storage();
  tab.setItem('channel-usage-analytics.recent-peers', '{"a":');
  expect(recentPeers(() => tab).read()).toEqual([]);
  const without = recentPeers(() => {
    throw new DOMException('no storage');
  });
  without.add('a');
  expect(without.read()).toEqual([]);
});
