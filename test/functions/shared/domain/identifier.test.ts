import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { identifier, identifierProblem } from '../../../../functions/shared/domain/identifier.ts';

describe('an identifier', () => {
  test.each([
    ['one character', 'a'],
    ['128 characters', 'a'.repeat(128)],
    ['128 characters in 256 bytes', 'é'.repeat(128)],
    ['64 emoji, of 4 bytes each', '😀'.repeat(64)],
    ['what keys are made of', 'PEER#1%23/../?&=+'],
    ['a space', ' '],
    ['the first character that is no control character any more', '\u00a0'],
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
    ['half a surrogate pair', 'a\ud83d', 'peerId must be well-formed Unicode'],
  ])('must not be %s', (_title, value, problem) => {
    expect(identifierProblem('peerId', value)).toBe(problem);
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
