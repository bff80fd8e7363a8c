import {
  type AnalyticsGap,
  type GoogleAnalyticsDay,
  NOTHING_CLAIMED,
} from '../domain/google-analytics-day.ts';
import type { UtcDay } from '../domain/utc-day.ts';
import { transact } from './conflict.ts';
import { getItem, type Table } from './dynamodb.ts';
import { ifStill, storing, together } from './expressions.ts';
import { analyticsGapItem } from './items/analytics-gap.ts';
import {
  googleAnalyticsDayItem,
  googleAnalyticsDayKey,
  parseGoogleAnalyticsDay,
} from './items/google-analytics-day.ts';

/** What was claimed for Google Analytics, day by day of each peer. */
export class GoogleAnalyticsDays {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** What was claimed of a day, read consistently. */
  async read(peerId: string, day: UtcDay): Promise<GoogleAnalyticsDay> {
    const item = await getItem(this.#table, googleAnalyticsDayKey(peerId, day));
    return item === undefined ? NOTHING_CLAIMED : parseGoogleAnalyticsDay(item);
  }

  /**
   * Claims something of a day, and lists it as a gap until it is known to have arrived: both or nothing.
   *
   * @param claimed the day with it
   * @throws ConflictError where others claimed something of the day meanwhile; and what `isContention` knows
   */
  async claim(claimed: GoogleAnalyticsDay, gap: AnalyticsGap): Promise<void> {
    const { tableName } = this.#table;
    const { peerId, day } = gap;
    const items = [
      {
        Update: {
          TableName: tableName,
          ...together(
            storing(googleAnalyticsDayItem(peerId, day, claimed)),
            ifStill('version', claimed.version - 1),
          ),
        },
      },
      { Put: { TableName: tableName, Item: analyticsGapItem(gap) } },
    ];
    await transact(this.#table, items, 'others claimed something of the day meanwhile');
  }
}
