import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import type { AnalyticsClaim, AnalyticsGap } from '../domain/google-analytics-day.ts';
import { partitionPages, putIf, type Table } from './dynamodb.ts';
import { IF_PRESENT } from './expressions.ts';
import {
  ANALYTICS_GAPS_PARTITIONS,
  analyticsGapItem,
  analyticsGapKey,
  parseAnalyticsGap,
} from './items/analytics-gap.ts';

/** What Google Analytics may lack. */
export class AnalyticsGaps {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** All of them, some at a time; those of a peer follow one another, in the order of their days. */
  async *list(): AsyncGenerator<AnalyticsGap[]> {
    for await (const page of partitionPages(this.#table, ANALYTICS_GAPS_PARTITIONS))
      yield page.map(parseAnalyticsGap);
  }

  /** Takes away what has arrived. */
  async close(claim: AnalyticsClaim): Promise<void> {
    const { client, tableName } = this.#table;
    await client.send(new DeleteCommand({ TableName: tableName, Key: analyticsGapKey(claim) }));
  }

  /** Stores why something may not have arrived. */
  async explain(gap: AnalyticsGap): Promise<void> {
    await putIf(IF_PRESENT, this.#table, analyticsGapItem(gap));
  }
}
