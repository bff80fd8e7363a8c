import { PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { Table } from '../../../../functions/shared/store/dynamodb.ts';
import { nameOfKey } from '../../../../functions/shared/store/items/keys.ts';

type StoredItem = Record<string, unknown>;

/** Every item of a table, in the order of their keys. */
export async function contentsOf({ client, tableName }: Table): Promise<StoredItem[]> {
  const items: StoredItem[] = [];
  let start: StoredItem | undefined;
  do {
    const answer = await client.send(
      new ScanCommand({ TableName: tableName, ConsistentRead: true, ExclusiveStartKey: start }),
    );
    items.push(...(answer.Items ?? []));
    start = answer.LastEvaluatedKey;
  } while (start !== undefined);
  return items.sort((a, b) => (nameOfKey(a) < nameOfKey(b) ? -1 : 1));
}

/** The item of a key, as it is stored. */
export async function itemOf(table: Table, key: { pk: string; sk: string }): Promise<StoredItem | undefined> {
  return (await contentsOf(table)).find((item) => nameOfKey(item) === nameOfKey(key));
}

/** Stores an item as it is, past every store. */
export async function putRaw({ client, tableName }: Table, item: StoredItem): Promise<void> {
  await client.send(new PutCommand({ TableName: tableName, Item: item }));
}
