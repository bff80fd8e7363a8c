import { type DailyCounter, takesHistory } from '../../../functions/shared/domain/daily-counter.ts';
import { type Month, monthOf } from '../../../functions/shared/domain/month.ts';
import type { EpochMillis, UtcDay } from '../../../functions/shared/domain/utc-day.ts';
import { mapConcurrently } from '../../../functions/shared/runtime/concurrency.ts';
import type { Waiting } from '../../../functions/shared/runtime/waiting.ts';
import { DailyCounterStore } from '../../../functions/shared/store/daily-counter-store.ts';
import { readBetweenTransactions, type Table } from '../../../functions/shared/store/dynamodb.ts';
import { monthKey, parseMonth } from '../../../functions/shared/store/items/month-of-snapshots.ts';
import { retryOnConflict } from '../../../functions/shared/store/retry-on-conflict.ts';

/** Why a day takes no messages of the history. */
export type DayRefusal = 'evidence_gone' | 'evidence_closed';

/** A day as it was looked at: its counters, which hold the evidence of all its figures, or why there is none. */
export type DayOfHistory = { counters: readonly DailyCounter[] } | { refusal: DayRefusal };

const CONCURRENT_DAYS = 16;

/**
 * Tells which days may get messages of the history: those that have no figures, and those whose figures are proven on every
 * channel. Where the proof of a channel has gone, nobody can tell which messages of the day it had counted, and a message
 * that is imported for another channel may be one of them.
 */
export class HistoryDays {
  readonly #table: Table;
  readonly #counters: DailyCounterStore;
  readonly #waiting: Waiting;
  readonly #clock: () => EpochMillis;

  constructor(usage: Table, { waiting, clock }: { waiting: Waiting; clock: () => EpochMillis }) {
    this.#table = usage;
    this.#counters = new DailyCounterStore(usage);
    this.#waiting = waiting;
    this.#clock = clock;
  }

  /** Looks at days of a peer. */
  async look(peerId: string, days: Iterable<UtcDay>): Promise<Map<UtcDay, DayOfHistory>> {
    const looked = new Map<UtcDay, DayOfHistory>();
    for (const [month, ofMonth] of Map.groupBy(new Set(days), monthOf)) {
      const inSnapshots = await this.#channelsOf(peerId, month);
      await mapConcurrently([...ofMonth], CONCURRENT_DAYS, async (day) => {
        looked.set(day, await this.#lookAt(peerId, day, inSnapshots.get(day) ?? []));
      });
    }
    return looked;
  }

  /** Those of some days that take no messages of the history. */
  async refusedAmong(peerId: string, days: Iterable<UtcDay>): Promise<Map<UtcDay, DayRefusal>> {
    const refused = new Map<UtcDay, DayRefusal>();
    // Of a large peer the counters of all days would be too many at a time.
    for (const ofMonth of Map.groupBy(new Set(days), monthOf).values()) {
      for (const [day, look] of await this.look(peerId, ofMonth)) {
        if ('refusal' in look) refused.set(day, look.refusal);
      }
    }
    return refused;
  }

  /**
   * The numbers of the channels that have figures, of each day of a month. It is read between transactions, so that every
   * counter which joined it is seen by whoever looks for it afterwards.
   */
  async #channelsOf(peerId: string, month: Month): Promise<Map<UtcDay, readonly number[]>> {
    const item = await retryOnConflict(this.#waiting, () =>
      readBetweenTransactions(this.#table, monthKey(peerId, month)),
    );
    if (item === undefined) return new Map();
    return new Map([...parseMonth(item).days].map(([day, { channels }]) => [day, [...channels.keys()]]));
  }

  async #lookAt(peerId: string, day: UtcDay, inSnapshot: readonly number[]): Promise<DayOfHistory> {
    const counters = await this.#counters.readDays(peerId, day, day);
    const found = new Set(counters.map(({ channelNumber }) => channelNumber));
    if (!inSnapshot.every((channelNumber) => found.has(channelNumber))) return { refusal: 'evidence_gone' };
    const now = this.#clock();
    if (!counters.every((counter) => takesHistory(counter, now))) return { refusal: 'evidence_closed' };
    return { counters };
  }
}
