import { expect, it } from 'vitest';
import { IF_ABSENT, ifStill, setAll, together } from '../../../functions/shared/store/expressions.ts';
import { statementOf } from '../../../functions/shared/store/statements.ts';
import { USAGE_TABLE } from '../../../functions/shared/store/usage-table.ts';
import { callsOf } from '../../support/permissions/dynamodb-calls.ts';

const definitionOf = () => USAGE_TABLE;
const TableName = 'usage';
const on = (action: string, ...leadingKeys: string[]) => ({
  action: `dynamodb:${action}`,
  tableName: TableName,
  leadingKeys,
});
const item = (pk: string) => ({ pk, sk: 's' });

it.each<[string, object, object[]]>([
  ['GetItem', { TableName, Key: item('a') }, [on('GetItem', 'a')]],
  ['PutItem', { TableName, Item: { ...item('a'), more: 1 } }, [on('PutItem', 'a')]],
  ['UpdateItem', { TableName, Key: item('a') }, [on('UpdateItem', 'a')]],
  ['DeleteItem', { TableName, Key: item('a') }, [on('DeleteItem', 'a')]],
  [
    'BatchGetItem',
    { RequestItems: { [TableName]: { Keys: [item('a'), item('b'), item('a')] } } },
    [on('BatchGetItem', 'a', 'b')],
  ],
  [
    'BatchExecuteStatement',
    {
      Statements: [
        statementOf({ Put: { TableName, Item: item('a'), ...IF_ABSENT } }),
        statementOf({
          Update: { TableName, Key: item('b'), ...together(setAll({ c: 1 }), ifStill('d', 1)) },
        }),
      ],
    },
    [on('PartiQLInsert', 'a'), on('PartiQLUpdate', 'b')],
  ],
  [
    'TransactGetItems',
    { TransactItems: [{ Get: { TableName, Key: item('a') } }, { Get: { TableName, Key: item('b') } }] },
    [on('GetItem', 'a'), on('GetItem', 'b')],
  ],
  [
    'TransactWriteItems',
    {
      TransactItems: [
        { ConditionCheck: { TableName, Key: item('a') } },
        { Put: { TableName, Item: item('b') } },
        { Update: { TableName, Key: item('c') } },
        { Delete: { TableName, Key: item('d') } },
      ],
    },
    [on('ConditionCheckItem', 'a'), on('PutItem', 'b'), on('UpdateItem', 'c'), on('DeleteItem', 'd')],
  ],
  [
    'Query',
    {
      TableName,
      KeyConditionExpression: '#key = :key AND begins_with(#sk, :prefix)',
      ExpressionAttributeNames: { '#key': 'pk', '#sk': 'sk' },
      ExpressionAttributeValues: { ':key': 'a', ':prefix': 'x' },
    },
    [on('Query', 'a')],
  ],
  [
    'Query',
    {
      TableName,
      IndexName: 'dirty-days',
      KeyConditionExpression: 'sk = :day AND dirtyLane = :lane',
      ExpressionAttributeValues: { ':day': 'x', ':lane': 'DIRTY#1' },
    },
    [{ ...on('Query', 'DIRTY#1'), indexName: 'dirty-days' }],
  ],
])('%s is what IAM looks at in its parts', (operation, input, calls) => {
  expect(callsOf(operation, input, definitionOf)).toEqual(calls);
});

it('a request is understood as it is sent, too', () => {
  const input = { TableName, Key: { pk: { S: 'a' }, sk: { S: 's' } } };
  expect(callsOf('GetItem', input, definitionOf)).toEqual([on('GetItem', 'a')]);
});

it.each<[string, string, object]>([
  ['an operation that nobody has looked at', 'Scan', { TableName }],
  ['a request without a partition', 'GetItem', { TableName, Key: { sk: 's' } }],
  ['a query of no partition', 'Query', { TableName, KeyConditionExpression: 'sk = :sk' }],
  ['a query of an unknown index', 'Query', { TableName, IndexName: 'i', KeyConditionExpression: 'pk = :pk' }],
  ['an unknown part of a transaction', 'TransactWriteItems', { TransactItems: [{ Replace: {} }] }],
])('%s is not guessed at', (_what, operation, input) => {
  expect(() => callsOf(operation, input, definitionOf)).toThrow();
});
