import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ApiKeyRecord } from '../../../../../functions/shared/domain/api-key.ts';
import type { Channel } from '../../../../../functions/shared/domain/channel.ts';
import type { ArchivedWindow, DailyCounter } from '../../../../../functions/shared/domain/daily-counter.ts';
import type { DailySnapshot } from '../../../../../functions/shared/domain/daily-snapshot.ts';
import { identifierProblem } from '../../../../../functions/shared/domain/identifier.ts';
import { type Message, ROLES } from '../../../../../functions/shared/domain/message.ts';
import { apiKeyItem, parseApiKeyItem } from '../../../../../functions/shared/store/items/api-key.ts';
import {
  archivedWindowItem,
  parseArchivedWindow,
} from '../../../../../functions/shared/store/items/archived-window.ts';
import { channelItem, parseChannel } from '../../../../../functions/shared/store/items/channel.ts';
import {
  conversationItem,
  parseConversation,
} from '../../../../../functions/shared/store/items/conversation-marker.ts';
import {
  dailyCounterItem,
  parseCounterState,
  parseDailyCounter,
  parseDayCounts,
} from '../../../../../functions/shared/store/items/daily-counter.ts';
import { hashSecretItem, parseHashSecret } from '../../../../../functions/shared/store/items/hash-secret.ts';
import {
  healthSettingsItem,
  parseHealthSettings,
} from '../../../../../functions/shared/store/items/health-settings.ts';
import {
  hasExpired,
  messageItem,
  parseMessageImage,
} from '../../../../../functions/shared/store/items/message.ts';
import {
  directoryKey,
  parseDirectoryEntry,
} from '../../../../../functions/shared/store/items/peer-directory-entry.ts';
import { parseSnapshot, snapshotItem } from '../../../../../functions/shared/store/items/snapshot.ts';

const RUNS = { numRuns: 200 };

const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 });
const identifiers = fc
  .oneof(text, fc.constantFrom('a#b', '%23', 'PEER#p', '#'))
  .filter((value) => identifierProblem('identifier', value) === undefined);
const days = fc.constantFrom('0000-01-01', '2026-11-22', '9999-12-31');
const instants = fc.integer({ min: 0, max: Date.parse('9999-12-31T23:59:59.999Z') });
const counts = fc.nat();
const bytes = fc.uint8Array({ maxLength: 32 });
const fingerprints = fc.stringMatching(/^[0-9a-f]{16}$/);
const peers = fc.oneof(fc.constant<'all'>('all'), fc.array(identifiers, { maxLength: 3 }));
const windows = fc.record({
  fingerprints: fc.array(fingerprints, { maxLength: 5 }),
  from: instants,
  through: instants,
});

const messages: fc.Arbitrary<Message> = fc.record(
  {
    peerId: identifiers,
    conversationId: identifiers,
    messageId: identifiers,
    channelId: identifiers,
    role: fc.constantFrom(...ROLES),
    sentAt: instants,
    channelName: identifiers,
    galleryKey: identifiers,
  },
  { requiredKeys: ['peerId', 'conversationId', 'messageId', 'channelId', 'role', 'sentAt'] },
);

const counters: fc.Arbitrary<DailyCounter> = fc.record(
  {
    peerId: identifiers,
    channelId: identifiers,
    day: days,
    messageCount: counts,
    conversationCount: counts,
    version: counts,
    rolledUp: fc.boolean(),
    window: windows,
    archivedWindows: counts,
    archivedThrough: instants,
    lastArchivedThrough: instants,
  },
  {
    requiredKeys: [
      'peerId',
      'channelId',
      'day',
      'messageCount',
      'conversationCount',
      'version',
      'rolledUp',
      'archivedWindows',
    ],
  },
);

/** An item of texts and numbers as a stream carries it. */
function imageOf(item: Record<string, string | number>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(item).map(([name, value]) => [
      name,
      typeof value === 'number' ? { N: String(value) } : { S: value },
    ]),
  );
}

describe('what is written is read again:', () => {
  test('a message', () => {
    fc.assert(
      fc.property(messages, (message) => {
        expect(parseMessageImage(imageOf(messageItem(message, 400)))).toEqual({ kind: 'message', message });
      }),
      RUNS,
    );
  });

  test('an API key', () => {
    const keys: fc.Arbitrary<ApiKeyRecord> = fc.record(
      {
        keyId: identifiers,
        secretHash: bytes,
        scopes: fc.array(text, { maxLength: 3 }),
        peers,
        label: text,
        createdAt: instants,
        expiresAtInstant: instants,
        revokedAt: instants,
      },
      { requiredKeys: ['keyId', 'secretHash', 'scopes', 'peers', 'createdAt'] },
    );
    fc.assert(
      fc.property(keys, (key) => {
        expect(parseApiKeyItem(apiKeyItem(key))).toEqual(key);
      }),
      RUNS,
    );
  });

  test('a conversation marker', () => {
    const starts = fc.record({
      conversationHash: fc.stringMatching(/^[A-Za-z0-9_-]{22}$/),
      startedBy: fingerprints,
      day: days,
      sentAt: fc.nat(),
      claimedAt: fc.nat(),
    });
    fc.assert(
      fc.property(identifiers, identifiers, starts, (peerId, channelId, start) => {
        expect(parseConversation(conversationItem(peerId, channelId, start))).toEqual(start);
      }),
      RUNS,
    );
  });

  test('the hash secret', () => {
    fc.assert(
      fc.property(bytes, (secret) => {
        expect(parseHashSecret(hashSecretItem(secret))).toEqual(secret);
      }),
      RUNS,
    );
  });

  test('the health settings that were set, and no others', () => {
    const given = { inactiveAfterDays: 7, leastMedian: 3 };
    expect(parseHealthSettings(healthSettingsItem('p', given))).toEqual(given);
  });

  test('a peer in the directory', () => {
    fc.assert(
      fc.property(identifiers, (peerId) => {
        expect(parseDirectoryEntry(directoryKey(peerId))).toMatchObject({ peerId, lastActiveDay: null });
      }),
      RUNS,
    );
  });

  test('a daily counter, and of it the state that sealing sees and the counts that readers see', () => {
    fc.assert(
      fc.property(counters, (counter) => {
        const { peerId, channelId, day, messageCount, conversationCount, version, rolledUp } = counter;
        const item = dailyCounterItem(counter);
        expect(parseDailyCounter({ peerId, channelId, day }, item)).toEqual(counter);
        const counted = { channelId, day, messageCount, conversationCount };
        expect(parseCounterState(item)).toEqual({ peerId, ...counted, version, rolledUp, dirty: true });
        const instant = Math.max(counter.archivedThrough ?? -1, counter.window?.through ?? -1);
        expect(parseDayCounts(item)).toEqual({
          ...counted,
          ...(instant >= 0 && { lastMessageAt: instant }),
        });
      }),
      RUNS,
    );
  });

  test('an archived window', () => {
    const key = { peerId: 'p', channelId: 'c', day: '2026-11-22' };
    fc.assert(
      fc.property(windows, counts, instants, (window, number, expiresAt) => {
        const archived: ArchivedWindow = { ...window, number, expiresAt };
        const { from, fingerprints: kept } = window;
        expect(parseArchivedWindow(archivedWindowItem(key, archived))).toEqual({ from, fingerprints: kept });
      }),
      RUNS,
    );
  });

  test('a channel, whose totals are none at first', () => {
    const channels: fc.Arbitrary<Channel> = fc.record(
      {
        channelId: identifiers,
        status: fc.constantFrom('enabled', 'disabled', 'removed'),
        registeredAt: instants,
        registryName: text,
        registryGalleryKey: text,
        messageName: text,
        messageGalleryKey: text,
      },
      { requiredKeys: ['channelId', 'status', 'registeredAt'] },
    );
    fc.assert(
      fc.property(identifiers, channels, (peerId, channel) => {
        const totals = { messageCount: 0, conversationCount: 0, openDays: [] };
        expect(parseChannel(channelItem(peerId, channel))).toEqual({ ...channel, totals });
      }),
      RUNS,
    );
  });

  test('a snapshot', () => {
    const counted = fc.record({ messageCount: counts, conversationCount: counts });
    const snapshots: fc.Arbitrary<DailySnapshot> = fc.record({
      day: days,
      channels: fc.array(fc.record({ channelId: identifiers, cumulative: counted, day: counted }), {
        maxLength: 5,
      }),
    });
    fc.assert(
      fc.property(identifiers, snapshots, (peerId, snapshot) => {
        expect(parseSnapshot(snapshotItem(peerId, snapshot))).toEqual(snapshot);
      }),
      RUNS,
    );
  });
});

describe('a message’s item', () => {
  const message: Message = {
    peerId: 'p',
    conversationId: 'k',
    messageId: 'm',
    channelId: 'c',
    role: 'user',
    sentAt: Date.parse('2026-11-22T10:00:00.123Z'),
  };

  test('holds nothing of what else came with the message, such as its text', () => {
    const withText = { ...message, text: 'personal-value' };
    expect(messageItem(withText, 400)).toEqual(messageItem(message, 400));
  });

  test('has expired from its last second on', () => {
    const image = imageOf(messageItem(message, 1));
    const expiry = Date.parse('2026-11-23T10:00:01.000Z');
    expect([expiry - 1, expiry].map((at) => hasExpired(image, at))).toEqual([false, true]);
    expect(hasExpired({}, expiry)).toBe(false);
  });
});
