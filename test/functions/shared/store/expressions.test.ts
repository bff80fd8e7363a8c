import { expect, test } from 'vitest';
import {
  IF_ABSENT,
  IF_PRESENT,
  ifStill,
  inPartition,
  KEYS_ONLY,
  raise,
  setAll,
  setAndRemove,
  setMissing,
  storing,
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
  expect(together(setAll({ version: 8 }), ifStill('version', 7))).toEqual({
    UpdateExpression: 'SET #version = :version',
    ConditionExpression: '#version = :read',
    ExpressionAttributeNames: { '#version': 'version' },
    ExpressionAttributeValues: { ':version': 8, ':read': 7 },
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
  { update: setAll({ a: 1, b: 2 }), expression: 'SET #a = :a, #b = :b' },
  { update: setAndRemove({}, ['c']), expression: 'REMOVE #c' },
  { update: raise('a', 1, { b: 2 }), expression: 'SET #a = :a, #b = :b' },
])('an update says what it changes: $expression', ({ update, expression }) => {
  expect(update.UpdateExpression).toBe(expression);
});

test('an item is stored with all of its attributes and without the optional ones that it has not', () => {
  expect(storing({ pk: 'p', sk: 's', kept: 1, window: 'w' }, ['sealed', 'window'])).toEqual({
    Key: { pk: 'p', sk: 's' },
    UpdateExpression: 'SET #kept = :kept, #window = :window REMOVE #sealed',
    ExpressionAttributeNames: { '#kept': 'kept', '#window': 'window', '#sealed': 'sealed' },
    ExpressionAttributeValues: { ':kept': 1, ':window': 'w' },
  });
});

test('of an item that was not there when it was read, the condition is that it is not there', () => {
  expect(ifStill('version', 0)).toEqual(IF_ABSENT);
});
