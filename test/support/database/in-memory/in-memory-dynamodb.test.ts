import {
  ConditionalCheckFailedException,
  TransactionCanceledException,
  ScanCommand as TypedScanCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  ScanCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import { queryPages } from '../../../../functions/shared/store/dynamodb.ts';
import { USAGE_TABLE } from '../../../../functions/shared/store/usage-table.ts';
import { test as base } from '../../fixture.ts';
import { clientOf, InMemoryDynamoDB } from './in-memory-dynamodb.ts';

const TableName = 't';
const test = base
  .extend('dynamodb', () => {
    const dynamodb = new InMemoryDynamoDB();
    dynamodb.createTable(TableName, USAGE_TABLE);
    return dynamodb;
  })
  .extend('client', async ({ dynamodb }) => {
    const client = clientOf(async (command) => dynamodb.execute(command));
    await client.send(new PutCommand({ TableName, Item: { pk: 'p', sk: 's', number: 1, text: 'a' } }));
    return client;
  });
const Key = { pk: 'p', sk: 's' };
const NOT_TWO = {
  ConditionExpression: '#number = :two',
  ExpressionAttributeNames: { '#number': 'number' },
  ExpressionAttributeValues: { ':two': 2 },
  ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
} as const;
/** The item as an error gives it. */
const AS_ATTRIBUTE_VALUES = { pk: { S: 'p' }, sk: { S: 's' }, number: { N: '1' }, text: { S: 'a' } };

function errorOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  );
}

test.for<[string, (client: DynamoDBDocumentClient) => Promise<unknown>]>([
  ['a put', (client) => client.send(new PutCommand({ TableName, Item: Key, ...NOT_TWO }))],
  ['an update', (client) => client.send(new UpdateCommand({ TableName, Key, ...NOT_TWO }))],
  ['a removal', (client) => client.send(new DeleteCommand({ TableName, Key, ...NOT_TWO }))],
])(
  '%s whose condition does not hold changes nothing, and gives the item where it is asked for',
  async ([, write], { client }) => {
    const error = await errorOf(write(client));
    expect(error).toBeInstanceOf(ConditionalCheckFailedException);
    expect(error).toMatchObject({ Item: AS_ATTRIBUTE_VALUES });
    expect(await client.send(new GetCommand({ TableName, Key }))).toEqual({
      Item: { ...Key, number: 1, text: 'a' },
    });
  },
);

test('a transaction with a condition that does not hold changes nothing, and says which it was', async ({
  client,
  dynamodb,
}) => {
  const error = await errorOf(
    client.send(
      new TransactWriteCommand({
        TransactItems: [
          { Put: { TableName, Item: { pk: 'p', sk: 'other' } } },
          { Update: { TableName, Key, UpdateExpression: 'REMOVE #number', ...NOT_TWO } },
        ],
      }),
    ),
  );
  expect(error).toBeInstanceOf(TransactionCanceledException);
  expect(error).toMatchObject({
    CancellationReasons: [{ Code: 'None' }, { Code: 'ConditionalCheckFailed', Item: AS_ATTRIBUTE_VALUES }],
  });
  expect(dynamodb.items(TableName)).toHaveLength(1);
});

test.for<[string, object]>([
  ['a function', { FilterExpression: 'size(#text) > :value' }],
  ['a path within a value', { FilterExpression: '#text.deep = :value' }],
  ['a place in a list', { FilterExpression: '#text[0] = :value' }],
  ['what is left over', { FilterExpression: '#text = :value :value' }],
  ['an open parenthesis', { FilterExpression: '(#text = :value' }],
  ['a placeholder that is not given', { FilterExpression: '#text = :value AND #other = :value' }],
  ['a value that no expression uses', { FilterExpression: 'attribute_exists(#text)' }],
  ['a parameter', { FilterExpression: '#text = :value', ScanFilter: {} }],
])('%s that is not known is refused, and not guessed', async ([, more], { client }) => {
  const scan = new ScanCommand({
    TableName,
    ExpressionAttributeNames: { '#text': 'text' },
    ExpressionAttributeValues: { ':value': 'a' },
    ...more,
  });
  await expect(client.send(scan)).rejects.toThrow();
});

test.for([
  { pk: 'p'.repeat(2049), sk: 's' },
  { pk: 'p', sk: 'é'.repeat(513) },
])('a key that is longer than DynamoDB takes is refused', async (long, { client }) => {
  await expect(client.send(new PutCommand({ TableName, Item: long }))).rejects.toThrow('longer');
  await expect(client.send(new GetCommand({ TableName, Key: long }))).rejects.toThrow('longer');
});

test('a query goes on behind the last item of its answer', async ({ client }) => {
  for (const sk of ['u', 't', 'v']) {
    await client.send(new PutCommand({ TableName, Item: { pk: 'p', sk } }));
  }
  const table = { client, tableName: TableName };
  const pages = queryPages(table, {
    KeyConditionExpression: 'pk = :pk AND sk > :sk',
    ExpressionAttributeValues: { ':pk': 'p', ':sk': 's' },
    Limit: 2,
  });
  const found: unknown[] = [];
  for await (const page of pages) found.push(...page.map(({ sk }) => sk));
  expect(found).toEqual(['t', 'u', 'v']);
});

test('a scan whose values say of which types they are goes on behind its answer, and finds such values', async ({
  client,
}) => {
  for (const sk of ['t', 'u']) await client.send(new PutCommand({ TableName, Item: { pk: 'q', sk } }));
  const scan = {
    TableName,
    FilterExpression: 'begins_with(#pk, :prefix)',
    ExpressionAttributeNames: { '#pk': 'pk' },
    ExpressionAttributeValues: { ':prefix': { S: 'q' } },
    Limit: 2,
  };
  const first = await client.send(new TypedScanCommand(scan));
  expect(first).toMatchObject({ ScannedCount: 2, Items: [{ pk: { S: 'q' }, sk: { S: 't' } }] });
  const next = await client.send(
    new TypedScanCommand({ ...scan, ExclusiveStartKey: first.LastEvaluatedKey }),
  );
  expect(next).toMatchObject({ Items: [{ pk: { S: 'q' }, sk: { S: 'u' } }] });
  expect(next).not.toHaveProperty('LastEvaluatedKey');
});

test('what was changed since a moment is taken back', async ({ client, dynamodb }) => {
  const before = structuredClone(dynamodb.items(TableName));
  const moment = dynamodb.mark();
  await client.send(
    new UpdateCommand({
      ...{ TableName, Key, UpdateExpression: 'ADD #number :one' },
      ...{ ExpressionAttributeNames: { '#number': 'number' }, ExpressionAttributeValues: { ':one': 1 } },
    }),
  );
  await client.send(new PutCommand({ TableName, Item: { pk: 'q', sk: 's' } }));
  await client.send(new DeleteCommand({ TableName, Key }));
  expect(dynamodb.items(TableName)).toEqual([{ pk: 'q', sk: 's' }]);
  dynamodb.rollBack(moment);
  expect(dynamodb.items(TableName)).toEqual(before);
});

test('what was given is nobody else’s: to change it changes nothing that is stored', async ({ client }) => {
  const bytes = new Uint8Array([1]);
  const item = { pk: 'p', sk: 'bytes', bytes, list: ['a'] };
  await client.send(new PutCommand({ TableName, Item: item }));
  bytes[0] = 2;
  item.list.push('b');
  const read = () => client.send(new GetCommand({ TableName, Key: { pk: 'p', sk: 'bytes' } }));
  const { Item: given } = await read();
  given?.['list'].push('c');
  expect(await read()).toEqual({ Item: { pk: 'p', sk: 'bytes', bytes: new Uint8Array([1]), list: ['a'] } });
});
