import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Month } from '../domain/month.ts';
import {
  completed,
  type MonthOfSnapshots,
  NO_TOTALS,
  newMonth,
  type PeerTotals,
  type Settling,
} from '../domain/peer-totals.ts';
import { ConflictError, conflictOr, transact } from './conflict.ts';
import type { DailyCounterStore } from './daily-counter-store.ts';
import { readItem, type Table, type TransactionItem } from './dynamodb.ts';
import { ifStill, storing, together } from './expressions.ts';
import { monthItem, monthKey, OPTIONAL_OF_MONTH, parseMonth } from './items/month-of-snapshots.ts';
import { parseTotals, totalsAttributes, totalsItem, totalsKey } from './items/peer-totals.ts';

/** The totals of peers, and the snapshots that they are the sums of. */
export class TotalsStore {
  readonly #table: Table;
  readonly #counters: DailyCounterStore;

  constructor(table: Table, counters: DailyCounterStore) {
    this.#table = table;
    this.#counters = counters;
  }

  /** The totals of a peer as they are now; those of revision 0 where none are stored. */
  async read(peerId: string): Promise<PeerTotals> {
    const item = await readItem(this.#table, totalsKey(peerId));
    return item === undefined ? NO_TOTALS : parseTotals(item);
  }

  /** A month of a peer's snapshots as it is now; of revision 0 where none is stored. */
  async readMonth(peerId: string, month: Month): Promise<MonthOfSnapshots> {
    const item = await readItem(this.#table, monthKey(peerId, month));
    return item === undefined ? newMonth(month) : parseMonth(item);
  }

  /**
   * The totals of a peer, and some of its months, as they were at one moment.
   *
   * @throws ConflictError where others have changed one of them between the reads
   */
  async readWithMonths(
    peerId: string,
    names: readonly Month[],
  ): Promise<{ totals: PeerTotals; months: MonthOfSnapshots[] }> {
    const totals = await this.read(peerId);
    const months: MonthOfSnapshots[] = [];
    for (const name of names) months.push(await this.readMonth(peerId, name));
    const areAsNamed = months.every(({ month, revision }) => (totals.months.get(month) ?? 0) === revision);
    if (!areAsNamed) throw new ConflictError('a month is not of the revision that the totals name');
    return { totals, months };
  }

  /**
   * Stores what counters of days of one month change of the totals and of the days' snapshots, with the counters:
   * all or nothing. Each counter takes one of the items that a transaction may have, and one more for each
   * window that it archives; totals and month take two.
   *
   * @throws ConflictError where the counters, the totals or the month are not those that it was made from;
   *   and what `isContention` knows
   */
  async settle(peerId: string, { totals, month, monthRead, sealings }: Settling): Promise<void> {
    for (const change of sealings) await this.#counters.awaitEarlierWindows(change);
    const counters = sealings.flatMap((change) => this.#counters.writesOf(change));
    await this.replace(peerId, totals, [{ month, monthRead }], counters);
  }

  /**
   * Stores totals in place of those of the revision before, with months in place of those that were read: all or
   * nothing. What is stored has to keep that the totals are the sum of all months, and of the sealed counters.
   *
   * @param months all different; each with the revision of the totals
   * @param companions further writes, which come first. With them, each month and the totals it has to stay below
   *   `TRANSACTION_LIMIT`
   * @param totalsRead the revision of those that are replaced, where it is not the one before
   * @throws ConflictError where the totals or a month are not those that it was made from, or where the condition of
   *   a companion does not hold; and what `isContention` knows
   */
  async replace(
    peerId: string,
    totals: PeerTotals,
    months: readonly Pick<Settling, 'month' | 'monthRead'>[],
    companions: readonly TransactionItem[] = [],
    totalsRead = totals.revision - 1,
  ): Promise<void> {
    const items: TransactionItem[] = [
      ...companions,
      { Update: this.#totalsUpdate(peerId, totals, totalsRead) },
      ...months.map(({ month, monthRead }) => ({
        Update: {
          TableName: this.#table.tableName,
          ...together(storing(monthItem(peerId, month), OPTIONAL_OF_MONTH), ifStill('revision', monthRead)),
        },
      })),
    ];
    await transact(this.#table, items, 'counters, their totals or their snapshots were changed meanwhile');
  }

  /**
   * Stores that the totals hold every counter up to the last day that was sealed.
   *
   * @param totals as they were read before those counters were
   * @throws ConflictError where the totals were changed meanwhile
   */
  async complete(peerId: string, totals: PeerTotals): Promise<void> {
    try {
      await this.#table.client.send(new UpdateCommand(this.#totalsUpdate(peerId, completed(totals))));
    } catch (error) {
      throw conflictOr(error, 1, 'the totals were changed meanwhile');
    }
  }

  #totalsUpdate(peerId: string, totals: PeerTotals, totalsRead = totals.revision - 1) {
    return {
      TableName: this.#table.tableName,
      ...together(storing(totalsItem(peerId, totals), totalsAttributes()), ifStill('revision', totalsRead)),
    };
  }
}
