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

/** What the API description says that identifiers and display names are. */
export const IDENTIFIER_WORDS = `1 to ${MAX_CHARACTERS} characters, at most ${MAX_UTF8_BYTES} bytes in UTF-8, no control characters`;

/** What the check of an identifier or a display name says, as JSON Schema. The limit of bytes cannot be said. */
const IDENTIFIER_JSON_SCHEMA = {
  type: 'string',
  minLength: 1,
  maxLength: MAX_CHARACTERS,
  pattern: WITHOUT_CONTROL_CHARACTERS.source,
} as const;

/**
 * Says what is wrong with an identifier or a display name, or nothing where it is right.
 *
 * Both hold 1 to 128 characters (code points), at most 256 bytes of UTF-8, and no control characters.
 *
 * @param name how the message calls the value, such as `channelId`
 */
export function identifierProblem(name: string, value: string): string | undefined {
  if (value.length === 0) return `${name} must not be empty`;
  // A code point is at most two UTF-16 units, so that anything longer need not be counted.
  if (value.length > 2 * MAX_CHARACTERS || [...value].length > MAX_CHARACTERS) {
    return `${name} must have at most ${MAX_CHARACTERS} characters`;
  }
  if (!value.isWellFormed()) return `${name} must be well-formed Unicode`;
  if (!WITHOUT_CONTROL_CHARACTERS.test(value)) return `${name} must not contain control characters`;
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

/** A schema for what identifiers may begin with: as an identifier, or nothing at all. */
// @__NO_SIDE_EFFECTS__
export function identifierPrefix(name: string) {
  return described(
    textWithout((value) => (value === '' ? undefined : identifierProblem(name, value)), name),
    { override: { ...IDENTIFIER_JSON_SCHEMA, minLength: 0 } },
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
