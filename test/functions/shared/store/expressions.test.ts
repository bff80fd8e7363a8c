import { expect, test } from 'vitest';
import {
  addAndDelete,
  IF_PRESENT,
  ifVersion,
  inPartition,
  KEYS_ONLY,
  raise,
  setAndRemove,
  setMissing,
  together,
} from '../../../../functions/shared/store/expressions.ts';

test('of two parts with conditions, both have to hold', () => {
  expect(together(IF_PRESENT, raise('day', 7))).toEqual({
    UpdateExpression: 'SET #day = :day',
    ConditionExpression: '(attribute_exists(#pk)) AND (attribute_not_exists(#day) OR #day < :day)',
    ExpressionAttributeNames: { '#pk': 'pk', '#day': 'day' },
    ExpressionAttributeValues: { ':day': 7 },
  });
});

test('a condition and an update of the same attribute have values of their own', () => {
  expect(together(setAndRemove({ version: 8 }, []), ifVersion(7))).toEqual({
    UpdateExpression: 'SET #version = :version',
    ConditionExpression: '#version = :readVersion',
    ExpressionAttributeNames: { '#version': 'version' },
    ExpressionAttributeValues: { ':version': 8, ':readVersion': 7 },
  });
});

test('parts without values have none together, which DynamoDB would refuse', () => {
  expect(together(IF_PRESENT, setAndRemove({}, ['a', 'b']))).toEqual({
    UpdateExpression: 'REMOVE #a, #b',
    ConditionExpression: 'attribute_exists(#pk)',
    ExpressionAttributeNames: { '#pk': 'pk', '#a': 'a', '#b': 'b' },
  });
  expect(together(IF_PRESENT, setAndRemove({}, []))).toEqual(IF_PRESENT);
});

test('a query and what it is to give are one request', () => {
  expect(together(inPartition('p'), KEYS_ONLY)).toEqual({
    KeyConditionExpression: '#pk = :pk',
    ProjectionExpression: '#pk, #sk',
    ExpressionAttributeNames: { '#pk': 'pk', '#sk': 'sk' },
    ExpressionAttributeValues: { ':pk': 'p' },
  });
});

test.each([
  { update: setAndRemove({ a: 1, b: 2 }, ['c']), expression: 'SET #a = :a, #b = :b REMOVE #c' },
  {
    update: setMissing({ a: 1, b: 2 }),
    expression: 'SET #a = if_not_exists(#a, :a), #b = if_not_exists(#b, :b)',
  },
  { update: addAndDelete({ a: 1, b: 2 }, { c: 3 }), expression: 'ADD #a :a, #b :b DELETE #c :c' },
  { update: addAndDelete({ a: 1 }, {}), expression: 'ADD #a :a' },
  { update: addAndDelete({}, { c: 3 }), expression: 'DELETE #c :c' },
])('an update says what it changes: $expression', ({ update, expression }) => {
  expect(update.UpdateExpression).toBe(expression);
});
