import { DescribeTableCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
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

/** A part of the table that was read through, at most 1 MB of it. */
export interface ScannedPage {
  /** The peer's items in this part. */
  images: Image[];
  /** How many items the part has, of all peers. */
  examined: number;
  readUnits: number;
  /** Where to go on; missing at the end of the table. */
  next?: Key;
}

/** DynamoDB takes at most this many writes in one `BatchWriteItem`. */
const BATCH_WRITE_LIMIT = 25;
const MAX_ATTEMPTS = 8;
const PAUSES: Backoff = { firstMs: 100, longestMs: 10_000 };

/** The messages that are stored, for those who look after them. */
export class StoredMessages {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** How large the table is, all peers together. */
  async size(): Promise<TableSize> {
    const { client, tableName } = this.#table;
    const { Table: table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
    return { itemCount: table?.ItemCount ?? 0, bytes: table?.TableSizeBytes ?? 0 };
  }

  /**
   * Reads the next part of the table for the messages of a peer, which are spread over it by conversation.
   * The reads are eventually consistent.
   *
   * @param after where the part before ended
   */
  async scan(peerId: string, after: Key | undefined): Promise<ScannedPage> {
    const { client, tableName } = this.#table;
    const answer = await client.send(
      new ScanCommand({
        TableName: tableName,
        FilterExpression: 'begins_with(#pk, :prefix)',
        ExpressionAttributeNames: namesOf(['pk']),
        ExpressionAttributeValues: { ':prefix': { S: conversationPartitionPrefix(peerId) } },
        ReturnConsumedCapacity: 'TOTAL',
        ...(after !== undefined && { ExclusiveStartKey: { pk: { S: after.pk }, sk: { S: after.sk } } }),
      }),
    );
    const next =
      answer.LastEvaluatedKey === undefined ? undefined : z.parse(keyOfImage, answer.LastEvaluatedKey);
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
      const keys = page.map((item) => z.parse(itemKey, item));
      for (const batch of inBatches(keys, BATCH_WRITE_LIMIT)) {
        await this.#remove(batch, pause);
        removed += batch.length;
      }
    }
    return removed;
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
