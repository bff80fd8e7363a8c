import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import type { RefusedRow } from '../domain/mixpanel-day.ts';
import { partitionPages, putIf, type Table } from './dynamodb.ts';
import { IF_PRESENT } from './expressions.ts';
import {
  parseRefusedRow,
  REFUSED_ROWS_PARTITIONS,
  refusedRowItem,
  refusedRowKey,
} from './items/refused-row.ts';

/** The rows that Mixpanel did not take. */
export class RefusedRows {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** All of them, some at a time; those of a peer follow one another. */
  async *list(): AsyncGenerator<RefusedRow[]> {
    for await (const page of partitionPages(this.#table, REFUSED_ROWS_PARTITIONS))
      yield page.map(parseRefusedRow);
  }

  /** Takes a row away that Mixpanel has taken after all. */
  async remove(row: RefusedRow['row']): Promise<void> {
    const { client, tableName } = this.#table;
    await client.send(new DeleteCommand({ TableName: tableName, Key: refusedRowKey(row) }));
  }

  /** Stores why a row was refused again, where it is still there. */
  async explain(refused: RefusedRow): Promise<void> {
    await putIf(IF_PRESENT, this.#table, refusedRowItem(refused));
  }
}
