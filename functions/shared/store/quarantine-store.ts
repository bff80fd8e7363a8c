import { PutCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { dayOf, type EpochMillis } from '../domain/utc-day.ts';
import type { Waiting } from '../runtime/waiting.ts';
import { isConditionFailure, type Table } from './dynamodb.ts';
import { IF_ABSENT } from './expressions.ts';
import { addToQuarantineCount } from './items/quarantine-count.ts';
import { type QuarantinedRecord, quarantineItem } from './items/quarantine-entry.ts';
import { retryOnConflict } from './retry-on-conflict.ts';

/**
 * The records that were quarantined, for 30 days, and how many there are of each peer and day. A record that is
 * delivered again replaces itself, and is counted once: its entry is of the day on which the stream made it.
 */
export class QuarantineStore {
  readonly #table: Table;
  readonly #waiting: Waiting;

  constructor(table: Table, waiting: Waiting) {
    this.#table = table;
    this.#waiting = waiting;
  }

  /**
   * @param recordedOn when the stream made the record
   * @throws ContentionError where others quarantine records of the same peer time and again
   */
  async add(record: QuarantinedRecord, recordedOn: EpochMillis): Promise<void> {
    const { client, tableName } = this.#table;
    const put = { TableName: tableName, Item: quarantineItem(record, recordedOn) };
    if (record.peerId !== undefined && (await this.#addFirst(put, record.peerId, recordedOn))) return;
    await client.send(new PutCommand(put));
  }

  /** @returns whether there was no entry of the record before */
  async #addFirst(
    put: ConstructorParameters<typeof PutCommand>[0],
    peerId: string,
    recordedOn: EpochMillis,
  ): Promise<boolean> {
    const { client, tableName } = this.#table;
    const ofPeer = { TableName: tableName, ...addToQuarantineCount(peerId, dayOf(recordedOn), 1) };
    try {
      await retryOnConflict(this.#waiting, () =>
        client.send(
          new TransactWriteCommand({
            TransactItems: [{ Put: { ...put, ...IF_ABSENT } }, { Update: ofPeer }],
          }),
        ),
      );
      return true;
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
      return false;
    }
  }
}
