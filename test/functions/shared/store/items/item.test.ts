import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import { MalformedItemError } from '../../../../../functions/shared/domain/errors.ts';
import { parseItem } from '../../../../../functions/shared/store/items/item.ts';

test('an item is read through its schema, and nothing that the schema does not name comes along', () => {
  expect(parseItem(z.object({ a: z.int() }), { a: 1, b: 2 }, 'thing')).toEqual({ a: 1 });
});

test('a malformed item is refused with its kind, its key and every place that is wrong, without its values', () => {
  const schema = z.object({ a: z.int(), b: z.object({ c: z.string() }), d: z.enum(['x']) });
  const parsing = () =>
    parseItem(
      schema,
      { pk: 'PEER#p', sk: 'FENCING_TOKEN', a: 'secret', b: { c: 7788 }, d: 'secret' },
      'thing',
    );
  expect(parsing).toThrow(MalformedItemError);
  expect(parsing).toThrow(/^stored thing at "PEER#p FENCING_TOKEN" is malformed \(a: .*; b\.c: .*; d: .*\)$/);
  expect(parsing).not.toThrow(/secret|7788/);
});
