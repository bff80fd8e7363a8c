import {
  ConditionalCheckFailedException,
  TransactionCanceledException,
  TransactionConflictException,
  TransactionInProgressException,
} from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  type BatchGetCommandInput,
  type DynamoDBDocumentClient,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactGetCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import type { Condition } from './expressions.ts';
import type { Item } from './items/item.ts';

/** A table of DynamoDB and the client that reaches it. */
export interface Table {
  client: DynamoDBDocumentClient;
  tableName: string;
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

/**
 * Reads the items of some keys, in no particular order; there is none for a key without an item.
 *
 * @param keys all different
 * @param request how to read them, such as consistently
 */
export async function batchGet(
  { client, tableName }: Table,
  keys: readonly Item[],
  request: Omit<BatchGetRequest, 'Keys'> = {},
): Promise<Item[]> {
  const items: Item[] = [];
  let pending = [...keys];
  while (pending.length > 0) {
    const batch = pending.slice(0, BATCH_GET_LIMIT);
    const answer = await client.send(
      new BatchGetCommand({ RequestItems: { [tableName]: { ...request, Keys: batch } } }),
    );
    items.push(...(answer.Responses?.[tableName] ?? []));
    const unprocessed = answer.UnprocessedKeys?.[tableName]?.Keys ?? [];
    if (unprocessed.length === batch.length) {
      throw new BatchNotProcessedError('DynamoDB processed no key of a batch');
    }
    pending = [...unprocessed, ...pending.slice(batch.length)];
  }
  return items;
}

/**
 * Reads an item that others change in transactions. While one is made, a plain read may see this item as it was
 * before, also when it is consistent and another item of the same transaction has been seen changed.
 *
 * @throws what `isContention` knows, while a transaction that changes the item is made
 */
export async function readBetweenTransactions(
  { client, tableName }: Table,
  key: Item,
): Promise<Item | undefined> {
  const answer = await client.send(
    new TransactGetCommand({ TransactItems: [{ Get: { TableName: tableName, Key: key } }] }),
  );
  return answer.Responses?.[0]?.Item;
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
export async function putIf(
  condition: Condition,
  { client, tableName }: Table,
  item: Item,
): Promise<boolean> {
  try {
    await client.send(new PutCommand({ TableName: tableName, Item: item, ...condition }));
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
