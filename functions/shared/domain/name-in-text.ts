// Names and ids come from outside, and are shown within sentences of ours.

/**
 * What ends a line of text, and what changes the direction of the text after it. Such a character would work
 * beyond the element that isolates a name too: browsers take it for the end of that element.
 */
const UNCONFINED = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** In characters: a name that is longer is no name of ours, and an answer need not repeat all of it. */
const LONGEST_FOREIGN_NAME = 64;

/** What the text of every API key begins with. */
const OF_AN_API_KEY = /cua_/i;

/**
 * A name of a parameter or a field that came from outside, as an answer tells it: cut where it is long, and
 * never one that could hold an API key, which somebody may have put in the wrong place.
 */
export function foreignName(name: string): string {
  if (OF_AN_API_KEY.test(name)) return '(an API key)';
  if (name === '') return '(an empty name)';
  const characters = [...shownName(name)];
  const start = characters.slice(0, LONGEST_FOREIGN_NAME).join('');
  return characters.length > LONGEST_FOREIGN_NAME ? `${start}…` : start;
}

/** Whatever is read from right to left: the blocks that Unicode keeps for such scripts, and their mark. */
const RIGHT_TO_LEFT =
  /[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

const FIRST_STRONG_ISOLATE = '\u2068';
const POP_DIRECTIONAL_ISOLATE = '\u2069';

/**
 * A name as it is shown: each control character, and each one that changes the direction of text, is written
 * as U+FFFD. In an element that isolates it, such as `<bdi>`, it leaves the text around it as it is.
 */
export function shownName(name: string): string {
  return name.replace(UNCONFINED, '\ufffd');
}

/** JSON that says the same, without a character that does something to the terminal or the text around it. */
export function shownJson(json: string): string {
  return json.replace(
    UNCONFINED,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * A name as it is shown in text without markup, between characters that isolate it where it needs them: text
 * around it that is read from left to right stays in its order. A name that is read so too is as it was.
 */
export function isolated(name: string): string {
  const shown = shownName(name);
  return RIGHT_TO_LEFT.test(shown) ? `${FIRST_STRONG_ISOLATE}${shown}${POP_DIRECTIONAL_ISOLATE}` : shown;
}
