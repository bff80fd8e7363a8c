import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NOTHING_ARCHIVED } from '../../../../functions/shared/domain/archive.ts';
import {
  type CounterSealing,
  type DailyCounter,
  sealing,
} from '../../../../functions/shared/domain/daily-counter.ts';
import { sum } from '../../../../functions/shared/domain/metrics.ts';
import { monthOf } from '../../../../functions/shared/domain/month.ts';
import {
  completed,
  isSealed,
  type MonthOfSnapshots,
  NO_TOTALS,
  newMonth,
  type PeerTotals,
  settled,
} from '../../../../functions/shared/domain/peer-totals.ts';
import { startOf } from '../../../../functions/shared/domain/utc-day.ts';

const NOW = Date.parse('2026-11-22T00:05:00.678Z');
const FRIDAY = '2026-11-20';
const SATURDAY = '2026-11-21';

function counter(
  day: string,
  channelNumber: number,
  messageCount: number,
  changes: Partial<DailyCounter> = {},
): DailyCounter {
  const from = startOf(day);
  return {
    ...{ peerId: 'p', channelId: `c${channelNumber}`, channelNumber, day },
    ...{ messageCount, conversationCount: 1, version: 3, keepUntil: 1, archive: NOTHING_ARCHIVED },
    window: { fingerprints: ['a'], from, through: from + channelNumber },
    ...changes,
  };
}

/** A counter that was stored without any message. */
function empty(day: string, channelNumber: number): DailyCounter {
  const { window: _, ...rest } = counter(day, channelNumber, 0, { conversationCount: 0 });
  return rest;
}

const [one, other] = [counter(FRIDAY, 1, 10), counter(FRIDAY, 2, 5)];
const FIRST = settled([sealing(one), sealing(other)], NO_TOTALS, newMonth('2026-11'), undefined, NOW);

describe('the first day of a peer', () => {
  test('makes totals and a month of one revision, which say the same', () => {
    expect(FIRST.totals).toEqual({
      revision: 1,
      changedAt: NOW,
      sealedThrough: FRIDAY,
      channels: new Map([
        [1, { messageCount: 10, conversationCount: 1, lastMessageAt: startOf(FRIDAY) + 1 }],
        [2, { messageCount: 5, conversationCount: 1, lastMessageAt: startOf(FRIDAY) + 2 }],
      ]),
      recent: new Map([
        [
          FRIDAY,
          new Map([
            [1, { messageCount: 10, conversationCount: 1 }],
            [2, { messageCount: 5, conversationCount: 1 }],
          ]),
        ],
      ]),
      months: new Map([['2026-11', 1]]),
    });
    expect(FIRST.month).toEqual({
      month: '2026-11',
      revision: 1,
      digests: new Map(),
      days: new Map([
        [
          FRIDAY,
          {
            channels: FIRST.totals.recent.get(FRIDAY),
            changedAt: Date.parse('2026-11-22T00:05:00Z'),
            revision: 1,
          },
        ],
      ]),
    });
    expect(FIRST.monthRead).toBe(0);
  });

  test('says in its counters with which revision they joined', () => {
    expect(FIRST.sealings.map((step) => step.counter)).toEqual([
      { ...one, version: 4, sealedIn: 1 },
      { ...other, version: 4, sealedIn: 1 },
    ]);
  });
});

describe('the next day', () => {
  const step = sealing(counter(SATURDAY, 1, 100));
  const { totals, month, monthRead } = settled([step], FIRST.totals, FIRST.month, FRIDAY, NOW + 1);

  test('joins the totals', () => {
    expect(totals).toMatchObject({ revision: 2, changedAt: NOW + 1, sealedThrough: SATURDAY });
    expect(totals.channels.get(1)).toEqual({
      messageCount: 110,
      conversationCount: 2,
      lastMessageAt: startOf(SATURDAY) + 1,
    });
    expect(totals.channels.get(2)).toEqual(FIRST.totals.channels.get(2));
  });

  test('is kept apart, and the day before is not any more, once that is complete', () => {
    expect(totals.completeThrough).toBe(FRIDAY);
    expect([...totals.recent.keys()]).toEqual([SATURDAY]);
  });

  test('leaves the snapshots of other days as they are', () => {
    expect([...month.days.keys()]).toEqual([FRIDAY, SATURDAY]);
    expect(month.days.get(FRIDAY)).toEqual(FIRST.month.days.get(FRIDAY));
    expect([month.revision, monthRead]).toEqual([2, 1]);
  });

  test('of another month leaves the revision of the month before', () => {
    const december = settled(
      [sealing(counter('2026-12-01', 1, 1))],
      FIRST.totals,
      newMonth('2026-12'),
      FRIDAY,
      NOW,
    );
    expect(december.totals.months).toEqual(
      new Map([
        ['2026-11', 1],
        ['2026-12', 2],
      ]),
    );
  });
});

describe('a late counter', () => {
  test('adds what the totals lack of it, and moves nothing forward', () => {
    const before = { ...one, sealedIn: 1, version: 4 };
    const change = { counter: { ...before, version: 5, messageCount: 12 } };
    const { totals, month } = settled([sealing(before, change)], FIRST.totals, FIRST.month, undefined, NOW);
    expect(totals).toMatchObject({ revision: 2, sealedThrough: FRIDAY });
    expect(totals).not.toHaveProperty('completeThrough');
    expect(totals.channels.get(1)).toMatchObject({ messageCount: 12, conversationCount: 1 });
    expect(totals.recent.get(FRIDAY)?.get(1)).toMatchObject({ messageCount: 12 });
    expect(month.days.get(FRIDAY)?.channels.get(1)).toMatchObject({ messageCount: 12 });
  });

  test('of a day before the last one leaves the last one where it is', () => {
    const step = sealing(counter('2026-11-18', 1, 1));
    const { totals } = settled([step], FIRST.totals, FIRST.month, undefined, NOW);
    expect(totals.sealedThrough).toBe(FRIDAY);
    expect(totals.channels.get(1)?.lastMessageAt).toBe(startOf(FRIDAY) + 1);
  });
});

test('a counter without messages makes no channel and no day, and is sealed all the same', () => {
  const { totals, month, sealings } = settled(
    [sealing(empty(FRIDAY, 1))],
    NO_TOTALS,
    newMonth('2026-11'),
    undefined,
    NOW,
  );
  expect([totals.channels.size, totals.recent.size, month.days.size]).toEqual([0, 0, 0]);
  expect(totals).toMatchObject({ revision: 1, sealedThrough: FRIDAY, months: new Map([['2026-11', 1]]) });
  expect(sealings.map((step) => step.counter.sealedIn)).toEqual([1]);
});

test('counters of several days join the totals at once, each with the snapshot of its day', () => {
  const late = {
    ...sealing(counter(FRIDAY, 2, 7), undefined),
    addToTotals: { messageCount: 2, conversationCount: 0 },
  };
  const { totals, month, sealings } = settled(
    [late, sealing(counter(SATURDAY, 1, 100)), sealing(counter(SATURDAY, 3, 4))],
    FIRST.totals,
    FIRST.month,
    undefined,
    NOW,
  );
  expect(totals).toMatchObject({ revision: 2, sealedThrough: SATURDAY, months: new Map([['2026-11', 2]]) });
  expect([...totals.channels].map(([number, { messageCount }]) => [number, messageCount])).toEqual([
    [1, 110],
    [2, 7],
    [3, 4],
  ]);
  const counts = (day: string) =>
    [...(month.days.get(day)?.channels ?? [])].map(([number, { messageCount }]) => [number, messageCount]);
  expect(counts(FRIDAY)).toEqual([
    [1, 10],
    [2, 7],
  ]);
  expect(counts(SATURDAY)).toEqual([
    [1, 100],
    [3, 4],
  ]);
  expect(totals.recent).toEqual(new Map([...month.days].map(([day, { channels }]) => [day, channels])));
  expect(sealings.map((step) => step.counter.sealedIn)).toEqual([2, 2, 2]);
});

test('nothing is not settled', () => {
  expect(() =>
    settled([sealing(counter('2026-12-01', 1, 1))], NO_TOTALS, newMonth('2026-11'), undefined, NOW),
  ).toThrow('2026-12-01 is not to be settled with 2026-11');
  expect(() => settled([], NO_TOTALS, newMonth('2026-11'), undefined, NOW)).toThrow('nothing is to be');
});

test('once every counter is part of the totals, they say so and keep no day apart', () => {
  expect(completed(FIRST.totals)).toEqual({
    ...FIRST.totals,
    revision: 2,
    completeThrough: FRIDAY,
    recent: new Map(),
  });
  expect(completed(NO_TOTALS)).toEqual({ ...NO_TOTALS, revision: 1 });
});

test('a day is sealed up to the last one that is', () => {
  const days = ['2026-11-19', FRIDAY, SATURDAY];
  expect(days.map((day) => isSealed(FIRST.totals, day))).toEqual([true, true, false]);
  expect(isSealed(NO_TOTALS, '0000-01-01')).toBe(false);
});

test('whatever is settled in whatever order: totals are the sum of the counters, and of the snapshots', () => {
  const steps = fc.array(
    fc.record({
      day: fc.constantFrom('2026-10-31', '2026-11-01', FRIDAY, SATURDAY),
      channelNumber: fc.integer({ min: 1, max: 3 }),
      messageCount: fc.integer({ min: 1, max: 300 }),
    }),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(steps, (counted) => {
      let totals: PeerTotals = NO_TOTALS;
      const months = new Map<string, MonthOfSnapshots>();
      const counters = new Map<string, DailyCounter>();
      for (const { day, channelNumber, messageCount } of counted) {
        const name = `${day} ${channelNumber}`;
        const before = counters.get(name) ?? empty(day, channelNumber);
        const after = counter(day, channelNumber, before.messageCount + messageCount);
        const step: CounterSealing = sealing(before, { counter: after });
        const month = months.get(monthOf(day)) ?? newMonth(monthOf(day));
        const settling = settled([step], totals, month, totals.completeThrough, NOW);
        ({ totals } = settling);
        months.set(monthOf(day), settling.month);
        for (const { counter: sealed } of settling.sealings) counters.set(name, sealed);
      }
      const ofMonths = [...months.values()].flatMap(({ days }) =>
        [...days.values()].flatMap(({ channels }) => [...channels.values()]),
      );
      expect(sum([...totals.channels.values()])).toEqual(sum([...counters.values()]));
      expect(sum(ofMonths)).toEqual(sum([...counters.values()]));
      expect([...totals.months].map(([month, revision]) => [month, revision])).toEqual(
        [...months.values()].map(({ month, revision }) => [month, revision]),
      );
    }),
    { numRuns: 200 },
  );
});
