import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import type { InvalidRequestError } from '../../../../functions/shared/http/api-errors.ts';
import { decodeQuery, parseRequest } from '../../../../functions/shared/http/request-parsing.ts';

test.each<[query: string, parameters: [string, string[]][]]>([
  ['', []],
  ['&', []],
  ['a', [['a', ['']]]],
  ['a=', [['a', ['']]]],
  ['a=b=c', [['a', ['b=c']]]],
  [
    'a=1,2&b=%26&a=3',
    [
      ['a', ['1,2', '3']],
      ['b', ['&']],
    ],
  ],
  ['a=b+c%2Bd%20e', [['a', ['b c+d e']]]],
  ['%61=%F0%9F%98%80', [['a', ['😀']]]],
  ['__proto__=1', [['__proto__', ['1']]]],
])('the query string %j is decoded', (query, parameters) => {
  expect([...decodeQuery(query)]).toEqual(parameters);
});

test.each(['%', 'a=%', 'a=%zz', 'a=%FF', 'a=%ED%A0%80', '%C3=a'])(
  'the query string %j is refused',
  (query) => {
    expect(() => decodeQuery(query)).toThrow('the query string must be percent-encoded UTF-8');
  },
);

test('of a body with any number of unknown fields the first ten are named', () => {
  const schema = z.strictObject({ name: z.string('name must be a string') });
  const unknown = Array.from({ length: 100_000 }, (_, number) => `field_${number}`);
  const body = Object.fromEntries(unknown.map((field) => [field, 1]));
  const details = [
    { path: 'name', message: 'name must be a string' },
    ...unknown
      .slice(0, 10)
      .map((path) => ({ path, message: `${path} is not a field of the body: there are name` })),
  ];
  expect(() => parseRequest(schema, body, 'body')).toThrow(
    expect.objectContaining<Partial<InvalidRequestError>>({
      details,
      message: details.map(({ message }) => message).join('; '),
    }),
  );
});
