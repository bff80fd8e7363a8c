import { InvalidArgumentError } from 'commander';
import { describe, expect, test } from 'vitest';
import {
  parseExpiry,
  parseLabel,
  parsePeer,
  parsePeers,
  parseScopes,
} from '../../tools/support/key-options.ts';

const NOW = Date.parse('2026-11-22T10:00:00Z');

function refusal(parse: () => unknown): string {
  try {
    return `accepted: ${JSON.stringify(parse())}`;
  } catch (error) {
    if (error instanceof InvalidArgumentError) return error.message;
    throw error;
  }
}

describe('when a key expires', () => {
  test.each([
    ['1d', '2026-11-23T10:00:00.000Z'],
    ['90d', '2027-02-20T10:00:00.000Z'],
    ['99999d', '2300-09-06T10:00:00.000Z'],
    ['2026-11-23', '2026-11-23T00:00:00.000Z'],
    ['2028-02-29', '2028-02-29T00:00:00.000Z'],
  ])('%s', (text, instant) => {
    expect(new Date(parseExpiry(text, NOW)).toISOString()).toBe(instant);
  });

  test.each([
    ['', /^It is a number of days/],
    ['90', /^It is a number of days/],
    ['1.5d', /^It is a number of days/],
    ['-1d', /^It is a number of days/],
    ['100000d', /^It is a number of days/],
    ['2027-02-29', /^It is a number of days/],
    ['2027-1-1', /^It is a number of days/],
    ['tomorrow', /^It is a number of days/],
    ['0d', /^That is not in the future\.$/],
    ['2026-11-22', /^That is not in the future\.$/],
    ['2020-01-01', /^That is not in the future\.$/],
  ])('%j is refused', (text, reason) => {
    expect(refusal(() => parseExpiry(text, NOW))).toMatch(reason);
  });
});

test('scopes are a list, each once', () => {
  expect(parseScopes('stats:read')).toEqual(['stats:read']);
  expect(parseScopes('channels:write, stats:read,channels:write')).toEqual(['channels:write', 'stats:read']);
});

test.each([
  ['', 'The list has an empty place.'],
  ['stats:read,', 'The list has an empty place.'],
  [
    'stats:write',
    'There is no scope "stats:write", only stats:read, messages:write, messages:read, channels:write, shares:write, proof:read.',
  ],
  [
    'STATS:READ',
    'There is no scope "STATS:READ", only stats:read, messages:write, messages:read, channels:write, shares:write, proof:read.',
  ],
])('the scopes %j are refused', (text, reason) => {
  expect(refusal(() => parseScopes(text))).toBe(reason);
});

test('peers are a list, each once, over all options that name some', () => {
  expect(parsePeers('p1,p2,p1')).toEqual(['p1', 'p2']);
  expect(parsePeers('p3, p1', ['p1'])).toEqual(['p1', 'p3']);
  expect(parsePeer('one, with a comma', ['p1'])).toEqual(['p1', 'one, with a comma']);
});

test.each([
  ['', 'The list has an empty place.'],
  ['p1,,p2', 'The list has an empty place.'],
  ['p\u0007', 'A peer must not contain control characters.'],
  ['p'.repeat(129), 'A peer must have at most 128 characters.'],
])('the peers %j are refused', (text, reason) => {
  expect(refusal(() => parsePeers(text))).toBe(reason);
});

test('a label is one line that is not too long', () => {
  expect(parseLabel('the dashboard, for HR')).toBe('the dashboard, for HR');
  expect(refusal(() => parseLabel(''))).toBe('A label must not be empty.');
  expect(refusal(() => parseLabel('\u001b[31mred'))).toBe('A label must not contain control characters.');
});
