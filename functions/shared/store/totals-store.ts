import { GetCommand, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { CounterPlace } from '../domain/daily-counter.ts';
import { type Month, monthOf } from '../domain/month.ts';
import {
  completed,
  type MonthOfSnapshots,
  NO_TOTALS,
  newMonth,
  type PeerTotals,
  type Settling,
} from '../domain/peer-totals.ts';
import { conflictOr } from './conflict.ts';
import type { DailyCounterStore } from './daily-counter-store.ts';
import type { Table, TransactionItem } from './dynamodb.ts';
import { ifStill, storing, together } from './expressions.ts';
import type { Item } from './items/item.ts';
import type { Key } from './items/keys.ts';
import { monthItem, monthKey, parseMonth } from './items/month-of-snapshots.ts';
import { parseTotals, TOTALS_ATTRIBUTES, totalsItem, totalsKey } from './items/peer-totals.ts';

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
    const item = await this.#read(totalsKey(peerId));
    return item === undefined ? NO_TOTALS : parseTotals(item);
  }

  /** A month of a peer's snapshots as it is now; of revision 0 where none is stored. */
  async readMonth(peerId: string, month: Month): Promise<MonthOfSnapshots> {
    const item = await this.#read(monthKey(peerId, month));
    return item === undefined ? newMonth(month) : parseMonth(item);
  }

  /** Whether the snapshot of a counter's day holds messages of its channel. */
  async isInSnapshot({ peerId, channelNumber, day }: CounterPlace): Promise<boolean> {
    const { days } = await this.readMonth(peerId, monthOf(day));
    return days.get(day)?.channels.has(channelNumber) ?? false;
  }

  /**
   * Stores what counters of days of one month change of the totals and of the days' snapshots, with the counters:
   * all or nothing. Each counter takes one of the items that a transaction may have, and one more where it
   * archives its window; totals and month take two.
   *
   * @throws ConflictError where the counters, the totals or the month are not those that it was made from;
   *   and what `isContention` knows
   */
  async settle(peerId: string, { totals, month, monthRead, sealings }: Settling): Promise<void> {
    for (const change of sealings) await this.#counters.awaitEarlierWindow(change);
    const items: TransactionItem[] = [
      ...sealings.flatMap((change) => this.#counters.writesOf(change)),
      { Update: this.#totalsUpdate(peerId, totals) },
      {
        Update: {
          TableName: this.#table.tableName,
          ...together(storing(monthItem(peerId, month)), ifStill('revision', monthRead)),
        },
      },
    ];
    try {
      await this.#table.client.send(new TransactWriteCommand({ TransactItems: items }));
    } catch (error) {
      throw conflictOr(
        error,
        items.length,
        'counters, their totals or their snapshots were changed meanwhile',
      );
    }
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

  #totalsUpdate(peerId: string, totals: PeerTotals) {
    return {
      TableName: this.#table.tableName,
      ...together(
        storing(totalsItem(peerId, totals), TOTALS_ATTRIBUTES),
        ifStill('revision', totals.revision - 1),
      ),
    };
  }

  async #read(key: Key): Promise<Item | undefined> {
    const { client, tableName } = this.#table;
    const answer = await client.send(
      new GetCommand({ TableName: tableName, Key: key, ConsistentRead: true }),
    );
    return answer.Item;
  }
}
