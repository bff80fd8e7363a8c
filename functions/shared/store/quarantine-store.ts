import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { DAY_MS, dayOf, type EpochMillis } from '../domain/utc-day.ts';
import type { Item, Table } from './dynamodb.ts';
import { expirySeconds } from './table-definition.ts';
import { quarantineKey } from './usage-table.ts';

/** How long the entry of a record that was quarantined is kept. */
export const KEPT_DAYS = 30;

/** A stream record that could not be counted, and never will be as it is. */
export interface QuarantinedRecord {
  /** The stream's id of the record: it is the same whenever the record is delivered again. */
  eventId: string;
  quarantinedAt: EpochMillis;
  /** In short, such as `too_old`. */
  reason: string;
  /** In words, without values that came from outside. */
  explanation: string;
  /** The key of the item that the record is about, which stays where it is. It holds a conversation's id. */
  itemKey?: Item;
}

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
    const { eventId, quarantinedAt, reason, explanation, itemKey } = record;
    await client.send(
      new PutCommand({
        TableName: tableName,
        Item: {
          ...quarantineKey(dayOf(recordedOn), eventId),
          eventId,
          quarantinedAt: new Date(quarantinedAt).toISOString(),
          reason,
          explanation,
          ...(itemKey !== undefined && { itemKey }),
          expiresAt: expirySeconds(quarantinedAt + KEPT_DAYS * DAY_MS),
        },
      }),
    );
  }
}
