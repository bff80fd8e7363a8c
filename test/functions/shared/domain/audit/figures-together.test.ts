import { describe, expect, test } from 'vitest';
import {
  compareTogether,
  type FiguresTogether,
} from '../../../../../functions/shared/domain/audit/figures-together.ts';
import { type SealableCounter, sealingAsItIs } from '../../../../../functions/shared/domain/daily-counter.ts';
import {
  completed,
  NO_TOTALS,
  newMonth,
  type PeerTotals,
  settled,
} from '../../../../../functions/shared/domain/peer-totals.ts';

const NOW = Date.parse('2026-11-22T00:05:00.000Z');
const DAY = '2026-11-20';
const NEXT = '2026-11-21';

function counter(changes: Partial<SealableCounter> = {}): SealableCounter {
  return {
    ...{ peerId: 'p', channelId: 'c', channelNumber: 1, day: DAY, messageCount: 5, conversationCount: 2 },
    ...{ version: 1, keepUntil: NOW + 1, lastMessageAt: 1 },
    ...changes,
  };
}

/** Two days of a channel that were settled one after the other, and a counter that is not sealed. */
function stored(): FiguresTogether {
  const first = settled([sealingAsItIs(counter())], NO_TOTALS, newMonth('2026-11'), undefined, 0);
  const next = [sealingAsItIs(counter({ day: NEXT, messageCount: 3 }))];
  const { totals, month, sealings } = settled(next, first.totals, first.month, undefined, 0);
  const counters = [...first.sealings, ...sealings].map((sealing) => sealing.counter);
  return { peerId: 'p', totals, months: [month], counters: [...counters, counter({ day: '2026-11-22' })] };
}

/** Figures with other totals. */
function withTotals(change: (totals: PeerTotals) => Partial<PeerTotals>): FiguresTogether {
  const { totals, ...others } = stored();
  return { ...others, totals: { ...totals, ...change(totals) } };
}

/** What is found, and where. */
function differences(figures: FiguresTogether) {
  return compareTogether(figures, NOW).map(({ code, month, day, channelId, channelNumber }) => ({
    code,
    ...(month !== undefined && { month }),
    ...(day !== undefined && { day }),
    ...(channelId !== undefined && { channelId }),
    ...(channelNumber !== undefined && { channelNumber }),
  }));
}

describe('nothing contradicts itself', () => {
  test('in what was settled', () => {
    expect(differences(stored())).toEqual([]);
  });

  test('once days are complete', () => {
    const { totals, ...others } = stored();
    expect(differences({ ...others, totals: completed(totals) })).toEqual([]);
  });

  test('where nothing is stored', () => {
    expect(
      differences({ ...stored(), totals: NO_TOTALS, months: [newMonth('2026-11')], counters: [] }),
    ).toEqual([]);
  });

  test('in a counter that was sealed before its first message was counted', () => {
    const empty = counter({ channelNumber: 2, channelId: 'd', messageCount: 0, conversationCount: 0 });
    const { counters, ...others } = stored();
    expect(differences({ ...others, counters: [...counters, { ...empty, sealedIn: 1 }] })).toEqual([]);
  });

  test('in counters whose month is not looked at', () => {
    expect(differences({ ...stored(), months: [] })).toEqual([]);
  });
});

describe('it is found that', () => {
  const month = '2026-11';

  test('a month is not there', () => {
    const counters: SealableCounter[] = [];
    expect(differences({ ...stored(), months: [newMonth(month)], counters })).toEqual([
      { code: 'month_lost', month, day: '2026-11-01' },
    ]);
  });

  test.for([
    { named: 3, code: 'month_older' },
    { named: 1, code: 'month_newer' },
  ])('a month is of another revision than the totals name: $code', ({ named, code }) => {
    const found = differences(withTotals(() => ({ months: new Map([[month, named]]) })));
    expect(found).toEqual([{ code, month, day: DAY }]);
  });

  test('the totals do not name a month', () => {
    const found = differences(withTotals(() => ({ months: new Map() })));
    expect(found).toEqual([{ code: 'month_newer', month, day: DAY }]);
  });

  test('the totals hold less of a channel than a month', () => {
    const channels = new Map([[1, { messageCount: 4, conversationCount: 4, lastMessageAt: 1 }]]);
    expect(differences(withTotals(() => ({ channels })))).toEqual([
      { code: 'totals_differ', day: '2026-11-01', channelNumber: 1 },
    ]);
  });

  test('the totals hold something else of a recent day than its snapshot', () => {
    const recent = (totals: PeerTotals) => new Map([...totals.recent].slice(1));
    expect(differences(withTotals((totals) => ({ recent: recent(totals) })))).toEqual([
      { code: 'recent_differs', month, day: DAY },
    ]);
  });

  test('a counter was sealed with a revision that the totals do not have', () => {
    const found = differences(withTotals(() => ({ revision: 1 })));
    expect(found).toEqual([
      { code: 'counter_newer_than_totals', day: NEXT, channelId: 'c', channelNumber: 1 },
    ]);
  });

  test('a sealed counter holds other figures than the snapshot of its day', () => {
    const counters = stored().counters.map((one) => ({
      ...one,
      conversationCount: one.day === DAY ? 1 : one.conversationCount,
    }));
    expect(differences({ ...stored(), counters })).toEqual([
      { code: 'snapshot_differs', day: DAY, channelId: 'c', channelNumber: 1 },
    ]);
  });

  test('a snapshot holds a counter that is not sealed', () => {
    expect(differences({ ...stored(), counters: [counter()] })).toEqual([
      { code: 'snapshot_too_early', day: DAY, channelId: 'c', channelNumber: 1 },
    ]);
  });

  test('two channels have one number, and one channel has two', () => {
    const day = '2026-12-01';
    const counters = [
      counter({ day }),
      counter({ day, channelId: 'd' }),
      counter({ day, channelId: 'e', channelNumber: 2 }),
      counter({ day, channelId: 'e', channelNumber: 3 }),
    ];
    expect(differences({ ...stored(), counters })).toEqual([
      { code: 'channel_number_twice', day, channelNumber: 1 },
      { code: 'number_differs', day, channelId: 'e', channelNumber: 3 },
    ]);
  });
});
