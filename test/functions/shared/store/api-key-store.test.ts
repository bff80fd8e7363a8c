import { expect } from 'vitest';
import type { ApiKeyRecord } from '../../../../functions/shared/domain/api-key.ts';
import { MalformedItemError } from '../../../../functions/shared/domain/errors.ts';
import { ApiKeyStore } from '../../../../functions/shared/store/api-key-store.ts';
import { apiKeyKey } from '../../../../functions/shared/store/items/api-key.ts';
import { metered } from '../../../support/database/capacity.ts';
import { test as fixture } from '../../../support/fixture.ts';
import { contentsOf, putRaw } from './table-contents.ts';

const KEY: ApiKeyRecord = {
  keyId: 'key1',
  secretHash: Uint8Array.from([1, 2, 3]),
  scopes: ['stats:read'],
  peers: ['p', 'q#%'],
  createdAt: 1_795_341_600_000,
};

const test = fixture.extend('keys', ({ table }) => new ApiKeyStore(table));

test.for<[string, ApiKeyRecord]>([
  ['for some peers', KEY],
  ['for all peers', { ...KEY, peers: 'all' }],
  ['for no peer, without scopes', { ...KEY, peers: [], scopes: [] }],
  ['with a label, an end and its revocation', { ...KEY, label: 'CI', expiresAtInstant: 1, revokedAt: 2 }],
])('a key is read as it was stored: %s', async ([_, stored], { keys }) => {
  await keys.create(stored);
  expect(await keys.read('key1')).toEqual(stored);
  expect(await keys.read('key2')).toBeUndefined();
});

test('a new key does not take the place of another of its id', async ({ keys }) => {
  expect(await keys.create({ ...KEY, label: 'first' })).toBe(true);
  expect(await keys.create({ ...KEY, label: 'second' })).toBe(false);
  expect(await keys.read('key1')).toEqual({ ...KEY, label: 'first' });
});

test('of many that make a key of one id at once, one does', async ({ keys }) => {
  const made = await Promise.all(
    Array.from({ length: 10 }, (_, index) => keys.create({ ...KEY, label: `${index}` })),
  );
  expect(made.filter(Boolean)).toHaveLength(1);
  expect(await keys.read('key1')).toEqual({ ...KEY, label: `${made.indexOf(true)}` });
});

test('a key is stored in place of the one of the same id, whole, where that is asked for', async ({
  keys,
}) => {
  await keys.create({ ...KEY, label: 'old' });
  await keys.replace({ ...KEY, revokedAt: 5 });
  expect(await keys.read('key1')).toEqual({ ...KEY, revokedAt: 5 });
  await keys.replace({ ...KEY, keyId: 'key2' });
  expect(await keys.read('key2')).toEqual({ ...KEY, keyId: 'key2' });
});

test('every key is listed, whatever its state, in the order of the ids', async ({ keys }) => {
  expect(await keys.list()).toEqual([]);
  const ended = { ...KEY, keyId: 'a1', expiresAtInstant: 1, revokedAt: 2 };
  await keys.create(KEY);
  await keys.create(ended);
  expect(await keys.list()).toEqual([ended, KEY]);
});

test('keys of more than 1 MB are listed in full', async ({ database, table, keys }) => {
  const peers = Array.from({ length: 1_000 }, (_, index) => `${index}`.padStart(128, 'p'));
  const many = Array.from({ length: 12 }, (_, index) => ({ ...KEY, keyId: `key${index + 10}`, peers }));
  for (const key of many) await keys.create(key);
  const meter = metered(database.client);
  expect(await new ApiKeyStore({ ...table, client: meter.client }).list()).toEqual(many);
  expect(meter.calls).toEqual(new Map([['QueryCommand', 3]]));
});

test('a key is revoked once, from the instant of the first time on', async ({ table, keys }) => {
  expect(await keys.revoke('key1', 7)).toBe('unknown_key');
  expect(await contentsOf(table)).toEqual([]);
  await keys.create(KEY);
  expect(await keys.revoke('key1', 7)).toBe('revoked');
  expect(await keys.revoke('key1', 9)).toBe('already_revoked');
  expect(await keys.read('key1')).toEqual({ ...KEY, revokedAt: 7 });
});

test('a key that ends is kept, so that it can be told from an unknown one: its item does not expire', async ({
  table,
  keys,
}) => {
  await keys.create({ ...KEY, expiresAtInstant: 1 });
  const { keyId, ...fields } = KEY;
  expect(await contentsOf(table)).toEqual([{ ...apiKeyKey(keyId), ...fields, expiresAtInstant: 1 }]);
});

test.for<[string, Record<string, unknown>]>([
  ['secretHash', { secretHash: 'personal-value' }],
  ['scopes', { scopes: 'personal-value' }],
  ['scopes.0', { scopes: [7788] }],
  ['peers', { peers: 'personal-value' }],
  ['expiresAtInstant', { expiresAtInstant: 'personal-value' }],
  ['revokedAt', { revokedAt: 'personal-value' }],
])(
  'a key whose %s is malformed is refused, without a word of what is in it',
  async ([place, wrong], { table, keys }) => {
    const { keyId, ...fields } = KEY;
    await putRaw(table, { ...apiKeyKey(keyId), ...fields, ...wrong });
    await expect(keys.read(keyId)).rejects.toThrow(MalformedItemError);
    await expect(keys.read(keyId)).rejects.toThrow(
      new RegExp(`^stored API key at ".*" is malformed \\(${place}: `),
    );
    await expect(keys.read(keyId)).rejects.not.toThrow(/personal-value|7788/);
    await expect(keys.list()).rejects.toThrow(
      new RegExp(`^stored API key at "API_KEY key1" is malformed \\(${place}: `),
    );
    await expect(keys.list()).rejects.not.toThrow(/personal-value|7788/);
  },
);
