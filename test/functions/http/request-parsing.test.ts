import { expect, test } from 'vitest';
import { decodeQuery } from '../../../functions/runtime/request-parsing.ts';

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
