import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { addDays, dayOf, type EpochMillis, type UtcDay } from '../domain/utc-day.ts';
import { queryAll, type Table } from './dynamodb.ts';
import { KEYS_ONLY, together } from './expressions.ts';
import { itemKey, parseItem } from './items/item.ts';
import type { Key } from './items/keys.ts';
import { entriesAbout, KEPT_DAYS } from './items/quarantine-entry.ts';

/** A record may come from the stream or, kept for as long, from the failure destination. */
const OLDEST_RECORD_DAYS = 31;

/** What the records that were quarantined left behind, for those who look after it. */
export class QuarantineEntries {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /**
   * Removes the entries of records that are about items of one partition.
   *
   * @param partition that of a conversation's messages
   * @returns how many there were
   */
  async removeOf(partition: string, now: EpochMillis): Promise<number> {
    const { client, tableName } = this.#table;
    let removed = 0;
    for (let age = 0; age <= KEPT_DAYS + OLDEST_RECORD_DAYS; age += 1) {
      for (const key of await this.#keysOf(partition, addDays(dayOf(now), -age))) {
        await client.send(new DeleteCommand({ TableName: tableName, Key: key }));
        removed += 1;
      }
    }
    return removed;
  }

  async #keysOf(partition: string, day: UtcDay): Promise<Key[]> {
    const items = await queryAll(this.#table, {
      ...together(entriesAbout(partition, day), KEYS_ONLY),
      ConsistentRead: true,
    });
    return items.map((item) => parseItem(itemKey, item, 'record quarantined'));
  }
}
