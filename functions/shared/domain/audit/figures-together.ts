import type { SealableCounter } from '../daily-counter.ts';
import { type Month, monthOf } from '../month.ts';
import type { MonthOfSnapshots, PeerTotals } from '../peer-totals.ts';
import type { EpochMillis } from '../utc-day.ts';
import { compareNumbersOf } from './channel-agreement.ts';
import { compareSealedIn, compareWithSnapshot } from './counter-agreement.ts';
import type { Difference } from './difference.ts';
import { compareMonth, compareWithMonth } from './totals-agreement.ts';

/** Some of the stored figures of a peer, as they were at one moment. */
export interface FiguresTogether {
  peerId: string;
  totals: PeerTotals;
  /** Any of the months; one that is not stored is of revision 0. */
  months: readonly MonthOfSnapshots[];
  /** Any of the counters. */
  counters: readonly SealableCounter[];
}

/**
 * What contradicts itself in some of the stored figures of a peer. At every moment there is nothing: the totals are the
 * sum of the snapshots, and of the sealed counters. Figures that were read one after the other may seem to contradict
 * themselves, because others changed them meanwhile, or because a transaction was not seen whole.
 */
export function compareTogether(figures: FiguresTogether, now: EpochMillis): Difference[] {
  const { peerId, totals, months, counters } = figures;
  const byMonth = new Map<Month, MonthOfSnapshots>(months.map((month) => [month.month, month]));
  return [
    ...months.flatMap((month) => {
      const ofMonth = compareMonth(peerId, month, totals);
      return ofMonth.length > 0 ? ofMonth : compareWithMonth(peerId, month, totals);
    }),
    ...counters.flatMap((counter) => {
      const month = byMonth.get(monthOf(counter.day));
      return month === undefined
        ? compareSealedIn(counter, totals)
        : compareWithSnapshot(counter, counter, { totals, month }, now);
    }),
    ...compareNumbersOf(counters),
  ];
}
