import { BatchExecuteStatementCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import { isConditionFailure, itemFound, type Table } from '../../../../functions/shared/store/dynamodb.ts';
import { IF_ABSENT, ifStill, storing, together } from '../../../../functions/shared/store/expressions.ts';
import { GatheredWrites } from '../../../../functions/shared/store/gathered-writes.ts';
import type { ItemWrite } from '../../../../functions/shared/store/statements.ts';
import { intercepted } from '../../../support/database/intercepted-client.ts';
import { watched } from '../../../support/database/watched-client.ts';
import { test } from '../../../support/fixture.ts';

const keyOf = (number: number) => ({ pk: `PEER#${number}`, sk: 'one' });

/** Makes a new item. */
function put({ tableName }: Table, number: number, version = 1): ItemWrite {
  return { Put: { TableName: tableName, Item: { ...keyOf(number), version, note: 'new' }, ...IF_ABSENT } };
}

/** Stores the next version of an item, or its first. */
function update({ tableName }: Table, number: number, version: number): ItemWrite {
  const bytes = new Uint8Array([version]);
  const update = storing({ ...keyOf(number), version, bytes, word: 'a "quoted" ?' }, ['note']);
  return {
    Update: {
      TableName: tableName,
      ...together(update, ifStill('version', version - 1)),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
  };
}

async function stored({ client, tableName }: Table, number: number) {
  const { Item } = await client.send(
    new GetCommand({ TableName: tableName, Key: keyOf(number), ConsistentRead: true }),
  );
  return Item;
}

test('writes that are asked for at the same time are made in one call', async ({ table }) => {
  const watcher = watched(table.client);
  const writes = new GatheredWrites({ ...table, client: watcher.client });
  await Promise.all([put(table, 0), put(table, 1), update(table, 2, 1)].map((one) => writes.write(one)));
  expect(watcher.calls).toEqual(['BatchExecuteStatementCommand']);
  expect(await stored(table, 0)).toEqual({ ...keyOf(0), version: 1, note: 'new' });
  const written = { bytes: new Uint8Array([1]), word: 'a "quoted" ?' };
  expect(await stored(table, 2)).toEqual({ ...keyOf(2), version: 1, ...written });
  await Promise.all([0, 1, 2].map((number) => writes.write(update(table, number, 2))));
  expect(watcher.calls).toEqual(['BatchExecuteStatementCommand', 'BatchExecuteStatementCommand']);
  expect(await stored(table, 0)).toEqual({ ...keyOf(0), version: 2, ...written, bytes: new Uint8Array([2]) });
});

test('one write by itself is a call of its own kind', async ({ table }) => {
  const watcher = watched(table.client);
  const writes = new GatheredWrites({ ...table, client: watcher.client });
  await writes.write(put(table, 0));
  await writes.write(update(table, 0, 2));
  expect(watcher.calls).toEqual(['PutCommand', 'UpdateCommand']);
});

test('a call takes no more writes than DynamoDB lets it', async ({ table }) => {
  const watcher = watched(table.client);
  const writes = new GatheredWrites({ ...table, client: watcher.client });
  await Promise.all(Array.from({ length: 51 }, (_, number) => writes.write(put(table, number))));
  expect(watcher.calls).toEqual([
    'BatchExecuteStatementCommand',
    'BatchExecuteStatementCommand',
    'PutCommand',
  ]);
});

test('a write whose condition does not hold fails alone, and says what is there', async ({ table }) => {
  const writes = new GatheredWrites(table);
  await table.client.send(new PutCommand({ TableName: table.tableName, Item: { ...keyOf(0), version: 7 } }));
  const [refused, also, made] = await Promise.allSettled([
    writes.write(update(table, 0, 2)),
    writes.write(update(table, 1, 2)),
    writes.write(put(table, 2)),
  ]);
  expect(refused).toMatchObject({ status: 'rejected' });
  if (refused.status === 'rejected') {
    expect(isConditionFailure(refused.reason)).toBe(true);
    expect(itemFound(refused.reason)).toEqual({ ...keyOf(0), version: 7 });
  }
  expect(also.status).toBe('rejected');
  expect(made.status).toBe('fulfilled');
  // An item that is not there is not made by a step of one that was.
  expect(await stored(table, 1)).toBeUndefined();
});

test('two writes of one item are made in two calls', async ({ table }) => {
  const writes = new GatheredWrites(table);
  const made = await Promise.allSettled(
    [put(table, 0), put(table, 1), put(table, 0)].map((one) => writes.write(one)),
  );
  expect(made.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'fulfilled', 'rejected']);
});

test('writes whose batch fails are made by themselves, also where it was made', async ({ table }) => {
  const client = intercepted(table.client, async (command, send) => {
    const answer = await send();
    if (command instanceof BatchExecuteStatementCommand) throw new Error('the answer was lost');
    return answer;
  });
  const writes = new GatheredWrites({ ...table, client });
  const made = await Promise.allSettled([0, 1].map((number) => writes.write(put(table, number))));
  expect(made.map((one) => one.status === 'rejected' && isConditionFailure(one.reason))).toEqual([
    true,
    true,
  ]);
  expect(await stored(table, 1)).toMatchObject({ version: 1 });
});
