import { describe, expect, test } from 'vitest';
import type { PeerUsage } from '../../../../../functions/shared/domain/channel-stats.ts';
import type { Finding } from '../../../../../functions/shared/domain/findings/findings.ts';
import { channelOf } from '../../../../../functions/shared/domain/findings/findings.ts';
import { addDays } from '../../../../../functions/shared/domain/utc-day.ts';
import { ago, daily, found, judge, names, read, TODAY } from '../../../../support/usage/judged-health.ts';
import type { Day } from '../../../../support/usage/peer-usage.ts';

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
    [9_001, 999, ['dominant_channel']],
    [9_000, 1_000, ['high_traffic']],
    [8_999, 1_001, ['high_traffic']],
    [3_001, 6_999, ['high_traffic']],
    [3_000, 7_000, []],
    [2_999, 7_001, []],
    [1, 0, ['dominant_channel']],
    [0, 0, []],
  ])('%i beside %i', (large, small, expected) => {
    const codes = judge(shared(large, small), neverInactive)
      .findings.filter((finding) => channelOf(finding) === 'large')
      .map(({ code }) => code);
    expect(codes).toEqual(expected);
  });

  test('a channel that dominates has one finding: its traffic is not called high as well', () => {
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
      ],
    });
  });

  test('the only enabled channel of a peer has all messages, which is nothing to tell', () => {
    expect(judge(read(daily('only', 2, 40, 0)))).toEqual({ status: 'ok', findings: [] });
    const usage = read([...daily('only', 2, 40, 0), ...daily('gone', 2, 40, 0)], {
      status: { gone: 'disabled' },
    });
    expect(judge(usage)).toEqual({ status: 'ok', findings: [] });
  });

  test.each<[percent: number, expected: Finding['code'][]]>([
    [85, ['dominant_channel']],
    [60, ['dominant_channel']],
    [55, []],
  ])('where high traffic is set to more than dominance, %i%% is one finding at most', (percent, expected) => {
    const settings = { ...neverInactive, dominantAbovePercent: 55, highTrafficAbovePercent: 80 };
    expect(judge(shared(percent, 100 - percent), settings).findings.map(({ code }) => code)).toEqual(
      expected,
    );
  });

  test('beside a channel without messages a channel dominates', () => {
    const usage = read(daily('used', 2, 40, 0), { channels: ['unused'] });
    expect(names(judge(usage, neverInactive))).toEqual(['inactive_channel unused', 'dominant_channel used']);
  });

  test.each([
    [28, true],
    [27, true],
    [26, false],
  ])('a peer whose first message was sent %i days before the last complete one', (first, isJudged) => {
    const usage = read([...daily('a', 99, first, 0), ...daily('b', 1, first, 0)]);
    expect(names(judge(usage))).toEqual(isJudged ? ['dominant_channel a'] : []);
  });

  test('history on a channel that is not judged is history', () => {
    const usage = read([['gone', ago(50), 1, 1], ...daily('a', 99, 5, 0), ...daily('b', 1, 5, 0)], {
      status: { gone: 'removed' },
    });
    expect(names(judge(usage))).toEqual(['dominant_channel a', 'new_channel a', 'new_channel b']);
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
    expect(names(judge(shared(51, 49), settings))).toEqual(['dominant_channel large', 'high_traffic small']);
    const none = { ...neverInactive, dominantAbovePercent: 100, highTrafficAbovePercent: 100 };
    expect(names(judge(shared(1, 0), none))).toEqual([]);
  });
});
