import { BatchGetCommand, PutCommand, TransactGetCommand } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import { GatheredReads } from '../../../../functions/shared/store/gathered-reads.ts';
import { intercepted } from '../../../support/database/intercepted-client.ts';
import { watched } from '../../../support/database/watched-client.ts';
import { test as fixture } from '../../../support/fixture.ts';

const keyOf = (number: number) => ({ pk: `PEER#${number}`, sk: 'one' });

const test = fixture.extend('stored', async ({ table: { client, tableName } }) => {
  const items = Array.from({ length: 3 }, (_, number) => ({ ...keyOf(number), number }));
  for (const Item of items) await client.send(new PutCommand({ TableName: tableName, Item }));
  return items;
});

test('items that are asked for at the same time are read in one call, each once', async ({
  table,
  stored,
}) => {
  const watcher = watched(table.client);
  const reads = new GatheredReads({ ...table, client: watcher.client });
  const asked = [0, 1, 2, 3, 0].map((number) => reads.read(keyOf(number), 'consistently'));
  expect(await Promise.all(asked)).toEqual([...stored, undefined, stored[0]]);
  expect(watcher.calls).toEqual(['BatchGetCommand']);
  expect(await reads.read(keyOf(1), 'consistently')).toEqual(stored[1]);
  expect(watcher.calls).toEqual(['BatchGetCommand', 'GetCommand']);
});

test('a call takes no more items than DynamoDB lets it', async ({ table }) => {
  const watcher = watched(table.client);
  const reads = new GatheredReads({ ...table, client: watcher.client });
  await Promise.all(Array.from({ length: 201 }, (_, number) => reads.read(keyOf(number), 'consistently')));
  expect(watcher.calls).toEqual(['BatchGetCommand', 'BatchGetCommand', 'GetCommand']);
});

test('partitions of different kinds are read in different calls, as IAM asks', async ({ table, stored }) => {
  const watcher = watched(table.client);
  const reads = new GatheredReads({ ...table, client: watcher.client });
  const asked = [
    reads.read(keyOf(0), 'consistently'),
    reads.read({ pk: 'DIRECTORY#1', sk: 'one' }, 'consistently'),
  ];
  expect(await Promise.all(asked)).toEqual([stored[0], undefined]);
  expect(watcher.calls).toEqual(['GetCommand', 'GetCommand']);
});

test('what DynamoDB leaves out of a batch is read by itself', async ({ table, stored }) => {
  const client = intercepted(table.client, async (command, send) => {
    if (!(command instanceof BatchGetCommand)) return send();
    return { UnprocessedKeys: { [table.tableName]: { Keys: [keyOf(0), keyOf(1)] } } };
  });
  const reads = new GatheredReads({ ...table, client });
  expect(await Promise.all([0, 1].map((number) => reads.read(keyOf(number), 'consistently')))).toEqual(
    stored.slice(0, 2),
  );
});

test('one item that cannot be read fails no other', async ({ table, stored }) => {
  const client = intercepted(table.client, async (command, send) => {
    if (JSON.stringify(command.input).includes('PEER#0')) throw new Error('no connection');
    return send();
  });
  const reads = new GatheredReads({ ...table, client });
  const [failed, read] = await Promise.allSettled(
    [0, 1].map((number) => reads.read(keyOf(number), 'consistently')),
  );
  expect(failed).toMatchObject({ status: 'rejected', reason: { message: 'no connection' } });
  expect(read).toEqual({ status: 'fulfilled', value: stored[1] });
});

test('reads between transactions are made in one transaction, and each by itself where one meets another', async ({
  table,
  stored,
}) => {
  const watcher = watched(table.client);
  const reads = new GatheredReads({ ...table, client: watcher.client });
  const ask = () => Promise.all([2, 0, 3].map((number) => reads.read(keyOf(number), 'between transactions')));
  expect(await ask()).toEqual([stored[2], stored[0], undefined]);
  expect(watcher.calls).toEqual(['TransactGetCommand']);
  const busy = intercepted(table.client, async (command, send) => {
    const { TransactItems: items = [] } = command instanceof TransactGetCommand ? command.input : {};
    if (items.length > 1) throw new Error('a transaction is made');
    return send();
  });
  const again = new GatheredReads({ ...table, client: busy });
  expect(
    await Promise.all([2, 3].map((number) => again.read(keyOf(number), 'between transactions'))),
  ).toEqual([stored[2], undefined]);
});
