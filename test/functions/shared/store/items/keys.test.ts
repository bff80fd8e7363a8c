import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { levelOf, stretchOf } from '../../../../../functions/shared/domain/archive.ts';
import { identifierProblem } from '../../../../../functions/shared/domain/identifier.ts';
import { DAY_MS, startOf } from '../../../../../functions/shared/domain/utc-day.ts';
import { apiKeyKey } from '../../../../../functions/shared/store/items/api-key.ts';
import {
  archivedWindowKey,
  shareMarkerItem,
  shareWindowItem,
  windowsFor,
} from '../../../../../functions/shared/store/items/archived-window.ts';
import { channelKey } from '../../../../../functions/shared/store/items/channel.ts';
import { channelCountKey } from '../../../../../functions/shared/store/items/channel-count.ts';
import { conversationKey } from '../../../../../functions/shared/store/items/conversation-marker.ts';
import {
  dailyCounterKey,
  dirtyLane,
  usageRange,
} from '../../../../../functions/shared/store/items/daily-counter.ts';
import { HASH_SECRET_KEY } from '../../../../../functions/shared/store/items/hash-secret.ts';
import { healthSettingsKey } from '../../../../../functions/shared/store/items/health-settings.ts';
import type { Item } from '../../../../../functions/shared/store/items/item.ts';
import { fromKeyPart, keyPart } from '../../../../../functions/shared/store/items/keys.ts';
import { identityOfKey, messageKey } from '../../../../../functions/shared/store/items/message.ts';
import { notifiedPeerKey } from '../../../../../functions/shared/store/items/notified-peer.ts';
import { directoryKey } from '../../../../../functions/shared/store/items/peer-directory-entry.ts';
import { quarantineKey } from '../../../../../functions/shared/store/items/quarantine-entry.ts';
import { quarantineNoteKey } from '../../../../../functions/shared/store/items/quarantine-note.ts';
import { sweepProgressKey } from '../../../../../functions/shared/store/items/sweep-progress.ts';
import { waitingNotificationKey } from '../../../../../functions/shared/store/items/waiting-notification.ts';

/** Pieces that could be mistaken for parts of keys, so that a random mix of them tries to be one. */
const PIECES = [
  '#',
  '%',
  '%2',
  '23',
  '%23',
  '%25',
  '$',
  'PEER#',
  'USAGE#',
  'CHANNEL#',
  'PAGES#',
  'CONVERSATION#',
];
const MORE_PIECES = [
  'MESSAGE#',
  'KEY#',
  '2026-11-22',
  'a',
  'b',
  '/',
  ' ',
  '😀',
  '\u{10FFFF}',
  '\uFFFD',
  '__proto__',
];

const identifiers = fc
  .oneof(
    fc
      .array(fc.constantFrom(...PIECES, ...MORE_PIECES), { minLength: 1, maxLength: 8 })
      .map((parts) => parts.join('')),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 128 }),
  )
  .filter((text) => identifierProblem('identifier', text) === undefined);
const days = fc.constantFrom('0000-01-01', '2026-11-21', '2026-11-22', '2026-11-23', '9999-12-31');
const hashes = fc.stringMatching(/^[A-Za-z0-9_-]{22}$/);
const fingerprints = fc.stringMatching(/^[0-9a-f]{16}$/);
const windowNumbers = fc.integer({ min: 0, max: 99_999_999 });
const intoDay = fc.nat(DAY_MS - 1);
const hexDigits = fc.stringMatching(/^[0-9a-f]{0,16}$/);

function parsedKey({ pk, sk }: Item): Key {
  return { pk: String(pk), sk: String(sk) };
}

type Key = { pk: string; sk: string };

/** An item that is kept in the usage table: what it is, and where. `owner` is the peer whose item it is. */
interface Kept {
  identity: string;
  owner: string | undefined;
  key: Key;
}

function kept(kind: string, owner: string | undefined, parts: unknown[], key: Key): Kept {
  return { identity: JSON.stringify([kind, owner, ...parts]), owner, key };
}

const items: fc.Arbitrary<Kept> = fc.oneof(
  fc
    .record({ peerId: identifiers, channelId: identifiers, day: days })
    .map((key) => kept('counter', key.peerId, [key.channelId, key.day], dailyCounterKey(key))),
  fc.tuple(identifiers, identifiers).map(([peer, id]) => kept('channel', peer, [id], channelKey(peer, id))),
  identifiers.map((peer) => kept('channel count', peer, [], channelCountKey(peer))),
  identifiers.map((peer) => kept('what was told', peer, [], notifiedPeerKey(peer))),
  fc
    .record({
      target: fc.constantFrom('topic', 'on-call', '1'),
      peerId: identifiers,
      sequence: fc.integer({ min: 1, max: 999_999_999_999 }),
    })
    .map((place) => kept('notification', undefined, Object.values(place), waitingNotificationKey(place))),
  fc
    .tuple(fc.constantFrom('alerts', 'reports'), fc.integer({ min: 0, max: 7 }))
    .map(([job, lane]) => kept('progress', undefined, [job, lane], sweepProgressKey(job, lane))),
  identifiers.map((peer) => kept('health settings', peer, [], healthSettingsKey(peer))),
  fc
    .tuple(
      fc.record({ peerId: identifiers, channelId: identifiers, day: days }),
      intoDay,
      intoDay,
      windowNumbers,
    )
    .map(([key, one, other, number]) => {
      const [from = 0, through = 0] = [one, other]
        .sort((a, b) => a - b)
        .map((into) => startOf(key.day) + into);
      const window = archivedWindowKey(key, { from, through, number });
      return kept('window', key.peerId, [key.channelId, key.day, through, number], window);
    }),
  fc
    .tuple(
      fc.record({ peerId: identifiers, channelId: identifiers, day: days }),
      fc
        .record({ level: fc.nat(14), digits: hexDigits })
        .map(({ level, digits }) => ({ ...stretchOf(level, 0), digits })),
    )
    .map(([key, share]) => {
      const { pk, sk } = parsedKey(shareMarkerItem(key, share, 0));
      return kept('marker', key.peerId, [key.channelId, key.day, share.level, share.digits], { pk, sk });
    }),
  fc
    .tuple(identifiers, hashes, identifiers)
    .map(([peer, hash, id]) => kept('conversation', peer, [hash, id], conversationKey(peer, hash, id))),
  fc
    .record({ peerId: identifiers, conversationHash: hashes, fingerprint: fingerprints })
    .map((message) =>
      kept(
        'quarantine note',
        message.peerId,
        [message.conversationHash, message.fingerprint],
        quarantineNoteKey(message),
      ),
    ),
  identifiers.map((peer) => kept('directory', undefined, [peer], directoryKey(peer))),
  identifiers.map((id) => kept('API key', undefined, [id], apiKeyKey(id))),
  fc
    .tuple(days, identifiers)
    .map(([day, id]) => kept('quarantined', undefined, [day, id], quarantineKey(day, id))),
  fc.constant(kept('secret', undefined, [], HASH_SECRET_KEY)),
);

/** DynamoDB's order of strings: that of their bytes in UTF-8. */
function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function isWithin(sortKey: string, range: { from: string; to: string }): boolean {
  return compare(sortKey, range.from) >= 0 && compare(sortKey, range.to) <= 0;
}

test('an identifier within a key holds no separator, and is read back as it was', () => {
  fc.assert(
    fc.property(identifiers, (identifier) => {
      expect(keyPart(identifier)).not.toContain('#');
      expect(fromKeyPart(keyPart(identifier))).toBe(identifier);
    }),
    { numRuns: 1_000 },
  );
});

test('different items have different keys, and the same item always the same one', () => {
  fc.assert(
    fc.property(items, items, (a, b) => {
      expect(a.key.pk === b.key.pk && a.key.sk === b.key.sk).toBe(a.identity === b.identity);
    }),
    { numRuns: 3_000 },
  );
});

test('what is kept of one peer is in no partition of another’s, nor in one that all share', () => {
  fc.assert(
    fc.property(items, items, (a, b) => {
      if (a.owner !== b.owner) expect(a.key.pk).not.toBe(b.key.pk);
    }),
    { numRuns: 3_000 },
  );
});

test('different messages have different keys', () => {
  const identities = fc.record({ peerId: identifiers, conversationId: identifiers, messageId: identifiers });
  fc.assert(
    fc.property(identities, identities, (a, b) => {
      const same = JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());
      expect(messageKey(a).pk === messageKey(b).pk && messageKey(a).sk === messageKey(b).sk).toBe(same);
      if (a.peerId !== b.peerId) expect(messageKey(a).pk).not.toBe(messageKey(b).pk);
    }),
    { numRuns: 3_000 },
  );
});

test('a message is read back from its key, and from no key of anything else', () => {
  const identities = fc.record({ peerId: identifiers, conversationId: identifiers, messageId: identifiers });
  fc.assert(
    fc.property(identities, items, (identity, { key }) => {
      expect(identityOfKey(messageKey(identity))).toEqual(identity);
      expect(identityOfKey(key)).toBe(undefined);
    }),
    { numRuns: 1_000 },
  );
});

test('a range of days holds the counters of these days and nothing else of the peer', () => {
  fc.assert(
    fc.property(identifiers, identifiers, days, days, days, (peerId, channelId, day, from, to) => {
      const range = usageRange(peerId, from, to);
      expect(dailyCounterKey({ peerId, channelId, day }).pk).toBe(range.pk);
      expect(isWithin(dailyCounterKey({ peerId, channelId, day }).sk, range)).toBe(day >= from && day <= to);
      expect(isWithin(channelKey(peerId, channelId).sk, range)).toBe(false);
      expect(isWithin(channelCountKey(peerId).sk, range)).toBe(false);
    }),
    { numRuns: 1_000 },
  );
});

test('a range without a last day holds all later counters and, behind them, every channel', () => {
  fc.assert(
    fc.property(identifiers, identifiers, identifiers, days, days, (peerId, channelId, other, day, from) => {
      const range = usageRange(peerId, from);
      const counter = dailyCounterKey({ peerId, channelId, day });
      const channel = channelKey(peerId, other);
      expect([counter.pk, channel.pk]).toEqual([range.pk, range.pk]);
      expect(isWithin(counter.sk, range)).toBe(day >= from);
      expect(isWithin(channel.sk, range)).toBe(true);
      expect(compare(counter.sk, channel.sk)).toBe(-1);
      expect(isWithin(channelCountKey(peerId).sk, range)).toBe(false);
    }),
    { numRuns: 1_000 },
  );
});

test('the windows of a level that may hold a message are within the range that is read for it, as are their markers', () => {
  const key = { peerId: 'p', channelId: 'c', day: '2026-11-22' };
  const start = startOf(key.day);
  fc.assert(
    fc.property(intoDay, intoDay, intoDay, windowNumbers, (one, other, sentAt, number) => {
      const [from = 0, through = 0] = [one, other].sort((a, b) => a - b);
      const span = { from: start + from, through: start + through, number };
      const level = levelOf(span);
      const window = archivedWindowKey(key, span);
      const range = windowsFor(key, level, start + sentAt, start + sentAt);
      expect(window.pk).toBe(range.pk);
      if (from <= sentAt && sentAt <= through) {
        expect(isWithin(window.sk, range)).toBe(true);
        const marker = parsedKey(shareMarkerItem(key, { ...stretchOf(level, through), digits: '' }, 0));
        expect(isWithin(marker.sk, range)).toBe(true);
        // Whoever reads in the order of keys has read the windows before the marker.
        expect(compare(window.sk, marker.sk)).toBe(-1);
      }
      const share = { ...stretchOf(level, through), digits: 'a' };
      expect(isWithin(parsedKey(shareMarkerItem(key, share, 0)).sk, range)).toBe(false);
      expect(isWithin(parsedKey(shareWindowItem(key, share, 'f0', [], 0)).sk, range)).toBe(false);
    }),
    { numRuns: 1_000 },
  );
});

test('the longest identifiers that are allowed give keys that DynamoDB takes', () => {
  // 128 characters are the most there may be; every one of these takes three bytes in a key.
  const longest = '%'.repeat(128);
  const key = { peerId: longest, channelId: longest, day: '2026-11-22' };
  const keys: Key[] = [
    dailyCounterKey(key),
    channelKey(longest, longest),
    channelCountKey(longest),
    archivedWindowKey(key, { from: 0, through: 0, number: 0 }),
    conversationKey(longest, 'h'.repeat(22), longest),
    directoryKey(longest),
    messageKey({ peerId: longest, conversationId: longest, messageId: longest }),
  ];
  for (const { pk, sk } of keys) {
    expect(Buffer.byteLength(pk)).toBeLessThanOrEqual(2048);
    expect(Buffer.byteLength(sk)).toBeLessThanOrEqual(1024);
  }
});

test('peers are spread over eight lanes, each always in the same', () => {
  const peers = Array.from({ length: 1_000 }, (_, index) => `peer_${index}`);
  const lanes = Map.groupBy(peers, dirtyLane);
  expect([...lanes.keys()].sort()).toEqual(Array.from({ length: 8 }, (_, lane) => `DIRTY#${lane}`));
  for (const members of lanes.values()) expect(members.length).toBeGreaterThan(60);
  expect(new Set(peers.map((peerId) => directoryKey(peerId).pk)).size).toBe(8);
});
