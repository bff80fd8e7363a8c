import * as z from 'zod/mini';
import type { LedgerKey } from '../domain/day-ledger.ts';
import type { UtcDay } from '../domain/utc-day.ts';
import { type Item, parseItem, queryPages, type Table } from './dynamodb.ts';
import { ledgerKeyOf, UNSEALED_DAYS_INDEX, unsealedRange } from './usage-table.ts';

const unsealedItem = z.object({ pk: z.string(), sk: z.string() });

/** The list of day ledgers that changed since they were sealed. It lags behind the table by a moment. */
export class UnsealedDaysStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** Unsealed ledgers of a lane, of days before `before`, the earliest days first, page by page. */
  async *pages(lane: number, before: UtcDay): AsyncGenerator<LedgerKey[]> {
    const range = unsealedRange(lane, before);
    const pages = queryPages(this.#table, {
      IndexName: UNSEALED_DAYS_INDEX.name,
      KeyConditionExpression: '#lane = :lane AND #sk < :before',
      ExpressionAttributeNames: {
        '#lane': UNSEALED_DAYS_INDEX.partitionKey,
        '#sk': UNSEALED_DAYS_INDEX.sortKey,
      },
      ExpressionAttributeValues: { ':lane': range.lane, ':before': range.before },
    });
    for await (const page of pages) yield page.map(parseUnsealed);
  }
}

function parseUnsealed(item: Item): LedgerKey {
  return ledgerKeyOf(parseItem(unsealedItem, item, 'entry of an unsealed day'));
}
