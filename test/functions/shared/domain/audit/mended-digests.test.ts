import { expect, test } from 'vitest';
import {
  type MendedMonth,
  mendedDigests,
} from '../../../../../functions/shared/domain/audit/mended-digests.ts';
import type { SealableCounter } from '../../../../../functions/shared/domain/daily-counter.ts';
import { type MonthOfSnapshots, newMonth } from '../../../../../functions/shared/domain/peer-totals.ts';

const [FRIDAY, SATURDAY] = ['2026-11-20', '2026-11-21'];

function ones(amount: number): string {
  return amount.toString(16).padStart(32, '0');
}

function channelOf(messageCount: number) {
  return new Map([[1, { messageCount, conversationCount: 1 }]]);
}

function stored(friday: number, saturday: number, digest = friday + saturday): MonthOfSnapshots {
  const change = { changedAt: 1_000, revision: 1 };
  return {
    ...newMonth('2026-11'),
    days: new Map([
      [FRIDAY, { channels: channelOf(friday), ...change }],
      [SATURDAY, { channels: channelOf(saturday), ...change }],
    ]),
    digests: new Map([[1, ones(digest)]]),
  };
}

function mended(friday: number, saturday: number, counters: readonly SealableCounter[]): MendedMonth {
  return {
    days: new Map([
      [FRIDAY, channelOf(friday)],
      [SATURDAY, channelOf(saturday)],
    ]),
    counters,
  };
}

function counter(day: string, messageCount: number, digest?: string): SealableCounter {
  return {
    ...{ peerId: 'p', channelId: 'c', channelNumber: 1, day, messageCount, conversationCount: 1 },
    ...{ version: 1, keepUntil: 1, sealedIn: 1, digest },
  };
}

const NOBODY = new Set<number>();

test('a channel whose days have their counters has what these say, whatever was stored', () => {
  const counters = [counter(FRIDAY, 2, ones(2)), counter(SATURDAY, 3, ones(3))];
  expect(mendedDigests(stored(1, 3, 99), mended(2, 3, counters), NOBODY)).toEqual(new Map([[1, ones(5)]]));
});

test('a channel some of whose counters are gone keeps its digest where nothing else of it changes', () => {
  const counters = [counter(SATURDAY, 3, ones(3))];
  expect(mendedDigests(stored(2, 3), mended(2, 3, counters), NOBODY)).toEqual(new Map([[1, ones(5)]]));
  expect(mendedDigests(stored(2, 2), mended(2, 3, counters), NOBODY).size).toBe(0);
});

test('a channel has none where a counter has none, and something of it changes', () => {
  const counters = [counter(FRIDAY, 2), counter(SATURDAY, 3, ones(3))];
  expect(mendedDigests(stored(1, 3), mended(2, 3, counters), NOBODY).size).toBe(0);
});

test('a number that gets another channel keeps nothing', () => {
  expect(mendedDigests(stored(2, 3), mended(2, 3, []), new Set([1])).size).toBe(0);
});
