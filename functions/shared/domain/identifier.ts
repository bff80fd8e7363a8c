import * as z from 'zod/mini';
import { described } from './described.ts';

/** How many characters (code points) an identifier or a display name has at most. */
export const MAX_CHARACTERS = 128;
/** How many bytes in UTF-8 it has at most. */
export const MAX_UTF8_BYTES = 256;

/**
 * Text without control characters: C0, C1, and U+2028/U+2029, which end a line in logs and in JavaScript
 * source.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing control characters is its purpose.
const WITHOUT_CONTROL_CHARACTERS = /^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$/;

/**
 * Embeddings, overrides and isolates of direction: text after them reads backwards, digits too, also where it
 * is not part of the value.
 */
const DIRECTION_CHARACTERS = /[\u202a-\u202e\u2066-\u2069]/;

/** What somebody put in place of bytes that were no UTF-8: different ids would have become the same one. */
const REPLACEMENT_CHARACTER = '\ufffd';

/** What the API description says that identifiers and display names are. */
export const IDENTIFIER_WORDS =
  `1 to ${MAX_CHARACTERS} characters, at most ${MAX_UTF8_BYTES} bytes in UTF-8, no control characters, none that ` +
  'change the direction of text, no U+FFFD, no white space at either end';

// The same as patterns of JSON Schema, which other regular expressions read as well: no look around, and what
// white space is said once more where they disagree.
const REFUSED = '\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069\\ufffd';
const WITHIN = `[^${REFUSED}]`;
const AT_THE_ENDS = `[^\\s\\ufeff${REFUSED}]`;

/** What the check of an identifier or a display name says, as JSON Schema. The limit of bytes cannot be said. */
export const IDENTIFIER_JSON_SCHEMA = {
  type: 'string',
  minLength: 1,
  maxLength: MAX_CHARACTERS,
  pattern: `^${AT_THE_ENDS}(${WITHIN}*${AT_THE_ENDS})?$`,
} as const;

/** The same of what they begin with. */
export const PREFIX_JSON_SCHEMA = {
  ...IDENTIFIER_JSON_SCHEMA,
  minLength: 0,
  pattern: `^(${AT_THE_ENDS}${WITHIN}*)?$`,
} as const;

/** The same of any part of them. */
const PART_JSON_SCHEMA = {
  ...IDENTIFIER_JSON_SCHEMA,
  minLength: 0,
  pattern: `^${WITHIN}*$`,
} as const;

/**
 * Says what is wrong with an identifier or a display name, or nothing where it is right.
 *
 * Both hold 1 to 128 characters (code points), at most 256 bytes of UTF-8, no control characters, none that
 * change the direction of the text around them and no replacement character, and neither begin nor end with
 * white space: names that nobody can tell apart are no names.
 *
 * @param name how the message calls the value, such as `channelId`
 */
export function identifierProblem(name: string, value: string): string | undefined {
  if (value.length === 0) return `${name} must not be empty`;
  return textProblem(name, value) ?? endsProblem(name, value.trim() === value);
}

function endsProblem(name: string, isTrimmed: boolean): string | undefined {
  return isTrimmed ? undefined : `${name} must not begin or end with white space`;
}

/** Says what is wrong with text that may be a part of an identifier. */
function textProblem(name: string, value: string): string | undefined {
  // A code point is at most two UTF-16 units, so that anything longer need not be counted.
  if (value.length > 2 * MAX_CHARACTERS || [...value].length > MAX_CHARACTERS) {
    return `${name} must have at most ${MAX_CHARACTERS} characters`;
  }
  if (!value.isWellFormed()) return `${name} must be well-formed Unicode`;
  if (!WITHOUT_CONTROL_CHARACTERS.test(value)) return `${name} must not contain control characters`;
  if (DIRECTION_CHARACTERS.test(value)) {
    return `${name} must not contain characters that change the direction of text`;
  }
  if (value.includes(REPLACEMENT_CHARACTER)) {
    return `${name} must not contain U+FFFD, which stands for bytes that were not UTF-8`;
  }
  // Not by Buffer, which browsers lack: they parse answers by these schemas too.
  if (new TextEncoder().encode(value).length > MAX_UTF8_BYTES) {
    return `${name} must have at most ${MAX_UTF8_BYTES} bytes in UTF-8`;
  }
  return undefined;
}

/**
 * A schema for an identifier or a display name.
 *
 * @param name how its error messages call it, such as `channelId`
 */
// @__NO_SIDE_EFFECTS__
export function identifier(name: string) {
  return described(
    textWithout((value) => identifierProblem(name, value), name),
    { override: IDENTIFIER_JSON_SCHEMA },
  );
}

/** A schema for what identifiers may begin with: nothing at all, or text that may go on behind white space. */
// @__NO_SIDE_EFFECTS__
export function identifierPrefix(name: string) {
  return described(
    textWithout((value) => textProblem(name, value) ?? endsProblem(name, value.trimStart() === value), name),
    { override: PREFIX_JSON_SCHEMA },
  );
}

/** A schema for what identifiers may have in them, or nothing at all. */
// @__NO_SIDE_EFFECTS__
export function identifierPart(name: string) {
  return described(
    textWithout((value) => textProblem(name, value), name),
    { override: PART_JSON_SCHEMA },
  );
}

function textWithout(problemOf: (value: string) => string | undefined, name: string) {
  return z.string(`${name} must be a string`).check((context) => {
    const problem = problemOf(context.value);
    if (problem !== undefined) {
      context.issues.push({ code: 'custom', message: problem, input: context.value });
    }
  });
}
