import { describe, expect, test } from 'vitest';
import type { IncludableChannels, PeerUsage } from '../../../../functions/shared/domain/channel-stats.ts';
import type { Comparison, TotalChange } from '../../../../functions/shared/domain/comparison.ts';
import { firstDayOfGrowth, type GrowthWeek, growth } from '../../../../functions/shared/domain/growth.ts';
import { addDays } from '../../../../functions/shared/domain/utc-day.ts';
import { type Day, usageOf } from '../../../support/usage/peer-usage.ts';

const TODAY = '2026-11-22';
const THROUGH = '2026-11-21';

function comparison(figures: Comparison): string {
  const { current, previous, change, changePercent } = figures;
  if (previous === null) return `${current} ${figures.reason}`;
  const percent = changePercent === null ? figures.reason : `${changePercent}%`;
  return `${current} after ${previous} (${change}, ${percent})`;
}

function figures({ messages, conversations }: TotalChange): string {
  return `${comparison(messages)}; ${comparison(conversations)}`;
}

function lines(weeks: GrowthWeek[]): string[] {
  return weeks.flatMap(({ start, end, channels, total }) => [
    `${start}..${end}`,
    ...channels.map((channel) => `  ${channel.channelId}: ${figures(channel)}`),
    `  total: ${figures(total)}`,
  ]);
}

function growthOf(usage: PeerUsage, weeks: number, include: IncludableChannels[] = [], through = THROUGH) {
  return lines(growth(usage, { weeks, through, include: new Set(include) }));
}

test('a week has the fields of the contract, in their order', () => {
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
    days: [
      { channelId: 'integration_123', day: '2026-11-10', messageCount: 32, conversationCount: 5 },
      { channelId: 'integration_123', day: '2026-11-20', messageCount: 40, conversationCount: 5 },
    ],
  };
  const figuresText =
    '"messages":{"current":40,"previous":32,"change":8,"changePercent":25},' +
    '"conversations":{"current":5,"previous":5,"change":0,"changePercent":0}';
  const weeks = growth(usage, { weeks: 1, through: THROUGH, include: new Set() });
  expect(JSON.stringify(weeks)).toBe(
    '[{"start":"2026-11-15","end":"2026-11-21",' +
      `"channels":[{"channelId":"integration_123","channelName":"WebChat","galleryKey":"webchat",${figuresText}}],` +
      `"total":{${figuresText}}}]`,
  );
});

test('weeks are the seven complete days before the next one, newest first; today is in none', () => {
  const usage = usageOf([
    ['c', '2026-10-24', 1, 1],
    ['c', '2026-10-25', 2, 1],
    ['c', '2026-10-31', 4, 1],
    ['c', '2026-11-01', 8, 1],
    ['c', '2026-11-07', 16, 1],
    ['c', '2026-11-08', 32, 1],
    ['c', '2026-11-14', 64, 1],
    ['c', '2026-11-15', 128, 1],
    ['c', '2026-11-21', 256, 1],
    ['c', TODAY, 512, 1],
    ['c', '2026-11-23', 1_024, 1],
  ]);
  expect(growthOf(usage, 3)).toEqual([
    '2026-11-15..2026-11-21',
    '  c: 384 after 96 (288, 300%); 2 after 2 (0, 0%)',
    '  total: 384 after 96 (288, 300%); 2 after 2 (0, 0%)',
    '2026-11-08..2026-11-14',
    '  c: 96 after 24 (72, 300%); 2 after 2 (0, 0%)',
    '  total: 96 after 24 (72, 300%); 2 after 2 (0, 0%)',
    '2026-11-01..2026-11-07',
    '  c: 24 after 6 (18, 300%); 2 after 2 (0, 0%)',
    '  total: 24 after 6 (18, 300%); 2 after 2 (0, 0%)',
  ]);
});

test('a channel appears, one vanishes, one does nothing; each week has its own order', () => {
  const usage = usageOf(
    [
      ['old', '2026-10-01', 50, 5],
      ['old', '2026-11-03', 6, 2],
      ['old', '2026-11-10', 3, 1],
      ['new', '2026-11-12', 5, 5],
      ['new', '2026-11-18', 8, 4],
    ],
    { channels: ['idle'] },
  );
  expect(growthOf(usage, 2)).toEqual([
    '2026-11-15..2026-11-21',
    '  new: 8 after 5 (3, 60%); 4 after 5 (-1, -20%)',
    '  idle: 0 after 0 (0, 0%); 0 after 0 (0, 0%)',
    '  old: 0 after 3 (-3, -100%); 0 after 1 (-1, -100%)',
    '  total: 8 after 8 (0, 0%); 4 after 6 (-2, -33.3%)',
    '2026-11-08..2026-11-14',
    '  new: 5 after 0 (5, zero_baseline); 5 after 0 (5, zero_baseline)',
    '  old: 3 after 6 (-3, -50%); 1 after 2 (-1, -50%)',
    '  idle: 0 after 0 (0, 0%); 0 after 0 (0, 0%)',
    '  total: 8 after 6 (2, 33.3%); 6 after 2 (4, 200%)',
  ]);
});

test('channels with the same messages are in the order of conversations, then of ids', () => {
  const usage = usageOf([
    ['x', '2026-10-01', 1, 1],
    ['b', '2026-11-20', 3, 1],
    ['a', '2026-11-20', 3, 1],
    ['z', '2026-11-20', 3, 2],
  ]);
  const [week] = growth(usage, { weeks: 1, through: THROUGH, include: new Set() });
  expect(week?.channels.map(({ channelId }) => channelId)).toEqual(['z', 'a', 'b', 'x']);
});

describe('history', () => {
  // The newest week is compared with 2026-11-08 to 2026-11-14.
  const current: Day = ['c', '2026-11-16', 40, 4];

  test.each<[title: string, first: Day[], expected: string]>([
    ['of a first day within the week itself is none', [], '40 no_history; 4 no_history'],
    [
      'of a first day after the first of the week before is none',
      [['c', '2026-11-09', 9, 1]],
      '40 no_history; 4 no_history',
    ],
    [
      'of a first day that is the first of the week before is enough',
      [['c', '2026-11-08', 8, 1]],
      '40 after 8 (32, 400%); 4 after 1 (3, 300%)',
    ],
    [
      'of a first day before that is enough',
      [['c', '2026-11-07', 8, 1]],
      '40 after 0 (40, zero_baseline); 4 after 0 (4, zero_baseline)',
    ],
    [
      'of another channel is enough',
      [['other', '2026-11-08', 8, 1]],
      '40 after 0 (40, zero_baseline); 4 after 0 (4, zero_baseline)',
    ],
  ])('%s', (_title, first, expected) => {
    const usage = usageOf([...first, current]);
    const [week] = growth(usage, { weeks: 1, through: THROUGH, include: new Set() });
    expect(week?.channels.filter(({ channelId }) => channelId === 'c').map(figures)).toEqual([expected]);
  });

  test('of a channel that is not listed is enough', () => {
    const usage = usageOf([['gone', '2026-11-08', 8, 1], current], { status: { gone: 'removed' } });
    expect(growthOf(usage, 1)).toEqual([
      '2026-11-15..2026-11-21',
      '  c: 40 after 0 (40, zero_baseline); 4 after 0 (4, zero_baseline)',
      '  total: 40 after 0 (40, zero_baseline); 4 after 0 (4, zero_baseline)',
    ]);
  });

  test('ends for the weeks before a peer was there, also where counters before them were not read', () => {
    const days: Day[] = [
      ['c', '2026-11-01', 4, 1],
      ['c', '2026-11-10', 6, 1],
      ['c', '2026-11-18', 3, 1],
    ];
    const weeks = 4;
    const from = firstDayOfGrowth({ weeks, through: THROUGH });
    const expected = [
      '2026-11-15..2026-11-21',
      '  c: 3 after 6 (-3, -50%); 1 after 1 (0, 0%)',
      '  total: 3 after 6 (-3, -50%); 1 after 1 (0, 0%)',
      '2026-11-08..2026-11-14',
      '  c: 6 after 4 (2, 50%); 1 after 1 (0, 0%)',
      '  total: 6 after 4 (2, 50%); 1 after 1 (0, 0%)',
      '2026-11-01..2026-11-07',
      '  c: 4 no_history; 1 no_history',
      '  total: 4 no_history; 1 no_history',
      '2026-10-25..2026-10-31',
      '  c: 0 no_history; 0 no_history',
      '  total: 0 no_history; 0 no_history',
    ];
    expect(growthOf(usageOf(days, { from }), weeks)).toEqual(expected);
    const older: Day[] = [['c', '2025-01-01', 1, 1], ...days];
    expect(growthOf(usageOf(older, { from }), weeks).at(-1)).toBe(
      '  total: 0 after 0 (0, 0%); 0 after 0 (0, 0%)',
    );
  });

  test('of a peer without a message is none', () => {
    const expected = ['2026-11-15..2026-11-21', '  total: 0 no_history; 0 no_history'];
    expect(growthOf({ channels: [], days: [] }, 1)).toEqual(expected);
  });
});

test('channels that are not enabled are in channels and totals where they are asked for', () => {
  const usage = usageOf(
    [
      ['on', '2026-11-01', 1, 1],
      ['off', '2026-11-20', 2, 1],
      ['gone', '2026-11-20', 4, 2],
    ],
    { status: { off: 'disabled', gone: 'removed' } },
  );
  expect(growthOf(usage, 1, ['removed'])).toEqual([
    '2026-11-15..2026-11-21',
    '  gone: 4 after 0 (4, zero_baseline); 2 after 0 (2, zero_baseline)',
    '  on: 0 after 0 (0, 0%); 0 after 0 (0, 0%)',
    '  total: 4 after 0 (4, zero_baseline); 2 after 0 (2, zero_baseline)',
  ]);
});

test.each([
  // New year, in a year of 53 ISO weeks: the weeks of growth follow no calendar.
  ['2027-01-03', '2026-12-28', '2026-12-21'],
  // A leap day.
  ['2028-03-01', '2028-02-24', '2028-02-17'],
  // Clocks change in Europe on 25 October, and in America on 1 November.
  ['2026-11-01', '2026-10-26', '2026-10-19'],
])('a week through %s begins on %s, and is compared with the one from %s', (end, start, before) => {
  expect(firstDayOfGrowth({ weeks: 1, through: end })).toBe(before);
  const usage = usageOf([
    ['c', addDays(before, -1), 1, 0],
    ['c', before, 2, 0],
    ['c', addDays(start, -1), 4, 0],
    ['c', start, 8, 0],
    ['c', end, 16, 0],
    ['c', addDays(end, 1), 32, 0],
  ]);
  const expected = '24 after 6 (18, 300%); 0 after 0 (0, 0%)';
  expect(growthOf(usage, 1, [], end)).toEqual([
    `${start}..${end}`,
    `  c: ${expected}`,
    `  total: ${expected}`,
  ]);
});

test('52 weeks need 53', () => {
  expect(firstDayOfGrowth({ weeks: 52, through: THROUGH })).toBe('2025-11-16');
  const usage = usageOf(Array.from({ length: 372 }, (_, days): Day => ['c', addDays(TODAY, -days), 1, 0]));
  const weeks = growth(usage, { weeks: 52, through: THROUGH, include: new Set() });
  expect(weeks.map(({ total }) => figures(total))).toEqual(
    Array.from({ length: 52 }, () => '7 after 7 (0, 0%); 0 after 0 (0, 0%)'),
  );
  expect(weeks.at(-1)).toMatchObject({ start: '2025-11-23', end: '2025-11-29' });
});
