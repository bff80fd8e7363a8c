import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import type { Message } from '../../functions/shared/domain/message.ts';
import { messageItem } from '../../functions/shared/store/items/message.ts';
import { QuarantineStore } from '../../functions/shared/store/quarantine-store.ts';
import { forgetCommand } from '../../tools/commands/forget.ts';
import { contentsOf } from '../functions/shared/store/table-contents.ts';
import { test as fixture } from '../support/fixture.ts';
import { allTablesOf, runOn } from './tool-run.ts';

const NOW = Date.parse('2026-11-22T10:00:00.000Z');
const CONVERSATION = { peerId: 'p', conversationId: '+49 170 0000001' };

const test = fixture
  .extend(
    'forget',
    ({ database, dependencies }) =>
      (...whom: string[]) =>
        runOn(dependencies, forgetCommand, [...whom, ...allTablesOf(database, dependencies), '--yes']),
  )
  /** What programs have put that name the conversation beside the key, or in a key that is none of a message. */
  .extend('mismatched', async ({ messagesTable: { client, tableName }, table, dependencies }) => {
    const put = (Item: Record<string, unknown>) =>
      client.send(new PutCommand({ TableName: tableName, Item }));
    const { peerId, conversationId } = CONVERSATION;
    await put({ ...messageItem(message('beside'), 400), conversationId });
    await put({ ...messageItem(message('named otherwise'), 400), phone: conversationId });
    await put({ ...messageItem(message('of another peer', 'q'), 400), peerId, conversationId });
    await put({ pk: `${peerId}#${conversationId}`, sk: 'in a key' });
    await put({ pk: conversationId, sk: 'as a key', peerId });
    const itemKey = { pk: { S: `${peerId}#${conversationId}` }, sk: { S: 'in a key' } };
    const entry = { eventId: 'e', quarantinedAt: NOW, reason: 'malformed', explanation: 'x', itemKey };
    await new QuarantineStore(table, dependencies.waiting).add(entry, NOW);
    // What has the id in an attribute that means something else, and another peer's conversation of that name, stay.
    await put({ ...messageItem({ ...message('a channel'), channelId: conversationId }, 400) });
    await put({ ...messageItem(message('elsewhere', 'q'), 400), conversationId });
  });

const OF_CONVERSATION = ['--peer', CONVERSATION.peerId, '--conversation', CONVERSATION.conversationId];
const STAYS = ['a channel', 'elsewhere'];
const GOES = ['as a key', 'beside', 'in a key', 'named otherwise', 'of another peer'];

function message(messageId: string, peerId = CONVERSATION.peerId): Message {
  return { peerId, conversationId: 'another', channelId: 'c', messageId, role: 'user', sentAt: NOW - 1_000 };
}

function ids(items: readonly Record<string, unknown>[]): string[] {
  return items.map(({ sk }) => String(sk)).sort();
}

test('a thorough search finds a conversation under keys that do not name it', async ({
  mismatched: _,
  forget,
  messagesTable,
  table,
}) => {
  const quick = await forget(...OF_CONVERSATION);
  expect(quick.stdout).toBe('messages removed           0\nquarantine entries removed 1\n');
  expect(quick.stderr).toContain('--thorough finds them, and reads the whole table');
  expect(ids(await contentsOf(messagesTable))).toEqual([...GOES, ...STAYS].sort());
  const { exitCode, stdout, stderr } = await forget(...OF_CONVERSATION, '--thorough');
  expect({ exitCode, stdout }).toEqual({
    exitCode: 0,
    stdout: 'messages removed           5\nquarantine entries removed 0\n',
  });
  expect(stderr).toMatch(/All of it is read/);
  expect(stderr).not.toContain('--thorough');
  expect(ids(await contentsOf(messagesTable))).toEqual(STAYS);
  expect(JSON.stringify(await contentsOf(table))).not.toContain(CONVERSATION.conversationId);
});

test('erasing finds a peer so without being asked, also in why a record was quarantined', async ({
  mismatched: _,
  forget,
  messagesTable,
  table,
}) => {
  expect(await forget('--peer', 'p', '--all')).toMatchObject({ exitCode: 0 });
  expect(ids(await contentsOf(messagesTable))).toEqual(['elsewhere']);
  expect(JSON.stringify(await contentsOf(table))).not.toContain(CONVERSATION.conversationId);
});

test('and so does what is done again after a restore', async ({
  forget,
  messagesTable,
  table,
  mismatched: _,
}) => {
  const before = [...(await contentsOf(messagesTable))];
  const entries = (await contentsOf(table)).filter(({ pk }) => String(pk).startsWith('QUARANTINE#'));
  await forget(...OF_CONVERSATION, '--thorough');
  for (const [{ client, tableName }, items] of [
    [messagesTable, before] as const,
    [table, entries] as const,
  ]) {
    for (const Item of items) await client.send(new PutCommand({ TableName: tableName, Item }));
  }
  expect(await forget('--register')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(
      /conversations removed {2}1\nmessages +removed {2}5\nitems +removed {2}1\n/,
    ),
  });
  expect(ids(await contentsOf(messagesTable))).toEqual(STAYS);
  expect(JSON.stringify(await contentsOf(table))).not.toContain(CONVERSATION.conversationId);
});

test('a thorough search is one for a conversation', async ({ forget }) => {
  expect(await forget('--peer', 'p', '--all', '--thorough')).toMatchObject({
    exitCode: 1,
    stderr: 'error: --thorough goes with --conversation: all else reads whole tables anyway\n',
  });
  expect(await forget('--register', '--thorough')).toMatchObject({
    exitCode: 1,
    stderr: 'error: --register stands alone: it is for all who were forgotten\n',
  });
});
