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
import { test } from '../../../support/fixture.ts';
import { putRaw } from './table-contents.ts';

const about = { message: 'refused', $metadata: {} };

/** A transaction that was cancelled, with the reason for each of its items. */
function cancelled(...codes: (string | undefined)[]): Error {
  return new TransactionCanceledException({
    ...about,
    CancellationReasons: codes.map((code) => (code === undefined ? {} : { Code: code })),
  });
}

test.each<{ error: unknown; failed: number[] }>([
  { error: new ConditionalCheckFailedException(about), failed: [0] },
  { error: cancelled('ConditionalCheckFailed', 'None'), failed: [0] },
  { error: cancelled('None', 'ConditionalCheckFailed'), failed: [1] },
  {
    error: cancelled('ConditionalCheckFailed', 'TransactionConflict', 'ConditionalCheckFailed'),
    failed: [0, 2],
  },
  { error: cancelled('TransactionConflict', 'None'), failed: [] },
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
  { error: cancelled('None', 'TransactionConflict'), passing: true },
  { error: cancelled('ThrottlingError', undefined, 'TransactionConflict'), passing: true },
  { error: cancelled('ProvisionedThroughputExceeded'), passing: true },
  { error: cancelled('TransactionConflict', 'ConditionalCheckFailed'), passing: true },
  { error: cancelled('None', 'ConditionalCheckFailed'), passing: false },
  { error: cancelled('ValidationError', 'None'), passing: false },
  { error: cancelled('ValidationError', 'TransactionConflict'), passing: false },
  { error: cancelled('None', 'None'), passing: false },
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
