import { describe, expect, test } from 'vitest';
import { type Archive, NOTHING_ARCHIVED, withArchived } from '../../../../functions/shared/domain/archive.ts';
import {
  type CounterEntry,
  type CounterRules,
  countInto,
  type DailyCounter,
  fenced,
  isClosed,
  isOnlyCountedSince,
  lastMessageAt,
  mayBeArchived,
  mayHaveExpired,
  newDailyCounter,
  outlivesEvidence,
  sealing,
} from '../../../../functions/shared/domain/daily-counter.ts';
import { addDays, DAY_MS, dayOf, startOf } from '../../../../functions/shared/domain/utc-day.ts';

const NOW = Date.parse('2026-11-22T10:00:00.000Z');
const RULES: CounterRules = {
  ...{ windowCapacity: 3, fingerprintsPerWindow: 4, windowsTogether: 12 },
  counterRetentionDays: 460,
};
const PLACE = { peerId: 'p', channelId: 'c', channelNumber: 7, day: '2026-11-22' };
const KEEP_UNTIL = startOf('2026-11-22') + 460 * DAY_MS;

function digestOf(fingerprint: string): string {
  return fingerprint.padStart(32, '0');
}

function entry(fingerprint: string, sentAt: number, startsConversation = false): CounterEntry {
  const digest = digestOf(fingerprint);
  return {
    fingerprint,
    digest,
    sentAt,
    adds: { messageCount: 1, conversationCount: startsConversation ? 1 : 0 },
  };
}

/** A counter with one message. */
function storedCounter(changes: Partial<DailyCounter> = {}): DailyCounter {
  return {
    ...PLACE,
    messageCount: 1,
    conversationCount: 1,
    version: 1,
    keepUntil: KEEP_UNTIL,
    archive: NOTHING_ARCHIVED,
    window: { fingerprints: ['a'], from: NOW - 10, through: NOW - 10 },
    ...changes,
  };
}

/** The archive of a counter with one window. */
function archivedThrough(through: number): Archive {
  return withArchived(NOTHING_ARCHIVED, [{ from: through, through }]);
}

describe('counting', () => {
  test('the first message of a day creates its counter', () => {
    expect(countInto(newDailyCounter(PLACE), [entry('a', NOW - 10, true)], NOW, RULES)).toEqual({
      counter: storedCounter({ digest: digestOf('a'), unconfirmed: true, steady: { from: 0, through: 1 } }),
      isFirst: true,
    });
  });

  test('the first message of a counter that was stored without any is the first all the same', () => {
    const { counter: empty } = fenced(newDailyCounter(PLACE), NOW, RULES);
    expect(countInto(empty, [entry('a', NOW - 10, true)], NOW + DAY_MS, RULES)).toEqual({
      counter: storedCounter({
        version: 2,
        digest: digestOf('a'),
        unconfirmed: true,
        steady: { from: 1, through: 2 },
      }),
      isFirst: true,
    });
  });

  test('further messages change counts, window and version alone, and are called counting', () => {
    const counter = storedCounter({ sealedIn: 4 });
    expect(countInto(counter, [entry('b', NOW - 20), entry('c', NOW, true)], NOW, RULES)).toEqual({
      counter: {
        ...counter,
        messageCount: 3,
        conversationCount: 2,
        version: 2,
        steady: { from: 1, through: 2 },
        window: { fingerprints: ['a', 'b', 'c'], from: NOW - 20, through: NOW },
      },
    });
  });

  test('a window that would be too full is archived, whole, for as long as its counter', () => {
    const archive = withArchived(NOTHING_ARCHIVED, [{ from: NOW - 40, through: NOW - 3 }]);
    const counter = storedCounter({ archive });
    const { window: _, ...emptied } = counter;
    const entries = [entry('b', NOW - 20), entry('c', NOW), entry('d', NOW - 5)];
    expect(countInto(counter, entries, NOW, RULES)).toEqual({
      counter: {
        ...emptied,
        messageCount: 4,
        version: 2,
        steady: { from: 1, through: 2 },
        archive: withArchived(archive, [{ from: NOW - 20, through: NOW }]),
      },
      archived: [
        {
          fingerprints: ['a', 'b', 'c', 'd'],
          from: NOW - 20,
          through: NOW,
          number: 1,
          expiresAt: KEEP_UNTIL,
        },
      ],
      archiveBefore: archive,
    });
  });

  test('of more messages than one window takes, all are archived, in the order of time', () => {
    const counter = storedCounter();
    const entries = ['b', 'c', 'd', 'e', 'f'].map((name, index) => entry(name, NOW - 10 * index));
    const { archived = [], counter: after } = countInto(counter, entries, NOW, RULES);
    expect(
      archived.map(({ number, fingerprints, from, through }) => [number, fingerprints, from, through]),
    ).toEqual([
      [0, ['a'], NOW - 10, NOW - 10],
      [1, ['f', 'e', 'd', 'c'], NOW - 40, NOW - 10],
      [2, ['b'], NOW, NOW],
    ]);
    expect(after.archive.last.map(({ number }) => number)).toEqual([0, 1, 2]);
    expect(after.window).toBeUndefined();
  });
});

describe('where others wait', () => {
  const entries = ['b', 'c', 'd', 'e'].map((name) => entry(name, NOW));

  test('a window is archived only once it is as full as an archived one may be', () => {
    const waited = countInto(storedCounter(), entries.slice(0, 3), NOW, RULES, 100);
    expect(waited.counter).toMatchObject({ waitedMs: 25, window: { fingerprints: ['a', 'b', 'c', 'd'] } });
    const full = countInto(waited.counter, [entry('f', NOW)], NOW, RULES);
    expect(full.archived?.map(({ fingerprints }) => fingerprints)).toEqual([['a', 'b', 'c', 'd'], ['f']]);
  });

  test('a counter names windows that were archived before the last ones; else it does not', () => {
    let counter = storedCounter();
    for (let step = 0; step < 30; step += 1) {
      counter = countInto(counter, entries, NOW, RULES, 100).counter;
    }
    const { archive, archivedBefore = [] } = counter;
    const numbers = [...archivedBefore, ...archive.last].map(({ number }) => number);
    expect(numbers).toHaveLength(24 + archive.last.length);
    expect(numbers).toEqual(numbers.map((_, index) => archive.windows - numbers.length + index));
    const { waitedMs: _, ...calm } = counter;
    expect(countInto(calm, entries, NOW, RULES).counter).not.toHaveProperty('archivedBefore');
  });
});

describe('nothing but counting has changed a counter', () => {
  const counted = (counter: DailyCounter, name: string) =>
    countInto(counter, [entry(name, NOW)], NOW, { ...RULES, windowCapacity: 90 }).counter;
  const read = storedCounter();
  const twice = counted(counted(read, 'b'), 'c');

  test('where others have counted, since whichever of their steps', () => {
    expect(isOnlyCountedSince(read, twice)).toBe(true);
    expect(isOnlyCountedSince(counted(read, 'b'), twice)).toBe(true);
    expect(isOnlyCountedSince(read, read)).toBe(true);
  });

  test('since the last other change, and not before it', () => {
    const { counter: other } = fenced(twice, NOW, RULES);
    expect(isOnlyCountedSince(read, other)).toBe(false);
    const after = counted(other, 'd');
    expect(isOnlyCountedSince(twice, after)).toBe(false);
    expect(isOnlyCountedSince(other, counted(after, 'e'))).toBe(true);
  });

  test('not where somebody has changed it who knows nothing of this', () => {
    const later = { ...twice, version: twice.version + 1 };
    expect(isOnlyCountedSince(read, later)).toBe(false);
    expect(isOnlyCountedSince(twice, counted(later, 'd'))).toBe(false);
  });

  test('not where it is sealed, of another channel, or of one that may be gone', () => {
    expect(isOnlyCountedSince(read, { ...twice, sealedIn: 3 })).toBe(false);
    expect(isOnlyCountedSince(read, { ...twice, channelNumber: 8 })).toBe(false);
    expect(isOnlyCountedSince(read, { ...twice, unconfirmed: true })).toBe(false);
  });
});

describe('a counter is kept', () => {
  const keepUntil = (day: string, rules = RULES) =>
    countInto(newDailyCounter({ ...PLACE, day }), [entry('a', startOf(day))], NOW, rules).counter.keepUntil;

  test('for the retention of counters behind the beginning of its day', () => {
    expect(keepUntil('2026-11-22')).toBe(KEEP_UNTIL);
    expect(keepUntil('2026-01-01')).toBe(startOf('2026-01-01') + 460 * DAY_MS);
  });

  test('for 90 days at least after it was stored, however old its day is', () => {
    const until = NOW + 90 * DAY_MS;
    expect(keepUntil('2025-01-01')).toBe(until);
    expect(keepUntil(addDays(dayOf(until), -460))).toBe(until);
    expect(keepUntil(addDays(dayOf(until), -459))).toBe(startOf(dayOf(until)) + DAY_MS);
  });

  test('as long as it was to be kept when it was stored, whatever the retention becomes', () => {
    const change = countInto(storedCounter(), [entry('b', NOW)], NOW + 400 * DAY_MS, {
      ...RULES,
      counterRetentionDays: 4_000,
    });
    expect(change.counter.keepUntil).toBe(KEEP_UNTIL);
    expect(fenced(storedCounter(), NOW, { ...RULES, counterRetentionDays: 1 }).counter.keepUntil).toBe(
      KEEP_UNTIL,
    );
  });

  test('open until 45 days before it may go, so that the proof of every message stays for so long', () => {
    const counter = storedCounter();
    const last = KEEP_UNTIL - 45 * DAY_MS;
    expect([last, last + 1].map((now) => isClosed(counter, now))).toEqual([false, true]);
    expect(isClosed(newDailyCounter(PLACE), last + 1)).toBe(false);
    expect([last + 45 * DAY_MS - 1, last + 45 * DAY_MS].map((now) => outlivesEvidence(last, now))).toEqual([
      false,
      true,
    ]);
  });

  test('open for 45 days at least after it was stored for a day long past', () => {
    const late = countInto(newDailyCounter({ ...PLACE, day: '2025-01-01' }), [entry('a', 1)], NOW, RULES);
    expect([45 * DAY_MS, 45 * DAY_MS + 1].map((later) => isClosed(late.counter, NOW + later))).toEqual([
      false,
      true,
    ]);
  });

  test('for 371 days behind its day, whatever the retention was', () => {
    const end = startOf('2026-11-22') + 371 * DAY_MS;
    expect([end - 1, end].map((now) => mayHaveExpired('2026-11-22', now))).toEqual([false, true]);
  });
});

describe('giving a counter another version', () => {
  test('changes nothing else', () => {
    expect(fenced(storedCounter({ sealedIn: 3 }), NOW, RULES)).toEqual({
      counter: storedCounter({ sealedIn: 3, version: 2 }),
    });
  });

  test('stores one that was not stored, without a message', () => {
    expect(fenced(newDailyCounter(PLACE), NOW, RULES)).toEqual({
      counter: { ...newDailyCounter(PLACE), version: 1, keepUntil: KEEP_UNTIL, unconfirmed: true },
    });
  });
});

describe('sealing', () => {
  test('adds all of a counter that was not sealed', () => {
    expect(sealing(storedCounter())).toEqual({
      counter: storedCounter({ version: 2 }),
      addToTotals: { messageCount: 1, conversationCount: 1 },
    });
  });

  test('adds with the first late message of a day what was not sealed of it', () => {
    const before = storedCounter();
    const change = countInto(before, [entry('b', NOW)], NOW, RULES);
    expect(sealing(before, change)).toEqual({
      ...change,
      addToTotals: { messageCount: 2, conversationCount: 1 },
    });
  });

  test('adds of a counter that is sealed no more than the step does', () => {
    const before = storedCounter({ sealedIn: 3 });
    const change = countInto(before, [entry('b', NOW)], NOW, RULES);
    expect(sealing(before, change).addToTotals).toEqual({ messageCount: 1, conversationCount: 0 });
  });

  test('keeps the window, and archives what the step archives', () => {
    const before = storedCounter();
    const entries = ['b', 'c', 'd'].map((fingerprint) => entry(fingerprint, NOW));
    expect(sealing(before).counter.window).toEqual(before.window);
    expect(sealing(before, countInto(before, entries, NOW, RULES)).archived).toMatchObject([{ number: 0 }]);
  });
});

describe('looking for a message', () => {
  test('in archived windows is needed up to the latest time that they hold, included', () => {
    const counter = storedCounter({ archive: archivedThrough(NOW) });
    expect([NOW - 1, NOW, NOW + 1].map((sentAt) => mayBeArchived(counter, sentAt))).toEqual([
      true,
      true,
      false,
    ]);
  });

  test('is not needed where nothing was archived', () => {
    expect(mayBeArchived(storedCounter(), NOW)).toBe(false);
  });
});

test('the last message is the latest in the window or in an archived one', () => {
  const { window: _, ...withoutWindow } = storedCounter({ archive: archivedThrough(5) });
  expect(lastMessageAt(storedCounter({ archive: archivedThrough(NOW) }))).toBe(NOW);
  expect(lastMessageAt(storedCounter({ archive: archivedThrough(5) }))).toBe(NOW - 10);
  expect(lastMessageAt(withoutWindow)).toBe(5);
  expect(lastMessageAt(newDailyCounter(PLACE))).toBeUndefined();
});
