import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type {
  CounterChange,
  CounterPlace,
  DailyCounter,
  SealableCounter,
  SealingAsItIs,
} from '../domain/daily-counter.ts';
import { newDailyCounter } from '../domain/daily-counter.ts';
import type { UtcDay } from '../domain/utc-day.ts';
import { BoundedMap } from '../runtime/bounded-map.ts';
import { ArchivedWindows } from './archived-windows.ts';
import { CounterChangedError, conflictOr } from './conflict.ts';
import {
  itemFound,
  queryAll,
  queryPages,
  readItem,
  readItems,
  type Table,
  type TransactionItem,
  writeItem,
} from './dynamodb.ts';
import { between, ifAttributeIs, ifStill, only, storing, together } from './expressions.ts';
import { archivedWindowItem, type Share } from './items/archived-window.ts';
import {
  counterAttributes,
  dailyCounterItem,
  dailyCounterKey,
  parseDailyCounter,
  parseKeyedCounter,
  parseSealableCounter,
  sealableAttributes,
  sealingAsItIsOf,
  storedAttributes,
  usageRange,
} from './items/daily-counter.ts';
import { nameOfKey } from './items/keys.ts';

/** A step of a counter, with or without the proof of its messages. */
type CounterStep = CounterChange | SealingAsItIs;

const REMEMBERED_COUNTERS = 5_000;

/** Daily counters, and the windows that they archive. */
export class DailyCounterStore {
  readonly #table: Table;
  readonly #windows: ArchivedWindows;
  /** How many windows counters had archived, ever, once this store had archived their last ones; by `nameOfArchive`. */
  readonly #archivedHere = new BoundedMap<string, number>(REMEMBERED_COUNTERS);

  constructor(table: Table) {
    this.#table = table;
    this.#windows = new ArchivedWindows(table);
  }

  /** Reads a counter as it is now; a new one, of version 0, where none is stored. */
  async read(place: CounterPlace): Promise<DailyCounter> {
    const item = await readItem(this.#table, dailyCounterKey(place));
    return item === undefined ? newDailyCounter(place) : parseDailyCounter(place, item);
  }

  /** Reads counters as they are now, all different, in their order; a new one, of version 0, where none is stored. */
  async readAll(places: readonly CounterPlace[]): Promise<DailyCounter[]> {
    const [only] = places;
    if (only !== undefined && places.length === 1) return [await this.read(only)];
    const items = await readItems(this.#table, places.map(dailyCounterKey), true);
    const found = new Map(items.map((item) => [nameOfKey(item), item]));
    return places.map((place) => {
      const item = found.get(nameOfKey(dailyCounterKey(place)));
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
   * What sealing needs of the counters of a peer's days, in the order of days, page by page. A page is read when it
   * is asked for, and shows its counters as they are then.
   *
   * @param from the first day
   * @param to the last one
   * @param limit how many counters a page has at most
   */
  async *pagesOfDays(
    peerId: string,
    from: UtcDay,
    to: UtcDay,
    limit: number,
  ): AsyncGenerator<SealableCounter[]> {
    const pages = queryPages(this.#table, {
      ...together(between(usageRange(peerId, from, to)), only(sealableAttributes())),
      ConsistentRead: true,
      Limit: limit,
    });
    for await (const page of pages) yield page.map(parseSealableCounter);
  }

  /**
   * Stores one step of a counter: the counter and the windows that it archived, all or nothing. Without any it is
   * one plain write.
   *
   * @param companions further writes that are made with it, or not at all
   * @param before the counter that the step was made from, where it is at hand: of what that had not, nothing is removed
   * @throws CounterChangedError where the stored counter is not the one that the step was made from; ConflictError where
   *   there is none, or where the condition of a companion does not hold; and what `isContention` knows
   */
  async apply(
    change: CounterChange,
    companions: readonly TransactionItem[] = [],
    before?: DailyCounter,
  ): Promise<void> {
    const { client } = this.#table;
    await this.awaitEarlierWindows(change);
    const [update, ...windows] = this.#writesOfChange(change, before);
    const others = [...windows, ...companions];
    try {
      if (others.length === 0) await writeItem(this.#table, update);
      else await client.send(new TransactWriteCommand({ TransactItems: [update, ...others] }));
      if (windows.length > 0)
        this.#archivedHere.set(nameOfArchive(change.counter), change.counter.archive.windows);
    } catch (error) {
      const found = itemFound(error);
      if (found !== undefined) {
        throw new CounterChangedError(parseDailyCounter(change.counter, found), { cause: error });
      }
      throw conflictOr(
        error,
        1 + others.length,
        `daily counter of ${change.counter.day} was changed meanwhile`,
      );
    }
  }

  /** Puts back what leads to archived windows of a counter that were split: see `ArchivedWindows`. */
  async markSplit(counter: DailyCounter, shares: readonly Share[]): Promise<void> {
    await this.#windows.markSplit(counter, shares);
  }

  /** The writes of a step, as parts of a transaction: each has the stored counter of the version before it. */
  writesOf(change: CounterStep): TransactionItem[] {
    if ('isAsItIs' in change) {
      return [{ Update: this.#update(change.counter, sealingAsItIsOf(change.counter)) }];
    }
    return [...this.#writesOfChange(change)];
  }

  /** The write of the counter, and behind it those of the windows that it archived. */
  #writesOfChange(change: CounterChange, before?: DailyCounter) {
    const { counter, archived = [] } = change;
    const { tableName } = this.#table;
    const windows = archived.map((window) => ({
      Put: { TableName: tableName, Item: archivedWindowItem(counter, window) },
    }));
    return [{ Update: this.#counterUpdate(change, before) }, ...windows] as const;
  }

  /**
   * To be awaited before windows are archived: once those before them are there, they are so for everybody, and a
   * reader has to wait for the last ones only. Those that this store archived itself have been there since it was
   * answered.
   *
   * @throws what `isContention` knows
   */
  async awaitEarlierWindows({ counter, archiveBefore }: CounterStep): Promise<void> {
    if (archiveBefore === undefined) return;
    if (this.#archivedHere.get(nameOfArchive(counter)) === archiveBefore.windows) return;
    await this.#windows.awaited(counter, archiveBefore.last);
  }

  #counterUpdate(
    { counter, numberBefore = counter.channelNumber }: CounterChange,
    before: DailyCounter | undefined,
  ) {
    const optional = before === undefined ? counterAttributes() : storedAttributes(before);
    const update = storing(dailyCounterItem(counter), optional);
    return {
      ...this.#update({ version: counter.version, channelNumber: numberBefore }, update),
      // Costs nothing, and whoever is refused need not read the counter again.
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    };
  }

  /** @param counter with the number that is stored */
  #update(counter: Pick<DailyCounter, 'version' | 'channelNumber'>, update: ReturnType<typeof storing>) {
    // Its number tells it from a counter of the same place that was made after its peer was erased.
    const ofChannel = counter.version > 1 ? ifAttributeIs('channelNumber', counter.channelNumber) : {};
    return {
      TableName: this.#table.tableName,
      ...together(together(update, ifStill('version', counter.version - 1)), ofChannel),
    };
  }
}

/** Names the archive of a counter: with the number of its channel, which is given once, also where a peer is erased. */
function nameOfArchive(
  counter: Pick<DailyCounter, 'peerId' | 'channelId' | 'day' | 'channelNumber'>,
): string {
  return `${nameOfKey(dailyCounterKey(counter))}\n${counter.channelNumber}`;
}
