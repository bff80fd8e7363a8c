import { describe, expect, test } from 'vitest';
import { foreignName, isolated, shownName } from '../../../../functions/shared/domain/name-in-text.ts';

/** Control characters, ends of lines, and all that embed, override, isolate, or end one of these. */
const UNCONFINED = [
  ...['\0', '\t', '\n', '\r', '\u001c', '\u0085', '\u2028', '\u2029'],
  ...['\u202a', '\u202b', '\u202c', '\u202d', '\u202e', '\u2066', '\u2067', '\u2068', '\u2069'],
];

const LEFT_TO_RIGHT = ['Slack', '', ' ', '42 (7%)', 'naïve 客服 😀', 'Ελληνικά', 'हिन्दी', 'a\u200eb', '!?'];

const RIGHT_TO_LEFT = [
  'דואר',
  'بريد',
  'ܣܘܪܝܝܐ',
  'ދިވެހި',
  'ߒߞߏ',
  'Slack דואר',
  '7 ימים',
  '٧',
  'a\u200fb',
  '\ufb2a',
  '\ufefc',
  '\u{10900}',
  '\u{1e900}',
  '\u{1ee00}',
];

describe('a name as it is shown', () => {
  test.each(UNCONFINED)('%j is replaced wherever it stands', (character) => {
    expect(shownName(`${character}a${character}${character}b`)).toBe('\ufffda\ufffd\ufffdb');
  });

  test.each([...LEFT_TO_RIGHT, ...RIGHT_TO_LEFT])('%j stays as it is', (name) => {
    expect(shownName(name)).toBe(name);
  });
});

describe('a name in text without markup', () => {
  test.each(LEFT_TO_RIGHT)('%j needs nothing around it', (name) => {
    expect(isolated(name)).toBe(name);
  });

  test.each(RIGHT_TO_LEFT)('%j is isolated', (name) => {
    expect(isolated(name)).toBe(`\u2068${name}\u2069`);
  });

  test.each(UNCONFINED)('%j does not end the isolation', (character) => {
    expect(isolated(`${character}א${character}`)).toBe('\u2068\ufffdא\ufffd\u2069');
    expect(isolated(`a${character}`)).toBe('a\ufffd');
  });
});

describe('the name of a field that came from outside', () => {
  test.each([
    ['text', 'text'],
    ['__proto__', '__proto__'],
    ['', '(an empty name)'],
    ['a\nb', 'a\ufffdb'],
    ['\u202etext', '\ufffdtext'],
    ['😀'.repeat(64), '😀'.repeat(64)],
    ['😀'.repeat(65), `${'😀'.repeat(64)}…`],
    ['cua_id_secret', '(an API key)'],
    ['Bearer CUA_id_secret', '(an API key)'],
    [`${'x'.repeat(100)}cua_id_secret`, '(an API key)'],
  ])('%j is told as %j', (name, told) => {
    expect(foreignName(name)).toBe(told);
  });
});
