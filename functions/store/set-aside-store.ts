import { DeleteCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { addDays, DAY_MS, dayOf, type EpochMillis, type UtcDay } from '../domain/utc-day.ts';
import { type Item, parseItem, type Table } from './dynamodb.ts';
import { expirySeconds } from './table-definition.ts';
import { setAsideKey, setAsidePartition } from './usage-table.ts';

const KEPT_DAYS = 30;
/** A record may come from the stream or, kept for as long, from the failure destination. */
const OLDEST_RECORD_DAYS = 31;

const setAsideItemKey = z.object({ pk: z.string(), sk: z.string() });

/** A stream record that could not be counted, and never will be as it is. */
export interface SetAsideRecord {
  /** The stream's id of the record: it is the same whenever the record is delivered again. */
  eventId: string;
  setAsideAt: EpochMillis;
  /** In short, such as `too_old`. */
  reason: string;
  /** In words, without values that came from outside. */
  explanation: string;
  /** The key of the item that the record is about, which stays where it is. It holds a conversation's id. */
  itemKey?: Item;
}

/**
 * The records that were set aside, for 30 days. A record that is delivered again replaces itself: its
 * entry is of the day on which the stream made it.
 */
export class SetAsideStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** @param recordedOn when the stream made the record */
  async add(record: SetAsideRecord, recordedOn: EpochMillis): Promise<void> {
    const { client, tableName } = this.#table;
    const { eventId, setAsideAt, reason, explanation, itemKey } = record;
    await client.send(
      new PutCommand({
        TableName: tableName,
        Item: {
          ...setAsideKey(dayOf(recordedOn), eventId),
          eventId,
          setAsideAt: new Date(setAsideAt).toISOString(),
          reason,
          explanation,
          ...(itemKey !== undefined && { itemKey }),
          expiresAt: expirySeconds(setAsideAt + KEPT_DAYS * DAY_MS),
        },
      }),
    );
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
    const { client, tableName } = this.#table;
    const keys: Item[] = [];
    let next: Item | undefined;
    do {
      const answer = await client.send(
        new QueryCommand({
          TableName: tableName,
          KeyConditionExpression: '#pk = :day',
          // The stream's own form of a key, in which each attribute carries its type.
          FilterExpression: '#itemKey.#pk.#S = :partition',
          ProjectionExpression: '#pk, #sk',
          ExpressionAttributeNames: { '#pk': 'pk', '#sk': 'sk', '#itemKey': 'itemKey', '#S': 'S' },
          ExpressionAttributeValues: { ':day': setAsidePartition(day), ':partition': partition },
          ConsistentRead: true,
          ...(next !== undefined && { ExclusiveStartKey: next }),
        }),
      );
      keys.push(...(answer.Items ?? []).map((item) => parseItem(setAsideItemKey, item, 'record set aside')));
      next = answer.LastEvaluatedKey;
    } while (next !== undefined);
    return keys;
  }
}
