import { describe, expect, test } from 'vitest';
import type { IncludableChannels } from '../../../../functions/shared/domain/channel-stats.ts';
import {
  firstDayOfReport,
  type Report,
  type ReportPeriod,
  report,
} from '../../../../functions/shared/domain/report.ts';
import { type Day, usageOf } from '../../../support/usage/peer-usage.ts';

const TODAY = '2025-11-22';

function reportOf(
  days: Day[],
  period: ReportPeriod,
  more: Parameters<typeof usageOf>[1] & { include?: IncludableChannels[]; today?: string } = {},
): Report {
  const { include = [], today = TODAY, ...rest } = more;
  const usage = usageOf(days, rest);
  return report(usage, { peerId: 'peer_123', period, include: new Set(include), today });
}

/** The product's example of a support peer, in October 2025. */
const SUPPORT: Day[] = [
  ['webchat', '2025-10-01', 8_000, 480],
  ['webchat', '2025-10-31', 245, 5],
  ['Slack', '2025-10-15', 2_890, 156],
  ['Email', '2025-10-15', 1_120, 78],
  ['direct', '2025-10-15', 195, 12],
];

test('the report on the product’s example is as the product says', () => {
  const before: Day[] = [
    ['webchat', '2025-09-01', 9_960, 800],
    ['webchat', '2025-11-01', 1_000, 100],
  ];
  expect(JSON.stringify(reportOf([...SUPPORT, ...before], '2025-10'))).toBe(
    '{"period":"October 2025","peer":"peer_123",' +
      '"range":{"from":"2025-10-01","to":"2025-10-31"},"timezone":"UTC",' +
      '"overview":{"totalMessages":12450,"totalConversations":731,"channelCount":4},' +
      '"channels":[' +
      '{"name":"WebChat","channelId":"webchat","messages":8245,"conversations":485,"avgMessagesPerConversation":17,"marketShare":"66.2%","engagement":"High"},' +
      '{"name":"Slack","channelId":"Slack","messages":2890,"conversations":156,"avgMessagesPerConversation":18.5,"marketShare":"23.2%","engagement":"High"},' +
      '{"name":"Email","channelId":"Email","messages":1120,"conversations":78,"avgMessagesPerConversation":14.4,"marketShare":"9.0%","engagement":"High"},' +
      '{"name":"Direct/Web","channelId":"direct","messages":195,"conversations":12,"avgMessagesPerConversation":16.3,"marketShare":"1.6%","engagement":"High"}],' +
      '"previousRange":{"from":"2025-09-01","to":"2025-09-30"},' +
      '"change":{"messages":{"current":12450,"previous":9960,"change":2490,"changePercent":25},' +
      '"conversations":{"current":731,"previous":800,"change":-69,"changePercent":-8.6}},' +
      '"complete":true}',
  );
});

test('a report on everything has no month to compare with, and is never complete', () => {
  const today: Day[] = [['direct', TODAY, 5, 1]];
  const { period, range, overview, channels, previousRange, change, complete } = reportOf(
    [...SUPPORT, ...today],
    'all',
  );
  expect({ period, range, overview, previousRange, change, complete }).toEqual({
    period: 'All time',
    range: { from: null, to: TODAY },
    previousRange: null,
    overview: { totalMessages: 12_455, totalConversations: 732, channelCount: 4 },
    change: null,
    complete: false,
  });
  expect(channels.map(({ name, messages }) => [name, messages])).toEqual([
    ['WebChat', 8_245],
    ['Slack', 2_890],
    ['Email', 1_120],
    ['Direct/Web', 200],
  ]);
});

test.each([
  ['2025-10', TODAY, true],
  ['2025-11', TODAY, false],
  ['2025-11', '2025-11-30', false],
  ['2025-11', '2025-12-01', true],
])('the month %s on %s: complete is %s', (period, today, complete) => {
  expect(reportOf(SUPPORT, period, { today }).complete).toBe(complete);
});

test('a channel without messages has no ratio and no share', () => {
  expect(reportOf([], '2025-10', { channels: ['direct'] })).toEqual({
    period: 'October 2025',
    peer: 'peer_123',
    range: { from: '2025-10-01', to: '2025-10-31' },
    timezone: 'UTC',
    overview: { totalMessages: 0, totalConversations: 0, channelCount: 1 },
    channels: [
      {
        name: 'Direct/Web',
        channelId: 'direct',
        messages: 0,
        conversations: 0,
        avgMessagesPerConversation: null,
        marketShare: '0.0%',
        engagement: 'Low',
      },
    ],
    previousRange: { from: '2025-09-01', to: '2025-09-30' },
    change: {
      messages: { current: 0, previous: null, change: null, changePercent: null, reason: 'no_history' },
      conversations: { current: 0, previous: null, change: null, changePercent: null, reason: 'no_history' },
    },
    complete: true,
  });
});

test.each<[messages: number, conversations: number, ratio: number | null, engagement: string]>([
  [5, 1, 5, 'Low'],
  [6, 1, 6, 'High'],
  // 5.01 is above 5, whatever it is rounded to.
  [501, 100, 5, 'High'],
  [500, 100, 5, 'Low'],
  [1, 3, 0.3, 'Low'],
  [1, 4, 0.3, 'Low'],
  // All conversations started in an earlier month.
  [9, 0, null, 'Low'],
])('%i messages in %i conversations are %d each: %s', (messages, conversations, ratio, engagement) => {
  const [channel] = reportOf([['c', '2025-10-05', messages, conversations]], '2025-10').channels;
  expect([channel?.avgMessagesPerConversation, channel?.engagement]).toEqual([ratio, engagement]);
});

describe('the change against the month before', () => {
  test.each<[title: string, days: Day[], expected: unknown[]]>([
    [
      'counts whole months',
      [
        ['c', '2025-08-31', 1, 1],
        ['c', '2025-09-01', 2, 1],
        ['c', '2025-09-30', 4, 1],
      ],
      [10, 6, 4, 66.7],
    ],
    ['from nothing has no percentage', [['c', '2025-08-31', 1, 1]], [10, 0, 10, null]],
    ['needs a message by the first of the month before', [['c', '2025-09-02', 4, 1]], [10, null, null, null]],
    ['has history with one on that very day', [['c', '2025-09-01', 4, 1]], [10, 4, 6, 150]],
  ])('%s', (_title, days, expected) => {
    const { change } = reportOf([...days, ['c', '2025-10-31', 10, 1]], '2025-10');
    const { current, previous, change: difference, changePercent } = change?.messages ?? {};
    expect([current, previous, difference, changePercent]).toEqual(expected);
  });

  test('of January is that against December', () => {
    const days: Day[] = [
      ['c', '2024-12-01', 4, 1],
      ['c', '2024-12-31', 4, 1],
      ['c', '2025-01-01', 2, 1],
    ];
    expect(reportOf(days, '2025-01').change?.messages).toEqual({
      current: 2,
      previous: 8,
      change: -6,
      changePercent: -75,
    });
  });
});

describe('a month that is not over', () => {
  const days: Day[] = [
    ['c', '2025-10-01', 1, 1],
    ['c', '2025-10-22', 10, 1],
    ['c', '2025-10-23', 100, 1],
    ['c', '2025-11-01', 20, 1],
    ['c', TODAY, 2, 1],
  ];

  test('is compared with the same days of the month before', () => {
    const { range, previousRange, change, complete } = reportOf(days, '2025-11');
    expect({ range, previousRange, complete }).toEqual({
      range: { from: '2025-11-01', to: TODAY },
      previousRange: { from: '2025-10-01', to: '2025-10-22' },
      complete: false,
    });
    expect(change?.messages).toEqual({ current: 22, previous: 11, change: 11, changePercent: 100 });
  });

  test('ends with today: a message that is ahead of it is not in the same days', () => {
    const ahead: Day = ['c', '2025-11-23', 1_000, 1];
    const { change, ...rest } = reportOf([...days, ahead], '2025-11');
    expect(rest.overview).toEqual(reportOf(days, '2025-11').overview);
    expect(change?.messages.current).toBe(22);
  });

  test.each([
    ['2026-03-01', '2026-02-01'],
    ['2026-03-28', '2026-02-28'],
    ['2026-03-29', '2026-02-28'],
    ['2026-03-31', '2026-02-28'],
    ['2028-03-31', '2028-02-29'],
    ['2026-04-30', '2026-03-30'],
    ['2026-01-31', '2025-12-31'],
  ])('on %s it is compared up to %s', (today, to) => {
    const { previousRange } = reportOf([], today.slice(0, 7), { today });
    expect(previousRange).toEqual({ from: `${to.slice(0, 7)}-01`, to });
  });

  test('is compared with the whole one as soon as it is over', () => {
    const { previousRange, complete } = reportOf([], '2026-04', { today: '2026-05-01' });
    expect({ previousRange, complete }).toEqual({
      previousRange: { from: '2026-03-01', to: '2026-03-31' },
      complete: true,
    });
  });
});

test('channels that are not enabled are reported where they are asked for', () => {
  const days: Day[] = [
    ['on', '2025-09-01', 1, 1],
    ['on', '2025-10-01', 2, 1],
    ['off', '2025-09-01', 4, 1],
    ['off', '2025-10-01', 8, 1],
  ];
  const status = { off: 'disabled' } as const;
  const figures = ({ overview, change }: Report) => [overview.totalMessages, change?.messages.previous];
  expect(figures(reportOf(days, '2025-10', { status }))).toEqual([2, 1]);
  expect(figures(reportOf(days, '2025-10', { status, include: ['disabled'] }))).toEqual([10, 5]);
});

test.each([
  ['2025-10', '2025-09-01'],
  ['2025-01', '2024-12-01'],
  ['1000-01', '0999-12-01'],
  ['all', undefined],
])('a report on %s needs counters from %s on', (period, day) => {
  expect(firstDayOfReport(period)).toBe(day);
});
