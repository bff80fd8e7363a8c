import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { type ScannedPart, scanParts, type Table } from './dynamodb.ts';
import type { Item } from './items/item.ts';

/** A table that is read through as a whole, by whoever looks after it. */
export class WholeTable {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** All items, consistently: what is there from the beginning to the end is found. */
  parts(): AsyncGenerator<ScannedPart> {
    return scanParts(this.#table);
  }

  /** Removes an item, where it is there. */
  async remove({ pk, sk }: Item): Promise<void> {
    const { client, tableName } = this.#table;
    await client.send(new DeleteCommand({ TableName: tableName, Key: { pk, sk } }));
  }
}
