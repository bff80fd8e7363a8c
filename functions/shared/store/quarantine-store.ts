import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { EpochMillis } from '../domain/utc-day.ts';
import type { Table } from './dynamodb.ts';
import { type QuarantinedRecord, quarantineItem } from './items/quarantine-entry.ts';

/**
 * The records that were quarantined, for 30 days. A record that is delivered again replaces itself: its
 * entry is of the day on which the stream made it.
 */
export class QuarantineStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** @param recordedOn when the stream made the record */
  async add(record: QuarantinedRecord, recordedOn: EpochMillis): Promise<void> {
    const { client, tableName } = this.#table;
    await client.send(new PutCommand({ TableName: tableName, Item: quarantineItem(record, recordedOn) }));
  }
}
