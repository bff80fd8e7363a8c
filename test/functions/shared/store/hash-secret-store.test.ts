import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import { MalformedItemError } from '../../../../functions/shared/domain/errors.ts';
import { HashSecretStore } from '../../../../functions/shared/store/hash-secret-store.ts';
import { HASH_SECRET_KEY } from '../../../../functions/shared/store/items/hash-secret.ts';
import { intercepted } from '../../../support/database/intercepted-client.ts';
import { test } from '../../../support/fixture.ts';
import { contentsOf, putRaw } from './table-contents.ts';

test('the secret is the first candidate, for ever', async ({ table }) => {
  const store = new HashSecretStore(table);
  const candidate = Uint8Array.from([1, 2, 3]);
  expect(await store.readOrMake(candidate)).toEqual(candidate);
  expect(await store.readOrMake(Uint8Array.from([4, 5, 6]))).toEqual(candidate);
  expect(await contentsOf(table)).toEqual([{ ...HASH_SECRET_KEY, secret: candidate }]);
});

test('many that make the secret at once all get the same one, which one of them made', async ({
  database,
  table,
}) => {
  const candidates = Array.from({ length: 20 }, (_, index) => Uint8Array.from([index, 7, 7]));
  let looking = candidates.length;
  const allHaveLooked = Promise.withResolvers<void>();
  const client = intercepted(database.client, async (command, send) => {
    const answer = await send();
    if (!(command instanceof GetCommand)) return answer;
    looking -= 1;
    if (looking === 0) allHaveLooked.resolve();
    await allHaveLooked.promise;
    return answer;
  });
  const secrets = await Promise.all(
    candidates.map((candidate) => new HashSecretStore({ ...table, client }).readOrMake(candidate)),
  );
  const [secret] = secrets;
  expect(candidates).toContainEqual(secret);
  expect(secrets).toEqual(candidates.map(() => secret));
  expect(await new HashSecretStore(table).readOrMake(Uint8Array.from([9]))).toEqual(secret);
});

test('each table has a secret of its own', async ({ database, table }) => {
  const other = { ...table, tableName: (await database.createTables()).usageTableName };
  await new HashSecretStore(table).readOrMake(Uint8Array.from([1]));
  expect(await new HashSecretStore(other).readOrMake(Uint8Array.from([2]))).toEqual(Uint8Array.from([2]));
});

test('a malformed secret is refused, without a word of what is in it', async ({ table }) => {
  await putRaw(table, { ...HASH_SECRET_KEY, secret: 'personal-value' });
  const reading = new HashSecretStore(table).readOrMake(Uint8Array.from([1]));
  await expect(reading).rejects.toThrow(MalformedItemError);
  await expect(reading).rejects.toThrow(/^stored hash secret at ".*" is malformed \(secret: /);
  await expect(reading).rejects.not.toThrow(/personal-value/);
});
