import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { allowedValues } from '../support/openapi/documented-values.ts';

test.each([
  [{ const: 'all' }, ['all']],
  [{ const: null }, [null]],
  [{ oneOf: [{ const: 1 }, { enum: [2] }] }, [1, 2]],
  [{ anyOf: [{ type: 'object', properties: { a: { const: 'a' } }, required: ['a'] }] }, [{ a: 'a' }]],
])('values that a schema allows are made of it, however few there are: %j', (schema, values) => {
  const made = fc.sample(allowedValues(schema), { numRuns: 50, seed: 1 });
  expect(new Set(made.map((value) => JSON.stringify(value)))).toEqual(
    new Set(values.map((value) => JSON.stringify(value))),
  );
});

test('what is not known of schemas is an error, and not tried without end', () => {
  expect(() => allowedValues({ type: 'string', not: { enum: ['a'] } })).toThrow(/not/);
});
