import { type MixpanelDay, NOTHING_SENT, type RefusedRow } from '../domain/mixpanel-day.ts';
import type { UtcDay } from '../domain/utc-day.ts';
import { transact } from './conflict.ts';
import { getItem, type Table, type TransactionItem } from './dynamodb.ts';
import { ifStill, storing, together } from './expressions.ts';
import { mixpanelDayItem, mixpanelDayKey, parseMixpanelDay } from './items/mixpanel-day.ts';
import { refusedRowItem } from './items/refused-row.ts';

/** What was sent to Mixpanel, day by day of each peer. */
export class MixpanelDays {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** What was sent of a day, read consistently. */
  async read(peerId: string, day: UtcDay): Promise<MixpanelDay> {
    const item = await getItem(this.#table, mixpanelDayKey(peerId, day));
    return item === undefined ? NOTHING_SENT : parseMixpanelDay(peerId, day, item);
  }

  /**
   * Stores the next state of a day, and with it the rows that were refused meanwhile: all or nothing.
   *
   * @param refused as many as can be pending, at most
   * @throws ConflictError where the day was changed since the state before; and what `isContention` knows
   */
  async change(
    peerId: string,
    day: UtcDay,
    next: MixpanelDay,
    refused: readonly RefusedRow[] = [],
  ): Promise<void> {
    const { tableName } = this.#table;
    const items: TransactionItem[] = [
      {
        Update: {
          TableName: tableName,
          ...together(storing(mixpanelDayItem(peerId, day, next)), ifStill('version', next.version - 1)),
        },
      },
      ...refused.map((row) => ({ Put: { TableName: tableName, Item: refusedRowItem(row) } })),
    ];
    await transact(this.#table, items, 'what was sent of the day was changed meanwhile');
  }
}
