import { describe, expect, test } from 'vitest';
import {
  compareWithEvidence,
  compareWithMarkers,
  compareWithSnapshot,
  mayComeAgain,
  mendedCounts,
  needsProof,
} from '../../../../../functions/shared/domain/audit/counter-agreement.ts';
import type { SealableCounter } from '../../../../../functions/shared/domain/daily-counter.ts';
import type { MonthOfSnapshots, PeerTotals } from '../../../../../functions/shared/domain/peer-totals.ts';
import { addDays, DAY_MS, startOf } from '../../../../../functions/shared/domain/utc-day.ts';

const DAY = '2026-11-20';
const NOW = startOf('2026-11-22');
const PLACE = { peerId: 'p', channelId: 'slack', channelNumber: 1, day: DAY };

function counter(changes: Partial<SealableCounter> = {}): SealableCounter {
  const stored = { version: 3, keepUntil: NOW + 400 * DAY_MS, sealedIn: 4 };
  return { ...PLACE, ...stored, messageCount: 5, conversationCount: 2, ...changes };
}

function state(messageCount: number, conversationCount: number, revision = 4, day = DAY) {
  const counts = { messageCount, conversationCount };
  const month: MonthOfSnapshots = {
    month: day.slice(0, 7),
    revision,
    days: new Map([[day, { channels: new Map([[1, counts]]), changedAt: NOW, revision }]]),
    digests: new Map(),
  };
  const totals: PeerTotals = {
    revision,
    changedAt: NOW,
    sealedThrough: day,
    channels: new Map([[1, { ...counts, lastMessageAt: NOW }]]),
    recent: new Map(),
    months: new Map([[month.month, revision]]),
  };
  return { totals, month };
}

const codes = (differences: readonly { code: string }[]) => differences.map(({ code }) => code);

describe('a counter and its snapshot', () => {
  test('agree where the snapshot holds what the sealed counter does', () => {
    expect(compareWithSnapshot(PLACE, counter(), state(5, 2), NOW)).toEqual([]);
  });

  test('differ with what was expected and found, and when that was written', () => {
    expect(compareWithSnapshot(PLACE, counter(), state(4, 2), NOW)).toEqual([
      {
        code: 'snapshot_differs',
        ...PLACE,
        expected: { messageCount: 5, conversationCount: 2 },
        found: { messageCount: 4, conversationCount: 2 },
        writtenIn: 4,
        writtenAt: NOW,
      },
    ]);
  });

  test('differ where the counter was sealed with later totals', () => {
    expect(codes(compareWithSnapshot(PLACE, counter({ sealedIn: 7 }), state(5, 2), NOW))).toEqual([
      'counter_newer_than_totals',
    ]);
  });

  test('differ where a counter that is not sealed is in the snapshot, and not where it is not', () => {
    const { sealedIn, ...dirty } = counter();
    expect(codes(compareWithSnapshot(PLACE, dirty, state(5, 2), NOW))).toEqual(['snapshot_too_early']);
    expect(compareWithSnapshot(PLACE, dirty, state(0, 0), NOW)).toEqual([]);
  });

  test('differ where the counter is gone before it can have expired', () => {
    expect(codes(compareWithSnapshot(PLACE, undefined, state(5, 2), NOW))).toEqual(['counter_lost']);
    const long = addDays(DAY, -500);
    expect(compareWithSnapshot({ ...PLACE, day: long }, undefined, state(5, 2, 4, long), NOW)).toEqual([]);
  });

  test('are not compared while the counter expires', () => {
    expect(compareWithSnapshot(PLACE, counter({ keepUntil: NOW }), state(1, 1), NOW)).toEqual([]);
  });
});

test('evidence is missed only as long as messages may come again', () => {
  expect(codes(compareWithEvidence(counter(), { proven: 3, hidden: 0 }, true))).toEqual(['evidence_missing']);
  expect(compareWithEvidence(counter(), { proven: 3, hidden: 0 }, false)).toEqual([]);
  expect(codes(compareWithEvidence(counter(), { proven: 6, hidden: 0 }, false))).toEqual([
    'evidence_uncounted',
  ]);
  expect(compareWithEvidence(counter(), { proven: 5, hidden: 0 }, true)).toEqual([]);
  expect(compareWithEvidence(counter(), { proven: 5, hidden: 2 }, true)).toEqual([
    { code: 'evidence_hidden', ...PLACE, expected: { messageCount: 5 }, found: { messageCount: 3 } },
  ]);
  expect(compareWithEvidence(counter(), { proven: 5, hidden: 2 }, false)).toEqual([]);
  expect(mayComeAgain(DAY, NOW, 400)).toBe(true);
  expect(mayComeAgain(addDays(DAY, -401), NOW, 400)).toBe(false);
});

test('of a day of the past proof is missed as long as its counter takes a history', () => {
  const past = { day: addDays(DAY, -900) };
  const missed = (keepUntil: number) => needsProof(counter({ ...past, keepUntil }), NOW, 400);
  expect(missed(NOW + 45 * DAY_MS)).toBe(true);
  expect(missed(NOW + 45 * DAY_MS - 1)).toBe(false);
  expect(needsProof(counter({ keepUntil: NOW }), NOW, 400)).toBe(true);
});

test('conversations lie between those counted before the markers were read and those counted after', () => {
  const marked = (proven: number, least: number) =>
    codes(compareWithMarkers(counter(), { proven, named: proven, least }, true));
  expect(marked(2, 2)).toEqual([]);
  expect(marked(1, 1)).toEqual([]);
  expect(marked(1, 2)).toEqual(['conversations_unmarked']);
  expect(marked(3, 0)).toEqual(['conversations_uncounted']);
});

describe('a counter is mended', () => {
  const counted = { messageCount: 5, conversationCount: 2 };

  test.each([
    ['what has no proof comes again, and its conversation with it', 3, { proven: 1, named: 2 }, true, [3, 1]],
    ['what is proven beyond it is counted', 8, { proven: 3, named: 3 }, true, [8, 3]],
    ['a conversation without its marker stays counted', 5, { proven: 1, named: 1 }, true, [5, 2]],
    ['also where its proof is lost beside others', 4, { proven: 1, named: 1 }, true, [4, 2]],
    ['where nothing can come again, what was counted stays', 3, { proven: 1, named: 2 }, false, [5, 2]],
    ['no more conversations than messages are left', 0, { proven: 0, named: 0 }, true, [0, 0]],
  ])('%s', (_, proven, markers, isNeeded, [messageCount, conversationCount]) => {
    expect(mendedCounts(counted, proven, { ...markers, least: 0 }, isNeeded)).toEqual({
      messageCount,
      conversationCount,
    });
  });
});
