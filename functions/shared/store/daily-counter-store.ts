import { GetCommand, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type {
  CounterChange,
  CounterPlace,
  DailyCounter,
  DailyCounterKey,
  Fingerprint,
} from '../domain/daily-counter.ts';
import { newDailyCounter } from '../domain/daily-counter.ts';
import type { EpochMillis, UtcDay } from '../domain/utc-day.ts';
import { conflictOr } from './conflict.ts';
import { batchGet, queryAll, readBetweenTransactions, type Table, type TransactionItem } from './dynamodb.ts';
import { between, ifStill, storing, together } from './expressions.ts';
import {
  archivedFrom,
  archivedWindowItem,
  archivedWindowKey,
  archivedWindowNumber,
  parseArchivedWindow,
} from './items/archived-window.ts';
import {
  COUNTER_ATTRIBUTES,
  dailyCounterItem,
  dailyCounterKey,
  parseDailyCounter,
  parseKeyedCounter,
  usageRange,
} from './items/daily-counter.ts';
import type { Item } from './items/item.ts';

/** Daily counters and their archived windows. */
export class DailyCounterStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** Reads a counter as it is now; a new one, of version 0, where none is stored. */
  async read(place: CounterPlace): Promise<DailyCounter> {
    const { client, tableName } = this.#table;
    const answer = await client.send(
      new GetCommand({ TableName: tableName, Key: dailyCounterKey(place), ConsistentRead: true }),
    );
    return answer.Item === undefined ? newDailyCounter(place) : parseDailyCounter(place, answer.Item);
  }

  /** Reads counters as they are now, all different, in their order; a new one, of version 0, where none is stored. */
  async readAll(places: readonly CounterPlace[]): Promise<DailyCounter[]> {
    const [only] = places;
    if (only !== undefined && places.length === 1) return [await this.read(only)];
    const items = await batchGet(this.#table, places.map(dailyCounterKey), { ConsistentRead: true });
    const found = new Map(items.map((item) => [nameOf(item), item]));
    return places.map((place) => {
      const item = found.get(nameOf(dailyCounterKey(place)));
      return item === undefined ? newDailyCounter(place) : parseDailyCounter(place, item);
    });
  }

  /** The counters of a peer's days, from one to another, both included, as they are now. */
  async readDays(peerId: string, from: UtcDay, to: UtcDay): Promise<DailyCounter[]> {
    const items = await queryAll(this.#table, {
      ...between(usageRange(peerId, from, to)),
      ConsistentRead: true,
    });
    return items.map(parseKeyedCounter);
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
   * Stores one step of a counter: the counter and the window that it archived, both or nothing. Without a window
   * it is one plain write.
   *
   * @param companions further writes that are made with it, or not at all
   * @throws ConflictError where the stored counter is not the one that the step was made from, or where
   *   the condition of a companion does not hold; and what `isContention` knows
   */
  async apply(change: CounterChange, companions: readonly TransactionItem[] = []): Promise<void> {
    const { client } = this.#table;
    await this.awaitEarlierWindow(change);
    const items = [...this.writesOf(change), ...companions];
    try {
      if (items.length === 1) await client.send(new UpdateCommand(this.#counterUpdate(change.counter)));
      else await client.send(new TransactWriteCommand({ TransactItems: items }));
    } catch (error) {
      throw conflictOr(error, items.length, `daily counter of ${change.counter.day} was changed meanwhile`);
    }
  }

  /** The writes of a step, as parts of a transaction: each has the stored counter of the version before it. */
  writesOf({ counter, archived }: CounterChange): TransactionItem[] {
    const update: TransactionItem = { Update: this.#counterUpdate(counter) };
    if (archived === undefined) return [update];
    const { tableName } = this.#table;
    return [update, { Put: { TableName: tableName, Item: archivedWindowItem(counter, archived) } }];
  }

  /**
   * To be awaited before a window is archived: once the window before it is there, it is so for everybody, and a
   * reader has to wait for the last one only.
   *
   * @throws what `isContention` knows
   */
  async awaitEarlierWindow({ counter, archived }: CounterChange): Promise<void> {
    if (archived?.previousThrough === undefined) return;
    await this.#archivedWindow(counter, archived.previousThrough, archived.number - 1);
  }

  #counterUpdate(counter: DailyCounter) {
    return {
      TableName: this.#table.tableName,
      ...together(
        storing(dailyCounterItem(counter), COUNTER_ATTRIBUTES),
        ifStill('version', counter.version - 1),
      ),
    };
  }
}

function nameOf({ pk, sk }: Item): string {
  return `${pk}\n${sk}`;
}
