import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { PeerUsage } from '../../../../functions/shared/domain/channel-stats.ts';
import type { Finding } from '../../../../functions/shared/domain/findings/findings.ts';
import { firstDayOfHealth, type Health, health } from '../../../../functions/shared/domain/health.ts';
import {
  DEFAULT_HEALTH_SETTINGS,
  givenHealthSettings,
  HEALTH_SETTING_LIMITS,
  type HealthSettings,
  healthSettings,
} from '../../../../functions/shared/domain/health-settings.ts';
import { addDays, startOf } from '../../../../functions/shared/domain/utc-day.ts';
import { type Day, usageOf } from '../../../support/peer-usage.ts';

// A Sunday, so that the last complete day is a Saturday.
const TODAY = '2026-11-22';
const THROUGH = '2026-11-21';
const FROM = firstDayOfHealth(THROUGH);

/** The day so many days before the last complete one. */
function ago(days: number): string {
  return addDays(THROUGH, -days);
}

function judge(usage: PeerUsage, settings: Partial<HealthSettings> = {}, through = THROUGH): Health {
  return health(usage, { through, settings: { ...DEFAULT_HEALTH_SETTINGS, ...settings } });
}

/** The findings of one kind alone, whole. */
function found(code: Finding['code'], usage: PeerUsage, settings: Partial<HealthSettings> = {}): Finding[] {
  return judge(usage, settings).findings.filter((finding) => finding.code === code);
}

/** Each finding in a word, where its numbers are not what a test is about. */
function names({ findings }: Health): string[] {
  return findings.map(({ code, channelId }) => `${code} ${channelId}`);
}

/** A peer as it is read for its health: of earlier days it is known when the last message was sent, not more. */
function read(days: Day[], more: Parameters<typeof usageOf>[2] = {}): PeerUsage {
  const usage = usageOf(days, TODAY, { from: FROM, ...more });
  for (const { channelId, totals } of usage.channels) {
    const early = days.filter(([id, day, messages]) => id === channelId && day < FROM && messages > 0);
    const last = early
      .map(([, day]) => day)
      .sort()
      .at(-1);
    if (last !== undefined) totals.lastMessageAt = startOf(last);
  }
  return usage;
}

/** The same messages on every day from one to another, given by how many days ago they are. */
function daily(channelId: string, messages: number, first: number, last: number): Day[] {
  return Array.from({ length: first - last + 1 }, (_, index) => [channelId, ago(first - index), messages, 0]);
}

test('needs the four weeks before the last complete day', () => {
  expect(firstDayOfHealth(THROUGH)).toBe('2026-10-24');
});

test('a peer without channels has no findings', () => {
  expect(judge({ channels: [], days: [] })).toEqual({ status: 'ok', findings: [] });
});

test('a new peer has no findings from lack of history', () => {
  const usage = read([...daily('a', 99, 6, 0), ...daily('b', 1, 6, 0)], { channels: ['unused'] });
  for (const channel of usage.channels) channel.registeredAt = startOf(ago(6));
  expect(judge(usage)).toEqual({ status: 'ok', findings: [] });
});

describe('inactive_channel', () => {
  /** A channel with a message so many days ago, and another one that is used. */
  function lastUsed(days: number): PeerUsage {
    return read([...daily('busy', 1, 60, 0), ['c', ago(days), 3, 1]]);
  }

  test.each([
    [5, []],
    [6, []],
    [7, ['inactive_channel c']],
    [8, ['inactive_channel c']],
    [27, ['inactive_channel c']],
    [28, ['inactive_channel c']],
  ])('a channel without a message for %i complete days', (days, expected) => {
    expect(names({ status: 'ok', findings: found('inactive_channel', lastUsed(days)) })).toEqual(expected);
  });

  test('tells since when, and what the limit is', () => {
    expect(found('inactive_channel', lastUsed(20))).toEqual([
      {
        code: 'inactive_channel',
        severity: 'warning',
        channelId: 'c',
        message: 'c has had no message since 2026-11-01 (20 days; the limit is 7)',
        evidence: {
          from: '2026-11-15',
          to: '2026-11-21',
          days: 20,
          thresholdDays: 7,
          lastMessageDay: '2026-11-01',
          registeredDay: '1970-01-01',
        },
      },
    ]);
  });

  /** A channel whose counts are all-time ones, from before the days that are read. */
  function allTime(lastMessageAt: string, registeredAt: string): PeerUsage {
    return {
      channels: [
        {
          channelId: 'c',
          status: 'enabled',
          registeredAt: Date.parse(registeredAt),
          registryName: 'Slack',
          totals: {
            messageCount: 8_000,
            conversationCount: 400,
            openDays: [],
            lastMessageAt: Date.parse(lastMessageAt),
          },
        },
      ],
      days: [],
    };
  }

  test('an all-time counter whose channel is silent for a month is found', () => {
    expect(judge(allTime('2026-10-20T23:59:59Z', '2026-01-02T03:04:05Z'))).toEqual({
      status: 'attention',
      findings: [
        {
          code: 'inactive_channel',
          severity: 'warning',
          channelId: 'c',
          message: 'Slack has had no message since 2026-10-20 (32 days; the limit is 7)',
          evidence: {
            from: '2026-11-15',
            to: '2026-11-21',
            days: 32,
            thresholdDays: 7,
            lastMessageDay: '2026-10-20',
            registeredDay: '2026-01-02',
          },
        },
      ],
    });
  });

  test('so is one whose old messages were imported today', () => {
    const imported = allTime('2026-10-20T23:59:59Z', `${TODAY}T09:00:00Z`);
    expect(names(judge(imported))).toEqual(['inactive_channel c']);
  });

  test('a counter knows a later message than the totals', () => {
    const usage = allTime('2026-11-01T00:00:00Z', '2026-01-01T00:00:00Z');
    usage.days = [
      {
        channelId: 'c',
        day: '2026-11-14',
        messageCount: 1,
        conversationCount: 0,
        lastMessageAt: Date.parse('2026-11-14T12:00:00Z'),
      },
    ];
    expect(found('inactive_channel', usage)[0]?.message).toBe(
      'Slack has had no message since 2026-11-14 (7 days; the limit is 7)',
    );
  });

  function neverUsed(registeredAt: string): PeerUsage {
    const usage = read([], { channels: ['c'] });
    for (const channel of usage.channels) channel.registeredAt = Date.parse(registeredAt);
    return usage;
  }

  test.each([
    [`${TODAY}T09:00:00Z`, []],
    [`${THROUGH}T00:00:00Z`, []],
    ['2026-11-15T00:00:00Z', []],
    ['2026-11-14T23:59:59Z', ['inactive_channel c']],
    ['2026-11-13T12:00:00Z', ['inactive_channel c']],
  ])('a channel registered at %s and never used', (registeredAt, expected) => {
    expect(names(judge(neverUsed(registeredAt)))).toEqual(expected);
  });

  test('tells that a channel was never used', () => {
    expect(judge(neverUsed('2026-11-13T12:00:00Z')).findings).toEqual([
      {
        code: 'inactive_channel',
        severity: 'warning',
        channelId: 'c',
        message: 'c has had no message since it was registered on 2026-11-13 (8 days; the limit is 7)',
        evidence: {
          from: '2026-11-15',
          to: '2026-11-21',
          days: 8,
          thresholdDays: 7,
          lastMessageDay: null,
          registeredDay: '2026-11-13',
        },
      },
    ]);
  });

  test('a message of today ends it', () => {
    expect(names(judge(read([['c', TODAY, 1, 1]])))).toEqual([]);
    expect(names(judge(allTime(`${TODAY}T00:00:00Z`, '2026-01-01T00:00:00Z')))).toEqual([]);
  });

  test('the limit can be set', () => {
    expect(found('inactive_channel', lastUsed(20), { inactiveAfterDays: 21 })).toEqual([]);
    expect(found('inactive_channel', lastUsed(0), { inactiveAfterDays: 1 })).toEqual([]);
    expect(found('inactive_channel', lastUsed(1), { inactiveAfterDays: 1 })).toEqual([
      {
        code: 'inactive_channel',
        severity: 'warning',
        channelId: 'c',
        message: 'c has had no message since 2026-11-20 (1 day; the limit is 1)',
        evidence: {
          from: '2026-11-21',
          to: '2026-11-21',
          days: 1,
          thresholdDays: 1,
          lastMessageDay: '2026-11-20',
          registeredDay: '1970-01-01',
        },
      },
    ]);
    const old = allTime('2025-11-22T12:00:00Z', '2025-01-01T00:00:00Z');
    expect(names(judge(old, { inactiveAfterDays: 364 }))).toEqual(['inactive_channel c']);
    expect(names(judge(old, { inactiveAfterDays: 365 }))).toEqual([]);
  });
});

describe('shares of the messages of the last 28 days', () => {
  /** Two channels with so many messages, long after their first ones. */
  function shared(large: number, small: number, more: Day[] = []): PeerUsage {
    const days: Day[] = [
      ['small', ago(100), 5, 1],
      ['large', ago(100), 5, 1],
      ['small', ago(27), small, 1],
      ['large', ago(3), large, 1],
    ];
    return read([...days, ...more]);
  }
  const neverInactive = { inactiveAfterDays: 365 };

  test.each<[large: number, small: number, expected: Finding['code'][]]>([
    [9_001, 999, ['dominant_channel', 'high_traffic']],
    [9_000, 1_000, ['high_traffic']],
    [8_999, 1_001, ['high_traffic']],
    [3_001, 6_999, ['high_traffic']],
    [3_000, 7_000, []],
    [2_999, 7_001, []],
    [1, 0, ['dominant_channel', 'high_traffic']],
    [0, 0, []],
  ])('%i beside %i', (large, small, expected) => {
    const codes = judge(shared(large, small), neverInactive)
      .findings.filter(({ channelId }) => channelId === 'large')
      .map(({ code }) => code);
    expect(codes).toEqual(expected);
  });

  test('a channel that dominates has high traffic as well: each finding with its own numbers', () => {
    const evidence = {
      from: '2026-10-25',
      to: '2026-11-21',
      messageCount: 9_001,
      totalMessageCount: 10_000,
      percentage: 90,
      channelCount: 2,
    };
    expect(judge(shared(9_001, 999), neverInactive)).toEqual({
      status: 'attention',
      findings: [
        {
          code: 'dominant_channel',
          severity: 'warning',
          channelId: 'large',
          message:
            'large had 90% of all messages from 2026-10-25 to 2026-11-21 (9001 of 10000; above 90% it dominates)',
          evidence: { ...evidence, thresholdPercent: 90 },
        },
        {
          code: 'high_traffic',
          severity: 'info',
          channelId: 'large',
          message:
            'large had 90% of all messages from 2026-10-25 to 2026-11-21 (9001 of 10000; above 30% traffic is high)',
          evidence: { ...evidence, thresholdPercent: 30 },
        },
      ],
    });
  });

  test('the only channel of a peer is never dominant; its traffic is high, which needs no attention', () => {
    expect(judge(read(daily('only', 2, 40, 0)))).toEqual({
      status: 'ok',
      findings: [
        {
          code: 'high_traffic',
          severity: 'info',
          channelId: 'only',
          message:
            'only had 100% of all messages from 2026-10-25 to 2026-11-21 (56 of 56; above 30% traffic is high)',
          evidence: {
            from: '2026-10-25',
            to: '2026-11-21',
            messageCount: 56,
            totalMessageCount: 56,
            percentage: 100,
            thresholdPercent: 30,
            channelCount: 1,
          },
        },
      ],
    });
  });

  test('beside a channel without messages a channel dominates', () => {
    const usage = read(daily('used', 2, 40, 0), { channels: ['unused'] });
    expect(names(judge(usage, neverInactive))).toEqual([
      'inactive_channel unused',
      'dominant_channel used',
      'high_traffic used',
    ]);
  });

  test.each([
    [28, true],
    [27, true],
    [26, false],
  ])('a peer whose first message was sent %i days before the last complete one', (first, isJudged) => {
    const usage = read([...daily('a', 99, first, 0), ...daily('b', 1, first, 0)]);
    expect(names(judge(usage))).toEqual(isJudged ? ['dominant_channel a', 'high_traffic a'] : []);
  });

  test('history on a channel that is not judged is history', () => {
    const usage = read([['gone', ago(50), 1, 1], ...daily('a', 99, 5, 0), ...daily('b', 1, 5, 0)], {
      status: { gone: 'removed' },
    });
    expect(names(judge(usage))).toEqual([
      'dominant_channel a',
      'high_traffic a',
      'new_channel a',
      'new_channel b',
    ]);
  });

  test('days before and after are in no share', () => {
    const more: Day[] = [
      ['small', ago(28), 100_000, 1],
      ['small', TODAY, 100_000, 1],
      ['small', addDays(TODAY, 1), 100_000, 1],
    ];
    const of = (usage: PeerUsage) => found('high_traffic', usage).map(({ evidence }) => evidence);
    expect(of(shared(80, 20, more))).toEqual(of(shared(80, 20)));
  });

  test('the limits can be set', () => {
    const settings = { ...neverInactive, dominantAbovePercent: 50, highTrafficAbovePercent: 1 };
    expect(names(judge(shared(51, 49), settings))).toEqual([
      'dominant_channel large',
      'high_traffic large',
      'high_traffic small',
    ]);
    const none = { ...neverInactive, dominantAbovePercent: 100, highTrafficAbovePercent: 100 };
    expect(names(judge(shared(1, 0), none))).toEqual([]);
  });
});

describe('the last complete day beside the same weekday of the four weeks before', () => {
  /** What a channel had on the Saturdays of the last four weeks, the earliest first, and on the last one. */
  function saturdays(baseline: number[], last: number, more: Day[] = []): PeerUsage {
    const weeks = baseline.map((messages, index): Day => ['c', ago(28 - 7 * index), messages, 0]);
    const all: Day[] = [...weeks, ['c', THROUGH, last, 0], ...more];
    return read(all.filter(([, , messages]) => messages > 0));
  }

  function codes(usage: PeerUsage, settings: Partial<HealthSettings> = {}): string[] {
    return judge(usage, settings)
      .findings.map(({ code }) => code)
      .filter((code) => code.startsWith('traffic_'));
  }

  test.each<[baseline: number[], last: number, expected: string[]]>([
    // The median is 40.
    [[40, 40, 40, 40], 0, ['traffic_drop']],
    [[40, 40, 40, 40], 19, ['traffic_drop']],
    [[40, 40, 40, 40], 20, []],
    [[40, 40, 40, 40], 21, []],
    [[40, 40, 40, 40], 79, []],
    [[40, 40, 40, 40], 80, []],
    [[40, 40, 40, 40], 81, ['traffic_spike']],
    [[1_000, 41, 1, 39], 19, ['traffic_drop']],
    // The median is 40.5: half of it is 20.25, and twice 81.
    [[40, 41, 30, 50], 20, ['traffic_drop']],
    [[40, 41, 30, 50], 21, []],
    [[40, 41, 30, 50], 81, []],
    [[40, 41, 30, 50], 82, ['traffic_spike']],
    // The median is at least 20.
    [[20, 20, 20, 20], 9, ['traffic_drop']],
    [[19, 20, 20, 1_000], 9, ['traffic_drop']],
    [[19, 20, 19, 1_000], 9, []],
    [[19, 19, 19, 19], 0, []],
    [[19, 19, 19, 19], 1_000, []],
    // Three of the days have messages; those without do not change the median.
    [[0, 40, 40, 40], 19, ['traffic_drop']],
    [[20, 40, 60, 0], 19, ['traffic_drop']],
    [[20, 40, 60, 0], 20, []],
    [[40, 0, 0, 40], 0, []],
    [[40, 0, 0, 40], 1_000, []],
    [[0, 0, 0, 0], 1_000, []],
  ])('after %j there are %i', (baseline, last, expected) => {
    expect(codes(saturdays(baseline, last))).toEqual(expected);
  });

  const BASELINE = [
    { day: '2026-10-24', messageCount: 40 },
    { day: '2026-10-31', messageCount: 41 },
    { day: '2026-11-07', messageCount: 30 },
    { day: '2026-11-14', messageCount: 50 },
  ];

  test('a drop tells the numbers', () => {
    expect(found('traffic_drop', saturdays([40, 41, 30, 50], 1))).toEqual([
      {
        code: 'traffic_drop',
        severity: 'warning',
        channelId: 'c',
        message:
          'c had 1 message on 2026-11-21, 2.5% of the median of the same weekday in the 4 weeks before ' +
          '(40.5; below 50% is a drop)',
        evidence: {
          day: '2026-11-21',
          messageCount: 1,
          median: 40.5,
          percentOfMedian: 2.5,
          thresholdPercent: 50,
          leastMedian: 20,
          baseline: BASELINE,
        },
      },
    ]);
  });

  test('so does a spike', () => {
    expect(found('traffic_spike', saturdays([40, 0, 30, 50], 500))).toEqual([
      {
        code: 'traffic_spike',
        severity: 'warning',
        channelId: 'c',
        message:
          'c had 500 messages on 2026-11-21, 1250% of the median of the same weekday in the 4 weeks before ' +
          '(40; above 200% is a spike)',
        evidence: {
          day: '2026-11-21',
          messageCount: 500,
          median: 40,
          percentOfMedian: 1250,
          thresholdPercent: 200,
          leastMedian: 20,
          baseline: BASELINE.with(1, { day: '2026-10-31', messageCount: 0 }),
        },
      },
    ]);
  });

  test('other weekdays, and the same one five weeks before, change nothing', () => {
    const others = Array.from({ length: 36 }, (_, days) => days).filter((days) => days % 7 > 0 || days > 28);
    const more = others.map((days): Day => ['c', ago(days), 5_000, 0]);
    expect(found('traffic_drop', saturdays([40, 41, 30, 50], 1, more))).toEqual(
      found('traffic_drop', saturdays([40, 41, 30, 50], 1)),
    );
  });

  test('a peer with quiet weekends has no drop on a Sunday, one with busy Sundays does', () => {
    const sunday = '2026-11-15';
    const monday = addDays(sunday, 1);
    const weeks = (onSundays: number) =>
      Array.from({ length: 40 }, (_, index): Day => {
        const day = addDays(sunday, -index);
        return ['c', day, index === 0 ? 25 : index % 7 === 0 ? onSundays : 500, 1];
      });
    const codesOn = (onSundays: number) =>
      judge(usageOf(weeks(onSundays), monday), {}, sunday).findings.map(({ code }) => code);
    expect(codesOn(30)).toEqual(['high_traffic']);
    expect(codesOn(500)).toEqual(['traffic_drop', 'high_traffic']);
  });

  test('the limits can be set', () => {
    const usage = (last: number) => saturdays([40, 40, 40, 40], last);
    expect(codes(usage(0), { dropBelowPercent: 0 })).toEqual([]);
    expect(codes(usage(39), { dropBelowPercent: 100 })).toEqual(['traffic_drop']);
    expect(codes(usage(40), { dropBelowPercent: 100, spikeAbovePercent: 100 })).toEqual([]);
    expect(codes(usage(41), { spikeAbovePercent: 100 })).toEqual(['traffic_spike']);
    expect(codes(usage(4_000), { spikeAbovePercent: 10_000 })).toEqual([]);
    expect(codes(usage(0), { leastMedian: 40 })).toEqual(['traffic_drop']);
    expect(codes(usage(0), { leastMedian: 41 })).toEqual([]);
    expect(codes(saturdays([1, 1, 1, 0], 3), { leastMedian: 1 })).toEqual(['traffic_spike']);
  });
});

describe('new_channel', () => {
  /** A peer that was there before, and a channel whose first message was sent so many days ago. */
  function firstUsed(days: number, more: Day[] = []): PeerUsage {
    return read([['old', ago(200), 1, 1], ['c', ago(days), 3, 1], ...more]);
  }

  test.each([
    [0, true],
    [6, true],
    [7, false],
    [8, false],
    [40, false],
  ])('a channel whose first message was sent %i days before the last complete one', (days, isNew) => {
    expect(found('new_channel', firstUsed(days, [['c', THROUGH, 1, 0]]))).toHaveLength(isNew ? 1 : 0);
  });

  test('tells the day, and what came since', () => {
    const usage = firstUsed(3, [
      ['c', ago(2), 20, 1],
      ['c', THROUGH, 25, 1],
      ['c', TODAY, 1_000, 1],
    ]);
    expect(found('new_channel', usage)).toEqual([
      {
        code: 'new_channel',
        severity: 'info',
        channelId: 'c',
        message: 'c had its first message on 2026-11-18 (48 messages up to 2026-11-21; new for 7 days)',
        evidence: {
          firstMessageDay: '2026-11-18',
          from: '2026-11-15',
          to: '2026-11-21',
          messageCount: 48,
          thresholdDays: 7,
        },
      },
    ]);
  });

  test('a channel whose first message is of today is not news yet', () => {
    expect(found('new_channel', firstUsed(-1))).toEqual([]);
  });

  test('a channel whose late message lies before is none', () => {
    expect(found('new_channel', firstUsed(3, [['c', ago(90), 1, 1]]))).toEqual([]);
    expect(found('new_channel', firstUsed(3, [['c', ago(7), 1, 1]]))).toEqual([]);
  });

  test.each([
    [7, true],
    [6, false],
  ])('beside another channel, first used %i days before', (days, isNew) => {
    const usage = read([
      ['other', ago(days), 1, 1],
      ['c', ago(3), 3, 1],
    ]);
    expect(names({ status: 'ok', findings: found('new_channel', usage) })).toEqual(
      isNew ? ['new_channel c'] : [],
    );
  });

  test('the limit can be set', () => {
    const days = (newForDays: number, first: number) =>
      found('new_channel', firstUsed(first), { newForDays }).map(({ message }) => message);
    expect(days(1, 0)).toEqual([
      'c had its first message on 2026-11-21 (3 messages up to 2026-11-21; new for 1 day)',
    ]);
    expect(days(1, 1)).toEqual([]);
    expect(days(28, 27)).toEqual([
      'c had its first message on 2026-10-25 (3 messages up to 2026-11-21; new for 28 days)',
    ]);
    expect(days(28, 28)).toEqual([]);
  });
});

/** Days of channels with findings of every kind. */
const EVERY_KIND: Day[] = [
  ...daily('b', 100, 40, 1),
  ['b', THROUGH, 1_000, 1],
  ['a', ago(28), 40, 1],
  ['a', ago(21), 40, 1],
  ['a', ago(14), 40, 1],
  ['fresh', ago(1), 1, 1],
];
const EVERY_FINDING = [
  'inactive_channel a',
  'inactive_channel unused',
  'dominant_channel b',
  'traffic_drop a',
  'traffic_spike b',
  'high_traffic b',
  'new_channel fresh',
];

test('warnings come first, then what is good to know; one channel may have several findings', () => {
  const result = judge(read(EVERY_KIND, { channels: ['unused'] }));
  expect({ status: result.status, findings: names(result) }).toEqual({
    status: 'attention',
    findings: EVERY_FINDING,
  });
});

test('the order does not depend on the one in which channels are read', () => {
  const usage = read(EVERY_KIND, { channels: ['unused'] });
  const reversed = { channels: usage.channels.toReversed(), days: usage.days.toReversed() };
  expect(judge(reversed)).toEqual(judge(usage));
});

test.each([
  [0, 0],
  [1_000_000, 0],
  [0, 1_000_000],
])('the day that is not over is never judged: %i messages today, %i tomorrow', (today, tomorrow) => {
  const days = ['b', 'fresh'].flatMap((channelId): Day[] => [
    [channelId, TODAY, today, 1],
    [channelId, addDays(TODAY, 1), tomorrow, 1],
  ]);
  const usage = read([...EVERY_KIND, ...days.filter(([, , messages]) => messages > 0)], {
    channels: ['unused'],
  });
  expect(judge(usage)).toEqual(judge(read(EVERY_KIND, { channels: ['unused'] })));
});

test.each(['disabled', 'removed'] as const)(
  'channels that are %s are neither judged nor in totals',
  (status) => {
    const off: Day[] = [...daily('off', 10_000, 40, 7), ['new', ago(2), 50, 1]];
    const usage = (channelStatus: typeof status | 'enabled') =>
      read([...daily('on', 10, 40, 0), ...daily('other', 10, 40, 0), ...off], {
        channels: ['unused'],
        status: { off: channelStatus, new: channelStatus, unused: channelStatus },
      });
    expect(names(judge(usage(status)))).toEqual(['high_traffic on', 'high_traffic other']);
    expect(found('high_traffic', usage(status))[0]?.evidence).toEqual({
      from: '2026-10-25',
      to: '2026-11-21',
      messageCount: 280,
      totalMessageCount: 560,
      percentage: 50,
      thresholdPercent: 30,
      channelCount: 2,
    });
    expect(names(judge(usage('enabled')))).toEqual([
      'inactive_channel off',
      'inactive_channel unused',
      'dominant_channel off',
      'traffic_drop off',
      'high_traffic off',
      'new_channel new',
    ]);
  },
);

describe('settings', () => {
  const SETTINGS = z.enum(Object.keys(HEALTH_SETTING_LIMITS));

  test('the defaults are the ones of the contract, and within the limits', () => {
    expect(healthSettings.safeParse(DEFAULT_HEALTH_SETTINGS)).toEqual({
      success: true,
      data: {
        inactiveAfterDays: 7,
        dominantAbovePercent: 90,
        highTrafficAbovePercent: 30,
        dropBelowPercent: 50,
        spikeAbovePercent: 200,
        leastMedian: 20,
        newForDays: 7,
      },
    });
  });

  function problems(value: unknown): string[] {
    const { error } = givenHealthSettings.safeParse(value);
    return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
  }

  test.each(Object.entries(HEALTH_SETTING_LIMITS))(
    '%s is a whole number within its limits',
    (name, limits) => {
      const { least, most } = limits;
      for (const value of [least, most]) expect(problems({ [name]: value })).toEqual([]);
      const refused = [least - 1, most + 1, least + 0.5, 1e300, -1, String(least), null, true, undefined];
      for (const value of refused) {
        expect(problems({ [name]: value })).toEqual([
          `${name}: ${name} must be a whole number from ${least} to ${most}`,
        ]);
      }
    },
  );

  test('any may be left out where they are set, and none where they are told', () => {
    expect(problems({})).toEqual([]);
    expect(SETTINGS.options).toHaveLength(7);
    for (const name of SETTINGS.options) {
      const others = { ...DEFAULT_HEALTH_SETTINGS, [name]: undefined };
      expect(healthSettings.safeParse(others).success).toBe(false);
    }
  });

  test.each([
    [{ inactiveAfter: 7 }],
    [{ newForDays: 7, text: 'hello' }],
    [JSON.parse('{"__proto__":{"newForDays":3}}')],
    [[]],
    [null],
    ['newForDays'],
  ])('%j is refused as a whole', (value) => {
    expect(problems(value)).toEqual([
      ': health settings must be an object with no other fields than inactiveAfterDays, dominantAbovePercent, ' +
        'highTrafficAbovePercent, dropBelowPercent, spikeAbovePercent, leastMedian, newForDays',
    ]);
  });
});
