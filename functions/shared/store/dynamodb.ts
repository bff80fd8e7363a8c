import {
  ConditionalCheckFailedException,
  ProvisionedThroughputExceededException,
  ThrottlingException,
  TransactionCanceledException,
  TransactionConflictException,
  TransactionInProgressException,
} from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  type BatchGetCommandInput,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  type ScanCommandInput,
  TransactGetCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { type Condition, inPartition, type Update } from './expressions.ts';
import type { Item } from './items/item.ts';
import type { ItemWrite } from './statements.ts';

/** A table of DynamoDB and the client that reaches it. */
export interface Table {
  client: DynamoDBDocumentClient;
  tableName: string;
  /** Reads items by their keys; without it each is read by a call of its own. */
  reads?: ItemReads;
  /** Writes single items; without it each is written by a call of its own. */
  writes?: ItemWrites;
}

/** Reads items of one table by their keys. */
export interface ItemReads {
  /** @returns nothing where there is no item */
  read(key: Item, how: HowRead): Promise<Item | undefined>;
}

/** As it is or was a moment ago; as it is now; or so that no transaction is seen half made, as `readTogether` reads. */
export type HowRead = 'eventually' | 'consistently' | 'between transactions';

/** Writes single items of one table. */
export interface ItemWrites {
  /** Makes a write. @throws what DynamoDB says where it was not made, or may not have been */
  write(write: ItemWrite): Promise<void>;
}

/** One write of a transaction. */
export type TransactionItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** How the items of one table are read in one `BatchGetItem`. */
type BatchGetRequest = NonNullable<BatchGetCommandInput['RequestItems']>[string];

/** DynamoDB takes at most this many keys in one `BatchGetItem`. */
export const BATCH_GET_LIMIT = 100;

/** DynamoDB takes at most this many items in one transaction. */
export const TRANSACTION_LIMIT = 100;

/** DynamoDB, too busy, processed nothing of a batch. */
export class BatchNotProcessedError extends Error {
  override name = 'BatchNotProcessedError';
}

/** Reads an item by a call of its own, as it is now unless it is said otherwise; nothing where there is none. */
export async function getItem(
  { client, tableName }: Table,
  key: Item,
  isConsistent = true,
): Promise<Item | undefined> {
  const command = new GetCommand({ TableName: tableName, Key: key, ConsistentRead: isConsistent });
  return (await client.send(command)).Item;
}

/** Reads an item as it is now, together with others where the table's reads are gathered; nothing where there is none. */
export function readItem(table: Table, key: Item): Promise<Item | undefined> {
  return table.reads === undefined ? getItem(table, key) : table.reads.read(key, 'consistently');
}

/**
 * Reads the items of some keys whole, in no particular order; there is none for a key without an item.
 *
 * @param keys all different
 * @param isConsistent whether the items are to be as they are now
 */
export async function readItems(table: Table, keys: readonly Item[], isConsistent: boolean): Promise<Item[]> {
  const { reads } = table;
  if (reads === undefined) return batchGet(table, keys, { ConsistentRead: isConsistent });
  const how = isConsistent ? 'consistently' : 'eventually';
  const items = await Promise.all(keys.map((key) => reads.read(key, how)));
  return items.filter((item) => item !== undefined);
}

/**
 * Reads the items of some keys, in no particular order; there is none for a key without an item.
 *
 * @param keys all different
 * @param request how to read them, such as consistently
 */
export async function batchGet(
  table: Table,
  keys: readonly Item[],
  request: Omit<BatchGetRequest, 'Keys'> = {},
): Promise<Item[]> {
  const items: Item[] = [];
  let pending = [...keys];
  while (pending.length > 0) {
    const batch = pending.slice(0, BATCH_GET_LIMIT);
    const { items: found, unprocessed } = await tryBatchGet(table, batch, request);
    items.push(...found);
    if (unprocessed.length === batch.length) {
      throw new BatchNotProcessedError('DynamoDB processed no key of a batch');
    }
    pending = [...unprocessed, ...pending.slice(batch.length)];
  }
  return items;
}

/**
 * Reads the items of some keys, once.
 *
 * @param keys all different, and at most `BATCH_GET_LIMIT`
 * @returns the items, in no particular order, and the keys that DynamoDB was too busy for
 */
export async function tryBatchGet(
  { client, tableName }: Table,
  keys: readonly Item[],
  request: Omit<BatchGetRequest, 'Keys'>,
): Promise<{ items: Item[]; unprocessed: Item[] }> {
  const answer = await client.send(
    new BatchGetCommand({ RequestItems: { [tableName]: { ...request, Keys: [...keys] } } }),
  );
  return {
    items: answer.Responses?.[tableName] ?? [],
    unprocessed: answer.UnprocessedKeys?.[tableName]?.Keys ?? [],
  };
}

/**
 * Reads an item that others change in transactions. While one is made, a plain read may see this item as it was
 * before, also when it is consistent and another item of the same transaction has been seen changed.
 *
 * @throws what `isContention` knows, while a transaction that changes the item is made
 */
export async function readBetweenTransactions(table: Table, key: Item): Promise<Item | undefined> {
  if (table.reads !== undefined) return table.reads.read(key, 'between transactions');
  const [item] = await readTogether(table, [key]);
  return item;
}

/**
 * Reads items as all of them are at one moment.
 *
 * @param keys all different, and at most `TRANSACTION_LIMIT`
 * @returns the items in the order of the keys; nothing for a key without an item
 * @throws what `isContention` knows, while a transaction that changes one of them is made
 */
export async function readTogether(
  { client, tableName }: Table,
  keys: readonly Item[],
): Promise<(Item | undefined)[]> {
  const gets = keys.map((key) => ({ Get: { TableName: tableName, Key: key } }));
  const { Responses: responses } = await client.send(new TransactGetCommand({ TransactItems: gets }));
  return keys.map((_, index) => responses?.[index]?.Item);
}

/** Makes a write of one item by a call of its own. */
export async function writeAlone({ client }: Table, write: ItemWrite): Promise<void> {
  if ('Put' in write) await client.send(new PutCommand(write.Put));
  else await client.send(new UpdateCommand(write.Update));
}

/** Makes a write of one item, together with others where the table's writes are gathered. */
export function writeItem(table: Table, write: ItemWrite): Promise<void> {
  return table.writes === undefined ? writeAlone(table, write) : table.writes.write(write);
}

/** What a query asks for, of the table that it is sent to. */
type QueryInput = Omit<QueryCommandInput, 'TableName' | 'ExclusiveStartKey'>;

/** The pages of a query's answer: DynamoDB gives at most 1 MB at a time. */
export async function* queryPages({ client, tableName }: Table, input: QueryInput): AsyncGenerator<Item[]> {
  let start: Item | undefined;
  do {
    const answer = await client.send(
      new QueryCommand({ ...input, TableName: tableName, ExclusiveStartKey: start }),
    );
    yield answer.Items ?? [];
    start = answer.LastEvaluatedKey;
  } while (start !== undefined);
}

/** A part of a table that was read through, at most 1 MB of it. */
export interface ScannedPart {
  /** The items that were asked for. */
  items: Item[];
  /** How many items the part has. */
  examined: number;
  readUnits: number;
}

/** All of a table or of a segment of it, part by part, consistently: what is there from beginning to end is found. */
export async function* scanParts(
  { client, tableName }: Table,
  input: Omit<ScanCommandInput, 'TableName' | 'ExclusiveStartKey'> = {},
): AsyncGenerator<ScannedPart> {
  let start: Item | undefined;
  do {
    const answer = await client.send(
      new ScanCommand({
        ...input,
        TableName: tableName,
        ConsistentRead: true,
        ReturnConsumedCapacity: 'TOTAL',
        ExclusiveStartKey: start,
      }),
    );
    yield {
      items: answer.Items ?? [],
      examined: answer.ScannedCount ?? 0,
      readUnits: answer.ConsumedCapacity?.CapacityUnits ?? 0,
    };
    start = answer.LastEvaluatedKey;
  } while (start !== undefined);
}

/** All items of some partitions, read consistently, one partition after another, some items at a time. */
export async function* partitionPages(table: Table, partitions: readonly string[]): AsyncGenerator<Item[]> {
  for (const partition of partitions) {
    yield* queryPages(table, { ...inPartition(partition), ConsistentRead: true });
  }
}

/** All that a query finds. */
export async function queryAll(table: Table, input: QueryInput): Promise<Item[]> {
  const items: Item[] = [];
  for await (const page of queryPages(table, input)) items.push(...page);
  return items;
}

/**
 * Puts an item, where a condition holds.
 *
 * @returns whether it was put, rather than refused because the condition does not hold
 */
export function putIf(condition: Condition, table: Table, item: Item): Promise<boolean> {
  return writeIf(table, { Put: { TableName: table.tableName, Item: item, ...condition } });
}

/**
 * Changes an item, where a condition holds.
 *
 * @returns whether it was changed, rather than refused because the condition does not hold
 */
export function updateIf(table: Table, key: Item, update: Update & Condition): Promise<boolean> {
  return writeIf(table, { Update: { TableName: table.tableName, Key: key, ...update } });
}

async function writeIf(table: Table, write: ItemWrite): Promise<boolean> {
  try {
    await writeItem(table, write);
    return true;
  } catch (error) {
    if (!isConditionFailure(error)) throw error;
    return false;
  }
}

const CONDITION_FAILED = 'ConditionalCheckFailed';

/** Whether a write was refused because the condition of its only or its `index`th item did not hold. */
export function isConditionFailure(error: unknown, index = 0): boolean {
  if (error instanceof ConditionalCheckFailedException) return index === 0;
  if (!(error instanceof TransactionCanceledException)) return false;
  return error.CancellationReasons?.[index]?.Code === CONDITION_FAILED;
}

/**
 * The item that a write found which was refused because the condition of its only or its `index`th item did not hold;
 * nothing where there was none, or where the write did not ask for it.
 */
export function itemFound(error: unknown, index = 0): Item | undefined {
  if (!isConditionFailure(error, index)) return undefined;
  const found =
    error instanceof TransactionCanceledException
      ? error.CancellationReasons?.[index]?.Item
      : error instanceof ConditionalCheckFailedException
        ? error.Item
        : undefined;
  // The client gives plain objects for what it has read, and not for what comes with an error.
  return found === undefined ? undefined : unmarshall(found);
}

/** Whether DynamoDB did nothing because more was asked of it than it gives at a time, however often its client tried. */
export function isThrottling(error: unknown): boolean {
  return error instanceof ProvisionedThroughputExceededException || error instanceof ThrottlingException;
}

const PASSING_REASONS = new Set(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded']);

/**
 * Whether a write, or a read in a transaction, met another one on the same item, or a passing limit, and did
 * nothing: it may be tried again at once. A condition that failed beside that may hold then. (Throttling of
 * plain writes is retried by the SDK's own client.)
 */
export function isContention(error: unknown): boolean {
  if (error instanceof TransactionConflictException) return true;
  if (error instanceof TransactionInProgressException) return true;
  if (!(error instanceof TransactionCanceledException)) return false;
  const codes = (error.CancellationReasons ?? []).flatMap(({ Code: code }) =>
    code === undefined || code === 'None' ? [] : code,
  );
  const passing = codes.filter((code) => PASSING_REASONS.has(code));
  return passing.length > 0 && codes.every((code) => PASSING_REASONS.has(code) || code === CONDITION_FAILED);
}
