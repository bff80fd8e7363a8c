import { describe, expect, test } from 'vitest';
import { dateFormatsFor } from '../../dashboard/src/date-formats.ts';
import { describeChange } from '../../dashboard/src/features/growth/describe-change.ts';
import { evidenceOf, groupFindings, sentenceFor } from '../../dashboard/src/features/health/finding-words.ts';
import { pageFormatsFor } from '../../dashboard/src/page-formats.ts';
import type { Comparison } from '../../functions/shared/domain/comparison.ts';
import type { Finding } from '../../functions/shared/domain/findings/findings.ts';
import { METRICS } from '../../functions/shared/domain/metrics.ts';

const FORMATS = pageFormatsFor('en-US');
const DATES = dateFormatsFor('en-GB');

describe('figures', () => {
  test('are written as the reader writes them', () => {
    expect([FORMATS.count(12_450), pageFormatsFor('de-DE').count(12_450)]).toEqual(['12,450', '12.450']);
    expect([FORMATS.share(66.2), FORMATS.share(9), FORMATS.share(0)]).toEqual(['66.2%', '9.0%', '0.0%']);
    expect([FORMATS.signedShare(25), FORMATS.signedShare(-3.5)]).toEqual(['+25.0%', '-3.5%']);
    expect(FORMATS.ratio(17)).toBe('17.0');
  });

  test('come with their noun', () => {
    const [messages, conversations] = METRICS;
    expect([0, 1, 2, 12_450].map((figure) => FORMATS.counted(figure, messages))).toEqual([
      '0 messages',
      '1 message',
      '2 messages',
      '12,450 messages',
    ]);
    expect([1, 485].map((figure) => FORMATS.counted(figure, conversations))).toEqual([
      '1 conversation',
      '485 conversations',
    ]);
  });

  test('are written in some way where the locale is none', () => {
    expect(pageFormatsFor('not a locale').count(7)).toBe('7');
    expect(dateFormatsFor('not a locale').day('2026-11-22')).toContain('2026');
  });
});

describe('days', () => {
  test('are those of UTC, whatever the time zone of the reader', () => {
    expect(DATES.day('2026-11-22')).toBe('22 Nov 2026');
    expect(DATES.time(Date.parse('2026-11-22T12:03:05Z'))).toBe('12:03:05 UTC');
  });

  test('stand beside a time where they are not today', () => {
    const instant = Date.parse('2026-11-22T23:59:59Z');
    expect(DATES.instant(instant, '2026-11-22')).toBe('23:59:59 UTC');
    expect(DATES.instant(instant, '2026-11-23')).toBe('22 Nov 2026, 23:59:59 UTC');
  });

  test.each([
    ['day', '2026-11-22', '2026-11-22', '22 Nov'],
    ['week', '2026-11-16', '2026-11-22', '16 – 22 Nov'],
    ['week', '2026-11-30', '2026-12-06', '30 Nov – 6 Dec'],
    ['month', '2026-11-01', '2026-11-22', 'Nov 2026'],
  ] as const)('of a %s from %s to %s are short in a chart', (interval, from, to, expected) => {
    expect(plain(DATES.bucket({ from, to }, interval))).toBe(expected);
  });

  test('of a range are written with their year', () => {
    expect(plain(DATES.range({ from: '2025-12-29', to: '2026-01-04' }))).toBe('29 Dec 2025 – 4 Jan 2026');
    expect(plain(DATES.range({ from: '2026-11-22', to: '2026-11-22' }))).toBe('22 Nov 2026');
  });
});

/** With the same spaces around every dash: versions of Unicode's data differ in them. */
function plain(text: string): string {
  return text.replace(/\s*–\s*/g, ' – ').replace(/\s/g, ' ');
}

describe('a change', () => {
  test.each<[comparison: Comparison, direction: string, text: string]>([
    [{ current: 40, previous: 32, change: 8, changePercent: 25 }, 'up', '8 (+25.0%)'],
    [{ current: 1032, previous: 2064, change: -1032, changePercent: -50 }, 'down', '1,032 (-50.0%)'],
    [{ current: 0, previous: 0, change: 0, changePercent: 0 }, 'none', 'no change'],
    [
      { current: 40, previous: 0, change: 40, changePercent: null, reason: 'zero_baseline' },
      'up',
      '40 (new)',
    ],
    [
      { current: 40, previous: null, change: null, changePercent: null, reason: 'no_history' },
      'none',
      'no earlier week',
    ],
  ])('%j reads %s %s', (comparison, direction, text) => {
    expect(describeChange(comparison, FORMATS)).toEqual({ direction, text });
  });
});

describe('the numbers behind a finding', () => {
  const SHARE = {
    from: '2026-10-25',
    to: '2026-11-21',
    messageCount: 1820,
    totalMessageCount: 2000,
    percentage: 91,
    channelCount: 2,
  };
  const TRAFFIC = {
    day: '2026-11-21',
    messageCount: 9,
    median: 20.5,
    percentOfMedian: 43.9,
    leastMedian: 20,
    baselineWeeks: 4,
    baseline: [
      { day: '2026-10-24', messageCount: 20 },
      { day: '2026-10-31', messageCount: 21 },
    ],
  };

  test.each<[finding: Finding, expected: [label: string, value: string][]]>([
    [
      {
        code: 'inactive_channel',
        severity: 'warning',
        channelId: 'api',
        message: '',
        evidence: {
          from: '2026-11-15',
          to: '2026-11-21',
          days: 1,
          thresholdDays: 7,
          lastMessageDay: null,
          registeredDay: '2026-11-01',
        },
      },
      [
        ['Last message', 'never'],
        ['Registered', '1 Nov 2026'],
        ['Without a message for', '1 day'],
        ['Inactive from', '7 days'],
        ['Judged on', '15 – 21 Nov 2026'],
      ],
    ],
    [
      {
        code: 'dominant_channel',
        severity: 'warning',
        channelId: 'api',
        message: '',
        evidence: { ...SHARE, thresholdPercent: 90 },
      },
      [
        ['Share', '91.0%'],
        ['Threshold', 'above 90%'],
        ['Messages', '1,820'],
        ['Messages of all channels', '2,000'],
        ['Channels', '2'],
        ['Judged on', '25 Oct – 21 Nov 2026'],
      ],
    ],
    [
      {
        code: 'traffic_drop',
        severity: 'warning',
        channelId: 'api',
        message: '',
        evidence: { ...TRAFFIC, thresholdPercent: 50 },
      },
      [
        ['Messages on 21 Nov 2026', '9'],
        ['Median of the same weekday', '20.5'],
        ['In percent of the median', '43.9%'],
        ['Threshold', 'below 50%'],
        ['Least median that is judged', '20'],
        ['Messages on 24 Oct 2026', '20'],
        ['Messages on 31 Oct 2026', '21'],
      ],
    ],
    [
      {
        code: 'new_channel',
        severity: 'info',
        channelId: 'api',
        message: '',
        evidence: {
          firstMessageDay: '2026-11-19',
          from: '2026-11-19',
          to: '2026-11-21',
          messageCount: 12,
          thresholdDays: 7,
        },
      },
      [
        ['First message', '19 Nov 2026'],
        ['Messages', '12'],
        ['New for', '7 days'],
        ['Judged on', '19 – 21 Nov 2026'],
      ],
    ],
    [
      {
        code: 'counting_behind',
        severity: 'warning',
        message: '',
        evidence: { day: '2026-11-21', countedThrough: '2026-11-21T22:40:00Z', lagSeconds: 40_800 },
      },
      [
        ['Not judged', '21 Nov 2026'],
        ['Complete up to', '21 Nov 2026, 22:40:00 UTC'],
        ['Seconds behind', '40,800'],
      ],
    ],
    [
      {
        code: 'counting_behind',
        severity: 'warning',
        message: '',
        evidence: { day: '2026-11-21', countedThrough: null, lagSeconds: null },
      },
      [['Not judged', '21 Nov 2026']],
    ],
  ])('%j', (finding, expected) => {
    const told = evidenceOf(finding, FORMATS, DATES).map(({ label, value }) => [label, plain(value)]);
    expect(told).toEqual(expected);
  });

  test('of a spike are those of a drop, with a threshold above', () => {
    const told = evidenceOf(
      {
        code: 'traffic_spike',
        severity: 'warning',
        channelId: 'api',
        message: '',
        evidence: { ...TRAFFIC, thresholdPercent: 200 },
      },
      FORMATS,
      DATES,
    );
    expect(told.find(({ label }) => label === 'Threshold')?.value).toBe('above 200%');
  });
});

/** A channel that was silent for so many days. */
function silent(channelId: string, days: number): Finding {
  return {
    code: 'inactive_channel',
    severity: 'warning',
    channelId,
    message: 'what it says is not shown',
    evidence: {
      from: '2026-11-15',
      to: '2026-11-21',
      days,
      thresholdDays: 7,
      lastMessageDay: '2026-11-01',
      registeredDay: '2025-03-10',
    },
  };
}

const DOMINANT: Finding = {
  code: 'dominant_channel',
  severity: 'warning',
  channelId: 'api',
  message: 'what it says is not shown',
  evidence: {
    from: '2026-10-25',
    to: '2026-11-21',
    messageCount: 18_200,
    totalMessageCount: 20_000,
    percentage: 91,
    thresholdPercent: 90,
    channelCount: 2,
  },
};

describe('the sentence of a finding', () => {
  test.each<[locale: string, after: string]>([
    [
      'en-US',
      ' had 91.0% of all messages from Oct 25, 2026 to Nov 21, 2026 (18,200 of 20,000; above 90% it dominates)',
    ],
    [
      'de-DE',
      ' had 91,0 % of all messages from 25. Okt. 2026 to 21. Nov. 2026 (18.200 of 20.000; above 90 % it dominates)',
    ],
  ])('has its numbers and days as they are written in %s', (locale, after) => {
    const told = sentenceFor(DOMINANT, pageFormatsFor(locale), dateFormatsFor(locale));
    expect({ before: told.before, after: plain(told.after) }).toEqual({ before: '', after });
  });

  test('counts days in words that fit', () => {
    const afterOf = (days: number) => sentenceFor(silent('api', days), FORMATS, DATES).after;
    expect(afterOf(1)).toBe(' has had no message since 1 Nov 2026 (1 day; the limit is 7)');
    expect(afterOf(1_200)).toBe(' has had no message since 1 Nov 2026 (1,200 days; the limit is 7)');
  });
});

describe('findings of one kind', () => {
  const [a, b, c] = [silent('a', 20), silent('b', 20), silent('c', 20)];

  test('are one group where they are many', () => {
    expect(groupFindings([a, b, c, DOMINANT], FORMATS)).toEqual([
      { heading: '3 channels are inactive', findings: [a, b, c] },
      DOMINANT,
    ]);
    const many = Array.from({ length: 1_200 }, (_, number) => silent(`channel_${number}`, 20));
    expect(groupFindings(many, FORMATS)).toEqual([
      { heading: '1,200 channels are inactive', findings: many },
    ]);
  });

  test('are told one by one where they are two', () => {
    expect(groupFindings([a, b, DOMINANT], FORMATS)).toEqual([a, b, DOMINANT]);
    expect(groupFindings([], FORMATS)).toEqual([]);
  });
});
