import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ApiKeyRecord } from '../../functions/domain/api-key.ts';
import { MalformedItemError } from '../../functions/domain/errors.ts';
import { ApiKeyStore } from '../../functions/store/api-key-store.ts';
import type { Table } from '../../functions/store/dynamodb.ts';
import { apiKeyKey } from '../../functions/store/usage-table.ts';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import { contentsOf, putRaw } from './table-contents.ts';

const KEY: ApiKeyRecord = {
  keyId: 'key1',
  secretHash: Uint8Array.from([1, 2, 3]),
  scopes: ['stats:read'],
  peers: ['p', 'q#%'],
  createdAt: 1_795_341_600_000,
};

let database: TestDatabase;
let table: Table;
let keys: ApiKeyStore;

beforeAll(async () => {
  database = await startTestDatabase();
});
beforeEach(async () => {
  const { usageTableName } = await database.createTables();
  table = { client: database.client, tableName: usageTableName };
  keys = new ApiKeyStore(table);
});
afterAll(() => database.stop());

test.each<[string, ApiKeyRecord]>([
  ['for some peers', KEY],
  ['for all peers', { ...KEY, peers: 'all' }],
  ['for no peer, without scopes', { ...KEY, peers: [], scopes: [] }],
  ['with a label, an end and its revocation', { ...KEY, label: 'CI', expiresAtInstant: 1, revokedAt: 2 }],
])('a key is read as it was stored: %s', async (_, stored) => {
  await keys.write(stored);
  expect(await keys.read('key1')).toEqual(stored);
  expect(await keys.read('key2')).toBeUndefined();
});

test('a key is stored in place of the one of the same id', async () => {
  await keys.write({ ...KEY, label: 'old' });
  await keys.write({ ...KEY, revokedAt: 5 });
  expect(await keys.read('key1')).toEqual({ ...KEY, revokedAt: 5 });
});

test('a key that ends is kept, so that it can be told from an unknown one: its item does not expire', async () => {
  await keys.write({ ...KEY, expiresAtInstant: 1 });
  const { keyId, ...fields } = KEY;
  expect(await contentsOf(table)).toEqual([{ ...apiKeyKey(keyId), ...fields, expiresAtInstant: 1 }]);
});

test.each<[string, Record<string, unknown>]>([
  ['secretHash', { secretHash: 'personal-value' }],
  ['scopes', { scopes: 'personal-value' }],
  ['scopes.0', { scopes: [7788] }],
  ['peers', { peers: 'personal-value' }],
  ['expiresAtInstant', { expiresAtInstant: 'personal-value' }],
  ['revokedAt', { revokedAt: 'personal-value' }],
])('a key whose %s is malformed is refused, without a word of what is in it', async (place, wrong) => {
  const { keyId, ...fields } = KEY;
  await putRaw(table, { ...apiKeyKey(keyId), ...fields, ...wrong });
  await expect(keys.read(keyId)).rejects.toThrow(MalformedItemError);
  await expect(keys.read(keyId)).rejects.toThrow(new RegExp(`^stored API key is malformed \\(${place}: `));
  await expect(keys.read(keyId)).rejects.not.toThrow(/personal-value|7788/);
});
