import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import {
  IDENTIFIER_JSON_SCHEMA,
  identifier,
  identifierPrefix,
  identifierProblem,
  PREFIX_JSON_SCHEMA,
} from '../../../../functions/shared/domain/identifier.ts';

const CHANGES_DIRECTION = 'peerId must not contain characters that change the direction of text';
const WHITE_SPACE_AT_AN_END = 'peerId must not begin or end with white space';

/** Short texts of what is easily taken for a part of an id, and of everything else. */
const texts = fc.string({
  maxLength: 20,
  unit: fc.oneof(
    fc.constantFrom(
      ' ',
      '\u00a0',
      '\u3000',
      '\ufeff',
      '\t',
      '\u0085',
      '\u180e',
      '\u200b',
      '\u202e',
      '\u2067',
      '\ufffd',
      'a',
    ),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
});

describe('an identifier', () => {
  test.each([
    ['one character', 'a'],
    ['128 characters', 'a'.repeat(128)],
    ['128 characters in 256 bytes', 'é'.repeat(128)],
    ['64 emoji, of 4 bytes each', '😀'.repeat(64)],
    ['what keys are made of', 'PEER#1%23/../?&=+'],
    ['a space within', 'a b'],
    ['the first character that is no control character any more within', 'a\u00a0b'],
    ['right-to-left text', 'שלום'],
    ['what looks like a number', '007'],
    ['the name of a property of every object', '__proto__'],
  ])('may be %s', (_title, value) => {
    expect(identifierProblem('peerId', value)).toBeUndefined();
  });

  test.each([
    ['empty', '', 'peerId must not be empty'],
    ['129 characters', 'a'.repeat(129), 'peerId must have at most 128 characters'],
    ['129 emoji', '😀'.repeat(129), 'peerId must have at most 128 characters'],
    ['a million characters', 'a'.repeat(1_000_000), 'peerId must have at most 128 characters'],
    ['128 characters in 257 bytes', `${'é'.repeat(127)}€`, 'peerId must have at most 256 bytes in UTF-8'],
    ['65 emoji, of 4 bytes each', '😀'.repeat(65), 'peerId must have at most 256 bytes in UTF-8'],
    ['a null byte', 'a\u0000b', 'peerId must not contain control characters'],
    ['a line feed', 'a\n', 'peerId must not contain control characters'],
    ['the last of the ASCII control characters', '\u007f', 'peerId must not contain control characters'],
    ['a C1 control character', '\u0085', 'peerId must not contain control characters'],
    ['a line separator', 'a\u2028b', 'peerId must not contain control characters'],
    ['a character that overrides direction', 'a\u202eb', CHANGES_DIRECTION],
    ['a character that embeds a direction', '\u202aa', CHANGES_DIRECTION],
    ['a character that isolates a direction', 'a\u2066', CHANGES_DIRECTION],
    ['a character that ends an isolate', 'a\u2069b', CHANGES_DIRECTION],
    ['white space alone', ' ', WHITE_SPACE_AT_AN_END],
    ['white space at the end', 'slack ', WHITE_SPACE_AT_AN_END],
    ['white space at the beginning', '\u00a0slack', WHITE_SPACE_AT_AN_END],
    ['a byte order mark at the beginning', '\ufeffslack', WHITE_SPACE_AT_AN_END],
    ['an ideographic space at the end', 'slack\u3000', WHITE_SPACE_AT_AN_END],
    [
      'a replacement character',
      'm-\ufffd',
      'peerId must not contain U+FFFD, which stands for bytes that were not UTF-8',
    ],
    ['half a surrogate pair', 'a\ud83d', 'peerId must be well-formed Unicode'],
  ])('must not be %s', (_title, value, problem) => {
    expect(identifierProblem('peerId', value)).toBe(problem);
  });
});

describe('the pattern of the API description', () => {
  test('says what the check says, of every text that is not too long', () => {
    const pattern = new RegExp(IDENTIFIER_JSON_SCHEMA.pattern, 'u');
    fc.assert(
      fc.property(texts, (text) => {
        expect(pattern.test(text)).toBe(identifierProblem('peerId', text) === undefined);
      }),
    );
  });

  test('says of a prefix that it may end where an identifier goes on', () => {
    const schema = identifierPrefix('prefix');
    const pattern = new RegExp(PREFIX_JSON_SCHEMA.pattern, 'u');
    fc.assert(
      fc.property(texts, (text) => {
        expect(pattern.test(text)).toBe(z.safeParse(schema, text).success);
      }),
    );
    for (const text of ['', 'support ', 'support']) expect(z.safeParse(schema, text).success).toBe(true);
    for (const text of [' ', ' support']) expect(z.safeParse(schema, text).success).toBe(false);
  });
});

describe('the schema of an identifier', () => {
  test('says in its message what the value is called and what is wrong', () => {
    const messages = (value: unknown) =>
      z.safeParse(identifier('channelId'), value).error?.issues.map(({ message }) => message);
    expect(messages('direct')).toBeUndefined();
    expect(messages('')).toEqual(['channelId must not be empty']);
    expect(messages(7)).toEqual(['channelId must be a string']);
    expect(messages(undefined)).toEqual(['channelId must be a string']);
  });
});
