import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  channelStats,
  INCLUDABLE_CHANNELS,
  isCountedBy,
} from '../../../../functions/shared/domain/channel-stats.ts';
import { comparedRange, rangeThrough } from '../../../../functions/shared/domain/compared-range.ts';
import { addDays } from '../../../../functions/shared/domain/utc-day.ts';
import { type Day, usageOf } from '../../../support/usage/peer-usage.ts';

const TODAY = '2026-11-22';

describe('a range is compared', () => {
  test.for<[from: string, to: string, before: [string, string], complete: boolean]>([
    ['2026-11-15', '2026-11-21', ['2026-11-08', '2026-11-14'], true],
    ['2026-11-21', '2026-11-21', ['2026-11-20', '2026-11-20'], true],
    ['2026-11-16', '2026-11-22', ['2026-11-09', '2026-11-15'], false],
    ['2026-11-20', '2026-12-01', ['2026-11-08', '2026-11-19'], false],
    ['2026-03-01', '2026-03-31', ['2026-01-29', '2026-02-28'], true],
    ['0000-01-02', '0000-01-02', ['0000-01-01', '0000-01-01'], true],
  ])('%s to %s with the days right before', ([from, to, [first, last], complete]) => {
    expect(comparedRange({ from, to }, TODAY)).toEqual({
      previousRange: { from: first, to: last },
      complete,
    });
  });

  test.for([
    ['0000-01-01', '0000-01-01'],
    ['0001-01-01', '2026-11-22'],
  ] as const)('%s to %s with nothing: so many days are not before it', ([from, to]) => {
    expect(comparedRange({ from, to }, TODAY)).toBeUndefined();
  });
});

test('a range without a beginning begins with the first counted day, whatever the channel', () => {
  const usage = usageOf(
    [
      ['shown', '2026-11-10', 5, 1],
      ['hidden', '2026-11-03', 1, 1],
      ['shown', '2026-11-30', 1, 0],
    ],
    { status: { hidden: 'disabled' } },
  );
  expect(rangeThrough(usage.days, '2026-11-20')).toEqual({ from: '2026-11-03', to: '2026-11-20' });
  expect(rangeThrough(usage.days, '2026-11-01')).toEqual({ from: '2026-11-01', to: '2026-11-01' });
  expect(rangeThrough([], '2026-11-20')).toEqual({ from: '2026-11-20', to: '2026-11-20' });
});

const CHANNELS = ['a', 'b', 'c'];

const anyUsage = fc
  .record({
    days: fc.array(
      fc.tuple(
        fc.constantFrom(...CHANNELS),
        fc.integer({ min: 0, max: 40 }).map((ago) => addDays(TODAY, -ago)),
        fc.integer({ min: 1, max: 1_000 }),
        fc.integer({ min: 0, max: 20 }),
      ),
      { maxLength: 40 },
    ),
    status: fc.record({
      a: fc.constant('enabled' as const),
      b: fc.constantFrom('enabled', 'disabled'),
      c: fc.constantFrom('enabled', 'removed'),
    }),
  })
  .map(({ days, status }) => {
    const unique = new Map(days.map((day): [string, Day] => [`${day[0]} ${day[1]}`, day]));
    return usageOf([...unique.values()], { channels: CHANNELS, status });
  });

test('what a range is compared with is what is answered for the days before', () => {
  fc.assert(
    fc.property(
      anyUsage,
      fc.integer({ min: 0, max: 20 }),
      fc.integer({ min: 1, max: 20 }),
      fc.subarray([...INCLUDABLE_CHANNELS]),
      (usage, ago, days, statuses) => {
        const include = new Set(statuses);
        const to = addDays(TODAY, -ago);
        const range = { from: addDays(to, 1 - days), to };
        const compared = comparedRange(range, TODAY);
        if (compared === undefined) throw new Error('there are days before');
        const answer = channelStats(usage, { ...range, include, compared });
        const plain = channelStats(usage, { ...range, include });
        const before = channelStats(usage, { ...compared.previousRange, include });
        const hasHistory = isCountedBy(usage, compared.previousRange.from);
        const earlier = new Map(before.channels.map((entry) => [entry.channelId, entry]));

        expect(answer.channels.map(({ previous: _, ...entry }) => entry)).toEqual(plain.channels);
        for (const { previous, ...entry } of [...answer.channels, { channelId: 'total', ...answer.total }]) {
          const then = entry.channelId === 'total' ? before.total : earlier.get(entry.channelId);
          expect([previous?.messages.current, previous?.conversations.current]).toEqual([
            entry.messageCount,
            entry.conversationCount,
          ]);
          expect([previous?.messages.previous, previous?.conversations.previous]).toEqual(
            hasHistory ? [then?.messageCount, then?.conversationCount] : [null, null],
          );
        }
      },
    ),
  );
});
