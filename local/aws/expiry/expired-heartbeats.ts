import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import type { EpochMillis } from '../../../functions/shared/domain/utc-day.ts';
import { queryAll, type Table } from '../../../functions/shared/store/dynamodb.ts';
import { KEYS_ONLY, together } from '../../../functions/shared/store/expressions.ts';
import { expiredHeartbeats } from '../../../functions/shared/store/items/heartbeat.ts';
import { itemKey, parseItem } from '../../../functions/shared/store/items/item.ts';

/**
 * Removes heartbeats that have expired, in the place of the table's time to live, which a DynamoDB for development
 * may never look at. Whatever is left of an earlier host goes as well.
 *
 * @param table the messages table
 * @param keys how many keys heartbeats are sent under
 */
export async function removeExpiredHeartbeats(table: Table, keys: number, now: EpochMillis): Promise<void> {
  const { client, tableName } = table;
  for (let key = 0; key < keys; key += 1) {
    for (const item of await queryAll(table, together(expiredHeartbeats(key, now), KEYS_ONLY))) {
      const Key = parseItem(itemKey(), item, 'heartbeat');
      await client.send(new DeleteCommand({ TableName: tableName, Key }));
    }
  }
}
