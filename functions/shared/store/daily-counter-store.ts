import { GetCommand, PutCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type {
  ArchivedWindow,
  CounterChange,
  DailyCounter,
  DailyCounterKey,
  Fingerprint,
} from '../domain/daily-counter.ts';
import { newDailyCounter } from '../domain/daily-counter.ts';
import type { EpochMillis, UtcDay } from '../domain/utc-day.ts';
import {
  isConditionFailure,
  queryAll,
  readBetweenTransactions,
  type Table,
  type TransactionItem,
} from './dynamodb.ts';
import { between, IF_ABSENT, IF_PRESENT, ifVersion, together } from './expressions.ts';
import {
  archivedFrom,
  archivedWindowItem,
  archivedWindowKey,
  archivedWindowNumber,
  parseArchivedWindow,
} from './items/archived-window.ts';
import { changeByCounting, channelKey } from './items/channel.ts';
import {
  COUNTER_STATE,
  type CounterState,
  dailyCounterItem,
  dailyCounterKey,
  parseCounterState,
  parseDailyCounter,
  usageRange,
} from './items/daily-counter.ts';
import type { Item } from './items/item.ts';

/** The counter, or its channel, was changed by another writer since it was read; nothing was written. */
export class CounterConflictError extends Error {
  override name = 'CounterConflictError';
}

/** Daily counters and their archived windows. */
export class DailyCounterStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** Reads a counter as it is now; a new one, of version 0, where none is stored. */
  async read(key: DailyCounterKey): Promise<DailyCounter> {
    const { client, tableName } = this.#table;
    const answer = await client.send(
      new GetCommand({ TableName: tableName, Key: dailyCounterKey(key), ConsistentRead: true }),
    );
    if (answer.Item === undefined) return newDailyCounter(key);
    return parseDailyCounter(key, answer.Item);
  }

  /** The counters of a peer's days, from one to another, both included, as they are now. */
  async readDays(peerId: string, from: UtcDay, to: UtcDay): Promise<CounterState[]> {
    const items = await queryAll(this.#table, {
      ...together(between(usageRange(peerId, from, to)), COUNTER_STATE),
      ConsistentRead: true,
    });
    return items.map(parseCounterState);
  }

  /**
   * The fingerprints of all archived windows that could hold a message sent within a span.
   *
   * @param counter as it was read
   * @param from the earliest `sentAt` looked for
   * @param through the latest one
   * @throws what `isContention` knows, while the last window is archived
   */
  async archivedFingerprints(
    counter: DailyCounter,
    from: EpochMillis,
    through: EpochMillis,
  ): Promise<Set<Fingerprint>> {
    const found = new Set<Fingerprint>();
    const items = await queryAll(this.#table, {
      ...archivedFrom(counter, from),
      ConsistentRead: true,
    });
    const { archivedWindows, lastArchivedThrough } = counter;
    const last = archivedWindows - 1;
    const isLastFound = items.some((item) => archivedWindowNumber(item) === last);
    if (lastArchivedThrough !== undefined && lastArchivedThrough >= from && !isLastFound) {
      // The counter may be seen without its window before the window itself is seen. One that is not there
      // after all has expired.
      const item = await this.#archivedWindow(counter, lastArchivedThrough, last);
      if (item !== undefined) items.push(item);
    }
    for (const window of items.map(parseArchivedWindow)) {
      if (window.from > through) continue;
      for (const fingerprint of window.fingerprints) found.add(fingerprint);
    }
    return found;
  }

  #archivedWindow(key: DailyCounterKey, through: EpochMillis, number: number): Promise<Item | undefined> {
    return readBetweenTransactions(this.#table, archivedWindowKey(key, through, number));
  }

  /**
   * Stores one step of a counter: the counter, the window that it archived and what happens to its channel, all
   * or nothing. Without a window and a channel's part it is one plain write.
   *
   * The channel must be registered.
   *
   * @param companions further writes that are made with it, or not at all
   * @throws CounterConflictError where the stored counter is not the one that the step was made from, or where
   *   the condition of a companion does not hold; and what `isContention` knows
   */
  async apply(change: CounterChange, companions: readonly TransactionItem[] = []): Promise<void> {
    const { client } = this.#table;
    const { counter, archived, channel } = change;
    // Once the window before is there, it is so for everybody: a reader has to wait for the last one only.
    if (archived?.previousThrough !== undefined) {
      await this.#archivedWindow(counter, archived.previousThrough, archived.number - 1);
    }
    const items: TransactionItem[] = [this.put(counter), ...companions];
    const conditional = items.length;
    if (archived !== undefined) items.push(this.#archivedWindowPut(counter, archived));
    if (channel !== undefined) items.push(this.#channelUpdate(counter, channel));
    try {
      if (items.length === 1) await client.send(new PutCommand(this.#counterPut(counter)));
      else await client.send(new TransactWriteCommand({ TransactItems: items }));
    } catch (error) {
      const isConflict = items.slice(0, conditional).some((_, index) => isConditionFailure(error, index));
      if (!isConflict) throw error;
      throw new CounterConflictError(`daily counter of ${change.counter.day} was changed meanwhile`, {
        cause: error,
      });
    }
  }

  /** The write of a counter as a part of a transaction, where the stored one has the version before it. */
  put(counter: DailyCounter): TransactionItem {
    return { Put: this.#counterPut(counter) };
  }

  #counterPut(counter: DailyCounter) {
    const isNew = counter.version === 1;
    return {
      TableName: this.#table.tableName,
      Item: dailyCounterItem(counter),
      ...(isNew ? IF_ABSENT : ifVersion(counter.version - 1)),
    };
  }

  #archivedWindowPut(key: DailyCounterKey, window: ArchivedWindow): TransactionItem {
    return { Put: { TableName: this.#table.tableName, Item: archivedWindowItem(key, window) } };
  }

  #channelUpdate(
    { peerId, channelId, day }: DailyCounterKey,
    part: NonNullable<CounterChange['channel']>,
  ): TransactionItem {
    return {
      Update: {
        TableName: this.#table.tableName,
        Key: channelKey(peerId, channelId),
        ...together(changeByCounting(part, day), IF_PRESENT),
      },
    };
  }
}
