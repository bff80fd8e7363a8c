import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { Item } from '../functions/shared/store/items/item.ts';
import type { TestDatabase } from '../test/support/database/database.ts';

const ITEMS_A_WRITE = 25;
const WRITES_AT_ONCE = 8;

/** Stores items without anything else, in their order but for some writes that are under way at once. */
export async function putAll(
  { client }: TestDatabase,
  tableName: string,
  items: Iterable<Item>,
): Promise<void> {
  const batches = inBatches(items);
  async function put(): Promise<void> {
    for (let next = batches.next(); next.done !== true; next = batches.next()) {
      const requests = next.value.map((item) => ({ PutRequest: { Item: item } }));
      await client.send(new BatchWriteCommand({ RequestItems: { [tableName]: requests } }));
    }
  }
  await Promise.all(Array.from({ length: WRITES_AT_ONCE }, put));
}

function* inBatches(items: Iterable<Item>): Generator<Item[]> {
  let batch: Item[] = [];
  for (const item of items) {
    if (batch.push(item) < ITEMS_A_WRITE) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
