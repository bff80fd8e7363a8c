import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { addDays, dayOf, type EpochMillis, type UtcDay } from '../domain/utc-day.ts';
import { type Item, parseItem, queryAll, type Table } from './dynamodb.ts';
import { KEPT_DAYS } from './quarantine-store.ts';
import { quarantinePartition } from './usage-table.ts';

/** A record may come from the stream or, kept for as long, from the failure destination. */
const OLDEST_RECORD_DAYS = 31;

const quarantineItemKey = z.object({ pk: z.string(), sk: z.string() });

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

  async #keysOf(partition: string, day: UtcDay): Promise<Item[]> {
    const items = await queryAll(this.#table, {
      KeyConditionExpression: '#pk = :day',
      // The stream's own form of a key, in which each attribute carries its type.
      FilterExpression: '#itemKey.#pk.#S = :partition',
      ProjectionExpression: '#pk, #sk',
      ExpressionAttributeNames: { '#pk': 'pk', '#sk': 'sk', '#itemKey': 'itemKey', '#S': 'S' },
      ExpressionAttributeValues: { ':day': quarantinePartition(day), ':partition': partition },
      ConsistentRead: true,
    });
    return items.map((item) => parseItem(quarantineItemKey, item, 'record quarantined'));
  }
}
