import { InternalServerError } from '@aws-sdk/client-dynamodb';
import { BatchGetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect } from 'vitest';
import { recordMessages } from '../../../functions/record-messages/record-messages.ts';
import { channelStats } from '../../../functions/shared/domain/channel-stats.ts';
import type { UserMessage } from '../../../functions/shared/domain/message.ts';
import { ROUTES } from '../../../functions/shared/http/routes.ts';
import { ChannelStore } from '../../../functions/shared/store/channel-store.ts';
import { UsageReader } from '../../../functions/shared/store/usage-reader.ts';
import { intercepted } from '../../support/database/intercepted-client.ts';
import { test as fixture } from '../../support/fixture.ts';
import { call } from '../../support/service/http-events.ts';

const channelIds = Array.from({ length: 500 }, (_, index) => `channel-${index}`);

function message(channelId: string, changes: Record<string, unknown> = {}) {
  return { messageId: `m-${channelId}`, conversationId: 'k', channelId, role: 'user', ...changes };
}

const test = fixture
  .extend(
    'send',
    ({ service, key }) =>
      async (messages: readonly object[], recorder = service.recordMessages) => {
        service.watched.calls.length = 0;
        const { body } = await call(recorder, {
          route: ROUTES.recordMessages,
          key,
          peerId: 'p',
          json: { messages },
        });
        return body;
      },
  )
  /** Registers as many channels as a peer may have, or fewer. */
  .extend('register', ({ table }) => async (howMany: number) => {
    const channels = new ChannelStore(table);
    for (const channelId of channelIds.slice(0, howMany)) await channels.register('p', channelId, 0, {});
  });

const TOO_MANY = {
  code: 'too_many_channels',
  message: 'channelId is not registered, and the peer has 500 channels, as many as it may have',
};

describe('a peer with as many channels as it may have', () => {
  test('gets no message recorded for one more, and all others', async ({ register, send }) => {
    await register(500);
    const sent = [message('one-more'), message('channel-7'), message('another', { role: 'assistant' })];
    expect(await send(sent)).toEqual({
      received: 3,
      recorded: 2,
      duplicates: 0,
      rejected: [{ index: 0, ...TOO_MANY }],
    });
  });

  test('is not looked up again for channels that are known', async ({ register, send, service }) => {
    await register(500);
    await send([message('channel-7')]);
    expect(service.watched.calls).toEqual(['GetCommand', 'GetCommand', 'BatchGetCommand', 'PutCommand']);
    await send([message('channel-7', { messageId: 'next' })]);
    expect(service.watched.calls).toEqual(['PutCommand']);
  });

  test('has messages recorded where its channels cannot be looked up', async ({
    register,
    service,
    send,
  }) => {
    await register(500);
    const client = intercepted(service.client, async (command, forward) => {
      if (command instanceof BatchGetCommand) {
        throw new InternalServerError({ message: 'internal failure', $metadata: {} });
      }
      return forward();
    });
    const recorder = recordMessages({ ...service, client });
    expect(await send([message('one-more')], recorder)).toMatchObject({ recorded: 1, rejected: [] });
    expect(service.logged).toContainEqual(
      expect.objectContaining({ level: 'warn', message: 'the channels of a peer could not be looked up' }),
    );
  });
});

test('the new channels of a request get the places that are left, in its order', async ({
  register,
  send,
}) => {
  await register(498);
  const sent = [message('a'), message('b'), message('c'), message('a', { messageId: 'again' })];
  expect(await send(sent)).toMatchObject({ recorded: 3, rejected: [{ index: 2, ...TOO_MANY }] });
});

test('500 messages on 500 channels of a new peer are recorded and counted', async ({
  send,
  service,
  table,
}) => {
  expect(await send(channelIds.map((channelId) => message(channelId)))).toMatchObject({
    recorded: 500,
    rejected: [],
  });
  const sentAt = service.clock();
  await service.count(
    channelIds.map(
      (channelId): UserMessage => ({
        peerId: 'p',
        channelId,
        conversationId: 'k',
        messageId: `m-${channelId}`,
        sentAt,
      }),
    ),
  );
  const usage = await new UsageReader(table).read('p', '2026-11-22');
  expect(channelStats(usage, {}).total).toEqual({ messageCount: 500, conversationCount: 500 });
  expect(await send([message('one-more')])).toMatchObject({ recorded: 0, rejected: [TOO_MANY] });
});

test('of each conversation on a channel the message that was sent first is stored first', async ({
  service,
  send,
}) => {
  const stored: unknown[] = [];
  const client = intercepted(service.client, async (command, forward) => {
    if (command instanceof PutCommand) stored.push(command.input.Item?.['sk']);
    return forward();
  });
  const sentAt = (day: string) => ({ sentAt: `2026-11-${day}T09:00:00Z` });
  const sent = [
    message('c', { messageId: 'newest', ...sentAt('21') }),
    message('c', { messageId: 'first answer', role: 'assistant', ...sentAt('01') }),
    message('c', { messageId: 'middle', ...sentAt('12') }),
    message('c', { messageId: 'oldest', ...sentAt('02') }),
    message('d', { messageId: 'elsewhere', ...sentAt('20') }),
  ];
  await send(sent, recordMessages({ ...service, client }));
  expect(stored.slice(0, 2).sort()).toEqual(['elsewhere', 'oldest']);
  expect(stored.slice(2).sort()).toEqual(['first answer', 'middle', 'newest']);
});
