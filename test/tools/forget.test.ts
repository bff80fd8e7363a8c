import { BatchWriteCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect } from 'vitest';
import { countMessages } from '../../functions/shared/counting/count-messages.ts';
import { channelStats } from '../../functions/shared/domain/channel-stats.ts';
import type { Message } from '../../functions/shared/domain/message.ts';
import { BatchNotProcessedError, type Table } from '../../functions/shared/store/dynamodb.ts';
import { conversationPartition } from '../../functions/shared/store/items/message.ts';
import { MessageStore } from '../../functions/shared/store/message-store.ts';
import { QuarantineStore } from '../../functions/shared/store/quarantine-store.ts';
import { StoredMessages } from '../../functions/shared/store/stored-messages.ts';
import { UsageReader } from '../../functions/shared/store/usage-reader.ts';
import { forgetCommand } from '../../tools/commands/forget.ts';
import type { ToolContext } from '../../tools/support/tool.ts';
import { streamRecord } from '../faults/history.ts';
import { intercepted } from '../support/database/intercepted-client.ts';
import { test as fixture } from '../support/fixture.ts';
import { allTablesOf, runOn } from './tool-run.ts';

const NOW = '2026-11-22T10:00:00.000Z';

const test = fixture
  /** Stores messages and counts them from the stream; those with `isPoison` are quarantined instead. */
  .extend(
    'record',
    ({ dependencies }) =>
      async (messages: readonly Message[], isPoison = false): Promise<void> => {
        const { settings, client } = dependencies;
        const messageStore = new MessageStore({ client, tableName: settings.messagesTableName }, 400);
        for (const each of messages) await messageStore.putIfNew(each);
        const records = messages.map((each) => {
          sequenceNumber += 1;
          return streamRecord(each, sequenceNumber, isPoison);
        });
        expect(await countMessages(dependencies)({ Records: records })).toEqual({ batchItemFailures: [] });
      },
  )
  .extend(
    'forget',
    ({ database, dependencies }) =>
      (options: readonly string[] = ['--yes'], changed: Partial<ToolContext> = {}) => {
        const { peerId, conversationId } = CONVERSATION;
        const named = ['--peer', peerId, '--conversation', conversationId];
        const tables = allTablesOf(database, dependencies);
        return runOn(dependencies, forgetCommand, [...named, ...tables, ...options], changed);
      },
  )
  .extend('stats', ({ database, dependencies }) => async () => {
    const table = { client: database.client, tableName: dependencies.settings.usageTableName };
    return channelStats(await new UsageReader(table).read('p', '2026-11-22'), {});
  })
  .extend(
    'itemsOf',
    ({ database }) =>
      async (TableName: string) =>
        (await database.client.send(new ScanCommand({ TableName, ConsistentRead: true }))).Items ?? [],
  );

const CONVERSATION = { peerId: 'p', conversationId: '+49 170 0000001' };

function message(number: number, changes: Partial<Message> = {}): Message {
  return {
    ...CONVERSATION,
    channelId: 'c',
    messageId: `message-${number}`,
    role: 'user',
    sentAt: Date.parse(NOW) - number * 1_000,
    ...changes,
  };
}

let sequenceNumber = 0;

test('the messages are gone, the counts stay, and what is sent again does not count again', async ({
  dependencies,
  record,
  forget,
  stats,
  itemsOf,
}) => {
  const forgotten = Array.from({ length: 60 }, (_, number) => message(number));
  await record(forgotten);
  await record([
    message(1, { conversationId: `${CONVERSATION.conversationId}2` }),
    message(2, { peerId: 'q' }),
  ]);
  const before = await stats();
  const { exitCode, stdout } = await forget();
  expect({ exitCode, stdout }).toEqual({
    exitCode: 0,
    stdout: 'messages removed           60\nquarantine entries removed 0\n',
  });
  const left = await itemsOf(dependencies.settings.messagesTableName);
  expect(left.map(({ pk, sk }) => [pk, sk]).sort()).toEqual([
    [`p\n${CONVERSATION.conversationId}2`, 'message-1'],
    [`q\n${CONVERSATION.conversationId}`, 'message-2'],
  ]);
  expect(await stats()).toEqual(before);
  await record(forgotten.slice(0, 3));
  expect(await stats()).toEqual(before);
});

test('so are the records that were quarantined, also those that came late from the failure destination', async ({
  database,
  dependencies,
  record,
  forget,
  itemsOf,
}) => {
  await record([message(1), message(2)], true);
  await record([message(3, { conversationId: 'another' })], true);
  const table = { client: database.client, tableName: dependencies.settings.usageTableName };
  const late = { eventId: 'late', quarantinedAt: Date.parse(NOW), reason: 'malformed', explanation: 'x' };
  const itemKey = { pk: { S: conversationPartition(CONVERSATION) }, sk: { S: 'late' } };
  await new QuarantineStore(table, dependencies.waiting).add(
    { ...late, itemKey },
    Date.parse('2026-09-25T00:00:00.000Z'),
  );
  const { exitCode, stdout } = await forget();
  expect({ exitCode, stdout }).toEqual({
    exitCode: 0,
    stdout: 'messages removed           2\nquarantine entries removed 3\n',
  });
  const usage = await itemsOf(dependencies.settings.usageTableName);
  expect(usage.filter(({ pk }) => String(pk).startsWith('QUARANTINE#'))).toEqual([
    expect.objectContaining({ itemKey: expect.objectContaining({ sk: { S: 'message-3' } }) }),
  ]);
  // Nor does a look-up find any more that they were.
  expect(usage.filter(({ sk }) => String(sk).startsWith('QUARANTINED#'))).toHaveLength(1);
});

test('nothing readable of it is left', async ({ dependencies, record, forget, itemsOf }) => {
  await record([message(1)]);
  await record([message(2)], true);
  await forget();
  const { messagesTableName, usageTableName } = dependencies.settings;
  const everything = JSON.stringify([await itemsOf(messagesTableName), await itemsOf(usageTableName)]);
  expect(everything).not.toContain(CONVERSATION.conversationId);
});

test('a conversation that is not there is forgotten already', async ({ forget }) => {
  expect(await forget()).toMatchObject({
    exitCode: 0,
    stdout: 'messages removed           0\nquarantine entries removed 0\n',
  });
});

test('it asks first, and takes nothing for a yes but a yes', async ({
  dependencies,
  record,
  forget,
  itemsOf,
}) => {
  await record([message(1)]);
  for (const answer of [undefined, '', 'n', 'yesterday']) {
    expect(await forget([], { ask: async () => answer })).toMatchObject({ exitCode: 1, stdout: '' });
  }
  expect(await itemsOf(dependencies.settings.messagesTableName)).toHaveLength(1);
  expect((await forget([], { ask: async () => 'y' })).exitCode).toBe(0);
  expect(await itemsOf(dependencies.settings.messagesTableName)).toEqual([]);
});

describe('where DynamoDB leaves deletions undone', () => {
  /** The store on a DynamoDB that is too busy for a batch, so many times. */
  function storeThatIsBusy({ client: idle, tableName }: Table, times: number): StoredMessages {
    let left = times;
    const client = intercepted(idle, async (command, send) => {
      if (!(command instanceof BatchWriteCommand) || left === 0) return send();
      left -= 1;
      return { UnprocessedItems: command.input.RequestItems };
    });
    return new StoredMessages({ client, tableName });
  }

  test('they are tried again, after pauses that grow', async ({ messagesTable, record, itemsOf }) => {
    await record([message(1), message(2)]);
    const pauses: number[] = [];
    const pause = async (milliseconds: number) => {
      pauses.push(milliseconds);
    };
    expect(await storeThatIsBusy(messagesTable, 3).removeConversation(CONVERSATION, pause)).toBe(2);
    expect(pauses).toEqual([100, 200, 400]);
    expect(await itemsOf(messagesTable.tableName)).toEqual([]);
  });

  test('and in the end it is said that they were not', async ({ messagesTable, record, itemsOf }) => {
    await record([message(1)]);
    await expect(
      storeThatIsBusy(messagesTable, 100).removeConversation(CONVERSATION, async () => {}),
    ).rejects.toThrow(BatchNotProcessedError);
    expect(await itemsOf(messagesTable.tableName)).toHaveLength(1);
  });
});
