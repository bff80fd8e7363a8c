import { createHash } from 'node:crypto';
import type {
  BatchGetItemCommandInput as TypedBatchGetCommandInput,
  ScanCommandInput as TypedScanCommandInput,
} from '@aws-sdk/client-dynamodb';
import type {
  BatchGetCommandInput,
  GetCommandInput,
  QueryCommandInput,
  ScanCommandInput,
  TransactGetCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Item } from '../../../../functions/shared/store/items/item.ts';
import { checkPlaceholders, holds, parseCondition, projectedBy, requiredOf } from './expressions.ts';
import type { ItemKey, StoredTable } from './stored-table.ts';
import { compareTexts, copyOfItem, sizeOf, ValidationException } from './values.ts';

/** Finds a table by its name. */
export type Tables = (name: string | undefined) => StoredTable;

const MOST_KEYS_OF_BATCH = 100;
const MOST_ITEMS_OF_TRANSACTION = 100;
const PAGE_BYTES = 1024 * 1024;
const BATCH_BYTES = 16 * PAGE_BYTES;

/** @throws ValidationException where an input has fields that are not known here */
export function checkFields(input: object, known: readonly string[]): void {
  for (const [name, value] of Object.entries(input)) {
    if (value !== undefined && !known.includes(name)) {
      throw new ValidationException(`${name} is not known to DynamoDB for tests`);
    }
  }
}

export function get(tables: Tables, input: GetCommandInput): object {
  checkFields(input, ['TableName', 'Key', 'ConsistentRead', ...PROJECTING, 'ReturnConsumedCapacity']);
  checkPlaceholders(input, [input.ProjectionExpression]);
  const table = tables(input.TableName);
  const item = table.get(table.keyOf(input.Key));
  return { ...given(item, input), ...capacity(input, [item], input.ConsistentRead === true ? 1 : 0.5) };
}

export function batchGet(
  tables: Tables,
  input: BatchGetCommandInput,
): { Responses: Record<string, Item[]>; UnprocessedKeys: object } {
  checkFields(input, ['RequestItems', 'ReturnConsumedCapacity']);
  const requests = Object.entries(input.RequestItems ?? {});
  const read: (Item | undefined)[] = [];
  const responses: Record<string, Item[]> = {};
  let units = 0;
  for (const [name, request] of requests) {
    checkFields(request, ['Keys', 'ConsistentRead', ...PROJECTING]);
    checkPlaceholders(request, [request.ProjectionExpression]);
    const table = tables(name);
    const keys = (request.Keys ?? []).map((key) => table.keyOf(key));
    checkDifferent(keys);
    const items = keys.map((key) => table.get(key));
    read.push(...items);
    units += unitsOf(items, request.ConsistentRead === true ? 1 : 0.5);
    responses[name] = givenAll(items, request);
  }
  if (read.length === 0 || read.length > MOST_KEYS_OF_BATCH) {
    throw new ValidationException(`a batch reads ${read.length} items`);
  }
  if (sizeOf(read.flatMap((item) => item ?? [])) > BATCH_BYTES) {
    throw new ValidationException('what DynamoDB does with a batch of more than 16 MB is not known here');
  }
  const consumed =
    input.ReturnConsumedCapacity === undefined ? {} : { ConsumedCapacity: [{ CapacityUnits: units }] };
  return { Responses: responses, UnprocessedKeys: {}, ...consumed };
}

/** A batch whose keys, like the items of its answer, say of which types their values are. */
export function typedBatchGet(tables: Tables, input: TypedBatchGetCommandInput): object {
  checkFields(input, ['RequestItems', 'ReturnConsumedCapacity']);
  const requests = Object.entries(input.RequestItems ?? {}).map(([name, { Keys: keys = [], ...request }]) => {
    checkFields(request, ['ConsistentRead', ...PROJECTING]);
    return [name, { ...request, Keys: keys.map((key) => unmarshall(key)) }] as const;
  });
  const { Responses: responses, ...answer } = batchGet(tables, {
    ...input,
    RequestItems: Object.fromEntries(requests),
  });
  const typed = Object.entries(responses).map(([name, items]) => [name, items.map((item) => marshall(item))]);
  return { ...answer, Responses: Object.fromEntries(typed) };
}

export function transactGet(tables: Tables, input: TransactGetCommandInput): object {
  checkFields(input, ['TransactItems', 'ReturnConsumedCapacity']);
  const gets = (input.TransactItems ?? []).map(({ Get }) => Get);
  if (gets.length === 0 || gets.length > MOST_ITEMS_OF_TRANSACTION) {
    throw new ValidationException(`a transaction reads ${gets.length} items`);
  }
  checkDifferent(gets.map((one) => tables(one?.TableName).keyOf(one?.Key)));
  const items = gets.map((one) => {
    checkFields(one ?? {}, ['TableName', 'Key', ...PROJECTING]);
    checkPlaceholders(one ?? {}, [one?.ProjectionExpression]);
    const table = tables(one?.TableName);
    return table.get(table.keyOf(one?.Key));
  });
  const consumed =
    input.ReturnConsumedCapacity === undefined
      ? {}
      : { ConsumedCapacity: [{ CapacityUnits: unitsOf(items, 2) }] };
  return { Responses: items.map((item, index) => given(item, gets[index] ?? {})), ...consumed };
}

export function query(tables: Tables, input: QueryCommandInput): object {
  checkFields(input, [...READING, 'KeyConditionExpression', 'ScanIndexForward']);
  const { KeyConditionExpression: text, IndexName: indexName } = input;
  if (text === undefined) throw new ValidationException('a query has no condition on keys');
  checkPlaceholders(input, [text, input.FilterExpression, input.ProjectionExpression]);
  const table = tables(input.TableName);
  if (indexName !== undefined && input.ConsistentRead === true) {
    throw new ValidationException('an index cannot be read consistently');
  }
  const condition = parseCondition(text);
  const { partitionKey, sortKey } = indexName === undefined ? table.definition : table.index(indexName);
  const partition = requiredOf(condition, partitionKey, input);
  if (typeof partition !== 'string')
    throw new ValidationException(`a query has to say which ${partitionKey}`);
  const candidates =
    indexName === undefined ? table.partition(partition) : table.entries(indexName, partition);
  const found = candidates.filter((item) => holds(condition, item, input));
  if (input.ScanIndexForward === false) found.reverse();
  const order = (item: Item) => [item[sortKey], item['pk'], item['sk']].map(String);
  const direction = input.ScanIndexForward === false ? -1 : 1;
  const isBehind = (item: Item, start: Item) => direction * compareAll(order(item), order(start)) > 0;
  const keys = [...new Set(['pk', 'sk', partitionKey, sortKey])];
  return page(found, input, { isBehind, keys });
}

export function scan(tables: Tables, input: ScanCommandInput): Page {
  checkFields(input, [...READING, 'Segment', 'TotalSegments']);
  checkPlaceholders(input, [input.FilterExpression, input.ProjectionExpression]);
  const { Segment: segment = 0, TotalSegments: segments = 1, IndexName: indexName } = input;
  const table = tables(input.TableName);
  const all = indexName === undefined ? table.all() : table.entries(indexName);
  const found = segments === 1 ? all : all.filter(({ pk }) => segmentOf(String(pk), segments) === segment);
  const order = ({ pk, sk }: Item) => [pk, sk].map(String);
  if (indexName !== undefined && input.ExclusiveStartKey !== undefined) {
    throw new ValidationException('how the scan of an index goes on is not known here');
  }
  return page(found, input, {
    isBehind: (item, start) => compareAll(order(item), order(start)) > 0,
    keys: ['pk', 'sk'],
  });
}

/** A scan whose values, like those of its answer, say of which types they are. */
export function typedScan(
  tables: Tables,
  { ExclusiveStartKey: start, ExpressionAttributeValues: values, ...input }: TypedScanCommandInput,
): object {
  checkFields(input, [...READING, 'Segment', 'TotalSegments']);
  const {
    Items: items,
    LastEvaluatedKey: last,
    ...answer
  } = scan(tables, {
    ...input,
    ScanFilter: undefined,
    ...(start !== undefined && { ExclusiveStartKey: unmarshall(start) }),
    ...(values !== undefined && { ExpressionAttributeValues: unmarshall(values) }),
  });
  return {
    ...answer,
    ...(items !== undefined && { Items: items.map((item) => marshall(item)) }),
    ...(last !== undefined && { LastEvaluatedKey: marshall(last) }),
  };
}

const PROJECTING = ['ProjectionExpression', 'ExpressionAttributeNames'];
const READING = [
  ...['TableName', 'IndexName', 'ConsistentRead', 'FilterExpression', 'Limit', 'ExclusiveStartKey'],
  ...['ExpressionAttributeValues', 'Select', 'ReturnConsumedCapacity', ...PROJECTING],
];

interface Page {
  Count: number;
  ScannedCount: number;
  Items?: Item[];
  LastEvaluatedKey?: Item;
  ConsumedCapacity?: { CapacityUnits: number };
}

/** As much of what was found as one answer has. */
function page(
  found: readonly Item[],
  input: QueryCommandInput & ScanCommandInput,
  { isBehind, keys }: { isBehind: (item: Item, start: Item) => boolean; keys: readonly string[] },
): Page {
  const {
    ExclusiveStartKey: start,
    Limit: limit = Number.POSITIVE_INFINITY,
    FilterExpression: filter,
  } = input;
  if (input.Select !== undefined && input.Select !== 'COUNT') {
    throw new ValidationException(`Select: ${input.Select} is not known to DynamoDB for tests`);
  }
  const examined: Item[] = [];
  let bytes = 0;
  let last: Item | undefined;
  for (const item of found) {
    if (start !== undefined && !isBehind(item, start)) continue;
    examined.push(item);
    bytes += sizeOf(item);
    if (examined.length < limit && bytes < PAGE_BYTES) continue;
    last = Object.fromEntries(keys.map((name) => [name, item[name]]));
    break;
  }
  const condition = filter === undefined ? undefined : parseCondition(filter);
  const items = examined.filter((item) => condition === undefined || holds(condition, item, input));
  const units = Math.max(1, Math.ceil(bytes / 4096)) * (input.ConsistentRead === true ? 1 : 0.5);
  return {
    Count: items.length,
    ScannedCount: examined.length,
    ...(input.Select !== 'COUNT' && { Items: givenAll(items, input) }),
    ...(last !== undefined && { LastEvaluatedKey: last }),
    ...(input.ReturnConsumedCapacity !== undefined && { ConsumedCapacity: { CapacityUnits: units } }),
  };
}

/** How a request asks for attributes. */
interface Projecting {
  ProjectionExpression?: string | undefined;
  ExpressionAttributeNames?: Record<string, string> | undefined;
}

/** An item as a request asks for it. */
function given(item: Item | undefined, request: Projecting): { Item?: Item } {
  return item === undefined ? {} : { Item: givenAll([item], request)[0] ?? {} };
}

/** Those of some items that are there, as a request asks for them. */
function givenAll(
  items: readonly (Item | undefined)[],
  { ProjectionExpression, ExpressionAttributeNames }: Projecting,
): Item[] {
  return items
    .filter((item) => item !== undefined)
    .map((item) => copyOfItem(projectedBy(ProjectionExpression, item, { ExpressionAttributeNames })));
}

function capacity(
  input: { ReturnConsumedCapacity?: string | undefined },
  items: readonly (Item | undefined)[],
  factor: number,
): object {
  if (input.ReturnConsumedCapacity === undefined) return {};
  return { ConsumedCapacity: { CapacityUnits: unitsOf(items, factor) } };
}

/** The units that reading items costs, one by one. */
function unitsOf(items: readonly (Item | undefined)[], factor: number): number {
  return items.reduce(
    (sum, item) => sum + Math.max(1, Math.ceil((item === undefined ? 0 : sizeOf(item)) / 4096)) * factor,
    0,
  );
}

/** @throws ValidationException where a key occurs twice */
export function checkDifferent(keys: readonly ItemKey[]): void {
  if (new Set(keys.map(({ pk, sk }) => JSON.stringify([pk, sk]))).size < keys.length) {
    throw new ValidationException('an item occurs twice in one request');
  }
}

function segmentOf(pk: string, segments: number): number {
  return createHash('sha256').update(pk).digest().readUInt32BE(0) % segments;
}

function compareAll(one: readonly string[], other: readonly string[]): number {
  for (const [index, text] of one.entries()) {
    const order = compareTexts(text, other[index] ?? '');
    if (order !== 0) return order;
  }
  return 0;
}
