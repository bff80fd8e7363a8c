import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { IncludableChannels, PeerUsage } from '../../../../functions/shared/domain/channel-stats.ts';
import {
  type HistoryBucket,
  type HistoryQuery,
  history,
  historyProblem,
  historyRange,
} from '../../../../functions/shared/domain/history.ts';
import { INTERVALS, type Interval } from '../../../../functions/shared/domain/interval.ts';
import { addDays } from '../../../../functions/shared/domain/utc-day.ts';
import { type Day, usageOf } from '../../../support/usage/peer-usage.ts';

const TODAY = '2026-11-22';

function query(
  from: string,
  to: string,
  interval: Interval = 'day',
  include: IncludableChannels[] = [],
  today = TODAY,
): HistoryQuery {
  return { from, to, interval, include: new Set(include), today };
}

/** A bucket on a line: an asterisk where it is not complete; each channel, the total, the cumulative figures. */
function line({ start, end, complete, channels, total, cumulative }: HistoryBucket): string {
  const figures = ({ messageCount, conversationCount }: HistoryBucket['total']) =>
    `${messageCount}/${conversationCount}`;
  return [
    `${start}${end === start ? '' : `..${end}`}${complete ? '' : '*'}`,
    ...channels.map((channel) => `${channel.channelId} ${figures(channel)}`),
    `total ${figures(total)}`,
    `cumulative ${figures(cumulative)}`,
  ].join(', ');
}

function lines(usage: PeerUsage, asked: HistoryQuery): string[] {
  return history(usage, asked).map(line);
}

test('a bucket has the fields of the contract, in their order', () => {
  const usage: PeerUsage = {
    channels: [
      {
        channelId: 'integration_123',
        number: 1,
        status: 'enabled',
        registeredAt: 0,
        registryName: 'WebChat',
        registryGalleryKey: 'webchat',
        allTime: { messageCount: 8_000, conversationCount: 470 },
      },
    ],
    days: [{ channelId: 'integration_123', day: '2026-10-24', messageCount: 12, conversationCount: 3 }],
  };
  expect(JSON.stringify(history(usage, query('2026-10-24', '2026-10-24')))).toBe(
    '[{"start":"2026-10-24","end":"2026-10-24","complete":true,' +
      '"channels":[{"channelId":"integration_123","channelName":"WebChat","galleryKey":"webchat","messageCount":12,"conversationCount":3}],' +
      '"total":{"messageCount":12,"conversationCount":3},' +
      '"cumulative":{"messageCount":8000,"conversationCount":470}}]',
  );
});

describe('by day', () => {
  test('a peer without channels has empty buckets', () => {
    expect(lines({ channels: [], days: [] }, query('2026-11-20', '2026-11-21'))).toEqual([
      '2026-11-20, total 0/0, cumulative 0/0',
      '2026-11-21, total 0/0, cumulative 0/0',
    ]);
  });

  test('a channel without messages is in every bucket', () => {
    const usage = usageOf([], { channels: ['b', 'a'] });
    expect(lines(usage, query('2026-11-20', '2026-11-21'))).toEqual([
      '2026-11-20, a 0/0, b 0/0, total 0/0, cumulative 0/0',
      '2026-11-21, a 0/0, b 0/0, total 0/0, cumulative 0/0',
    ]);
  });

  test('a channel appears, another one vanishes, and the order is that of each bucket', () => {
    const usage = usageOf([
      ['old', '2026-11-16', 5, 2],
      ['old', '2026-11-18', 4, 1],
      ['new', '2026-11-19', 3, 3],
      ['old', '2026-11-19', 3, 0],
      ['new', '2026-11-20', 9, 1],
    ]);
    expect(lines(usage, query('2026-11-18', '2026-11-21'))).toEqual([
      '2026-11-18, old 4/1, new 0/0, total 4/1, cumulative 9/3',
      '2026-11-19, new 3/3, old 3/0, total 6/3, cumulative 15/6',
      '2026-11-20, new 9/1, old 0/0, total 9/1, cumulative 24/7',
      '2026-11-21, new 0/0, old 0/0, total 0/0, cumulative 24/7',
    ]);
  });

  test('a range before a peer’s first day, and into it', () => {
    const usage = usageOf([['c', '2026-11-20', 2, 1]]);
    expect(lines(usage, query('2026-11-19', '2026-11-20'))).toEqual([
      '2026-11-19, c 0/0, total 0/0, cumulative 0/0',
      '2026-11-20, c 2/1, total 2/1, cumulative 2/1',
    ]);
  });

  test('today is not complete', () => {
    const usage = usageOf([
      ['c', '2026-11-20', 4, 1],
      ['c', '2026-11-21', 2, 1],
      ['c', TODAY, 1, 0],
    ]);
    expect(lines(usage, query('2026-11-20', TODAY))).toEqual([
      '2026-11-20, c 4/1, total 4/1, cumulative 4/1',
      '2026-11-21, c 2/1, total 2/1, cumulative 6/2',
      '2026-11-22*, c 1/0, total 1/0, cumulative 7/2',
    ]);
  });

  test('days to come have nothing, but what is dated there already', () => {
    const usage = usageOf([
      ['c', '2026-11-01', 4, 1],
      // Sent by a clock that is minutes ahead, just before midnight.
      ['c', '2026-11-23', 1, 1],
    ]);
    expect(lines(usage, query('2026-11-22', '2026-11-24'))).toEqual([
      '2026-11-22*, c 0/0, total 0/0, cumulative 4/1',
      '2026-11-23*, c 1/1, total 1/1, cumulative 5/2',
      '2026-11-24*, c 0/0, total 0/0, cumulative 5/2',
    ]);
    expect(lines(usage, query('9999-12-31', '9999-12-31'))).toEqual([
      '9999-12-31*, c 0/0, total 0/0, cumulative 5/2',
    ]);
  });

  test('a leap day is a day', () => {
    const usage = usageOf([['c', '2028-02-29', 2, 1]]);
    expect(lines(usage, query('2028-02-28', '2028-03-01', 'day', [], '2028-03-05'))).toEqual([
      '2028-02-28, c 0/0, total 0/0, cumulative 0/0',
      '2028-02-29, c 2/1, total 2/1, cumulative 2/1',
      '2028-03-01, c 0/0, total 0/0, cumulative 2/1',
    ]);
  });
});

describe('by week', () => {
  // 2026-11-22 is a Sunday.
  const usage = usageOf([
    ['c', '2026-11-08', 1, 1],
    ['c', '2026-11-09', 2, 1],
    ['c', '2026-11-15', 4, 1],
    ['c', '2026-11-16', 8, 1],
    ['c', '2026-11-20', 16, 1],
    ['c', TODAY, 32, 1],
  ]);

  test('weeks run from Monday to Sunday; the one of today is not complete', () => {
    expect(lines(usage, query('2026-11-02', TODAY, 'week'))).toEqual([
      '2026-11-02..2026-11-08, c 1/1, total 1/1, cumulative 1/1',
      '2026-11-09..2026-11-15, c 6/2, total 6/2, cumulative 7/3',
      '2026-11-16..2026-11-22*, c 56/3, total 56/3, cumulative 63/6',
    ]);
  });

  test('weeks that the range cuts hold its days alone, and are not complete', () => {
    expect(lines(usage, query('2026-11-10', '2026-11-18', 'week'))).toEqual([
      '2026-11-10..2026-11-15*, c 4/1, total 4/1, cumulative 7/3',
      '2026-11-16..2026-11-18*, c 8/1, total 8/1, cumulative 15/4',
    ]);
  });

  test('a week across new year is one, in a year of 53 weeks as well', () => {
    const newYear = usageOf([
      ['c', '2026-12-27', 1, 0],
      ['c', '2026-12-28', 2, 0],
      ['c', '2027-01-03', 4, 0],
      ['c', '2027-01-04', 8, 0],
    ]);
    expect(lines(newYear, query('2026-12-21', '2027-01-10', 'week', [], '2027-02-01'))).toEqual([
      '2026-12-21..2026-12-27, c 1/0, total 1/0, cumulative 1/0',
      '2026-12-28..2027-01-03, c 6/0, total 6/0, cumulative 7/0',
      '2027-01-04..2027-01-10, c 8/0, total 8/0, cumulative 15/0',
    ]);
  });

  test('weeks in which clocks change somewhere are like any other', () => {
    const spring = usageOf([
      ['c', '2026-03-29', 1, 0],
      ['c', '2026-03-30', 2, 0],
      ['c', '2026-10-25', 4, 0],
      ['c', '2026-10-26', 8, 0],
    ]);
    expect(lines(spring, query('2026-03-23', '2026-04-05', 'week'))).toEqual([
      '2026-03-23..2026-03-29, c 1/0, total 1/0, cumulative 1/0',
      '2026-03-30..2026-04-05, c 2/0, total 2/0, cumulative 3/0',
    ]);
    expect(lines(spring, query('2026-10-19', '2026-11-01', 'week'))).toEqual([
      '2026-10-19..2026-10-25, c 4/0, total 4/0, cumulative 7/0',
      '2026-10-26..2026-11-01, c 8/0, total 8/0, cumulative 15/0',
    ]);
  });
});

test('by month: the ends of months and years, and a leap day', () => {
  const usage = usageOf([
    ['c', '2027-12-31', 1, 0],
    ['c', '2028-01-01', 2, 0],
    ['c', '2028-01-31', 4, 0],
    ['c', '2028-02-29', 8, 0],
    ['c', '2028-03-01', 16, 0],
  ]);
  expect(lines(usage, query('2027-12-15', '2028-03-31', 'month', [], '2028-03-02'))).toEqual([
    '2027-12-15..2027-12-31*, c 1/0, total 1/0, cumulative 1/0',
    '2028-01-01..2028-01-31, c 6/0, total 6/0, cumulative 7/0',
    '2028-02-01..2028-02-29, c 8/0, total 8/0, cumulative 15/0',
    '2028-03-01..2028-03-31*, c 16/0, total 16/0, cumulative 31/0',
  ]);
});

describe('channels that are not enabled', () => {
  const usage = usageOf(
    [
      ['on', '2026-11-19', 1, 1],
      ['off', '2026-11-19', 2, 1],
      ['gone', '2026-11-20', 4, 1],
    ],
    { status: { off: 'disabled', gone: 'removed' } },
  );

  test.each<[IncludableChannels[], string[]]>([
    [[], ['2026-11-19, on 1/1, total 1/1, cumulative 1/1', '2026-11-20, on 0/0, total 0/0, cumulative 1/1']],
    [
      ['disabled'],
      [
        '2026-11-19, off 2/1, on 1/1, total 3/2, cumulative 3/2',
        '2026-11-20, off 0/0, on 0/0, total 0/0, cumulative 3/2',
      ],
    ],
    [
      ['disabled', 'removed'],
      [
        '2026-11-19, off 2/1, on 1/1, gone 0/0, total 3/2, cumulative 3/2',
        '2026-11-20, gone 4/1, off 0/0, on 0/0, total 4/1, cumulative 7/3',
      ],
    ],
  ])('are in buckets, totals and cumulative figures with include=%s', (include, expected) => {
    expect(lines(usage, query('2026-11-19', '2026-11-20', 'day', include))).toEqual(expected);
  });
});

test('for any counts and any range: the sum of the buckets, the difference of the cumulative figures and the messages of the range are the same', () => {
  const first = '2026-09-20';
  const dayOffset = fc.nat(63);
  const days = fc.uniqueArray(
    fc.record({
      channelId: fc.constantFrom('a', 'b', 'c'),
      offset: dayOffset,
      messageCount: fc.integer({ min: 1, max: 1_000 }),
      conversationCount: fc.nat(50),
    }),
    { selector: ({ channelId, offset }) => `${channelId} ${offset}`, maxLength: 60 },
  );
  fc.assert(
    fc.property(
      days,
      dayOffset,
      fc.nat(80),
      fc.constantFrom(...INTERVALS),
      (random, start, length, interval) => {
        const from = addDays(first, start);
        const to = addDays(from, length);
        const all = random.map(
          ({ channelId, offset, messageCount, conversationCount }): Day => [
            channelId,
            addDays(first, offset),
            messageCount,
            conversationCount,
          ],
        );
        const status = { b: 'disabled', c: 'removed' } as const;
        const usage = usageOf(all, { status, from });
        const buckets = history(usage, query(from, to, interval, ['disabled', 'removed']));
        const before = cumulativeThrough(all, addDays(from, -1));
        const inRange = all.filter(([, day]) => day >= from && day <= to);
        const expected = [sum(inRange, 2), sum(inRange, 3)];
        const last = buckets.at(-1)?.cumulative;
        expect([
          sumOf(buckets.map(({ total }) => total.messageCount)),
          sumOf(buckets.map(({ total }) => total.conversationCount)),
        ]).toEqual(expected);
        expect([(last?.messageCount ?? 0) - before[0], (last?.conversationCount ?? 0) - before[1]]).toEqual(
          expected,
        );
        for (const { end, channels, total, cumulative } of buckets) {
          expect([cumulative.messageCount, cumulative.conversationCount]).toEqual(
            cumulativeThrough(all, end),
          );
          expect(total.messageCount).toBe(sumOf(channels.map(({ messageCount }) => messageCount)));
        }
      },
    ),
    { seed: 20_261_122, numRuns: 300 },
  );
});

function sumOf(numbers: number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

function sum(days: Day[], place: 2 | 3): number {
  return sumOf(days.map((day) => day[place]));
}

function cumulativeThrough(days: Day[], last: string): [number, number] {
  const through = days.filter(([, day]) => day <= last);
  return [sum(through, 2), sum(through, 3)];
}

describe('the range where it is not given', () => {
  test.each([
    [{}, { from: '2026-10-24', to: TODAY }],
    [{ from: '2026-11-01' }, { from: '2026-11-01', to: TODAY }],
    [{ to: '2028-03-01' }, { from: '2028-02-01', to: '2028-03-01' }],
    [
      { from: '2026-01-01', to: '2026-02-01' },
      { from: '2026-01-01', to: '2026-02-01' },
    ],
    [{ to: '0000-01-30' }, { from: '0000-01-01', to: '0000-01-30' }],
    [{ to: '0000-01-05' }, { from: '0000-01-01', to: '0000-01-05' }],
  ])('of %j is %j', (given, expected) => {
    expect(historyRange(given, TODAY)).toEqual(expected);
  });
});

describe('an answer that is too large', () => {
  test.each<[from: string, to: string, interval: Interval, channels: number, problem: string | undefined]>([
    ['2025-10-19', TODAY, 'day', 0, undefined],
    [
      '2025-10-18',
      TODAY,
      'day',
      0,
      'there are 401 buckets by day up to the end of the range, and at most 400',
    ],
    ['2025-10-18', TODAY, 'week', 344, undefined],
    ['0000-01-01', '9999-12-31', 'month', 0, 'there are 120000 buckets by month'],
    ['2026-10-14', TODAY, 'day', 500, undefined],
    ['2026-10-13', TODAY, 'day', 500, 'there are 41 buckets of 500 channels, and at most 20000 entries'],
    ['2025-10-19', TODAY, 'day', 50, undefined],
    ['2025-10-19', TODAY, 'day', 51, 'there are 400 buckets of 51 channels'],
  ])('from %s to %s by %s, of %i channels', (from, to, interval, channels, problem) => {
    const found = historyProblem({ from, to }, interval, channels);
    if (problem === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(`from must be later: ${problem}`);
  });
});
