import { DescribeTableCommand, ScanCommand, type ScanCommandInput } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { type Backoff, backoff } from '../domain/backoff.ts';
import { inBatches } from '../domain/in-batches.ts';
import type { MessageIdentity } from '../domain/message.ts';
import { BatchNotProcessedError, queryPages, type Table } from './dynamodb.ts';
import { inPartition, KEYS_ONLY, namesOf, together } from './expressions.ts';
import { type Item, itemKey } from './items/item.ts';
import { type Key, keyOfImage } from './items/keys.ts';
import { conversationPartition, conversationPartitionPrefix, type Image } from './items/message.ts';

/** How large the table is: DynamoDB updates both figures about every six hours. */
export interface TableSize {
  itemCount: number;
  bytes: number;
}

/**
 * The segments that the table is read in, beside one another: together they have each item once. Where a segment ends
 * depends on how many there are, so a key of one is of no use with another number of them.
 */
export interface Segment {
  /** Its number, from 0. */
  segment: number;
  /** How many there are. */
  of: number;
}

/** A page of a segment, at most 1 MB of it. */
export interface ScannedPage {
  /** The items that were asked for. */
  images: Image[];
  /** How many items the page has, of all peers. */
  examined: number;
  readUnits: number;
  /** Where to go on; missing at the end of the segment. */
  next?: Key;
}

/** All of the table in one segment. */
const WHOLE: Segment = { segment: 0, of: 1 };

/** DynamoDB takes at most this many writes in one `BatchWriteItem`. */
const BATCH_WRITE_LIMIT = 25;
const MAX_ATTEMPTS = 8;
const PAUSES: Backoff = { firstMs: 100, longestMs: 10_000 };

/** How large a table is. */
export async function sizeOfTable({ client, tableName }: Table): Promise<TableSize> {
  const { Table: table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
  return { itemCount: table?.ItemCount ?? 0, bytes: table?.TableSizeBytes ?? 0 };
}

/** The messages that are stored, for those who look after them. */
export class StoredMessages {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** How large the table is, all peers together. */
  size(): Promise<TableSize> {
    return sizeOfTable(this.#table);
  }

  /**
   * Reads the next page of a segment. Messages of a peer are spread over all of the table, by conversation. The reads
   * are eventually consistent.
   *
   * @param after where the page before ended
   * @param peerId whose messages are asked for; without one everything, heartbeats too
   */
  async scan(segment: Segment, after: Key | undefined, peerId?: string): Promise<ScannedPage> {
    return this.#scan(segment, after, peerId === undefined ? {} : ofPeer(peerId));
  }

  /** Reads the next part of the table for the messages of all peers, consistently. */
  scanAll(after: Key | undefined): Promise<ScannedPage> {
    return this.#scan(WHOLE, after, { ConsistentRead: true });
  }

  async #scan(
    { segment, of }: Segment,
    after: Key | undefined,
    how: Partial<ScanCommandInput>,
  ): Promise<ScannedPage> {
    const { client, tableName } = this.#table;
    const answer = await client.send(
      new ScanCommand({
        TableName: tableName,
        Segment: segment,
        TotalSegments: of,
        ...how,
        ReturnConsumedCapacity: 'TOTAL',
        ...(after !== undefined && { ExclusiveStartKey: { pk: { S: after.pk }, sk: { S: after.sk } } }),
      }),
    );
    const next =
      answer.LastEvaluatedKey === undefined ? undefined : z.parse(keyOfImage(), answer.LastEvaluatedKey);
    return {
      images: answer.Items ?? [],
      examined: answer.ScannedCount ?? 0,
      readUnits: answer.ConsumedCapacity?.CapacityUnits ?? 0,
      ...(next !== undefined && { next }),
    };
  }

  /**
   * Removes the messages of a conversation.
   *
   * @param pause waits so many milliseconds before what DynamoDB was too busy for is tried again
   * @returns how many there were
   * @throws BatchNotProcessedError where DynamoDB stays too busy; what was removed until then is gone
   */
  async removeConversation(
    conversation: Pick<MessageIdentity, 'peerId' | 'conversationId'>,
    pause: (milliseconds: number) => Promise<void>,
  ): Promise<number> {
    const pages = queryPages(this.#table, {
      ...together(inPartition(conversationPartition(conversation)), KEYS_ONLY),
      ConsistentRead: true,
    });
    let removed = 0;
    for await (const page of pages) {
      const keys = page.map((item) => z.parse(itemKey(), item));
      await this.remove(keys, pause);
      removed += keys.length;
    }
    return removed;
  }

  /**
   * Removes messages.
   *
   * @throws BatchNotProcessedError where DynamoDB stays too busy; what was removed until then is gone
   */
  async remove(keys: readonly Key[], pause: (milliseconds: number) => Promise<void>): Promise<void> {
    for (const batch of inBatches(keys, BATCH_WRITE_LIMIT)) await this.#remove(batch, pause);
  }

  async #remove(keys: readonly Key[], pause: (milliseconds: number) => Promise<void>): Promise<void> {
    const { client, tableName } = this.#table;
    let pending: { DeleteRequest: { Key: Item } }[] = keys.map((key) => ({ DeleteRequest: { Key: key } }));
    for (let attempts = 1; attempts <= MAX_ATTEMPTS; attempts += 1) {
      const answer = await client.send(new BatchWriteCommand({ RequestItems: { [tableName]: pending } }));
      const unprocessed = answer.UnprocessedItems?.[tableName] ?? [];
      if (unprocessed.length === 0) return;
      pending = unprocessed.flatMap(({ DeleteRequest: request }) =>
        request?.Key === undefined ? [] : [{ DeleteRequest: { Key: request.Key } }],
      );
      await pause(backoff(PAUSES, attempts));
    }
    throw new BatchNotProcessedError(
      `${pending.length} messages are still there, because DynamoDB is too busy`,
    );
  }
}

/** The messages of a peer. */
function ofPeer(peerId: string): Partial<ScanCommandInput> {
  return {
    FilterExpression: 'begins_with(#pk, :prefix)',
    ExpressionAttributeNames: namesOf(['pk']),
    ExpressionAttributeValues: { ':prefix': { S: conversationPartitionPrefix(peerId) } },
  };
}
