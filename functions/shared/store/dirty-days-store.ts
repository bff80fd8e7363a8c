import type { DailyCounterKey } from '../domain/daily-counter.ts';
import type { UtcDay } from '../domain/utc-day.ts';
import { queryPages, type Table } from './dynamodb.ts';
import { dirtyBefore, parseDirtyDay } from './items/daily-counter.ts';

/** The list of daily counters that changed since they were sealed. It lags behind the table by a moment. */
export class DirtyDaysStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /**
   * Dirty counters of a lane, of days before `before`, the earliest days first, page by page.
   *
   * @param limit how many counters a page has at most
   */
  async *pages(lane: number, before: UtcDay, limit: number): AsyncGenerator<DailyCounterKey[]> {
    const query = { ...dirtyBefore(lane, before), Limit: limit };
    for await (const page of queryPages(this.#table, query)) yield page.map(parseDirtyDay);
  }
}
