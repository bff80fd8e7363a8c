import {
  type CancellationReason,
  ConditionalCheckFailedException,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import {
  type BatchExecuteStatementCommand,
  type BatchWriteCommandInput,
  type DeleteCommandInput,
  PutCommand,
  type PutCommandInput,
  type TransactWriteCommandInput,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import type { Item } from '../../../../functions/shared/store/items/item.ts';
import { writesOf } from '../statements.ts';
import {
  attributeOf,
  checkPlaceholders,
  holds,
  parseCondition,
  parseUpdate,
  updated,
} from './expressions.ts';
import { checkDifferent, checkFields, type Tables } from './reads.ts';
import type { ItemKey, StoredTable } from './stored-table.ts';
import { areEqual, asAttributeValues, copyOf, copyOfItem, sizeOf, ValidationException } from './values.ts';

/** What one write needs of an item: `Put`, `Update`, `Delete` and `ConditionCheck` have these fields. */
interface Request {
  TableName?: string | undefined;
  ConditionExpression?: string | undefined;
  ExpressionAttributeNames?: Record<string, string> | undefined;
  ExpressionAttributeValues?: Record<string, unknown> | undefined;
  ReturnValuesOnConditionCheckFailure?: string | undefined;
}

/** A write that is understood, and not made yet. */
interface Write {
  table: StoredTable;
  key: ItemKey;
  before: Item | undefined;
  after: Item | undefined;
  /** Whether its condition holds. */
  isAllowed: boolean;
  request: Request;
}

const MOST_ITEMS_OF_TRANSACTION = 100;
const CONDITION = [
  ...['TableName', 'ConditionExpression', 'ExpressionAttributeNames', 'ExpressionAttributeValues'],
  ...['ReturnValuesOnConditionCheckFailure', 'ReturnValues', 'ReturnConsumedCapacity'],
];

export function put(tables: Tables, input: PutCommandInput): object {
  return alone(putOf(tables, input), input);
}

export function update(tables: Tables, input: UpdateCommandInput): object {
  return alone(updateOf(tables, input), input);
}

export function remove(tables: Tables, input: DeleteCommandInput): object {
  return alone(removalOf(tables, input), input);
}

export function transactWrite(tables: Tables, input: TransactWriteCommandInput): object {
  checkFields(input, ['TransactItems', 'ReturnConsumedCapacity']);
  const writes = (input.TransactItems ?? []).map((one) => transactItemOf(tables, one));
  if (writes.length === 0 || writes.length > MOST_ITEMS_OF_TRANSACTION) {
    throw new ValidationException(`a transaction has ${writes.length} items`);
  }
  checkDifferent(writes.map(({ key }) => key));
  if (writes.some(({ isAllowed }) => !isAllowed)) {
    const reasons = writes.map(reasonOf);
    const codes = reasons.map(({ Code: code }) => code).join(', ');
    throw new TransactionCanceledException({
      message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
      $metadata: {},
      CancellationReasons: reasons,
    });
  }
  for (const { table, key, before, after } of writes) if (before !== after) table.set(key, after);
  const units = writes.reduce((sum, write) => sum + 2 * unitsOf(write), 0);
  return input.ReturnConsumedCapacity === undefined ? {} : { ConsumedCapacity: [{ CapacityUnits: units }] };
}

export function batchWrite(tables: Tables, input: BatchWriteCommandInput): object {
  checkFields(input, ['RequestItems']);
  const requests = Object.entries(input.RequestItems ?? {}).flatMap(([TableName, all]) =>
    all.map((one) => ({ TableName, ...one })),
  );
  if (requests.length === 0 || requests.length > 25) {
    throw new ValidationException(`a batch writes ${requests.length} items`);
  }
  const writes = requests.map(({ TableName, PutRequest: one, DeleteRequest: other }) =>
    one === undefined
      ? removalOf(tables, { TableName, Key: other?.Key })
      : putOf(tables, { TableName, Item: one.Item }),
  );
  checkDifferent(writes.map(({ key }) => key));
  for (const { table, key, after } of writes) table.set(key, after);
  return { UnprocessedItems: {} };
}

export function executeStatements(tables: Tables, command: BatchExecuteStatementCommand): object {
  const { ReturnConsumedCapacity, Statements: statements = [] } = command.input;
  checkFields(command.input, ['Statements', 'ReturnConsumedCapacity']);
  if (statements.length === 0 || statements.length > 25) {
    throw new ValidationException(`a batch has ${statements.length} statements`);
  }
  const writes = writesOf(command).map((one) =>
    one instanceof PutCommand ? putOf(tables, one.input) : updateOf(tables, one.input),
  );
  checkDifferent(writes.map(({ key }) => key));
  for (const { table, key, before, after, isAllowed: isMade } of writes) {
    if (isMade && before !== after) table.set(key, after);
  }
  const units = writes.reduce((sum, write) => sum + unitsOf(write), 0);
  return {
    Responses: writes.map(({ isAllowed: isMade }) =>
      isMade ? {} : { Error: { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' } },
    ),
    ...(ReturnConsumedCapacity !== undefined && { ConsumedCapacity: [{ CapacityUnits: units }] }),
  };
}

function transactItemOf(
  tables: Tables,
  one: NonNullable<TransactWriteCommandInput['TransactItems']>[number],
): Write {
  if (one.Put !== undefined) return putOf(tables, one.Put);
  if (one.Update !== undefined) return updateOf(tables, one.Update);
  if (one.Delete !== undefined) return removalOf(tables, one.Delete);
  const check = one.ConditionCheck;
  if (check?.ConditionExpression === undefined)
    throw new ValidationException('an item of a transaction says nothing');
  checkFields(check, [...CONDITION, 'Key']);
  const table = tables(check.TableName);
  const key = table.keyOf(check.Key);
  checkPlaceholders(check, [check.ConditionExpression]);
  const before = table.get(key);
  return { table, key, before, after: before, isAllowed: isAllowed(before, check), request: check };
}

function putOf(tables: Tables, input: Omit<PutCommandInput, 'ReturnValues'>): Write {
  checkFields(input, [...CONDITION, 'Item']);
  checkPlaceholders(input, [input.ConditionExpression]);
  const table = tables(input.TableName);
  const after = copyOfItem(input.Item ?? {});
  const key = table.keyIn(after);
  const before = table.get(key);
  return { table, key, before, after, isAllowed: isAllowed(before, input), request: input };
}

function removalOf(tables: Tables, input: Omit<DeleteCommandInput, 'ReturnValues'>): Write {
  checkFields(input, [...CONDITION, 'Key']);
  checkPlaceholders(input, [input.ConditionExpression]);
  const table = tables(input.TableName);
  const key = table.keyOf(input.Key);
  const before = table.get(key);
  return { table, key, before, after: undefined, isAllowed: isAllowed(before, input), request: input };
}

function updateOf(tables: Tables, input: Omit<UpdateCommandInput, 'ReturnValues'>): Write {
  checkFields(input, [...CONDITION, 'Key', 'UpdateExpression']);
  checkPlaceholders(input, [input.ConditionExpression, input.UpdateExpression]);
  const table = tables(input.TableName);
  const key = table.keyOf(input.Key);
  const before = table.get(key);
  const isRight = isAllowed(before, input);
  return {
    table,
    key,
    before,
    after: isRight ? changed(input, key, before) : before,
    isAllowed: isRight,
    request: input,
  };
}

function changed(input: UpdateCommandInput, key: ItemKey, before: Item | undefined): Item {
  const item = before ?? { ...key };
  if (input.UpdateExpression === undefined) return item;
  const parsed = parseUpdate(input.UpdateExpression);
  const named = [...parsed.set, ...parsed.add].map(({ name }) => name).concat(parsed.remove);
  const attributes = named.map((name) => attributeOf(name, input));
  if (
    new Set(attributes).size < attributes.length ||
    attributes.some((name) => name === 'pk' || name === 'sk')
  ) {
    throw new ValidationException('an update changes an attribute twice, or the key');
  }
  const after = updated(parsed, item, input);
  for (const name of attributes)
    if (after[name] !== undefined || name in after) after[name] = copyOf(after[name]);
  return after;
}

function isAllowed(before: Item | undefined, request: Request): boolean {
  const { ConditionExpression: text } = request;
  return text === undefined || holds(parseCondition(text), before ?? {}, request);
}

/** Makes a write by itself. */
function alone(
  write: Write,
  {
    ReturnValues: wanted = 'NONE',
    ReturnConsumedCapacity,
  }: { ReturnValues?: string | undefined; ReturnConsumedCapacity?: string | undefined },
): object {
  const { table, key, before, after } = write;
  if (!write.isAllowed) {
    const { Item: item } = reasonOf(write);
    throw new ConditionalCheckFailedException({
      message: 'The conditional request failed',
      $metadata: {},
      ...(item !== undefined && { Item: item }),
    });
  }
  if (!['NONE', 'ALL_OLD', 'ALL_NEW'].includes(wanted)) {
    throw new ValidationException(`ReturnValues: ${wanted} is not known to DynamoDB for tests`);
  }
  if (before !== after) table.set(key, after);
  const returned = wanted === 'ALL_OLD' ? before : wanted === 'ALL_NEW' ? after : undefined;
  return {
    ...(returned !== undefined && { Attributes: copyOfItem(returned) }),
    ...(ReturnConsumedCapacity !== undefined && { ConsumedCapacity: { CapacityUnits: unitsOf(write) } }),
  };
}

/** Why an item of a transaction was in the way of the others, or was not. */
function reasonOf({ isAllowed: isRight, before, request }: Write): CancellationReason {
  if (isRight) return { Code: 'None' };
  const { ReturnValuesOnConditionCheckFailure: wanted = 'NONE' } = request;
  if (wanted !== 'NONE' && wanted !== 'ALL_OLD') {
    throw new ValidationException(`ReturnValuesOnConditionCheckFailure: ${wanted} is not known`);
  }
  return {
    Code: 'ConditionalCheckFailed',
    Message: 'The conditional request failed',
    ...(wanted === 'ALL_OLD' && before !== undefined && { Item: asAttributeValues(before) }),
  };
}

/** The units that a write costs: those of the larger of the two items, and those of the entries of indexes. */
function unitsOf({ table, before, after }: Write): number {
  const bytes = Math.max(...[before, after].map((item) => (item === undefined ? 0 : sizeOf(item))));
  const ofIndexes = table.definition.keysOnlyIndexes.map(({ partitionKey, sortKey }) => {
    const [old, made] = [before, after].map((item) =>
      item?.[partitionKey] === undefined || item[sortKey] === undefined
        ? undefined
        : [item[partitionKey], item[sortKey]],
    );
    if (areEqual(old, made)) return 0;
    return (old === undefined ? 0 : 1) + (made === undefined ? 0 : 1);
  });
  return ofIndexes.reduce((sum, units) => sum + units, Math.max(1, Math.ceil(bytes / 1024)));
}
