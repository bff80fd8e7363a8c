import { BatchGetItemCommand } from '@aws-sdk/client-dynamodb';
import { BatchGetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect } from 'vitest';
import { lookUpMessages } from '../../../functions/look-up-messages/look-up-messages.ts';
import { METRIC } from '../../../functions/shared/runtime/metric-names.ts';
import { type Meter, metered } from '../../support/database/capacity.ts';
import { intercepted } from '../../support/database/intercepted-client.ts';
import { idsOf, test as lookingUp, message } from './looking-up.ts';

const NOW_MS = Date.parse('2026-11-22T10:00:00.000Z');
const DAY_MS = 86_400_000;

const test = lookingUp
  /** What a look-up costs, once the key and the hash secret are known. */
  .extend('costOf', ({ service, ask }) => async (messages: readonly object[]) => {
    const meter = metered(service.client);
    const handler = lookUpMessages({ ...service, client: meter.client });
    await ask([{ conversationId: 'k-none', messageId: 'm-none' }], 'nobody', handler);
    const before = soFar(meter);
    const { status } = await ask(messages, 'p', handler);
    expect(status).toBe(200);
    const after = soFar(meter);
    const calls = Object.fromEntries(
      Object.entries(after.calls)
        .map(([kind, number]) => [kind, number - (before.calls[kind] ?? 0)] as const)
        .filter(([, number]) => number > 0),
    );
    return { calls, readUnits: after.readUnits - before.readUnits };
  });

function soFar(meter: Meter): { calls: Record<string, number>; readUnits: number } {
  return { calls: Object.fromEntries(meter.calls), readUnits: meter.readUnits() };
}

describe('a look-up costs', () => {
  test('one read of each message, and one of the counter and the channel, of one channel and day', async ({
    store,
    count,
    costOf,
  }) => {
    const messages = Array.from({ length: 4 }, (_, index) => message({ messageId: `m-${index}` }));
    await store(messages);
    await count(messages);
    // Of 4 messages 1 starts their conversation, so that its marker is read: once.
    expect(await costOf(messages.map((each) => idsOf(each)))).toEqual({
      calls: { BatchGetItemCommand: 1, BatchGetCommand: 3 },
      readUnits: 4 + 1 + 1 + 0.5,
    });
  });

  test('for 500 messages on as many channels and days, five calls for each kind of item', async ({
    store,
    count,
    costOf,
  }) => {
    const messages = Array.from({ length: 500 }, (_, index) =>
      message({
        messageId: `m-${index}`,
        conversationId: `k-${index}`,
        channelId: `c-${index % 50}`,
        sentAt: NOW_MS - Math.floor(index / 50) * DAY_MS,
      }),
    );
    await store(messages);
    await count(messages);
    expect(await costOf(messages.map((each) => idsOf(each)))).toEqual({
      calls: { BatchGetItemCommand: 5, BatchGetCommand: 5 + 1 },
      // The counter tells that all of them start conversations.
      readUnits: 500 + 500 + 50 * 0.5,
    });
  });

  test('no evidence of messages of roles that do not count', async ({ store, count, costOf }) => {
    await count([message({ messageId: 'm-9' })]);
    const messages = [message({ role: 'tool' }), message({ role: 'system', messageId: 'm-2' })];
    await store(messages);
    expect(await costOf(messages.map((each) => idsOf(each)))).toEqual({
      calls: { BatchGetItemCommand: 1 },
      readUnits: 2,
    });
  });

  test('of what is neither stored nor hinted at, one query of each conversation, and one look for a note', async ({
    count,
    costOf,
  }) => {
    await count([message({ messageId: 'm-9' })]);
    const asked = ['k', 'k', 'k-2'].map((conversationId, index) => ({
      conversationId,
      messageId: `m-${index}`,
    }));
    expect((await costOf(asked)).calls).toEqual({
      BatchGetItemCommand: 1,
      QueryCommand: 2,
      BatchGetCommand: 1,
    });
  });

  test('no archived window but those around a message', async ({ store, count, costOf }) => {
    const messages = Array.from({ length: 400 }, (_, index) =>
      message({ messageId: `m-${index}`, sentAt: NOW_MS - (400 - index) * 60_000 }),
    );
    await store(messages);
    // An archived window for every five messages.
    for (let next = 0; next < 400; next += 5) await count(messages.slice(next, next + 5));
    const [early, late] = [messages[20], messages[340]];
    const { calls } = await costOf(
      [early, late].flatMap((each) => (each === undefined ? [] : [idsOf(each)])),
    );
    expect(calls).toEqual({ BatchGetItemCommand: 1, BatchGetCommand: 3, QueryCommand: 2 });
    const { calls: of } = await costOf(messages.map((each) => idsOf(each)));
    expect(of['QueryCommand']).toBeLessThanOrEqual(5);
  });

  test('nothing for a message that is asked for again', async ({ store, costOf }) => {
    await store([message()]);
    const once = await costOf([idsOf(message())]);
    expect(await costOf(Array.from({ length: 500 }, () => idsOf(message())))).toEqual(once);
  });
});

describe('where DynamoDB leaves keys unread', () => {
  test('they are asked for again, after pauses that grow', async ({ service, store, count, ask }) => {
    const messages = Array.from({ length: 3 }, (_, index) => message({ messageId: `m-${index}` }));
    await store(messages);
    await count(messages);
    let left = 4;
    const client = intercepted(service.client, async (command, send) => {
      if (!(command instanceof BatchGetItemCommand || command instanceof BatchGetCommand) || left === 0)
        return send();
      left -= 1;
      return { Responses: {}, UnprocessedKeys: command.input.RequestItems };
    });
    const pauses: number[] = [];
    const waiting = {
      ...service.waiting,
      random: () => 1,
      pause: async (milliseconds: number) => {
        pauses.push(milliseconds);
      },
    };
    const handler = lookUpMessages({ ...service, client, waiting });
    const { body } = await ask(
      messages.map((each) => idsOf(each)),
      'p',
      handler,
    );
    expect(body).toMatchObject({ messages: messages.map(() => ({ status: 'counted' })) });
    expect(pauses).toEqual([50, 100, 200, 400]);
  });

  test('and in the end the request may be sent again', async ({ service, ask }) => {
    const client = intercepted(service.client, async (command, send) =>
      command instanceof BatchGetItemCommand
        ? { Responses: {}, UnprocessedKeys: command.input.RequestItems }
        : send(),
    );
    const { status, headers } = await ask([idsOf(message())], 'p', lookUpMessages({ ...service, client }));
    expect([status, headers?.['retry-after']]).toEqual([503, '5']);
  });
});

test('a window that is being archived is waited for, and no message in it is missed', async ({
  service,
  store,
  count,
  ask,
}) => {
  const messages = Array.from({ length: 5 }, (_, index) => message({ messageId: `m-${index}` }));
  await store(messages);
  await count(messages);
  // The counter is seen without its window, and the window itself not yet.
  const client = intercepted(service.client, async (command, send) =>
    command instanceof QueryCommand ? { Items: [] } : send(),
  );
  const { body } = await ask(
    messages.map((each) => idsOf(each)),
    'p',
    lookUpMessages({ ...service, client }),
  );
  expect(body).toMatchObject({ messages: messages.map(() => ({ status: 'counted' })) });
});

test('looking up counts nothing and writes nothing', async ({ service, ask }) => {
  const meter = metered(service.client);
  await ask([idsOf(message())], 'p', lookUpMessages({ ...service, client: meter.client }));
  expect(meter.writeUnits()).toBe(0);
  expect(service.published.flatMap((counts) => Object.keys(counts))).not.toContain(METRIC.messagesCounted);
});
