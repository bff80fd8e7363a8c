import { describe, expect, test } from 'vitest';
import {
  closeLedger,
  countInto,
  type DayLedger,
  type LedgerEntry,
  type LedgerRules,
  lastMessageAt,
  mayBeFiled,
  newLedger,
} from '../../functions/domain/day-ledger.ts';

const NOW = Date.parse('2026-11-22T10:00:00.000Z');
const RULES: LedgerRules = { pageCapacity: 3, messageRetentionDays: 400 };
const KEY = { peerId: 'p', channelId: 'c', day: '2026-11-22' };

function entry(fingerprint: string, sentAt: number, startsConversation = false): LedgerEntry {
  return { fingerprint, sentAt, startsConversation };
}

/** An open ledger with one message. */
function openLedger(changes: Partial<DayLedger> = {}): DayLedger {
  return {
    ...KEY,
    messageCount: 1,
    conversationCount: 1,
    version: 1,
    closed: false,
    filedPages: 0,
    page: { fingerprints: ['a'], from: NOW - 10, through: NOW - 10 },
    ...changes,
  };
}

describe('counting', () => {
  test('the first message of a day creates its ledger and opens the day', () => {
    expect(countInto(newLedger(KEY), [entry('a', NOW - 10, true)], NOW, RULES)).toEqual({
      ledger: openLedger(),
      channel: { openDay: 'add' },
    });
  });

  test('further messages change the ledger alone', () => {
    expect(countInto(openLedger(), [entry('b', NOW - 20), entry('c', NOW, true)], NOW, RULES)).toEqual({
      ledger: openLedger({
        messageCount: 3,
        conversationCount: 2,
        version: 2,
        page: { fingerprints: ['a', 'b', 'c'], from: NOW - 20, through: NOW },
      }),
    });
  });

  test('a page that would be too full is filed, whole, and the next one begins empty', () => {
    const ledger = openLedger({ filedPages: 4, filedThrough: NOW + 5 });
    const { page: _, ...emptied } = ledger;
    const entries = [entry('b', NOW - 20), entry('c', NOW), entry('d', NOW - 5)];
    expect(countInto(ledger, entries, NOW, RULES)).toEqual({
      ledger: { ...emptied, messageCount: 4, version: 2, filedPages: 5, filedThrough: NOW + 5 },
      filed: {
        fingerprints: ['a', 'b', 'c', 'd'],
        from: NOW - 20,
        through: NOW,
        number: 4,
        expiresAt: NOW + 445 * 86_400_000,
      },
    });
  });

  test('the proof of a message that comes late is kept until 45 days after it was counted at least', () => {
    const sentAt = NOW - 400 * 86_400_000;
    const entries = ['a', 'b', 'c', 'd'].map((fingerprint) => entry(fingerprint, sentAt));
    const change = countInto(newLedger({ ...KEY, day: '2025-10-18' }), entries, NOW, RULES);
    expect(change.filed?.expiresAt).toBe(NOW + 45 * 86_400_000);
  });

  test('a message for a closed day joins the totals at once', () => {
    const ledger = openLedger({ closed: true });
    expect(countInto(ledger, [entry('b', NOW, true)], NOW, RULES).channel).toEqual({
      addToTotals: { messageCount: 1, conversationCount: 1 },
    });
  });

  test.each([
    { day: '2026-11-20', created: 'closed' },
    { day: '2026-11-21', created: 'open' },
    { day: '2026-11-22', created: 'open' },
    { day: '2026-11-23', created: 'open' },
  ])('on 2026-11-22 a ledger for $day is created $created', ({ day, created }) => {
    const change = countInto(newLedger({ ...KEY, day }), [entry('a', NOW)], NOW, RULES);
    expect(change.ledger.closed).toBe(created === 'closed');
    expect(change.channel).toEqual(
      created === 'closed' ? { addToTotals: { messageCount: 1, conversationCount: 0 } } : { openDay: 'add' },
    );
  });
});

describe('closing', () => {
  test('moves the counts to the totals and files the page', () => {
    const { page, ...emptied } = openLedger();
    expect(closeLedger(openLedger(), NOW, RULES)).toEqual({
      ledger: { ...emptied, version: 2, closed: true, filedPages: 1, filedThrough: NOW - 10 },
      filed: { ...page, number: 0, expiresAt: NOW - 10 + 445 * 86_400_000 },
      channel: { openDay: 'remove', addToTotals: { messageCount: 1, conversationCount: 1 } },
    });
  });

  test('files nothing where the page was filed just before', () => {
    const { page: _, ...emptied } = openLedger({ filedPages: 1, filedThrough: NOW });
    expect(closeLedger(emptied, NOW, RULES).filed).toBeUndefined();
  });
});

describe('looking for a message', () => {
  test('in filed pages is needed up to the latest time that they hold, included', () => {
    const ledger = openLedger({ filedPages: 1, filedThrough: NOW });
    expect([NOW - 1, NOW, NOW + 1].map((sentAt) => mayBeFiled(ledger, sentAt))).toEqual([true, true, false]);
  });

  test('is not needed where nothing was filed', () => {
    expect(mayBeFiled(openLedger(), NOW)).toBe(false);
  });
});

test('the last message is the latest on the page or in a filed one', () => {
  const { page: _, ...withoutPage } = openLedger({ filedPages: 1, filedThrough: 5 });
  expect(lastMessageAt(openLedger({ filedPages: 1, filedThrough: NOW }))).toBe(NOW);
  expect(lastMessageAt(openLedger({ filedPages: 1, filedThrough: 5 }))).toBe(NOW - 10);
  expect(lastMessageAt(withoutPage)).toBe(5);
  expect(lastMessageAt(newLedger(KEY))).toBeUndefined();
});
