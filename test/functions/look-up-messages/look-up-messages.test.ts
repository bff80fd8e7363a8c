import {
  BatchGetCommand,
  DeleteCommand,
  GetCommand,
  ScanCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { describe, expect } from 'vitest';
import { lookUpMessages } from '../../../functions/look-up-messages/look-up-messages.ts';
import type { Message } from '../../../functions/shared/domain/message.ts';
import { ROUTES } from '../../../functions/shared/http/routes.ts';
import { ChannelStore } from '../../../functions/shared/store/channel-store.ts';
import type { Table } from '../../../functions/shared/store/dynamodb.ts';
import { dailyCounterKey } from '../../../functions/shared/store/items/daily-counter.ts';
import { messageKey } from '../../../functions/shared/store/items/message.ts';
import { forgetCommand } from '../../../tools/commands/forget.ts';
import { intercepted } from '../../support/database/intercepted-client.ts';
import { call } from '../../support/service/http-events.ts';
import { bothTablesOf, runOn } from '../../tools/tool-run.ts';
import { idsOf, message, test } from './looking-up.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const NOW_MS = Date.parse('2026-11-22T10:00:00.000Z');

const FIELDS = { channelId: 'c', role: 'user', sentAt: '2026-11-22T09:59:00.000Z' };
const COUNTED = { status: 'counted', ...FIELDS, day: '2026-11-22' };
const HINTS = { channelId: 'c', day: '2026-11-22' };
const HINTS_NEEDED = {
  status: 'unknown',
  reason: 'hints_needed',
  explanation:
    'it is not stored. Add channelId, and sentAt or day, as it was recorded, and the evidence of that day answers',
};
const NOT_FOUND = {
  status: 'unknown',
  reason: 'not_found',
  explanation:
    'it is not stored, and not among the messages counted on that channel and day. Another channel or day may hold it: ' +
    'what counts is how it was recorded first',
};

/** Removes the stored items of messages, as forgetting, a direct writer or their expiry does. */
async function removeItems({ client, tableName }: Table, messages: readonly Message[]): Promise<void> {
  for (const each of messages) {
    await client.send(new DeleteCommand({ TableName: tableName, Key: messageKey(each) }));
  }
}

describe('a message that was counted', () => {
  test('is said to be, with its channel, role, instant and day, and whether it started its conversation', async ({
    store,
    count,
    lookUp,
  }) => {
    const [first, second] = [message(), message({ messageId: 'n', sentAt: NOW_MS - 59_000 })];
    await store([first, second]);
    await count([first, second]);
    expect(await lookUp([idsOf(second), idsOf(first)])).toEqual([
      { ...COUNTED, sentAt: '2026-11-22T09:59:01.000Z', startedConversation: false },
      { ...COUNTED, startedConversation: true },
    ]);
  });

  test('is pending until counting has come to it', async ({ store, count, lookUp }) => {
    await store([message()]);
    expect(await lookUp([idsOf(message())])).toEqual([
      {
        status: 'pending',
        reason: 'waiting',
        explanation: 'it is stored, and counting has not come to it yet; it was sent 1 minute ago',
        ...FIELDS,
        day: '2026-11-22',
      },
    ]);
    await count([message()]);
    expect(await lookUp([idsOf(message())])).toEqual([{ ...COUNTED, startedConversation: true }]);
  });

  test('is told apart by its counts where all or none of a day start conversations, else by the marker', async ({
    service,
    store,
    count,
    lookUp,
  }) => {
    const yesterday = NOW_MS - DAY_MS;
    const days = [
      // Both start conversations.
      message({ conversationId: 'k1', sentAt: yesterday }),
      message({ conversationId: 'k2', sentAt: yesterday }),
      // Neither does.
      message({ conversationId: 'k1', messageId: 'n' }),
      message({ conversationId: 'k2', messageId: 'n' }),
    ];
    await store(days);
    await count(days);
    service.watched.calls.length = 0;
    const started = async () =>
      (await lookUp(days.map((each) => idsOf(each)))).map((each) => each.startedConversation);
    expect(await started()).toEqual([true, true, false, false]);
    const more = [message({ conversationId: 'k3' }), message({ conversationId: 'k3', messageId: 'n' })];
    await store(more);
    await count(more);
    expect((await lookUp(more.map((each) => idsOf(each)))).map((each) => each.startedConversation)).toEqual([
      true,
      false,
    ]);
    expect(await started()).toEqual([true, true, false, false]);
  });

  test('is found however late it came, and on a day that is sealed', async ({
    store,
    count,
    seal,
    lookUp,
  }) => {
    const sentAt = NOW_MS - 300 * DAY_MS;
    const [old, late] = [message({ sentAt }), message({ messageId: 'm-2', sentAt: sentAt + 1 })];
    await store([old, late]);
    await count([old]);
    await seal();
    await count([late]);
    expect(await lookUp([idsOf(old), idsOf(late)])).toEqual([
      expect.objectContaining({ status: 'counted', day: '2026-01-26', startedConversation: true }),
      expect.objectContaining({ status: 'counted', day: '2026-01-26', startedConversation: false }),
    ]);
  });

  test('is found in the archived windows of its channel and day, wherever it is in them', async ({
    store,
    count,
    lookUp,
  }) => {
    const messages = Array.from({ length: 60 }, (_, index) =>
      message({ messageId: `m${index}`, sentAt: NOW_MS - 3_600_000 + (index % 17) * MINUTE_MS }),
    );
    await store(messages);
    for (let next = 0; next < 60; next += 5) await count(messages.slice(next, next + 5));
    const answers = await lookUp([
      ...messages.map((each) => idsOf(each)),
      idsOf(message({ messageId: 'no' }), HINTS),
    ]);
    expect(answers.filter(({ status }) => status === 'counted')).toHaveLength(60);
    expect(answers.at(-1)).toEqual(NOT_FOUND);
  });

  test('starts no conversation where it was recorded anew on another day: the first day stays', async ({
    store,
    count,
    lookUp,
  }) => {
    const again = message({ sentAt: NOW_MS - DAY_MS });
    await count([
      message(),
      again,
      message({ messageId: 'n', conversationId: 'k-2', sentAt: NOW_MS - DAY_MS }),
    ]);
    // In the order of sentAt it started its conversation on the day before.
    const hints = ['2026-11-21', '2026-11-22'].map((day) => idsOf(again, { channelId: 'c', day }));
    expect((await lookUp(hints)).map((each) => each.startedConversation)).toEqual([true, false]);
    await store([message()]);
    await count([message({ messageId: 'o', conversationId: 'k-3' })]);
    expect(await lookUp([idsOf(message())])).toMatchObject([
      { day: '2026-11-22', startedConversation: false },
    ]);
  });

  test('says so where its channel is not listed, or the hints are not what it was recorded with', async ({
    service,
    store,
    count,
    lookUp,
  }) => {
    await store([message()]);
    await count([message()]);
    const hints = { channelId: 'other', sentAt: '2026-11-21T10:00:00Z', day: '2026-11-21' };
    const differs =
      'it is stored with another channelId and sentAt and day than asked for: the first version of a message wins';
    expect(await lookUp([idsOf(message(), hints)])).toEqual([
      { ...COUNTED, startedConversation: true, reason: 'first_version_differs', explanation: differs },
    ]);
    for (const status of ['disabled', 'removed'] as const) {
      await service.setStatus('p', 'c', status);
      const unlisted = `its channel is ${status}: figures list it with include=${status} alone`;
      expect(await lookUp([idsOf(message()), idsOf(message(), hints)])).toEqual([
        { ...COUNTED, startedConversation: true, reason: `channel_${status}`, explanation: unlisted },
        {
          ...COUNTED,
          startedConversation: true,
          reason: 'first_version_differs',
          explanation: `${differs}; ${unlisted}`,
        },
      ]);
    }
  });
});

describe('a message that is stored and not counted', () => {
  test('is overdue where it was sent long ago', async ({ store, lookUp }) => {
    await store([message({ sentAt: NOW_MS - 3 * DAY_MS })]);
    const [answer] = await lookUp([idsOf(message())]);
    expect(answer).toMatchObject({ status: 'pending', reason: 'overdue', day: '2026-11-19' });
    expect(answer?.explanation).toMatch(
      /^it is stored, and not counted; it was sent 3 days ago\. .*trust.*replay/,
    );
  });

  test.for(['assistant', 'system', 'tool'] as const)(
    'has the role %s, which does not count',
    async (role, { store, count, lookUp }) => {
      await store([message({ role })]);
      await count([message({ role })]);
      const explanation = `it is stored with the role ${role}, and only the role user counts`;
      const told = { status: 'not_counted', reason: 'role_not_counted', explanation, ...FIELDS, role };
      expect(await lookUp([idsOf(message())])).toEqual([told]);
    },
  );

  test('is too old or ahead of the clock', async ({ store, lookUp }) => {
    const old = message({ messageId: 'm-3', sentAt: NOW_MS - 402 * DAY_MS });
    const ahead = message({ messageId: 'm-4', sentAt: NOW_MS + 7 * MINUTE_MS });
    // One that has not expired: it was stored with a longer retention.
    await store([old], { expiresAt: NOW_MS / 1_000 + 1 });
    await store([ahead]);
    expect(await lookUp([idsOf(old), idsOf(ahead)])).toMatchObject([
      { status: 'not_counted', reason: 'too_old' },
      { status: 'not_counted', reason: 'sent_in_future' },
    ]);
  });

  test('is none that can be counted', async ({ store, lookUp }) => {
    await store([message({ messageId: 'a' })], { role: 'bot' });
    await store([message({ messageId: 'b' })], { schemaVersion: 2 });
    const answers = await lookUp(['a', 'b'].map((messageId) => idsOf(message({ messageId }))));
    expect(answers.map(({ status, reason, explanation }) => [status, reason, explanation])).toEqual([
      ['not_counted', 'malformed', 'role must be one of user, assistant, system, tool'],
      ['not_counted', 'unknown_version', 'schemaVersion must be 1'],
    ]);
  });

  test('comes too late for a counter whose proof may go', async ({ service, store, count, ask }) => {
    const sentAt = NOW_MS - 380 * DAY_MS;
    await count([message({ messageId: 'm-1', sentAt })]);
    service.setClock('2027-02-01T10:00:00.000Z');
    const settings = { ...service.settings, messageRetentionDays: 1_000 };
    await store([message({ sentAt })], { expiresAt: 4_000_000_000 });
    const withOtherRetention = lookUpMessages({ ...service, settings });
    const { body } = await ask([idsOf(message())], 'p', withOtherRetention);
    expect(body).toMatchObject({ messages: [{ status: 'not_counted', reason: 'too_old' }] });
  });
});

describe('a message that was quarantined', () => {
  test.for<[string, Partial<Message>, Record<string, { N: string } | { S: string }>, string]>([
    ['malformed', {}, { role: { S: 'bot' } }, 'role must be one of user, assistant, system, tool'],
    ['unknown_version', {}, { schemaVersion: { N: '9' } }, 'schemaVersion must be 1'],
    ['too_old', { sentAt: NOW_MS - 402 * DAY_MS }, {}, 'sentAt is before what is still counted'],
    ['sent_in_future', { sentAt: NOW_MS + 10 * MINUTE_MS }, {}, 'sentAt is ahead of the clock'],
  ])(
    'is so as %s, while it is stored and afterwards',
    async ([reason, changes, attributes, explanation], { messagesTable, store, count, lookUp }) => {
      const wrong = message(changes);
      await store(
        [wrong],
        Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, plain(value)])),
      );
      await count([wrong], attributes);
      const told = { status: 'quarantined', reason, explanation };
      expect(await lookUp([idsOf(wrong)])).toEqual([expect.objectContaining(told)]);
      await removeItems(messagesTable, [wrong]);
      expect(await lookUp([idsOf(wrong)])).toEqual([told]);
      expect(await lookUp([idsOf(wrong)], 'another')).toEqual([HINTS_NEEDED]);
    },
  );

  test('is of a channel more than its peer may have', async ({ table, store, count, lookUp }) => {
    const channels = new ChannelStore(table);
    for (let number = 0; number < 500; number += 1) await channels.register('p', `c${number}`, 0, {});
    await store([message()]);
    await count([message()]);
    expect(await lookUp([idsOf(message())])).toEqual([
      {
        status: 'quarantined',
        reason: 'too_many_channels',
        explanation: 'the peer has as many channels as it may have',
        ...FIELDS,
      },
    ]);
  });

  test('is of a day whose counter is malformed, and counted once that is mended', async ({
    table,
    store,
    count,
    lookUp,
  }) => {
    const [before, wrong] = [message({ messageId: 'm-1' }), message()];
    await store([before, wrong]);
    await count([before]);
    const Key = dailyCounterKey({ peerId: 'p', channelId: 'c', day: '2026-11-22' });
    const set = (version: unknown) =>
      table.client.send(
        new UpdateCommand({
          TableName: table.tableName,
          Key,
          UpdateExpression: 'SET version = :version',
          ExpressionAttributeValues: { ':version': version },
        }),
      );
    await set('one');
    await count([wrong]);
    expect(await lookUp([idsOf(wrong), idsOf(before)])).toMatchObject([
      { status: 'quarantined', reason: 'malformed_item' },
      { status: 'unknown', reason: 'malformed_item', ...FIELDS },
    ]);
    await set(1);
    await count([wrong]);
    expect(await lookUp([idsOf(wrong)])).toEqual([{ ...COUNTED, startedConversation: false }]);
  });
});

describe('a message that is not stored any more', () => {
  test('is found by the evidence of the channel and day that the hints name', async ({ count, lookUp }) => {
    const [first, second] = [message(), message({ messageId: 'n', sentAt: NOW_MS - 59_000 })];
    await count([first, second]);
    const { sentAt: _, ...dated } = COUNTED;
    const without = { ...dated, startedConversation: false };
    expect(
      await lookUp([
        idsOf(second),
        idsOf(second, { channelId: 'c' }),
        idsOf(second, HINTS),
        idsOf(second, { channelId: 'c', sentAt: '2026-11-22T10:59:01+01:00' }),
        // Of a conversation on one channel the day is enough.
        idsOf(second, { day: '2026-11-22' }),
        idsOf(second, { day: '2026-11-21' }),
        idsOf(second, { channelId: 'other', day: '2026-11-22' }),
        idsOf(second, { channelId: 'c', day: '2026-11-21' }),
      ]),
    ).toEqual([HINTS_NEEDED, HINTS_NEEDED, without, without, without, HINTS_NEEDED, NOT_FOUND, NOT_FOUND]);
  });

  test('is found without hints where it started its conversation, on whichever channel', async ({
    count,
    lookUp,
  }) => {
    const other = message({ channelId: 'other', messageId: 'o', sentAt: NOW_MS - 3 * DAY_MS });
    await count([message(), message({ messageId: 'n' }), other]);
    expect(await lookUp([idsOf(message()), idsOf(other), idsOf(other, { channelId: 'c' })])).toEqual([
      { ...COUNTED, startedConversation: true },
      {
        ...COUNTED,
        channelId: 'other',
        sentAt: '2026-11-19T10:00:00.000Z',
        day: '2026-11-19',
        startedConversation: true,
      },
      HINTS_NEEDED,
    ]);
  });

  test('has expired: whether DynamoDB has come to delete it makes no difference', async ({
    messagesTable,
    store,
    count,
    lookUp,
  }) => {
    const [first, expired] = [message(), message({ messageId: 'n' })];
    await count([first, expired]);
    await store([expired], { expiresAt: NOW_MS / 1_000 });
    const asked = [idsOf(expired), idsOf(expired, HINTS)];
    const before = await lookUp(asked);
    expect(before.map(({ status }) => status)).toEqual(['unknown', 'counted']);
    await removeItems(messagesTable, [expired]);
    expect(await lookUp(asked)).toEqual(before);
  });

  test('was forgotten with its conversation: its evidence stays, and what was quarantined does not', async ({
    database,
    service,
    store,
    count,
    lookUp,
  }) => {
    const [kept, wrong] = [message(), message({ messageId: 'm-2', sentAt: NOW_MS + 10 * MINUTE_MS })];
    await store([kept, wrong]);
    await count([kept, wrong]);
    expect((await lookUp([idsOf(wrong)]))[0]?.status).toBe('quarantined');
    const tables = bothTablesOf(database, service);
    const named = ['--peer', 'p', '--conversation', 'k', '--yes'];
    expect(await runOn(service, forgetCommand, [...named, ...tables], {})).toMatchObject({ exitCode: 0 });
    expect(await lookUp([idsOf(kept, HINTS), idsOf(wrong, HINTS)])).toEqual([
      { ...COUNTED, startedConversation: true },
      NOT_FOUND,
    ]);
  });

  test('is unknown where the evidence of its day has expired, in part or whole', async ({
    service,
    table,
    store,
    count,
    seal,
    lookUp,
  }) => {
    const sentAt = NOW_MS - 300 * DAY_MS;
    const messages = Array.from({ length: 12 }, (_, index) =>
      message({ messageId: `m${index}`, sentAt: sentAt + index }),
    );
    for (let next = 0; next < 12; next += 5) await count(messages.slice(next, next + 5));
    await seal();
    service.setClock('2027-05-10T10:00:00.000Z');
    const hints = { channelId: 'c', day: '2026-01-26' };
    const asked = [...messages.map((each) => idsOf(each, hints)), idsOf(message({ messageId: 'no' }), hints)];
    const { client, tableName } = table;
    const statuses = async () => (await lookUp(asked)).map(({ status, reason }) => reason ?? status);
    // All is past its time, and still there: what is found is shown.
    expect(await statuses()).toEqual([...messages.map(() => 'counted'), 'evidence_expired']);
    const { Items = [] } = await client.send(new ScanCommand({ TableName: tableName }));
    for (const { pk, sk } of Items.filter((item) => String(item['pk']).includes('#WINDOWS#'))) {
      await client.send(new DeleteCommand({ TableName: tableName, Key: { pk, sk } }));
    }
    expect(new Set(await statuses())).toEqual(new Set(['counted', 'evidence_expired']));
    const Key = dailyCounterKey({ peerId: 'p', channelId: 'c', day: '2026-01-26' });
    expect((await client.send(new GetCommand({ TableName: tableName, Key }))).Item).toBeDefined();
    await client.send(new DeleteCommand({ TableName: tableName, Key }));
    expect(new Set(await statuses())).toEqual(new Set(['evidence_expired']));
    // A stored one whose evidence is gone is no better known.
    await store([message({ messageId: 'm0', sentAt })], { expiresAt: 4_000_000_000 });
    expect(await lookUp([idsOf(message({ messageId: 'm0' }))])).toEqual([
      expect.objectContaining({ status: 'unknown', reason: 'evidence_expired', role: 'user' }),
    ]);
    // On another day nothing was ever counted.
    expect(
      await lookUp([
        idsOf(message({ messageId: 'm0', conversationId: 'k-9' }), { channelId: 'c', day: '2026-01-20' }),
      ]),
    ).toEqual([NOT_FOUND]);
  });
});

test('a message that is counted while it is looked up is counted, also where its day may have lost its evidence', async ({
  service,
  store,
  count,
  seal,
  ask,
}) => {
  // Kept for 400 days; counters of days that are older than 371 may have gone, and snapshots tell that they were there.
  await count([message({ messageId: 'first', sentAt: NOW_MS - DAY_MS })]);
  await seal();
  const late = message({ messageId: 'late', sentAt: NOW_MS - 380 * DAY_MS });
  await store([late]);
  let isCounted = false;
  const client = intercepted(service.client, async (command, send) => {
    const answer = await send();
    // Between the look-up's reading of the counter, which is not there yet, and of the snapshot.
    if (command instanceof BatchGetCommand && !isCounted) {
      isCounted = true;
      await count([late]);
    }
    return answer;
  });
  const { body } = await ask([idsOf(late)], 'p', lookUpMessages({ ...service, client }));
  expect(body).toMatchObject({
    messages: [{ status: 'counted', day: '2025-11-07', startedConversation: false }],
  });
});

describe('a request', () => {
  test('is answered in its order, also where it asks for the same twice', async ({
    store,
    count,
    lookUp,
  }) => {
    const [counted, waiting] = [message(), message({ messageId: 'n' })];
    await store([counted, waiting]);
    await count([counted]);
    const no = message({ messageId: 'no' });
    const asked = [no, counted, waiting, counted, no, waiting].map((each) => idsOf(each));
    expect((await lookUp(asked)).map(({ status }) => status)).toEqual([
      'unknown',
      'counted',
      'pending',
      'counted',
      'unknown',
      'pending',
    ]);
    // The same message with other hints is the same stored message.
    expect((await lookUp([idsOf(counted), idsOf(counted, HINTS)])).map(({ status }) => status)).toEqual([
      'counted',
      'counted',
    ]);
  });

  test('learns nothing of the messages of other peers, nor whether there is a conversation', async ({
    store,
    count,
    lookUp,
  }) => {
    await store([message()]);
    await count([message()]);
    expect(await lookUp([idsOf(message()), idsOf(message(), HINTS)], 'q')).toEqual([HINTS_NEEDED, NOT_FOUND]);
    for (const hints of [{}, { channelId: 'c' }, { day: '2026-11-22' }]) {
      const ofConversation = message({ messageId: 'no' });
      const ofNone = message({ messageId: 'no', conversationId: 'k-8' });
      const [some, none] = await lookUp([idsOf(ofConversation, hints), idsOf(ofNone, hints)]);
      expect(some).toEqual(none);
    }
  });

  test('is answered before anything was ever counted', async ({ lookUp }) => {
    expect(await lookUp([idsOf(message()), idsOf(message(), HINTS)])).toEqual([HINTS_NEEDED, NOT_FOUND]);
  });

  test('needs a key with the scope, for the peer', async ({ service }) => {
    const asked = { route: ROUTES.lookUpMessages, json: { messages: [idsOf(message())] }, peerId: 'p' };
    const writer = await service.addKey('writer', { scopes: ['messages:write', 'stats:read'] });
    const other = await service.addKey('other', { scopes: ['messages:read'], peers: ['q'] });
    const statuses = [];
    for (const key of [undefined, writer, other]) {
      statuses.push(
        (await call(service.lookUpMessages, { ...asked, ...(key !== undefined && { key }) })).status,
      );
    }
    expect(statuses).toEqual([401, 403, 403]);
  });

  const ids = { conversationId: 'k', messageId: 'm' };
  const HOW_MANY = 'messages must be an array of 1 to 500 messages to look up';
  test.for<[string, unknown, Record<string, string>]>([
    ['no list', 'x', { messages: HOW_MANY }],
    ['none', [], { messages: HOW_MANY }],
    ['too many, of which nothing more is said', Array(501).fill({}), { messages: HOW_MANY }],
    [
      'no object',
      [ids, 7],
      { 'messages.1': 'a message to look up must be an object with conversationId and messageId' },
    ],
    [
      'ids that are missing or wrong',
      [{ messageId: 'm' }, ids, { conversationId: ' k', messageId: 7 }],
      {
        'messages.0.conversationId': 'conversationId must be a string',
        'messages.2.conversationId': 'conversationId must not begin or end with white space',
        'messages.2.messageId': 'messageId must be a string',
      },
    ],
    [
      'hints that are wrong',
      [
        { ...ids, channelId: '', sentAt: 'yesterday' },
        { ...ids, day: '2026-11-31' },
      ],
      {
        'messages.0.channelId': 'channelId must not be empty',
        'messages.0.sentAt':
          'sentAt must be an RFC 3339 instant with a time zone, such as 2026-11-22T10:00:00Z',
        'messages.1.day': 'day must be a day that exists, as YYYY-MM-DD, such as 2026-11-22',
      },
    ],
    [
      'hints that do not fit',
      [{ ...ids, sentAt: '2026-11-22T10:00:00Z', day: '2026-11-21' }],
      { 'messages.0.day': 'day must be the UTC day of sentAt, where both are given' },
    ],
    [
      'fields that are not known',
      [ids, { ...ids, sent_at: '2026-11-22T10:00:00Z' }],
      { 'messages.1.sent_at': 'sent_at is not a field of messages.1: did you mean sentAt?' },
    ],
  ])('that has %s is refused, and what is wrong is named', async ([, messages, wrong], { ask }) => {
    const { status, body } = await ask(messages);
    expect(status).toBe(400);
    expect(body).toMatchObject({
      error: {
        code: 'invalid_request',
        details: Object.entries(wrong).map(([path, text]) => ({ path, message: text })),
      },
    });
  });
});

function plain(value: { N: string } | { S: string }): unknown {
  return 'N' in value ? Number(value.N) : value.S;
}
