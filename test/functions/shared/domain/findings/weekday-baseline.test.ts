import { describe, expect, test } from 'vitest';
import type { PeerUsage } from '../../../../../functions/shared/domain/channel-stats.ts';
import type { HealthSettings } from '../../../../../functions/shared/domain/health-settings.ts';
import { addDays } from '../../../../../functions/shared/domain/utc-day.ts';
import { ago, found, judge, read, THROUGH } from '../../../../support/usage/judged-health.ts';
import { type Day, usageOf } from '../../../../support/usage/peer-usage.ts';

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
          baselineWeeks: 4,
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
          baselineWeeks: 4,
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
    const weeks = (onSundays: number) =>
      Array.from({ length: 40 }, (_, index): Day => {
        const day = addDays(sunday, -index);
        return ['c', day, index === 0 ? 25 : index % 7 === 0 ? onSundays : 500, 1];
      });
    const codesOn = (onSundays: number) =>
      judge(usageOf(weeks(onSundays)), {}, sunday).findings.map(({ code }) => code);
    expect(codesOn(30)).toEqual([]);
    expect(codesOn(500)).toEqual(['traffic_drop']);
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
