import { DeleteCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { addDays, dayOf, type EpochMillis, type UtcDay } from '../domain/utc-day.ts';
import type { Waiting } from '../runtime/waiting.ts';
import { isConditionFailure, queryAll, type Table } from './dynamodb.ts';
import { IF_PRESENT, together } from './expressions.ts';
import { addToQuarantineCount } from './items/quarantine-count.ts';
import {
  countedEntryAlone,
  entriesOn,
  KEPT_DAYS,
  OLDEST_RECORD_DAYS,
  parseQuarantineEntry,
} from './items/quarantine-entry.ts';
import { retryOnConflict } from './retry-on-conflict.ts';

/** What the records that were quarantined left behind, for those who look after it. */
export class QuarantineEntries {
  readonly #table: Table;

  readonly #waiting: Waiting;

  constructor(table: Table, waiting: Waiting) {
    this.#table = table;
    this.#waiting = waiting;
  }

  /**
   * Removes the entries of records that are about certain items.
   *
   * @param isAbout is given the key of an item, with its types
   * @returns how many there were
   */
  async removeOf(isAbout: (itemKey: unknown) => boolean, now: EpochMillis): Promise<number> {
    let removed = 0;
    for (let age = 0; age <= KEPT_DAYS + OLDEST_RECORD_DAYS; age += 1) {
      for (const entry of await this.#entriesOf(isAbout, addDays(dayOf(now), -age))) {
        await this.remove(entry);
        removed += 1;
      }
    }
    return removed;
  }

  /** Removes an entry, and one from the number of its peer and day. */
  async remove({ key, countedAt }: ReturnType<typeof parseQuarantineEntry>): Promise<void> {
    const { client, tableName } = this.#table;
    const remove = { TableName: tableName, Key: key };
    if (countedAt === undefined) {
      await client.send(new DeleteCommand(remove));
      return;
    }
    const ofPeer = {
      TableName: tableName,
      ...addToQuarantineCount(countedAt.peerId, countedAt.day, -1),
    };
    await retryOnConflict(this.#waiting, () =>
      client.send(
        new TransactWriteCommand({
          TransactItems: [{ Delete: { ...remove, ...IF_PRESENT } }, { Update: ofPeer }],
        }),
      ),
    ).catch((error: unknown) => {
      // Somebody else has removed it, or it has just expired.
      if (!isConditionFailure(error)) throw error;
    });
  }

  async #entriesOf(
    isAbout: (itemKey: unknown) => boolean,
    day: UtcDay,
  ): Promise<ReturnType<typeof parseQuarantineEntry>[]> {
    const items = await queryAll(this.#table, {
      ...together(entriesOn(day), countedEntryAlone()),
      ConsistentRead: true,
    });
    return items.filter(({ itemKey }) => isAbout(itemKey)).map(parseQuarantineEntry);
  }
}
