import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { ApiKeyGrant } from '../../../../functions/shared/domain/api-key.ts';
import {
  ApiKeyFormatError,
  apiKeyRecordOf,
  bearerText,
  hashSecret,
  makeApiKey,
  parseApiKey,
} from '../../../../functions/shared/domain/api-key-text.ts';

const SECRET = 'abcdefghijklmnopqrstuv';
const NOW = Date.parse('2026-11-22T10:00:00Z');

describe('the text of an API key', () => {
  test.each([
    [`cua_local_${SECRET}`, { keyId: 'local', secret: SECRET }],
    [`cua_a_b_${SECRET}`, { keyId: 'a', secret: `b_${SECRET}` }],
    [`cua_A1__-${SECRET}`, { keyId: 'A1', secret: `_-${SECRET}` }],
    [`cua_${'k'.repeat(32)}_${'s'.repeat(128)}`, { keyId: 'k'.repeat(32), secret: 's'.repeat(128) }],
  ])('%s has two parts', (text, parts) => {
    expect(parseApiKey(text)).toEqual(parts);
  });

  test.each([
    ['', 'nothing'],
    [SECRET, 'a secret alone'],
    [`cua_${SECRET}`, 'no id'],
    [`cua__${SECRET}`, 'an empty id'],
    [`cua_local_${SECRET.slice(1)}`, 'a secret that is too short'],
    [`cua_local_${'s'.repeat(129)}`, 'a secret that is too long'],
    [`cua_${'k'.repeat(33)}_${SECRET}`, 'an id that is too long'],
    [`cua_lo-cal_${SECRET}`, 'another character in the id'],
    [`cua_local_${SECRET}=`, 'another character in the secret'],
    [`cua_local_${SECRET}\n`, 'a line break at its end'],
    [`CUA_local_${SECRET}`, 'another prefix'],
    [` cua_local_${SECRET}`, 'a space before it'],
  ])('%j is none: %s', (text) => {
    expect(parseApiKey(text)).toBeUndefined();
  });
});

describe('the Authorization header', () => {
  const parts = { keyId: 'local', secret: SECRET };

  test.each([`Bearer cua_local_${SECRET}`, `bearer cua_local_${SECRET}`, `BEARER   cua_local_${SECRET} `])(
    '%j holds a key',
    (header) => {
      expect(parseApiKey(bearerText(header) ?? '')).toEqual(parts);
    },
  );

  test.each([
    '',
    'Bearer',
    'Bearer ',
    `Basic cua_local_${SECRET}`,
    `cua_local_${SECRET}`,
    `Bearercua_local_${SECRET}`,
    `Bearer cua_local_${SECRET}, Bearer cua_local_${SECRET}`,
    `Bearer cua_local_${SECRET} cua_local_${SECRET}`,
  ])('%j holds none', (header) => {
    expect(parseApiKey(bearerText(header) ?? '')).toBeUndefined();
  });
});

describe('a new key', () => {
  const grant: ApiKeyGrant = {
    scopes: ['stats:read'],
    peers: ['peer_1'],
    label: 'dashboard',
    expiresAtInstant: NOW + 1000,
  };

  test('has 24 random bytes for its secret, of which only the SHA-256 is in its record', () => {
    let next = 0;
    const made = makeApiKey(grant, NOW, (length) => Uint8Array.from({ length }, () => next++));
    const secret = '08090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';
    expect(made).toEqual({
      key: `cua_0001020304050607_${secret}`,
      record: {
        keyId: '0001020304050607',
        secretHash: new Uint8Array(createHash('sha256').update(secret).digest()),
        scopes: ['stats:read'],
        peers: ['peer_1'],
        label: 'dashboard',
        createdAt: NOW,
        expiresAtInstant: NOW + 1000,
      },
    });
    expect(parseApiKey(made.key)).toEqual({ keyId: '0001020304050607', secret });
  });

  test('that somebody else made gets the same kind of record', () => {
    expect(apiKeyRecordOf(`cua_local_${SECRET}`, { scopes: [], peers: 'all' }, NOW)).toEqual({
      keyId: 'local',
      secretHash: hashSecret(SECRET),
      scopes: [],
      peers: 'all',
      createdAt: NOW,
    });
  });

  test('of the wrong form is refused, with the right form and without the text', () => {
    let thrown: unknown;
    try {
      apiKeyRecordOf('my-secret', grant, NOW);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ApiKeyFormatError);
    expect(String(thrown)).toBe(
      'ApiKeyFormatError: an API key reads cua_<keyId>_<secret>, where keyId is 1 to 32 letters and digits, ' +
        'and secret is 22 to 128 letters, digits, hyphens and underscores',
    );
  });
});
