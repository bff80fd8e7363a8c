import { compareSealedIn, compareWithSnapshot, withoutProof } from '../domain/audit/counter-agreement.ts';
import type { Difference } from '../domain/audit/difference.ts';
import { compareMonthRevision } from '../domain/audit/totals-agreement.ts';
import type { CounterPlace, DailyCounter } from '../domain/daily-counter.ts';
import { DisagreeingItemsError } from '../domain/errors.ts';
import { monthOf } from '../domain/month.ts';
import type { MonthOfSnapshots, PeerTotals } from '../domain/peer-totals.ts';
import type { EpochMillis } from '../domain/utc-day.ts';
import type { AuditReader } from '../store/audit-reader.ts';
import { ConflictError } from '../store/conflict.ts';

/**
 * Whether counters agree with the totals and snapshots that they are about to join. After a restore, or an accident,
 * they may not: then counting on would make figures wrong that nobody could tell from right ones any more.
 */
export class SealedAgreement {
  readonly #reader: AuditReader;
  readonly #clock: () => EpochMillis;

  constructor(reader: AuditReader, clock: () => EpochMillis) {
    this.#reader = reader;
    this.#clock = clock;
  }

  /**
   * Costs a read where something seems not to agree: then it is looked at as it is at one moment, since others may
   * have changed some of it between the reads. Where it does agree, nothing is said, and what was decided on the reads
   * is refused when it is stored.
   *
   * @param counters of one peer and month, as they were read; of version 0 where there is none
   * @param totals as they were read behind them
   * @param month as it was read last, where it was
   * @throws DisagreeingItemsError; what `isContention` knows, while one of them is changed
   */
  async check(
    counters: readonly DailyCounter[],
    totals: PeerTotals,
    month?: MonthOfSnapshots,
  ): Promise<void> {
    const [first] = counters;
    if (first === undefined || this.#differences(counters, totals, month).length === 0) return;
    const { peerId } = first;
    const months = month === undefined ? [] : [monthOf(first.day)];
    const now = await this.#reader.together(peerId, months, counters);
    const still = counters.map((counter, index) => now.counters[index] ?? { ...counter, version: 0 });
    const [difference] = this.#differences(still, now.totals, now.months[0]);
    if (difference === undefined) return;
    throw new DisagreeingItemsError(difference.code, difference.day);
  }

  /**
   * Whether a counter has gone that its day's snapshot tells of, as both are at one moment: where each is read by itself,
   * the counter may have been stored first between the reads, or by a transaction of which it is seen last.
   *
   * @param counter one that was not there when it was read
   * @throws ConflictError where it is there; what `isContention` knows, while it is stored
   */
  async hasGone({ channelNumber, ...key }: CounterPlace): Promise<boolean> {
    const { peerId, day } = key;
    const { months, counters } = await this.#reader.together(peerId, [monthOf(day)], [key]);
    if (months[0]?.days.get(day)?.channels.has(channelNumber) !== true) return false;
    if (counters[0] === undefined) return true;
    throw new ConflictError('the counter of a snapshot came after it was looked for');
  }

  #differences(
    counters: readonly DailyCounter[],
    totals: PeerTotals,
    month: MonthOfSnapshots | undefined,
  ): Difference[] {
    const [first] = counters;
    if (first === undefined) return [];
    if (month === undefined) return counters.flatMap((counter) => compareSealedIn(counter, totals));
    return [
      ...compareMonthRevision(first.peerId, month, totals),
      ...counters.flatMap((counter) => {
        const stored = counter.version === 0 ? undefined : withoutProof(counter);
        return compareWithSnapshot(counter, stored, { totals, month }, this.#clock());
      }),
    ];
  }
}
