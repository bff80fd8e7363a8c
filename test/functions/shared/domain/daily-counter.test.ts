import { describe, expect, test } from 'vitest';
import {
  type CounterEntry,
  type CounterRules,
  countInto,
  type DailyCounter,
  lastMessageAt,
  mayBeArchived,
  newDailyCounter,
  rollUp,
} from '../../../../functions/shared/domain/daily-counter.ts';

const NOW = Date.parse('2026-11-22T10:00:00.000Z');
const RULES: CounterRules = { windowCapacity: 3, messageRetentionDays: 400 };
const KEY = { peerId: 'p', channelId: 'c', day: '2026-11-22' };

function entry(fingerprint: string, sentAt: number, startsConversation = false): CounterEntry {
  return { fingerprint, sentAt, adds: { messageCount: 1, conversationCount: startsConversation ? 1 : 0 } };
}

/** An open counter with one message. */
function openCounter(changes: Partial<DailyCounter> = {}): DailyCounter {
  return {
    ...KEY,
    messageCount: 1,
    conversationCount: 1,
    version: 1,
    rolledUp: false,
    archivedWindows: 0,
    window: { fingerprints: ['a'], from: NOW - 10, through: NOW - 10 },
    ...changes,
  };
}

describe('counting', () => {
  test('the first message of a day creates its counter and opens the day', () => {
    expect(countInto(newDailyCounter(KEY), [entry('a', NOW - 10, true)], NOW, RULES)).toEqual({
      counter: openCounter(),
      isFirst: true,
      channel: { openDay: 'add' },
    });
  });

  test('further messages change the counter alone', () => {
    expect(countInto(openCounter(), [entry('b', NOW - 20), entry('c', NOW, true)], NOW, RULES)).toEqual({
      counter: openCounter({
        messageCount: 3,
        conversationCount: 2,
        version: 2,
        window: { fingerprints: ['a', 'b', 'c'], from: NOW - 20, through: NOW },
      }),
    });
  });

  test('a window that would be too full is archived, whole, and the next one begins empty', () => {
    const counter = openCounter({
      archivedWindows: 4,
      archivedThrough: NOW + 5,
      lastArchivedThrough: NOW - 3,
    });
    const { window: _, ...emptied } = counter;
    const entries = [entry('b', NOW - 20), entry('c', NOW), entry('d', NOW - 5)];
    expect(countInto(counter, entries, NOW, RULES)).toEqual({
      counter: {
        ...emptied,
        messageCount: 4,
        version: 2,
        archivedWindows: 5,
        archivedThrough: NOW + 5,
        lastArchivedThrough: NOW,
      },
      archived: {
        fingerprints: ['a', 'b', 'c', 'd'],
        from: NOW - 20,
        through: NOW,
        number: 4,
        previousThrough: NOW - 3,
        expiresAt: NOW + 445 * 86_400_000,
      },
    });
  });

  test('the proof of a message that comes late is kept until 45 days after it was counted at least', () => {
    const sentAt = NOW - 400 * 86_400_000;
    const entries = ['a', 'b', 'c', 'd'].map((fingerprint) => entry(fingerprint, sentAt));
    const change = countInto(newDailyCounter({ ...KEY, day: '2025-10-18' }), entries, NOW, RULES);
    expect(change.archived?.expiresAt).toBe(NOW + 45 * 86_400_000);
  });

  test('a message for a rolled-up day joins the totals at once', () => {
    const counter = openCounter({ rolledUp: true });
    expect(countInto(counter, [entry('b', NOW, true)], NOW, RULES).channel).toEqual({
      addToTotals: { messageCount: 1, conversationCount: 1 },
    });
  });

  test.each([
    { day: '2026-11-20', created: 'rolled up' },
    { day: '2026-11-21', created: 'open' },
    { day: '2026-11-22', created: 'open' },
    { day: '2026-11-23', created: 'open' },
  ])('on 2026-11-22 a counter for $day is created $created', ({ day, created }) => {
    const change = countInto(newDailyCounter({ ...KEY, day }), [entry('a', NOW)], NOW, RULES);
    expect(change.counter.rolledUp).toBe(created === 'rolled up');
    expect(change.channel).toEqual(
      created === 'rolled up'
        ? { addToTotals: { messageCount: 1, conversationCount: 0 } }
        : { openDay: 'add' },
    );
  });
});

describe('roll-up', () => {
  test('adds the counts to the totals and archives the window', () => {
    const { window, ...emptied } = openCounter();
    expect(rollUp(openCounter(), NOW, RULES)).toEqual({
      counter: {
        ...emptied,
        version: 2,
        rolledUp: true,
        archivedWindows: 1,
        archivedThrough: NOW - 10,
        lastArchivedThrough: NOW - 10,
      },
      archived: { ...window, number: 0, expiresAt: NOW - 10 + 445 * 86_400_000 },
      channel: { openDay: 'remove', addToTotals: { messageCount: 1, conversationCount: 1 } },
    });
  });

  test('archives nothing where the window was archived just before', () => {
    const { window: _, ...emptied } = openCounter({ archivedWindows: 1, archivedThrough: NOW });
    expect(rollUp(emptied, NOW, RULES).archived).toBeUndefined();
  });
});

describe('looking for a message', () => {
  test('in archived windows is needed up to the latest time that they hold, included', () => {
    const counter = openCounter({ archivedWindows: 1, archivedThrough: NOW });
    expect([NOW - 1, NOW, NOW + 1].map((sentAt) => mayBeArchived(counter, sentAt))).toEqual([
      true,
      true,
      false,
    ]);
  });

  test('is not needed where nothing was archived', () => {
    expect(mayBeArchived(openCounter(), NOW)).toBe(false);
  });
});

test('the last message is the latest in the window or in an archived one', () => {
  const { window: _, ...withoutWindow } = openCounter({ archivedWindows: 1, archivedThrough: 5 });
  expect(lastMessageAt(openCounter({ archivedWindows: 1, archivedThrough: NOW }))).toBe(NOW);
  expect(lastMessageAt(openCounter({ archivedWindows: 1, archivedThrough: 5 }))).toBe(NOW - 10);
  expect(lastMessageAt(withoutWindow)).toBe(5);
  expect(lastMessageAt(newDailyCounter(KEY))).toBeUndefined();
});
