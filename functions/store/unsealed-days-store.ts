import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import type { LedgerKey } from '../domain/day-ledger.ts';
import type { UtcDay } from '../domain/utc-day.ts';
import { type Item, parseItem, type Table } from './dynamodb.ts';
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
    const { client, tableName } = this.#table;
    const range = unsealedRange(lane, before);
    let start: Record<string, unknown> | undefined;
    do {
      const answer = await client.send(
        new QueryCommand({
          TableName: tableName,
          IndexName: UNSEALED_DAYS_INDEX.name,
          KeyConditionExpression: '#lane = :lane AND #sk < :before',
          ExpressionAttributeNames: {
            '#lane': UNSEALED_DAYS_INDEX.partitionKey,
            '#sk': UNSEALED_DAYS_INDEX.sortKey,
          },
          ExpressionAttributeValues: { ':lane': range.lane, ':before': range.before },
          ExclusiveStartKey: start,
        }),
      );
      yield (answer.Items ?? []).map(parseUnsealed);
      start = answer.LastEvaluatedKey;
    } while (start !== undefined);
  }
}

function parseUnsealed(item: Item): LedgerKey {
  return ledgerKeyOf(parseItem(unsealedItem, item, 'entry of an unsealed day'));
}
