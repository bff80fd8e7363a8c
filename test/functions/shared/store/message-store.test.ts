import { expect } from 'vitest';
import { TYPICAL_MESSAGE } from '../../../../bench/bill-units.ts';
import type { Message } from '../../../../functions/shared/domain/message.ts';
import { historyItem, messageItem } from '../../../../functions/shared/store/items/message.ts';
import { MessageStore } from '../../../../functions/shared/store/message-store.ts';
import { metered } from '../../../support/database/capacity.ts';
import { storedBytes } from '../../../support/database/item-size.ts';
import { test as fixture } from '../../../support/fixture.ts';
import { contentsOf } from './table-contents.ts';

const RETENTION_DAYS = 400;

const test = fixture.extend(
  'messages',
  ({ messagesTable }) => new MessageStore(messagesTable, RETENTION_DAYS),
);

function message(changes: Partial<Message> = {}): Message {
  return {
    peerId: 'peer_123',
    conversationId: 'k',
    messageId: 'm',
    channelId: 'c',
    role: 'user',
    sentAt: Date.parse('2026-11-22T10:00:00.123Z'),
    ...changes,
  };
}

/** The item of `message()`, written out: others may put such items themselves. */
const ITEM = {
  pk: 'peer_123\nk',
  sk: 'm',
  schemaVersion: 1,
  channelId: 'c',
  role: 'user',
  sentAt: '2026-11-22T10:00:00.123Z',
  // 400 days after it was sent, in seconds, rounded up: never earlier than promised.
  expiresAt: Date.parse('2027-12-27T10:00:01.000Z') / 1000,
};

test('a message is stored in the shape of the contract', async ({ messagesTable, messages }) => {
  expect(await messages.putIfNew(message())).toBe(true);
  expect(await contentsOf(messagesTable)).toEqual([ITEM]);
});

test('a message takes one write unit, and few bytes, because each of its ids is stored once', async ({
  database,
  messagesTable,
}) => {
  const meter = metered(database.client);
  await new MessageStore({ ...messagesTable, client: meter.client }, RETENTION_DAYS).putIfNew(
    TYPICAL_MESSAGE,
  );
  expect(meter.writeUnits()).toBe(1);
  // 85 bytes are the three ids and the line feed between two of them, 19 the channel’s id.
  expect(storedBytes(messageItem(TYPICAL_MESSAGE, RETENTION_DAYS))).toBe(285);
  const mark = { until: 1_800_000_000_000, code: 'x'.repeat(22) };
  expect(storedBytes(historyItem(TYPICAL_MESSAGE, mark, RETENTION_DAYS))).toBe(331);
});

test('identifiers are in the key as they are, whatever they contain', async ({ messagesTable, messages }) => {
  const identity = { peerId: 'a#b', conversationId: 'c%d', messageId: '#e%23' };
  await messages.putIfNew(message(identity));
  const key = { pk: 'a#b\nc%d', sk: '#e%23' };
  expect(await contentsOf(messagesTable)).toEqual([{ ...ITEM, ...key }]);
});

test('what a message tells of its channel is stored with it', async ({ messagesTable, messages }) => {
  await messages.putIfNew(message({ channelName: 'Support', galleryKey: 'slack' }));
  expect(await contentsOf(messagesTable)).toEqual([{ ...ITEM, channelName: 'Support', galleryKey: 'slack' }]);
});

test('the first version of a message wins', async ({ messagesTable, messages }) => {
  await messages.putIfNew(message());
  const changed = message({ channelId: 'd', role: 'assistant', sentAt: 0, channelName: 'Other' });
  expect(await messages.putIfNew(changed)).toBe(false);
  expect(await messages.putIfNew(message())).toBe(false);
  expect(await contentsOf(messagesTable)).toEqual([ITEM]);
});

test('of many that store a message at once, one does', async ({ messagesTable, messages }) => {
  const versions = Array.from({ length: 10 }, (_, index) => message({ channelId: `c${index}` }));
  const stored = await Promise.all(versions.map((version) => messages.putIfNew(version)));
  const winners = versions.filter((_, index) => stored[index]);
  expect(winners).toHaveLength(1);
  expect(await contentsOf(messagesTable)).toEqual([{ ...ITEM, channelId: winners[0]?.channelId }]);
});

test('many are stored in one transaction', async ({ database, messagesTable, messages }) => {
  const many = Array.from({ length: 100 }, (_, index) => message({ messageId: `m${index}` }));
  const meter = metered(database.client);
  await new MessageStore({ ...messagesTable, client: meter.client }, RETENTION_DAYS).putAllIfNew(many);
  expect(Object.fromEntries(meter.calls)).toEqual({ TransactWriteCommand: 1 });
  expect(await contentsOf(messagesTable)).toHaveLength(100);
  expect(await messages.putIfNew(message({ messageId: 'm99' }))).toBe(false);
});

test('of many of which some are stored already, the others are stored, and the first versions win', async ({
  messagesTable,
  messages,
}) => {
  await messages.putIfNew(message());
  await messages.putAllIfNew([message({ channelId: 'd' }), message({ messageId: 'n' })]);
  const stored = (await contentsOf(messagesTable)).map(({ sk, channelId }) => [sk, channelId]);
  expect(stored.sort()).toEqual([
    ['m', 'c'],
    ['n', 'c'],
  ]);
});

test('the text of a message, and whatever else its sender adds, is not stored', async ({
  messagesTable,
  messages,
}) => {
  const sent = { ...message(), text: 'a private word', content: { parts: ['a private word'] }, expiresAt: 1 };
  await messages.putIfNew(sent);
  expect(await contentsOf(messagesTable)).toEqual([ITEM]);
});

test('messages are told apart by peer, conversation and id, whatever these contain', async ({
  messagesTable,
  messages,
}) => {
  const identities = ['a', 'a#b', 'a%23b', '#', '%', '😀', 'a\\nb', '__proto__'];
  const all = identities.flatMap((peerId) =>
    identities.flatMap((conversationId) =>
      identities.map((messageId) => message({ peerId, conversationId, messageId })),
    ),
  );
  const stored = await Promise.all(all.map((each) => messages.putIfNew(each)));
  expect(stored.filter(Boolean)).toHaveLength(identities.length ** 3);
  expect(await contentsOf(messagesTable)).toHaveLength(identities.length ** 3);
});
