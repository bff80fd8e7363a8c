import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { SealableCounter } from '../domain/daily-counter.ts';
import { sumOfDigests } from '../domain/digest.ts';
import { inBatches } from '../domain/in-batches.ts';
import { monthOf } from '../domain/month.ts';
import { type TakenAway, takenAway } from '../domain/peer-totals.ts';
import { EARLIEST_DAY, type EpochMillis, LATEST_DAY, type UtcDay } from '../domain/utc-day.ts';
import type { Waiting } from '../runtime/waiting.ts';
import { ArchivedWindows } from './archived-windows.ts';
import { DailyCounterStore } from './daily-counter-store.ts';
import type { Table, TransactionItem } from './dynamodb.ts';
import { between, ifAttributeIs, only, together } from './expressions.ts';
import {
  dailyCounterKey,
  parseSealableCounter,
  sealableAttributes,
  usageRange,
} from './items/daily-counter.ts';
import type { Item } from './items/item.ts';
import { isConflict, retryOnConflict } from './retry-on-conflict.ts';
import { TotalsStore } from './totals-store.ts';
import { UnconfirmedCounters } from './unconfirmed-counters.ts';

/** Keeps a removal to a rate. @param units how many read units were used */
export type Paced = (units: number) => Promise<void>;

/** So many counters at most are taken away with totals and their month in one transaction of 100 items. */
const COUNTERS_TOGETHER = 90;
/** So many months at most, each of up to 50 KB, whose counters have gone before. */
const MONTHS_TOGETHER = 20;
const COUNTERS_PER_PAGE = 500;

/** Takes the figures of channels away that were purged: counters, and their part of totals and snapshots. */
export class ChannelFigures {
  readonly #table: Table;
  readonly #totals: TotalsStore;
  readonly #unconfirmed: UnconfirmedCounters;
  readonly #windows: ArchivedWindows;
  readonly #waiting: Waiting;
  readonly #clock: () => EpochMillis;
  readonly #paced: Paced;

  constructor(
    table: Table,
    { waiting, clock }: { waiting: Waiting; clock: () => EpochMillis },
    paced: Paced,
  ) {
    this.#table = table;
    this.#totals = new TotalsStore(table, new DailyCounterStore(table));
    this.#unconfirmed = new UnconfirmedCounters(table);
    this.#windows = new ArchivedWindows(table);
    this.#waiting = waiting;
    this.#clock = clock;
    this.#paced = paced;
  }

  /**
   * Takes all figures of a channel away. At every step the totals are the sum of the snapshots and of the sealed
   * counters. It may end anywhere, and is to be called again then.
   *
   * @param channelNumber that of a channel that was purged before
   * @returns how many counters there were
   * @throws ContentionError where others get in the way time and again
   */
  async remove(peerId: string, channelNumber: number): Promise<number> {
    // Whoever has read totals and seen the channel before it was purged can store nothing by them any more.
    await retryOnConflict(this.#waiting, async () => {
      const totals = await this.#totals.read(peerId);
      if (totals.revision > 0)
        await this.#totals.replace(peerId, { ...totals, revision: totals.revision + 1 }, []);
    });
    let removed = 0;
    for (;;) {
      const pass = await retryOnConflict(this.#waiting, () => this.#removeCounters(peerId, channelNumber));
      removed += pass.removed;
      if (pass.isMoreLeft) continue;
      if (await retryOnConflict(this.#waiting, () => this.#removeOlder(peerId, channelNumber)))
        return removed;
    }
  }

  async #removeCounters(
    peerId: string,
    channelNumber: number,
  ): Promise<{ removed: number; isMoreLeft: boolean }> {
    let removed = 0;
    let isMoreLeft = false;
    for await (const page of this.#counters(peerId, channelNumber)) {
      for (const counter of page.filter(({ sealedIn }) => sealedIn === undefined)) {
        if (await this.#unconfirmed.takeBack(counter)) removed += 1;
        else isMoreLeft = true;
      }
      const sealed = page.filter(({ sealedIn }) => sealedIn !== undefined);
      for (const ofMonth of Map.groupBy(sealed, ({ day }) => monthOf(day)).values()) {
        for (const group of inBatches(ofMonth, COUNTERS_TOGETHER)) {
          if (await this.#removeSealed(peerId, channelNumber, group)) removed += group.length;
          else isMoreLeft = true;
        }
      }
    }
    return { removed, isMoreLeft };
  }

  /** @returns whether they are gone, rather than changed meanwhile */
  async #removeSealed(
    peerId: string,
    channelNumber: number,
    group: readonly SealableCounter[],
  ): Promise<boolean> {
    const [first] = group;
    if (first === undefined) return true;
    const { totals, months } = await this.#totals.readWithMonths(peerId, [monthOf(first.day)]);
    const days = new Set<UtcDay>(group.map(({ day }) => day));
    const digest = sumOfDigests(group.map((counter) => counter.digest));
    const takenDays = { has: (day: UtcDay) => days.has(day), digest };
    const taken = takenAway(totals, months, channelNumber, takenDays, this.#clock());
    try {
      await this.#replace(
        peerId,
        taken,
        group.map((counter) => this.#deletion(counter)),
      );
    } catch (error) {
      if (!isConflict(error)) throw error;
      return false;
    }
    for (const counter of group) await this.#windows.removeAll(counter);
    return true;
  }

  #deletion(counter: SealableCounter): TransactionItem {
    const { version, channelNumber } = counter;
    const asRead = together(ifAttributeIs('version', version), ifAttributeIs('channelNumber', channelNumber));
    return { Delete: { TableName: this.#table.tableName, Key: dailyCounterKey(counter), ...asRead } };
  }

  /** Takes away what is left of days whose counters have gone. @returns whether nothing is left */
  async #removeOlder(peerId: string, channelNumber: number): Promise<boolean> {
    const { months } = await this.#totals.read(peerId);
    for (const names of inBatches([...months.keys()], MONTHS_TOGETHER)) {
      const figures = await this.#totals.readWithMonths(peerId, names);
      const taken = takenAway(
        figures.totals,
        figures.months,
        channelNumber,
        { has: () => true },
        this.#clock(),
      );
      if (taken.months.length > 0) await this.#replace(peerId, taken, []);
    }
    return !(await this.#totals.read(peerId)).channels.has(channelNumber);
  }

  #replace(
    peerId: string,
    { totals, months }: TakenAway,
    companions: readonly TransactionItem[],
  ): Promise<void> {
    return this.#totals.replace(peerId, totals, months, companions);
  }

  async *#counters(peerId: string, channelNumber: number): AsyncGenerator<SealableCounter[]> {
    const { client, tableName } = this.#table;
    const names = [...new Set([...sealableAttributes(), 'channelNumber'])];
    let start: Item | undefined;
    do {
      const query = together(between(usageRange(peerId, EARLIEST_DAY, LATEST_DAY)), only(names));
      const answer = await client.send(
        new QueryCommand({
          ...together(query, {
            FilterExpression: '#channelNumber = :channelNumber',
            ExpressionAttributeValues: { ':channelNumber': channelNumber },
          }),
          TableName: tableName,
          ConsistentRead: true,
          Limit: COUNTERS_PER_PAGE,
          ReturnConsumedCapacity: 'TOTAL',
          ExclusiveStartKey: start,
        }),
      );
      yield (answer.Items ?? []).map(parseSealableCounter);
      start = answer.LastEvaluatedKey;
      await this.#paced(answer.ConsumedCapacity?.CapacityUnits ?? 0);
    } while (start !== undefined);
  }
}
