import { expect, test } from 'vitest';
import { carriedJson, carriedText } from '../../../../functions/shared/domain/carried-text.ts';

const NAME = 'a\ufffeb\uffffc \u{1f600}';

test('JSON says the same, without what topics and queues do not carry', () => {
  const json = carriedJson(JSON.stringify({ [NAME]: NAME }));
  expect(json).not.toMatch(/[\ufffe\uffff]/);
  expect(JSON.parse(json)).toEqual({ [NAME]: NAME });
});

test('a text for people has a sign in its place', () => {
  expect(carriedText(NAME)).toBe('a\ufffdb\ufffdc \u{1f600}');
});
