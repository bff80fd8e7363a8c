import { dayOf, type EpochMillis, MINUTE_MS, SECOND_MS, type UtcDay } from '../domain/utc-day.ts';
import { queryAll, queryPages, type Table } from './dynamodb.ts';
import { between } from './expressions.ts';
import { monthRange, parseMonth } from './items/month-of-snapshots.ts';
import { changedSince, parseChangedPeer } from './items/peer-totals.ts';

/** A day of a peer whose snapshot changed. */
export interface ChangedDay {
  peerId: string;
  day: UtcDay;
  /** To the second. A later change of the same day has another one, unless it came within the same second. */
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
 * makes it, and so is found also where its process ended right after.
 */
export class ChangedDays {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /**
   * The days that changed since an instant, of the peers of a lane, peer by peer. Whoever follows changes asks
   * from `CHANGES_OVERLAP_MS` before the instant at which it asked last, and finds each change at least once.
   *
   * @param earliest days before it are left out: none of them takes messages any more
   */
  async *since(lane: number, since: EpochMillis, earliest: UtcDay): AsyncGenerator<ChangedDay[]> {
    for await (const page of queryPages(this.#table, changedSince(lane, since))) {
      for (const { peerId, changedAt } of page.map(parseChangedPeer)) {
        yield await this.#daysOf(peerId, since, earliest, changedAt);
      }
    }
  }

  async #daysOf(
    peerId: string,
    since: EpochMillis,
    earliest: UtcDay,
    until: EpochMillis,
  ): Promise<ChangedDay[]> {
    const items = await queryAll(this.#table, {
      ...between(monthRange(peerId, earliest, dayOf(until))),
      ConsistentRead: true,
    });
    return (
      items
        .flatMap((item) => [...parseMonth(item).days])
        .map(([day, { changedAt }]) => ({ peerId, day, changedAt }))
        // Theirs are whole seconds.
        .filter(({ day, changedAt }) => day >= earliest && changedAt + SECOND_MS > since)
    );
  }
}
