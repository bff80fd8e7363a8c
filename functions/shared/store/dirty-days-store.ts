import * as z from 'zod/mini';
import type { DailyCounterKey } from '../domain/daily-counter.ts';
import type { UtcDay } from '../domain/utc-day.ts';
import { type Item, parseItem, queryPages, type Table } from './dynamodb.ts';
import { DIRTY_DAYS_INDEX, dailyCounterKeyOf, dirtyRange } from './usage-table.ts';

const dirtyItem = z.object({ pk: z.string(), sk: z.string() });

/** The list of daily counters that changed since they were sealed. It lags behind the table by a moment. */
export class DirtyDaysStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** Dirty counters of a lane, of days before `before`, the earliest days first, page by page. */
  async *pages(lane: number, before: UtcDay): AsyncGenerator<DailyCounterKey[]> {
    const range = dirtyRange(lane, before);
    const pages = queryPages(this.#table, {
      IndexName: DIRTY_DAYS_INDEX.name,
      KeyConditionExpression: '#lane = :lane AND #sk < :before',
      ExpressionAttributeNames: {
        '#lane': DIRTY_DAYS_INDEX.partitionKey,
        '#sk': DIRTY_DAYS_INDEX.sortKey,
      },
      ExpressionAttributeValues: { ':lane': range.lane, ':before': range.before },
    });
    for await (const page of pages) yield page.map(parseDirty);
  }
}

function parseDirty(item: Item): DailyCounterKey {
  return dailyCounterKeyOf(parseItem(dirtyItem, item, 'entry of an dirty day'));
}
