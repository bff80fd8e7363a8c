import { describe, expect, test } from 'vitest';
import {
  type MendedTotals,
  type MendingContext,
  TotalsMending,
  UnsureSumError,
} from '../../../../../functions/shared/domain/audit/mended-totals.ts';
import {
  compareMonth,
  compareTotals,
  sumsOf,
} from '../../../../../functions/shared/domain/audit/totals-agreement.ts';
import type { SealableCounter } from '../../../../../functions/shared/domain/daily-counter.ts';
import type { Counts } from '../../../../../functions/shared/domain/metrics.ts';
import { monthOf } from '../../../../../functions/shared/domain/month.ts';
import {
  type MonthOfSnapshots,
  NO_TOTALS,
  newMonth,
  type PeerTotals,
} from '../../../../../functions/shared/domain/peer-totals.ts';
import { DAY_MS, startOf } from '../../../../../functions/shared/domain/utc-day.ts';

const NOW = startOf('2026-11-22');
const CHANNELS = new Map([[1, 'slack']]);

function counts(messageCount: number, conversationCount = 1): Counts {
  return { messageCount, conversationCount };
}

function counter(day: string, messageCount: number, sealedIn?: number): SealableCounter {
  const place = { peerId: 'p', channelId: 'slack', channelNumber: 1, day };
  const stored = { version: 2, keepUntil: NOW + 400 * DAY_MS, lastMessageAt: startOf(day) };
  return { ...place, ...stored, ...counts(messageCount), ...(sealedIn !== undefined && { sealedIn }) };
}

function month(revision: number, days: Record<string, number>): MonthOfSnapshots {
  const snapshots = Object.entries(days).map(([day, messages]) => {
    return [day, { channels: new Map([[1, counts(messages)]]), changedAt: 1_000, revision }] as const;
  });
  return {
    month: monthOf(Object.keys(days)[0] ?? ''),
    revision,
    days: new Map(snapshots),
    digests: new Map(),
  };
}

function totals(revision: number, messages: number, months: Record<string, number>): PeerTotals {
  return {
    revision,
    changedAt: 1_000,
    sealedThrough: '2026-11-20',
    completeThrough: '2026-11-20',
    channels: new Map([[1, { ...counts(messages, 1), lastMessageAt: 1_000 }]]),
    recent: new Map(),
    months: new Map(Object.entries(months)),
  };
}

function mended(
  read: PeerTotals,
  stored: readonly { month: MonthOfSnapshots; counters: SealableCounter[] }[],
  context: Partial<MendingContext> = {},
): MendedTotals {
  const mending = new TotalsMending({
    peerId: 'p',
    totals: read,
    channelIds: CHANNELS,
    moved: new Map(),
    now: NOW,
    ...context,
  });
  for (const one of stored) mending.add(one);
  return mending.result();
}

describe('totals and months', () => {
  test('that agree with the counters stay as they are', () => {
    const stored = [{ month: month(3, { '2026-11-20': 5 }), counters: [counter('2026-11-20', 5, 3)] }];
    expect(mended(totals(3, 5, { '2026-11': 3 }), stored).steps).toEqual([]);
  });

  test('that are older than a counter become what it holds, with a revision above all that are stored', () => {
    const stored = [{ month: month(3, { '2026-11-20': 5 }), counters: [counter('2026-11-20', 8, 9)] }];
    const { steps } = mended(totals(3, 5, { '2026-11': 3 }), stored);
    expect(steps).toMatchObject([{ totalsRead: 3, totals: { revision: 10 }, months: [{ monthRead: 3 }] }]);
    const [step] = steps;
    const [written] = step?.months ?? [];
    expect(written?.month.days.get('2026-11-20')).toEqual({
      channels: new Map([[1, counts(8)]]),
      changedAt: NOW,
      revision: 10,
    });
    expect(step?.totals.channels.get(1)).toMatchObject(counts(8));
  });

  test('come to agree with one another, whatever they were', () => {
    const stored = [
      { month: month(2, { '2026-10-07': 4 }), counters: [counter('2026-10-07', 4, 2)] },
      { month: newMonth('2026-11'), counters: [counter('2026-11-20', 3, 4), counter('2026-11-21', 2)] },
    ];
    const { steps, open } = mended(NO_TOTALS, stored);
    const [step] = steps;
    if (step === undefined) throw new Error('nothing is to be written');
    const months = step.months.map(({ month: written }) => written);
    expect(months.flatMap((written) => compareMonth('p', written, step.totals))).toEqual([]);
    expect(compareTotals('p', step.totals, months.map(sumsOf))).toEqual([]);
    expect(step.totals.sealedThrough).toBe('2026-11-20');
    expect(open.map(({ day }) => day)).toEqual(['2026-11-21']);
  });

  test('hold nothing of a counter that is gone, or not sealed, and rest on that it is so', () => {
    const stored = [
      { month: month(3, { '2026-11-19': 2, '2026-11-20': 5 }), counters: [counter('2026-11-20', 1)] },
    ];
    const { steps, restsOn } = mended(totals(3, 7, { '2026-11': 3 }), stored);
    expect(steps[0]?.totals.channels.size).toBe(0);
    expect(restsOn).toMatchObject([
      { day: '2026-11-19', channelId: 'slack', version: 0 },
      { day: '2026-11-20', version: 2 },
    ]);
  });

  test('keep the record of days whose counters have expired', () => {
    const stored = [{ month: month(2, { '2025-07-07': 4 }), counters: [] }];
    expect(mended(totals(2, 4, { '2025-07': 2 }), stored).steps).toEqual([]);
  });

  test('keep the sum of a month that is lost, on a day of it, where its counters have expired', () => {
    const stored = [
      { month: newMonth('2025-07'), counters: [] },
      { month: month(3, { '2026-11-20': 5 }), counters: [counter('2026-11-20', 5, 3)] },
    ];
    const { steps, lostDays } = mended(totals(3, 9, { '2025-07': 2, '2026-11': 3 }), stored);
    expect(lostDays).toEqual([
      {
        month: '2025-07',
        day: '2025-07-31',
        channelNumber: 1,
        counts: { messageCount: 4, conversationCount: 0 },
      },
    ]);
    expect(steps[0]?.totals.channels.get(1)).toMatchObject({ messageCount: 9 });
  });

  test('keep that sum under the number that its channel has by now, beside another that has the former one', () => {
    const stored = [
      { month: newMonth('2025-07'), counters: [] },
      {
        month: month(3, { '2026-11-19': 2, '2026-11-20': 5 }),
        counters: [{ ...counter('2026-11-20', 5, 3), channelNumber: 2 }],
      },
      { month: month(2, { '2024-12-03': 1 }), counters: [] },
    ];
    const read = totals(3, 12, { '2025-07': 2, '2026-11': 3, '2024-12': 2 });
    const channels = new Map([...read.channels, [2, { ...counts(3, 0), lastMessageAt: 2_000 }]]);
    const { steps, lostDays } = mended({ ...read, channels }, stored, {
      channelIds: new Map([
        [2, 'slack'],
        [3, 'email'],
      ]),
      moved: new Map([
        [1, 2],
        [2, 3],
      ]),
    });
    expect(
      lostDays.map(({ channelNumber, counts: { messageCount } }) => [channelNumber, messageCount]),
    ).toEqual([
      [2, 12 - 2 - 5 - 1],
      [3, 3],
    ]);
    const [step] = steps;
    expect(step?.totals.channels).toEqual(
      new Map([
        [2, { messageCount: 10, conversationCount: 2, lastMessageAt: startOf('2026-11-20') }],
        [3, { messageCount: 3, conversationCount: 0, lastMessageAt: 2_000 }],
      ]),
    );
  });
});

describe('what totals hold of a lost month whose counters have expired, beside one whose counters may be lost too', () => {
  const stored = [
    { month: newMonth('2025-07'), counters: [] },
    { month: newMonth('2026-11'), counters: [counter('2026-11-20', 5, 3)] },
  ];
  const read = totals(3, 9, { '2025-07': 2, '2026-11': 3 });

  test('is not decided on', () => {
    expect(() => mended(read, stored)).toThrow(UnsureSumError);
    expect(() => mended(read, stored)).toThrow(/hold 4 messages more .* of 2025-07/);
  });

  test('is kept, or dropped, as somebody says, and told', () => {
    const lost = { month: '2025-07', channelNumber: 1, counts: { messageCount: 4, conversationCount: 0 } };
    const kept = mended(read, stored, { unsureSums: 'keep' });
    expect(kept.lostDays).toEqual([{ ...lost, day: '2025-07-31' }]);
    expect(kept.steps.at(-1)?.totals.channels.get(1)).toMatchObject({ messageCount: 9 });
    const dropped = mended(read, stored, { unsureSums: 'drop' });
    expect(dropped.lostDays).toEqual([lost]);
    expect(dropped.steps.at(-1)?.totals.channels.get(1)).toMatchObject({ messageCount: 5 });
  });

  test('needs no decision where the counters hold all of it', () => {
    const { lostDays, steps } = mended(totals(3, 5, { '2025-07': 2, '2026-11': 3 }), stored);
    expect([lostDays, steps.at(-1)?.totals.channels.get(1)?.messageCount]).toEqual([[], 5]);
  });
});
