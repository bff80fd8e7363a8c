import type { SealedDay } from '../domain/sealed-day.ts';
import { dayOf, type EpochMillis, MINUTE_MS, type UtcDay } from '../domain/utc-day.ts';
import { queryPages, type Table } from './dynamodb.ts';
import { changedSince, parseChangedPeer } from './items/peer-totals.ts';
import { SealedDays } from './sealed-days.ts';

/** A peer whose snapshots changed. */
export interface ChangedPeer {
  peerId: string;
  /** When they changed last, as the list has it. */
  changedAt: EpochMillis;
}

/**
 * How far back from where it has come whoever follows changes has to look again. A change carries the instant at
 * which it was decided on: it is stored within the time of a call, and listed a moment later, by clocks that
 * differ by less than the rest of this.
 */
export const CHANGES_OVERLAP_MS = 10 * MINUTE_MS;

/**
 * Finds the days that were sealed, or changed since: every change of a snapshot is listed by the same write that
 * makes it, and so is found also where its process ended right after. Whoever follows changes asks from
 * `CHANGES_OVERLAP_MS` before the instant at which it asked last, and finds each at least once.
 */
export class ChangedDays {
  readonly #table: Table;
  readonly #sealed: SealedDays;

  constructor(table: Table) {
    this.#table = table;
    this.#sealed = new SealedDays(table);
  }

  /** The peers of a lane with a change since an instant, some at a time, in the order of their last changes. */
  async *peersSince(lane: number, since: EpochMillis): AsyncGenerator<ChangedPeer[]> {
    for await (const items of queryPages(this.#table, changedSince(lane, since))) {
      yield items.map(parseChangedPeer);
    }
  }

  /**
   * The days of a peer that changed since an instant, as they are now.
   *
   * @param recentFrom days from this one on change more often than those before it, which only an imported history and what
   *   is taken away change
   * @throws what `SealedDays` does
   */
  daysOf({ peerId, changedAt }: ChangedPeer, since: EpochMillis, recentFrom: UtcDay): Promise<SealedDay[]> {
    return this.#sealed.changedSince(peerId, since, { recentFrom, to: dayOf(changedAt) });
  }
}
