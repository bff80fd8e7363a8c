import {
  ConditionalCheckFailedException,
  ProvisionedThroughputExceededException,
  TransactionCanceledException,
  TransactionConflictException,
  TransactionInProgressException,
} from '@aws-sdk/client-dynamodb';
import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import { isConditionFailure, isContention } from '../../../../functions/shared/store/dynamodb.ts';
import { cancelledTransaction } from '../../../support/database/transactions.ts';
import { test } from '../../../support/fixture.ts';
import { putRaw } from './table-contents.ts';

const about = { message: 'refused', $metadata: {} };

test.each<{ error: unknown; failed: number[] }>([
  { error: new ConditionalCheckFailedException(about), failed: [0] },
  { error: cancelledTransaction(['ConditionalCheckFailed', 'None']), failed: [0] },
  { error: cancelledTransaction(['None', 'ConditionalCheckFailed']), failed: [1] },
  {
    error: cancelledTransaction(['ConditionalCheckFailed', 'TransactionConflict', 'ConditionalCheckFailed']),
    failed: [0, 2],
  },
  { error: cancelledTransaction(['TransactionConflict', 'None']), failed: [] },
  { error: new TransactionCanceledException(about), failed: [] },
  { error: new TransactionConflictException(about), failed: [] },
  { error: new Error('ConditionalCheckFailed'), failed: [] },
  { error: undefined, failed: [] },
])('the conditions that did not hold are those of the items $failed: $error', ({ error, failed }) => {
  expect([0, 1, 2].filter((index) => isConditionFailure(error, index))).toEqual(failed);
});

test.each<{ error: unknown; passing: boolean }>([
  { error: new TransactionConflictException(about), passing: true },
  { error: new TransactionInProgressException(about), passing: true },
  { error: cancelledTransaction(['None', 'TransactionConflict']), passing: true },
  { error: cancelledTransaction(['ThrottlingError', undefined, 'TransactionConflict']), passing: true },
  { error: cancelledTransaction(['ProvisionedThroughputExceeded']), passing: true },
  { error: cancelledTransaction(['TransactionConflict', 'ConditionalCheckFailed']), passing: true },
  { error: cancelledTransaction(['None', 'ConditionalCheckFailed']), passing: false },
  { error: cancelledTransaction(['ValidationError', 'None']), passing: false },
  { error: cancelledTransaction(['ValidationError', 'TransactionConflict']), passing: false },
  { error: cancelledTransaction(['None', 'None']), passing: false },
  { error: new TransactionCanceledException(about), passing: false },
  { error: new ConditionalCheckFailedException(about), passing: false },
  { error: new ProvisionedThroughputExceededException(about), passing: false },
  { error: new Error('TransactionConflict'), passing: false },
])('whether a write met a passing obstacle is $passing: $error', ({ error, passing }) => {
  expect(isContention(error)).toBe(passing);
});

test('the reasons of a cancelled transaction are in the order of its items', async ({ database }) => {
  const { usageTableName } = await database.createTables();
  const table = { client: database.client, tableName: usageTableName };
  await putRaw(table, { pk: 'there', sk: 's' });
  const putNew = (pk: string) => ({
    Put: {
      TableName: usageTableName,
      Item: { pk, sk: 's' },
      ConditionExpression: 'attribute_not_exists(pk)',
    },
  });
  const failure = await database.client
    .send(new TransactWriteCommand({ TransactItems: [putNew('new'), putNew('there'), putNew('newer')] }))
    .catch((error: unknown) => error);
  expect([0, 1, 2].filter((index) => isConditionFailure(failure, index))).toEqual([1]);
  expect(isContention(failure)).toBe(false);
});
