import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { inBatches } from '../domain/in-batches.ts';
import { type MonthOfSnapshots, withoutMonths } from '../domain/peer-totals.ts';
import type { EpochMillis } from '../domain/utc-day.ts';
import type { Waiting } from '../runtime/waiting.ts';
import { ArchivedWindows } from './archived-windows.ts';
import { ConflictError, transact } from './conflict.ts';
import { DailyCounterStore } from './daily-counter-store.ts';
import { queryPages, type Table, updateIf } from './dynamodb.ts';
import { ifAttributeIs, ifStill, inPartition, KEYS_ONLY, together } from './expressions.ts';
import { isChannel, purging } from './items/channel.ts';
import { isDailyCounter, parseDirtyDay } from './items/daily-counter.ts';
import { type Item, itemKey, parseItem } from './items/item.ts';
import { type Key, peerPartition } from './items/keys.ts';
import { monthKey } from './items/month-of-snapshots.ts';
import { TOTALS_SORT_KEY, totalsKey } from './items/peer-totals.ts';
import { retryOnConflict } from './retry-on-conflict.ts';
import { TotalsStore } from './totals-store.ts';

/** So many months at most, each of up to 50 KB, go in one transaction. */
const MONTHS_TOGETHER = 20;

/** Removes what is kept in the partition of a peer that is being erased. Nothing new can come into it meanwhile. */
export class PeerItems {
  readonly #table: Table;
  readonly #totals: TotalsStore;
  readonly #windows: ArchivedWindows;
  readonly #waiting: Waiting;
  readonly #clock: () => EpochMillis;

  constructor(table: Table, { waiting, clock }: { waiting: Waiting; clock: () => EpochMillis }) {
    this.#table = table;
    this.#totals = new TotalsStore(table, new DailyCounterStore(table));
    this.#windows = new ArchivedWindows(table);
    this.#waiting = waiting;
    this.#clock = clock;
  }

  /** Purges all channels, so that whoever counts beside this notices that they are gone. */
  async purgeChannels(peerId: string): Promise<void> {
    for await (const keys of this.#keys(peerId)) {
      // Those that were purged before stay as they are.
      for (const key of keys.filter(isChannel)) await updateIf(this.#table, key, purging());
    }
  }

  /**
   * Removes all that is kept of the peer, until nothing is left but its purged channels and totals that hold nothing.
   * What somebody stored meanwhile who had begun before the channels were purged is removed as well.
   *
   * @returns how many items there were
   */
  async removeAll(peerId: string): Promise<number> {
    let removed = 0;
    for (;;) {
      await retryOnConflict(this.#waiting, () => this.#emptyTotals(peerId));
      let found = 0;
      for await (const keys of this.#keys(peerId)) {
        for (const key of keys.filter((each) => !isChannel(each) && each.sk !== TOTALS_SORT_KEY)) {
          if (isDailyCounter(key)) {
            found += await this.#windows.removeAll(parseDirtyDay(key));
          }
          await this.#delete(key);
          found += 1;
        }
      }
      removed += found;
      if (found === 0) return removed;
    }
  }

  /** Takes all months out of the totals, some at a time, so that readers always see totals that are their sum. */
  async #emptyTotals(peerId: string): Promise<void> {
    const { revision, months } = await this.#totals.read(peerId);
    if (revision === 0) return;
    // At least once: whoever has read totals before the channels were purged can store nothing by them any more.
    for (const names of months.size === 0 ? [[]] : inBatches([...months.keys()], MONTHS_TOGETHER)) {
      const totals = await this.#totals.read(peerId);
      const read: MonthOfSnapshots[] = [];
      for (const name of names) read.push(await this.#totals.readMonth(peerId, name));
      const deletions = read.map((month) => ({
        Delete: {
          TableName: this.#table.tableName,
          Key: monthKey(peerId, month.month),
          ...ifStill('revision', month.revision),
        },
      }));
      await this.#totals.replace(peerId, withoutMonths(totals, read, this.#clock()), [], deletions);
    }
  }

  /**
   * Removes the totals, which hold nothing, and then what is left of the channels.
   *
   * @throws ConflictError where something was stored meanwhile
   */
  async removeLast(peerId: string): Promise<void> {
    const totals = await this.#totals.read(peerId);
    if (totals.months.size > 0 || totals.channels.size > 0) {
      throw new ConflictError('somebody settled counters meanwhile');
    }
    if (totals.revision > 0) {
      const { tableName: TableName } = this.#table;
      const Delete = { TableName, Key: totalsKey(peerId), ...ifAttributeIs('revision', totals.revision) };
      await transact(this.#table, [{ Delete }], 'the totals were changed meanwhile');
    }
    for await (const keys of this.#keys(peerId)) {
      for (const key of keys.filter(isChannel)) await this.#delete(key);
    }
  }

  async *#keys(peerId: string): AsyncGenerator<Key[]> {
    const all = { ...together(inPartition(peerPartition(peerId)), KEYS_ONLY), ConsistentRead: true };
    for await (const page of queryPages(this.#table, all)) {
      yield page.map((item: Item) => parseItem(itemKey(), item, 'item of a peer'));
    }
  }

  async #delete(key: Key): Promise<void> {
    const { client, tableName } = this.#table;
    await client.send(new DeleteCommand({ TableName: tableName, Key: key }));
  }
}
