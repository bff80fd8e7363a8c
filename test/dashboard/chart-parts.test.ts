import { describe, expect, test } from 'vitest';
import { dateFormatsFor } from '../../dashboard/src/date-formats.ts';
import { beforeInWords, earlierPlan } from '../../dashboard/src/features/over-time/earlier.ts';
import type { HistoryPlan } from '../../dashboard/src/features/over-time/history-plan.ts';
import { barForKey } from '../../dashboard/src/features/over-time/keys.ts';
import { marksOn, ownSeverity } from '../../dashboard/src/features/over-time/marks.ts';
import { niceSteps } from '../../dashboard/src/features/over-time/nice-steps.ts';
import { pageFormatsFor } from '../../dashboard/src/page-formats.ts';
import { highTraffic } from '../../functions/shared/domain/findings/high-traffic.ts';
import { trafficDrop } from '../../functions/shared/domain/findings/traffic-drop.ts';
import { countPeriods, daysBetween, INTERVALS } from '../../functions/shared/domain/interval.ts';
import { addDays } from '../../functions/shared/domain/utc-day.ts';

describe('the steps of an axis', () => {
  test.each<[highest: number, steps: number[]]>([
    [0, [0, 1]],
    [1, [0, 1]],
    [3, [0, 1, 2, 3]],
    [5, [0, 1, 2, 3, 4, 5]],
    [6, [0, 2, 4, 6]],
    [27, [0, 10, 20, 30]],
    [440, [0, 100, 200, 300, 400, 500]],
    [1_234, [0, 500, 1_000, 1_500]],
    [1_000_000, [0, 200_000, 400_000, 600_000, 800_000, 1_000_000]],
  ])('up to %d', (highest, steps) => {
    expect(niceSteps(highest)).toEqual(steps);
  });

  test('are few, whole and 1, 2 or 5 apart, times a power of ten', () => {
    for (let highest = 1; highest < 1e7; highest = Math.ceil(highest * 1.07)) {
      const steps = niceSteps(highest);
      const [, step = 0] = steps;
      expect(steps.length).toBeLessThanOrEqual(6);
      expect(steps.at(-1)).toBeGreaterThanOrEqual(highest);
      expect(['1', '2', '5']).toContain(String(step).replace(/0+$/, ''));
    }
  });

  test('are written in short, as the reader writes them', () => {
    expect([0, 950, 1_200, 2_000_000].map(pageFormatsFor('en-US').short)).toEqual(['0', '950', '1.2K', '2M']);
    expect(pageFormatsFor('fr-FR').short(1_200).replace(/\s/u, ' ')).toBe('1,2 k');
  });
});

describe('what a history is compared with', () => {
  test.each<[plan: HistoryPlan, from: string, to: string, words: string]>([
    [{ from: '2026-11-16', to: '2026-11-22', interval: 'day' }, '2026-11-09', '2026-11-15', '7 days before'],
    [{ from: '2026-10-24', to: '2026-11-22', interval: 'day' }, '2026-09-19', '2026-10-18', '35 days before'],
    [{ from: '2026-11-22', to: '2026-11-22', interval: 'day' }, '2026-11-15', '2026-11-15', '7 days before'],
    [{ from: '2026-11-10', to: '2026-11-15', interval: 'week' }, '2026-11-03', '2026-11-08', '1 week before'],
    [
      { from: '2026-11-01', to: '2026-11-22', interval: 'month' },
      '2026-10-01',
      '2026-10-22',
      '1 month before',
    ],
    [
      { from: '2026-03-31', to: '2026-04-30', interval: 'month' },
      '2026-01-31',
      '2026-02-28',
      '2 months before',
    ],
  ])('%j', (plan, from, to, words) => {
    const earlier = earlierPlan(plan);
    expect(earlier).toMatchObject({ from, to, interval: plan.interval });
    expect(earlier && beforeInWords(earlier)).toBe(words);
  });

  test('has as many buckets, ends before it, and has the same weekdays', () => {
    for (const interval of INTERVALS) {
      for (let days = 1; days < 120; days += 7) {
        const plan = { from: addDays('2026-11-22', -days), to: '2026-11-22', interval };
        const earlier = earlierPlan(plan);
        if (earlier === undefined) throw new Error('there is nothing to compare with');
        expect(countPeriods(earlier, interval)).toBe(countPeriods(plan, interval));
        expect(earlier.to < plan.from).toBe(true);
        if (interval !== 'month') expect(daysBetween(earlier.from, plan.from) % 7).toBe(0);
      }
    }
  });

  test('is nothing before there are days', () => {
    expect(earlierPlan({ from: '0000-01-03', to: '2026-11-22', interval: 'day' })).toBeUndefined();
    expect(earlierPlan({ from: '0000-01-03', to: '2026-11-22', interval: 'month' })).toBeUndefined();
  });
});

describe('labels of a chart', () => {
  test('have their year where they are told to', () => {
    const dates = dateFormatsFor('en-GB');
    const day = { from: '2026-01-04', to: '2026-01-04' };
    expect([dates.bucket(day, 'day'), dates.bucket(day, 'day', true)]).toEqual(['4 Jan', '4 Jan 2026']);
    expect(dates.weekday('2026-11-22')).toBe('Sun, 22 Nov 2026');
  });
});

describe('the keys of a chart', () => {
  test.each<[key: string, at: number, expected: number | undefined]>([
    ['ArrowLeft', 3, 2],
    ['ArrowRight', 3, 4],
    ['ArrowLeft', 0, 0],
    ['ArrowRight', 9, 9],
    ['PageDown', 3, 0],
    ['PageUp', 1, 8],
    ['Home', 5, 0],
    ['End', 5, 9],
    ['a', 5, undefined],
    ['toString', 5, undefined],
  ])('%s at %d of 0 to 9', (key, at, expected) => {
    expect(barForKey(key, at, 9)).toBe(expected);
  });
});

describe('findings', () => {
  const [drop, high] = [trafficDrop.examples[0], highTraffic.examples[0]];
  const bars = ['2026-10-24', '2026-10-25', '2026-11-21', '2026-11-22'].map((day) => ({
    start: day,
    end: day,
    values: [],
    total: 0,
  }));

  test('are marked on the bars of the days that they judge', () => {
    if (drop === undefined) throw new Error('there is no example');
    const findings = [drop, ...(high === undefined ? [] : [high])];
    const names = new Map([['integration_123', { name: 'WebChat' }]]);
    const { byBar, spans } = marksOn(bars, findings, names);
    expect(byBar.get('2026-11-21')?.[0]).toEqual({
      severity: 'warning',
      found: 'drop',
      channel: { name: 'WebChat' },
      days: { from: '2026-11-21', to: '2026-11-21' },
    });
    expect(ownSeverity(byBar.get('2026-11-21'))).toBe('warning');
    expect([byBar.has('2026-10-24'), byBar.has('2026-11-22')]).toEqual([false, false]);
    expect(spans).toEqual(
      high === undefined ? [] : [{ severity: 'info', first: '2026-10-25', last: '2026-11-21' }],
    );
  });
});
