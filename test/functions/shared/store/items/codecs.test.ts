import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { OpenFinding } from '../../../../../functions/shared/domain/alerts.ts';
import type { ApiKeyRecord } from '../../../../../functions/shared/domain/api-key.ts';
import { latestOf, NOTHING_ARCHIVED, withArchived } from '../../../../../functions/shared/domain/archive.ts';
import { type Channel, MAX_CHANNELS_PER_PEER } from '../../../../../functions/shared/domain/channel.ts';
import type { ArchivedWindow, DailyCounter } from '../../../../../functions/shared/domain/daily-counter.ts';
import { MalformedItemError } from '../../../../../functions/shared/domain/errors.ts';
import { ALL_FINDINGS } from '../../../../../functions/shared/domain/findings/findings.ts';
import { identifierProblem } from '../../../../../functions/shared/domain/identifier.ts';
import { type Message, ROLES } from '../../../../../functions/shared/domain/message.ts';
import { numberedMonth } from '../../../../../functions/shared/domain/month.ts';
import {
  type MonthOfSnapshots,
  NO_TOTALS,
  type PeerTotals,
} from '../../../../../functions/shared/domain/peer-totals.ts';
import {
  apiKeyItem,
  parseApiKeyItem,
  shareLinkItem,
} from '../../../../../functions/shared/store/items/api-key.ts';
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
  counterAttributes,
  dailyCounterItem,
  dirtyLane,
  parseDailyCounter,
  parseDayCounts,
  parseKeyedCounter,
} from '../../../../../functions/shared/store/items/daily-counter.ts';
import { hashSecretItem, parseHashSecret } from '../../../../../functions/shared/store/items/hash-secret.ts';
import {
  healthSettingsItem,
  parseHealthSettings,
} from '../../../../../functions/shared/store/items/health-settings.ts';
import {
  hasExpired,
  historyItem,
  isMessageAttribute,
  messageItem,
  parseMessageImage,
} from '../../../../../functions/shared/store/items/message.ts';
import { monthItem, parseMonth } from '../../../../../functions/shared/store/items/month-of-snapshots.ts';
import {
  notifiedPeerItem,
  parseNotifiedPeer,
} from '../../../../../functions/shared/store/items/notified-peer.ts';
import { Packer } from '../../../../../functions/shared/store/items/packed.ts';
import {
  directoryKey,
  parseDirectoryEntry,
} from '../../../../../functions/shared/store/items/peer-directory-entry.ts';
import { parseTotals, totalsItem } from '../../../../../functions/shared/store/items/peer-totals.ts';
import {
  parseSweepProgress,
  sweepProgressItem,
} from '../../../../../functions/shared/store/items/sweep-progress.ts';

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
const digests = fc.stringMatching(/^[0-9a-f]{32}$/);
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

const archives = fc
  .array(fc.array(fc.record({ from: instants, length: fc.nat(86_399_999) }), { minLength: 1, maxLength: 3 }))
  .map((steps) =>
    steps.reduce(
      (archive, spans) =>
        withArchived(
          archive,
          spans.map(({ from, length }) => ({ from, through: from + length })),
        ),
      NOTHING_ARCHIVED,
    ),
  );

const counters: fc.Arbitrary<DailyCounter> = fc.record(
  {
    peerId: identifiers,
    channelId: identifiers,
    day: days,
    messageCount: counts,
    conversationCount: counts,
    version: counts,
    channelNumber: counts,
    keepUntil: instants,
    sealedIn: counts,
    digest: digests,
    window: windows,
    archive: archives,
    archivedBefore: fc.array(
      fc.record({ from: instants, through: counts, number: counts }).map(({ from, through, number }) => ({
        ...{ from, through: from + through, number },
      })),
      { minLength: 1, maxLength: 24 },
    ),
    steady: fc.record({ from: counts, through: counts }).map(({ from, through }) => ({
      ...{ from, through: from + through },
    })),
    waitedMs: counts,
  },
  {
    requiredKeys: [
      'peerId',
      'channelId',
      'day',
      'messageCount',
      'conversationCount',
      'version',
      'channelNumber',
      'keepUntil',
      'archive',
    ],
  },
);

const counted = fc.record({ messageCount: counts, conversationCount: counts });
const channelNumbers = fc.integer({ min: 1, max: 500 });
const countsByChannel = fc.map(channelNumbers, counted, { maxKeys: 5 });
const daysOfNovember = fc
  .integer({ min: 1, max: 30 })
  .map((day) => `2026-11-${String(day).padStart(2, '0')}`);

const peerTotals: fc.Arbitrary<PeerTotals> = fc.record(
  {
    revision: counts,
    changedAt: instants,
    sealedThrough: days,
    completeThrough: days,
    channels: fc.map(
      channelNumbers,
      fc.record(
        { messageCount: counts, conversationCount: counts, lastMessageAt: instants, digest: digests },
        { requiredKeys: ['messageCount', 'conversationCount', 'lastMessageAt'] },
      ),
      { maxKeys: 5 },
    ),
    recent: fc.map(daysOfNovember, countsByChannel, { maxKeys: 3 }),
    months: fc.map(fc.integer({ min: 0, max: 119_999 }).map(numberedMonth), counts, { maxKeys: 5 }),
  },
  { requiredKeys: ['revision', 'changedAt', 'channels', 'recent', 'months'] },
);

const monthsOfSnapshots: fc.Arbitrary<MonthOfSnapshots> = fc.record({
  month: fc.constant('2026-11'),
  revision: counts,
  digests: fc.map(channelNumbers, digests, { maxKeys: 5 }),
  days: fc.map(
    daysOfNovember,
    fc.record({
      channels: countsByChannel,
      // To the second.
      changedAt: fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => seconds * 1000),
      revision: counts,
    }),
  ),
});

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

  test('a message of the history', () => {
    const marks = fc.record({ until: fc.integer({ min: 0, max: 2 ** 48 }), code: fc.string() });
    fc.assert(
      fc.property(messages, marks, (message, mark) => {
        const image = imageOf(historyItem(message, mark, 400));
        expect(parseMessageImage(image)).toEqual({ kind: 'message', message, mark });
        expect(isMessageAttribute('historyMark')).toBe(true);
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

  test('a share link, which reads the figures of one peer whatever is stored', () => {
    const links = fc.record(
      {
        keyId: fc.stringMatching(/^link[0-9a-f]{16}$/),
        secretHash: bytes,
        scopes: fc.array(fc.constant('stats:read'), { minLength: 1, maxLength: 1 }),
        peers: fc.tuple(text),
        label: text,
        createdAt: instants,
        expiresAtInstant: instants,
        revokedAt: instants,
      },
      { requiredKeys: ['keyId', 'secretHash', 'scopes', 'peers', 'createdAt', 'expiresAtInstant'] },
    );
    fc.assert(
      fc.property(links, (link) => {
        const item = shareLinkItem(link);
        expect(parseApiKeyItem(item)).toEqual(link);
        const changed = { ...item, scopes: ['channels:write'], peers: 'all' };
        expect(parseApiKeyItem(changed)).toEqual(link);
      }),
      RUNS,
    );
  });

  test('no other API key takes the place of a share link', () => {
    const key = { keyId: 'link0123456789abcdef', secretHash: Uint8Array.of(1), scopes: [], createdAt: 0 };
    expect(() => apiKeyItem({ ...key, peers: 'all' })).toThrow('a share link is no key that tools make');
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
    const given = { inactiveAfterDays: 7, leastMedian: 3, alerts: false };
    expect(parseHealthSettings(healthSettingsItem('p', given))).toEqual(given);
  });

  test('what people were told of a peer, whatever its channels are called', () => {
    const openFinding = fc.record({
      code: fc.constantFrom('traffic_drop', 'inactive_channel', 'new_channel'),
      channelId: fc.oneof(identifiers, fc.constantFrom('__proto__', 'constructor')),
      severity: fc.constantFrom('warning', 'info'),
      sequence: counts,
      since: fc.constantFrom('2026-11-21', '2026-11-22'),
    });
    fc.assert(
      fc.property(fc.array(openFinding, { maxLength: 8 }), counts, (openFindings, sequence) => {
        const told = {
          version: 1,
          sequence,
          openFindings,
          judgedDay: '2026-11-22',
          reportedMonth: '2026-10',
        };
        const read = parseNotifiedPeer(notifiedPeerItem('p', told));
        // Those of a channel come together.
        const ordered = Map.groupBy(openFindings, ({ channelId }) => channelId);
        expect(read).toEqual({ ...told, openFindings: [...ordered.values()].flat() });
      }),
      RUNS,
    );
  });

  test('what people were told of the largest peer, within what an item may have', () => {
    const channels = Array.from({ length: MAX_CHANNELS_PER_PEER }, (_, number) =>
      `${number}`.padStart(256, 'c'),
    );
    const openFindings = channels.flatMap((channelId) =>
      ALL_FINDINGS.map(({ code }): OpenFinding => {
        return { channelId, code, severity: 'warning', sequence: 999_999_999_999, since: '2026-11-22' };
      }),
    );
    const told = { version: 1e12, sequence: 1e12, openFindings, judgedDay: '2026-11-22' };
    const image = JSON.stringify(notifiedPeerItem('p'.repeat(256), told));
    // As JSON it is longer than as DynamoDB counts it: three bytes for a list and one for each of its elements.
    expect(image.length).toBeLessThan(400 * 1024);
  });

  test('how far a sweep has come', () => {
    const progress = { period: '2026-11-22', after: 'p#%', isThrough: false, again: ['q'] };
    expect(parseSweepProgress(sweepProgressItem('alerts', 3, progress))).toEqual(progress);
  });

  test('a peer in the directory', () => {
    fc.assert(
      fc.property(identifiers, (peerId) => {
        expect(parseDirectoryEntry(directoryKey(peerId))).toMatchObject({ peerId, lastActiveDay: null });
      }),
      RUNS,
    );
  });

  test('a daily counter, and of it the counts that readers see', () => {
    fc.assert(
      fc.property(counters, (counter) => {
        const { peerId, channelId, day, channelNumber, messageCount, conversationCount } = counter;
        const item = dailyCounterItem(counter);
        expect(parseDailyCounter({ peerId, channelId, day }, item)).toEqual(counter);
        expect(parseKeyedCounter(item)).toEqual(counter);
        const instant = Math.max(latestOf(counter.archive) ?? -1, counter.window?.through ?? -1);
        expect(parseDayCounts(item)).toEqual({
          ...{ channelId, channelNumber, day, messageCount, conversationCount },
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
        const { fingerprints } = window;
        expect(parseArchivedWindow(archivedWindowItem(key, archived))).toEqual({ fingerprints });
      }),
      RUNS,
    );
  });

  test('a channel', () => {
    const channels: fc.Arbitrary<Channel> = fc.record(
      {
        channelId: identifiers,
        number: counts,
        status: fc.constantFrom('enabled', 'disabled', 'removed'),
        registeredAt: instants,
        registryName: text,
        registryGalleryKey: text,
        messageName: text,
        messageGalleryKey: text,
      },
      { requiredKeys: ['channelId', 'number', 'status', 'registeredAt'] },
    );
    fc.assert(
      fc.property(identifiers, channels, (peerId, channel) => {
        expect(parseChannel(channelItem(peerId, channel))).toEqual(channel);
      }),
      RUNS,
    );
  });

  test('the totals of a peer', () => {
    fc.assert(
      fc.property(identifiers, peerTotals, (peerId, totals) => {
        expect(parseTotals(totalsItem(peerId, totals))).toEqual(totals);
      }),
      RUNS,
    );
  });

  test('a month of snapshots', () => {
    fc.assert(
      fc.property(identifiers, monthsOfSnapshots, (peerId, month) => {
        expect(parseMonth(monthItem(peerId, month))).toEqual(month);
      }),
      RUNS,
    );
  });
});

describe('a daily counter’s item', () => {
  const counter: DailyCounter = {
    ...{ peerId: 'p', channelId: 'c', day: '2026-11-22', channelNumber: 1, messageCount: 1 },
    ...{ conversationCount: 1, version: 1, keepUntil: 1_500, archive: NOTHING_ARCHIVED },
  };

  test('is on the list of dirty days until it is sealed, and has an expiry from then on', () => {
    expect(dailyCounterItem(counter)).toMatchObject({ dirtyLane: dirtyLane('p') });
    expect(dailyCounterItem(counter)).not.toHaveProperty('expiresAt');
    expect(dailyCounterItem({ ...counter, sealedIn: 4 })).toMatchObject({ expiresAt: 2 });
    expect(dailyCounterItem({ ...counter, sealedIn: 4 })).not.toHaveProperty('dirtyLane');
  });

  test('has no attribute that a change of it would not take away', () => {
    fc.assert(
      fc.property(counters, (any) => {
        const { pk, sk, ...attributes } = dailyCounterItem(any);
        expect(counterAttributes()).toEqual(expect.arrayContaining(Object.keys(attributes)));
      }),
      RUNS,
    );
  });
});

describe('of a peer with 500 channels that are used on every day of a month', () => {
  const days = Array.from({ length: 31 }, (_, index) => `2026-12-${String(index + 1).padStart(2, '0')}`);
  const channels = Array.from({ length: 500 }, (_, index) => index + 1);
  const perDay = new Map(
    channels.map((number) => [number, { messageCount: 16_000, conversationCount: 9_000 }]),
  );
  const lastMessageAt = Date.parse('2026-12-31T23:59:59.999Z');

  function bytesOf(packed: unknown): number {
    return z.instanceof(Uint8Array).parse(packed).length;
  }

  test('a month stays far below the 400 KB of an item', () => {
    const changedAt = Date.parse('2027-01-01T00:05:00.000Z');
    const digests = new Map(channels.map((number) => [number, 'f'.repeat(32)]));
    const month = new Map(days.map((day) => [day, { channels: perDay, changedAt, revision: 100_000 }]));
    const item = monthItem('p', { month: '2026-12', revision: 1, days: month, digests });
    // Of each day: when it changed, and in which revision. Of each channel: its number, a bit a day, and 31 times two
    // figures of two bytes.
    expect(bytesOf(item['snapshots'])).toBe(65_256);
    // Of each channel its number, and 16 bytes.
    expect(bytesOf(item['digests'])).toBe(8_503);
  });

  test('the totals stay far below it as well, with a day that is not complete and a century of months', () => {
    const item = totalsItem('p', {
      ...{ revision: 100_000, changedAt: lastMessageAt, sealedThrough: '2026-12-31' },
      channels: new Map(
        channels.map((number) => [
          number,
          { messageCount: 16_000_000, conversationCount: 9_000_000, lastMessageAt, digest: 'f'.repeat(32) },
        ]),
      ),
      recent: new Map([['2026-12-31', perDay]]),
      months: new Map(Array.from({ length: 1_200 }, (_, index) => [numberedMonth(24_000 + index), 100_000])),
    });
    const sizes = ['channels', 'digests', 'recent', 'months'].map((name) => bytesOf(item[name]));
    expect(sizes).toEqual([7_503, 8_503, 2_507, 4_805]);
  });
});

describe('packed figures', () => {
  const totals = totalsItem('p', { ...NO_TOTALS, revision: 1 });
  const month = monthItem('p', { month: '2026-11', revision: 1, days: new Map(), digests: new Map() });
  const read: [string, string, (bytes: unknown) => unknown][] = [
    [
      'channels',
      'totals of a peer at "PEER#p USAGE#TOTALS"',
      (channels) => parseTotals({ ...totals, channels }),
    ],
    ['recent', 'totals of a peer at "PEER#p USAGE#TOTALS"', (recent) => parseTotals({ ...totals, recent })],
    ['months', 'totals of a peer at "PEER#p USAGE#TOTALS"', (months) => parseTotals({ ...totals, months })],
    [
      'snapshots',
      'month of snapshots at "PEER#p MONTH#2026-11"',
      (snapshots) => parseMonth({ ...month, snapshots }),
    ],
  ];
  const wrong: [string, unknown][] = [
    ['of another version’s format', Uint8Array.from([2, 0, 0])],
    ['that are empty', new Uint8Array()],
    ['that end within a figure', Uint8Array.from([1, 0x81])],
    ['that end before their last figure', Uint8Array.from([1, 1])],
    ['that go on behind their last figure', Uint8Array.from([1, 0, 0, 0])],
    ['of a figure that is too large', Uint8Array.from([1, ...Array.from({ length: 9 }, () => 0xff), 1])],
    ['that are a text', 'personal-value'],
    ['that are missing', undefined],
  ];

  test.each(
    read.flatMap(([name, where, parse]) => wrong.map(([how, bytes]) => ({ name, where, how, parse, bytes }))),
  )('$how are refused, by the name of the item: $name', ({ name, where, parse, bytes }) => {
    expect(() => parse(bytes)).toThrow(MalformedItemError);
    expect(() => parse(bytes)).toThrow(`stored ${where} is malformed (${name}: `);
    expect(() => parse(bytes)).not.toThrow(/personal-value/);
  });

  test.each([
    ['a day that the month has not', 2 ** 31, [], 'must hold no day that its month has not'],
    ['day 45', 2 ** 45, [], 'must hold no day that its month has not'],
    ['day 0', 1, [], 'must hold no day that its month has not'],
    [
      'counts of a day that never changed',
      2,
      [[7, 4, 9, 1]],
      'has counts of channel 7 on day 2, which never changed',
    ],
  ])('of a month with %s are refused, by the name of the item', (_what, days, channels, problem) => {
    const packer = new Packer().write(1).write(days).write(1).write(1).write(channels.length);
    for (const figure of channels.flat()) packer.write(figure);
    const bytes = packer.bytes();
    expect(() => parseMonth({ ...month, snapshots: bytes })).toThrow(
      new MalformedItemError(
        `stored month of snapshots at "PEER#p MONTH#2026-11" is malformed (snapshots: ${problem})`,
      ),
    );
  });

  test('of totals with a day that does not exist are refused', () => {
    expect(() => parseTotals({ ...totals, completeThrough: '2026-11-31' })).toThrow(
      'completeThrough: must be a day that exists',
    );
  });

  test('are refused whatever else is in place of them, or are read whole', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        for (const [, , parse] of read) {
          try {
            parse(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(MalformedItemError);
          }
        }
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
