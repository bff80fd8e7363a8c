import { BatchGetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect } from 'vitest';
import { MalformedItemError } from '../../../../functions/shared/domain/errors.ts';
import { ConversationStore } from '../../../../functions/shared/store/conversation-store.ts';
import {
  type ConversationStart,
  conversationKey,
} from '../../../../functions/shared/store/items/conversation-marker.ts';
import { metered } from '../../../support/database/capacity.ts';
import { intercepted } from '../../../support/database/intercepted-client.ts';
import { test as fixture } from '../../../support/fixture.ts';
import { contentsOf, putRaw } from './table-contents.ts';

const FIRST = '00000000000000aa';
const SECOND = '00000000000000bb';

const test = fixture
  .extend('conversations', ({ table }) => new ConversationStore(table))
  /** Starts every other one of many conversations; gives what is to be found. */
  .extend('startHalf', ({ conversations }) => async (): Promise<Map<string, string>> => {
    const expected = new Map(
      MANY.filter((_, index) => index % 2 === 0).map((hash, index) => [
        hash,
        index.toString(16).padStart(16, '0'),
      ]),
    );
    await Promise.all(
      [...expected].map(([hash, startedBy]) => conversations.start('p', 'c', start(hash, startedBy))),
    );
    return expected;
  })
  /** A client whose batch reads process only the first `most` keys, and give back the rest. */
  .extend(
    'processingAtMost',
    ({ database, table }) =>
      (most: number, asked: number[]) =>
        intercepted(database.client, async (command, send) => {
          if (!(command instanceof BatchGetCommand)) return send();
          const keys = command.input.RequestItems?.[table.tableName]?.Keys ?? [];
          asked.push(keys.length);
          if (most === 0) return { Responses: {}, UnprocessedKeys: { [table.tableName]: { Keys: keys } } };
          const answer = await database.client.send(
            new BatchGetCommand({ RequestItems: { [table.tableName]: { Keys: keys.slice(0, most) } } }),
          );
          const unprocessed = keys.slice(most);
          return {
            ...answer,
            UnprocessedKeys: unprocessed.length > 0 ? { [table.tableName]: { Keys: unprocessed } } : {},
          };
        }),
  );

const SENT_AT = Date.parse('2026-11-22T09:00:00.000Z');
const CLAIMED_AT = Date.parse('2026-11-22T10:00:00.000Z');

function start(conversationHash: string, startedBy: string): ConversationStart {
  return { conversationHash, startedBy, day: '2026-11-22', sentAt: SENT_AT, claimedAt: CLAIMED_AT };
}

/** The messages that markers name, by conversation. */
async function startersOf(
  store: ConversationStore,
  peerId: string,
  channelId: string,
  hashes: readonly string[],
): Promise<Map<string, string>> {
  const found = await store.find(peerId, channelId, hashes);
  return new Map(
    [...found].map(([hash, marker]) => {
      if (marker instanceof MalformedItemError) throw marker;
      return [hash, marker.startedBy];
    }),
  );
}

test('the first message that is named starts a conversation, whoever is named later', async ({
  conversations,
}) => {
  expect(await conversations.start('p', 'c', start('h', FIRST))).toEqual(start('h', FIRST));
  expect(await conversations.start('p', 'c', start('h', SECOND))).toEqual(start('h', FIRST));
  expect(await conversations.start('p', 'c', start('h', FIRST))).toEqual(start('h', FIRST));
  expect(await startersOf(conversations, 'p', 'c', ['h'])).toEqual(new Map([['h', FIRST]]));
});

test('of many that name a conversation’s first message at once, all learn the same one', async ({
  conversations,
}) => {
  const names = Array.from({ length: 20 }, (_, index) => index.toString(16).padStart(16, '0'));
  const markers = await Promise.all(names.map((name) => conversations.start('p', 'c', start('h', name))));
  const told = markers.map(({ startedBy }) => startedBy);
  expect(names).toContain(told[0]);
  expect(new Set(told).size).toBe(1);
  expect(await startersOf(conversations, 'p', 'c', ['h'])).toEqual(new Map([['h', told[0]]]));
});

test('a conversation starts on each channel and with each peer for itself', async ({ conversations }) => {
  await conversations.start('p', 'c', start('h', FIRST));
  expect(await startersOf(conversations, 'p', 'd', ['h'])).toEqual(new Map());
  expect(await startersOf(conversations, 'q', 'c', ['h'])).toEqual(new Map());
  expect(await conversations.start('p', 'd', start('h', SECOND))).toEqual(start('h', SECOND));
  expect(await startersOf(conversations, 'p', 'c', ['h', 'other'])).toEqual(new Map([['h', FIRST]]));
});

test('the marker holds the hash, the message’s proof and where that is kept, and stays for ever', async ({
  table,
  conversations,
}) => {
  await conversations.start('p', 'c', start('h', FIRST));
  expect(await contentsOf(table)).toEqual([
    {
      pk: 'PEER#p#CONVERSATION#h',
      sk: 'CHANNEL#c',
      startedBy: Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0xaa]),
      day: '2026-11-22',
      sentAt: SENT_AT,
      claimedAt: CLAIMED_AT,
    },
  ]);
});

test('looking for no conversation asks nothing', async ({ database, table }) => {
  const meter = metered(database.client);
  const found = await startersOf(new ConversationStore({ ...table, client: meter.client }), 'p', 'c', []);
  expect(found).toEqual(new Map());
  expect(meter.calls).toEqual(new Map());
});

const MANY = Array.from({ length: 250 }, (_, index) => `hash-${index}`);

test('more conversations than DynamoDB takes in one look-up are looked up in several', async ({
  database,
  table,
  startHalf,
}) => {
  const expected = await startHalf();
  const meter = metered(database.client);
  const found = await startersOf(new ConversationStore({ ...table, client: meter.client }), 'p', 'c', MANY);
  expect(found).toEqual(expected);
  expect(meter.calls).toEqual(new Map([['BatchGetCommand', 3]]));
});

test('keys that DynamoDB left unprocessed are asked for again', async ({
  table,
  startHalf,
  processingAtMost,
}) => {
  const expected = await startHalf();
  const asked: number[] = [];
  const store = new ConversationStore({ ...table, client: processingAtMost(80, asked) });
  expect(await startersOf(store, 'p', 'c', MANY)).toEqual(expected);
  expect(asked).toEqual([100, 100, 90, 10]);
});

test('a look-up of which DynamoDB processes nothing at all fails, instead of asking for ever', async ({
  table,
  processingAtMost,
}) => {
  const asked: number[] = [];
  const store = new ConversationStore({ ...table, client: processingAtMost(0, asked) });
  await expect(startersOf(store, 'p', 'c', MANY)).rejects.toThrow('DynamoDB processed no key of a batch');
  expect(asked).toEqual([100]);
});

test.for<[string, Record<string, unknown>]>([
  ['startedBy', { startedBy: 'personal-value', day: '2026-11-22', sentAt: 1, claimedAt: 1 }],
  ['day', { startedBy: Uint8Array.from([1]), sentAt: 1, claimedAt: 1 }],
])(
  'a marker whose %s is malformed is refused, without a word of what is in it',
  async ([place, wrong], { table, conversations }) => {
    await putRaw(table, { ...conversationKey('p', 'h', 'c'), ...wrong });
    for (const reading of [
      () => startersOf(conversations, 'p', 'c', ['h']),
      () => conversations.start('p', 'c', start('h', FIRST)),
    ]) {
      await expect(reading()).rejects.toThrow(MalformedItemError);
      await expect(reading()).rejects.toThrow(
        new RegExp(`^stored conversation at ".*" is malformed \\(${place}: `),
      );
      await expect(reading()).rejects.not.toThrow(/personal-value/);
    }
  },
);

test('a marker that is malformed hides no other one', async ({ table, conversations }) => {
  await putRaw(table, { ...conversationKey('p', 'h', 'c'), startedBy: 'wrong' });
  await conversations.start('p', 'c', start('i', FIRST));
  expect(await conversations.find('p', 'c', ['h', 'i'])).toEqual(
    new Map<string, unknown>([
      ['h', expect.any(MalformedItemError)],
      ['i', start('i', FIRST)],
    ]),
  );
});

describe('a conversation that is taken over', () => {
  const to = { ...start('h', SECOND), day: '2026-11-23' };

  test('names the other message from then on', async ({ table, conversations }) => {
    await conversations.start('p', 'c', start('h', FIRST));
    const takeover = conversations.takeover('p', 'c', start('h', FIRST), to);
    await table.client.send(new TransactWriteCommand({ TransactItems: [takeover] }));
    expect(await conversations.read('p', 'c', 'h')).toEqual(to);
    expect(await conversations.start('p', 'c', start('h', FIRST))).toEqual(to);
  });

  test.for<[string, ConversationStart]>([
    ['another message', start('h', SECOND)],
    ['the same message on another day', { ...start('h', FIRST), day: '2026-11-21' }],
  ])('stays as it is where it names %s', async ([_what, named], { table, conversations }) => {
    await conversations.start('p', 'c', named);
    const takeover = conversations.takeover('p', 'c', start('h', FIRST), to);
    const taking = table.client.send(new TransactWriteCommand({ TransactItems: [takeover] }));
    await expect(taking).rejects.toThrow('ConditionalCheckFailed');
    expect(await conversations.read('p', 'c', 'h')).toEqual(named);
  });
});
