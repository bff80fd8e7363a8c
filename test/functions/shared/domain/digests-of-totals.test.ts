import { describe, expect, test } from 'vitest';
import {
  type CounterEntry,
  countInto,
  type DailyCounter,
  DEFAULT_WINDOW_RULES,
  newDailyCounter,
  sealing,
} from '../../../../functions/shared/domain/daily-counter.ts';
import { EMPTY_DIGEST, fingerprintIn } from '../../../../functions/shared/domain/digest.ts';
import { monthOf } from '../../../../functions/shared/domain/month.ts';
import {
  type MonthOfSnapshots,
  NO_TOTALS,
  newMonth,
  type PeerTotals,
  settled,
  takenAway,
  withoutMonths,
} from '../../../../functions/shared/domain/peer-totals.ts';
import { startOf } from '../../../../functions/shared/domain/utc-day.ts';

const NOW = Date.parse('2026-11-22T10:00:00.000Z');
const RULES = { ...DEFAULT_WINDOW_RULES, counterRetentionDays: 460 };
const [FRIDAY, SATURDAY] = ['2026-11-20', '2026-11-21'];

/** The digest of so many times a message of the digest 1. */
function ones(amount: number): string {
  return amount.toString(16).padStart(32, '0');
}

function entries(day: string, amount: number): CounterEntry[] {
  return Array.from({ length: amount }, () => ({
    ...{ digest: ones(1), fingerprint: fingerprintIn(ones(1)), sentAt: startOf(day) },
    adds: { messageCount: 1, conversationCount: 0 },
  }));
}

function counter(day: string, channelNumber: number, amount: number): DailyCounter {
  const none = newDailyCounter({ peerId: 'p', channelId: `c${channelNumber}`, channelNumber, day });
  return countInto(none, entries(day, amount), NOW, RULES).counter;
}

interface State {
  totals: PeerTotals;
  month: MonthOfSnapshots;
}

function joined(steps: readonly ReturnType<typeof sealing>[], { totals, month }: State): State {
  return settled(steps, totals, month, undefined, NOW);
}

const NONE: State = { totals: NO_TOTALS, month: newMonth('2026-11') };

/** The digests of channels in the totals, and in the month; `null` where nobody can tell one. */
function digestsIn({ totals, month }: State): (string | null)[][] {
  return [...totals.channels].map(([number, { digest = null }]) => [
    digest,
    month.digests.get(number) ?? null,
  ]);
}

describe('a counter', () => {
  test('has the digest of its messages, step by step, and archived ones too', () => {
    const first = counter(FRIDAY, 1, 2);
    const second = countInto(first, entries(FRIDAY, 200), NOW, RULES).counter;
    expect([first.digest, second.digest]).toEqual([ones(2), ones(202)]);
    expect(second.window).toBeUndefined();
  });

  test('of which nobody can tell the digest keeps none, whatever is counted', () => {
    const unknown = { ...counter(FRIDAY, 1, 2), digest: undefined };
    expect(countInto(unknown, entries(FRIDAY, 1), NOW, RULES).counter.digest).toBeUndefined();
  });
});

describe('totals and months', () => {
  const first = counter(FRIDAY, 1, 2);
  const sealed = joined([sealing(first), sealing(counter(FRIDAY, 2, 5))], NONE);

  test('have the sums of their counters', () => {
    expect(digestsIn(sealed)).toEqual([
      [ones(2), ones(2)],
      [ones(5), ones(5)],
    ]);
    const later = joined([sealing(counter(SATURDAY, 1, 3)), sealing(counter('2026-11-19', 1, 4))], sealed);
    expect(digestsIn(later)[0]).toEqual([ones(9), ones(9)]);
  });

  test('get what a late message adds, and no more', () => {
    const before = { ...first, sealedIn: 1 };
    const late = sealing(before, countInto(before, entries(FRIDAY, 1), NOW, RULES));
    expect(digestsIn(joined([late], sealed))[0]).toEqual([ones(3), ones(3)]);
  });

  test('have none of a channel one of whose counters has none, for good', () => {
    const unknown = { ...counter(SATURDAY, 1, 3), digest: undefined };
    const without = joined([sealing(unknown)], sealed);
    const further = joined([sealing(counter('2026-11-19', 1, 4))], without);
    for (const state of [without, further]) {
      expect(digestsIn(state)).toEqual([
        [null, null],
        [ones(5), ones(5)],
      ]);
    }
  });

  test('of a version that knew of no digests have none', () => {
    const old = joined([sealing({ ...first, digest: undefined })], NONE);
    expect(digestsIn(joined([sealing(counter(SATURDAY, 1, 1))], old))).toEqual([[null, null]]);
  });

  test('begin with nothing in another month', () => {
    const december = joined([sealing(counter('2026-12-01', 1, 1))], {
      ...sealed,
      month: newMonth('2026-12'),
    });
    expect(digestsIn(december)[0]).toEqual([ones(3), ones(1)]);
  });

  test('lose the digest of days that are taken away, and the channel with its last day', () => {
    const both = joined([sealing(counter(SATURDAY, 1, 3))], sealed);
    const isFriday = { has: (day: string) => day === FRIDAY, digest: ones(2) };
    const { totals, months } = takenAway(both.totals, [both.month], 1, isFriday, NOW);
    const [{ month } = { month: newMonth(monthOf(FRIDAY)) }] = months;
    expect(digestsIn({ totals, month })[0]).toEqual([ones(3), ones(3)]);
    const rest = takenAway(totals, [month], 1, { has: () => true }, NOW);
    expect(rest.totals.channels.has(1)).toBe(false);
    expect([...(rest.months[0]?.month.digests ?? [])]).toEqual([[2, ones(5)]]);
  });

  test('lose the digests of months that go', () => {
    const december = joined([sealing(counter('2026-12-01', 1, 1))], {
      ...sealed,
      month: newMonth('2026-12'),
    });
    const { channels } = withoutMonths(december.totals, [sealed.month], NOW);
    expect([...channels].map(([, { digest }]) => digest)).toEqual([ones(1), EMPTY_DIGEST]);
  });
});
