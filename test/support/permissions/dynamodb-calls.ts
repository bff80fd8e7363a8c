import * as z from 'zod';
import type { TableDefinition } from '../../../functions/shared/store/table-definition.ts';
import { parsedStatement } from '../database/statements.ts';

/** What IAM looks at in a request to DynamoDB: one call for each part of a transaction, and one for anything else. */
export interface DynamoDBCall {
  action: string;
  tableName: string;
  /** The index that is queried, where it is one. */
  indexName?: string;
  /** The partitions that it reaches, of the table or of the index. */
  leadingKeys: readonly string[];
}

/** Gives the definition of a table. */
type DefinitionOf = (tableName: string) => TableDefinition;

// As the document client takes it, or as it is sent to DynamoDB.
const text = z.union([z.string(), z.object({ S: z.string() }).transform(({ S }) => S)]);
const item = z.record(z.string(), z.unknown());
const keyed = z.object({ TableName: z.string(), Key: item });
const put = z.object({ TableName: z.string(), Item: item });
const query = z.object({
  TableName: z.string(),
  IndexName: z.string().optional(),
  KeyConditionExpression: z.string(),
  ExpressionAttributeNames: z.record(z.string(), z.string()).default({}),
  ExpressionAttributeValues: z.record(z.string(), z.unknown()).default({}),
});
const batchGet = z.object({ RequestItems: z.record(z.string(), z.object({ Keys: z.array(item) })) });
const statements = z.object({
  Statements: z.array(z.object({ Statement: z.string(), Parameters: z.array(z.unknown()) })),
});
const transactGet = z.object({ TransactItems: z.array(z.strictObject({ Get: keyed })) });
const transactWrite = z.object({
  TransactItems: z.array(
    z.strictObject({
      Put: put.optional(),
      Update: keyed.optional(),
      Delete: keyed.optional(),
      ConditionCheck: keyed.optional(),
    }),
  ),
});

/**
 * The calls that a request to DynamoDB is made of, as IAM authorizes them.
 *
 * @param operation such as `GetItem`
 * @param input what it is asked with
 * @throws Error where it is not known what IAM would look at
 */
export function callsOf(operation: string, input: unknown, definitionOf: DefinitionOf): DynamoDBCall[] {
  const parse = OPERATIONS[operation];
  if (parse === undefined) throw new Error(`it is not known which permissions ${operation} needs`);
  return parse(input, definitionOf);
}

const OPERATIONS: Readonly<Record<string, (input: unknown, definitionOf: DefinitionOf) => DynamoDBCall[]>> = {
  GetItem: (input, definitionOf) => [keyedCall('GetItem', keyed.parse(input), definitionOf)],
  UpdateItem: (input, definitionOf) => [keyedCall('UpdateItem', keyed.parse(input), definitionOf)],
  DeleteItem: (input, definitionOf) => [keyedCall('DeleteItem', keyed.parse(input), definitionOf)],
  PutItem: (input, definitionOf) => [putCall(put.parse(input), definitionOf)],
  Query: (input, definitionOf) => [queryCall(query.parse(input), definitionOf)],
  BatchGetItem: (input, definitionOf) =>
    Object.entries(batchGet.parse(input).RequestItems).map(([tableName, { Keys }]) =>
      callOn('BatchGetItem', tableName, Keys, definitionOf),
    ),
  // To send statements together needs what each of them needs.
  BatchExecuteStatement: (input, definitionOf) =>
    statements.parse(input).Statements.map(({ Statement, Parameters }) => {
      const { tableName, item: written, update } = parsedStatement(Statement, Parameters);
      return callOn(
        update === undefined ? 'PartiQLInsert' : 'PartiQLUpdate',
        tableName,
        [written],
        definitionOf,
      );
    }),
  TransactGetItems: (input, definitionOf) =>
    transactGet.parse(input).TransactItems.map(({ Get }) => keyedCall('GetItem', Get, definitionOf)),
  TransactWriteItems: (input, definitionOf) =>
    transactWrite
      .parse(input)
      .TransactItems.flatMap(({ Put, Update, Delete, ConditionCheck }) => [
        ...(Put === undefined ? [] : [putCall(Put, definitionOf)]),
        ...(Update === undefined ? [] : [keyedCall('UpdateItem', Update, definitionOf)]),
        ...(Delete === undefined ? [] : [keyedCall('DeleteItem', Delete, definitionOf)]),
        ...(ConditionCheck === undefined
          ? []
          : [keyedCall('ConditionCheckItem', ConditionCheck, definitionOf)]),
      ]),
};

function keyedCall(action: string, { TableName, Key }: z.output<typeof keyed>, definitionOf: DefinitionOf) {
  return callOn(action, TableName, [Key], definitionOf);
}

function putCall({ TableName, Item }: z.output<typeof put>, definitionOf: DefinitionOf) {
  return callOn('PutItem', TableName, [Item], definitionOf);
}

function callOn(
  action: string,
  tableName: string,
  items: readonly z.output<typeof item>[],
  definitionOf: DefinitionOf,
): DynamoDBCall {
  const { partitionKey } = definitionOf(tableName);
  const leadingKeys = [...new Set(items.map((each) => text.parse(each[partitionKey])))];
  return { action: `dynamodb:${action}`, tableName, leadingKeys };
}

/** A query reaches the partition that its key condition names: of the table, or of the index where it asks one. */
function queryCall(input: z.output<typeof query>, definitionOf: DefinitionOf): DynamoDBCall {
  const { TableName: tableName, IndexName: indexName, KeyConditionExpression: condition } = input;
  const definition = definitionOf(tableName);
  const asked =
    indexName === undefined ? definition : definition.keysOnlyIndexes.find(({ name }) => name === indexName);
  if (asked === undefined) throw new Error(`${tableName} has no index ${indexName}`);
  const [, , placeholder] =
    [...condition.matchAll(/(#?\w+) = (:\w+)/g)].find(
      ([, name = '']) => (input.ExpressionAttributeNames[name] ?? name) === asked.partitionKey,
    ) ?? [];
  if (placeholder === undefined) throw new Error(`a query names no partition: ${condition}`);
  const leadingKey = text.parse(input.ExpressionAttributeValues[placeholder]);
  return {
    action: 'dynamodb:Query',
    tableName,
    ...(indexName !== undefined && { indexName }),
    leadingKeys: [leadingKey],
  };
}
