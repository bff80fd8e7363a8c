import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import { lookedUpMessages } from '../../../functions/look-up-messages/looked-up-message.ts';
import { countMessages } from '../../../functions/shared/counting/count-messages.ts';
import { DEFAULT_WINDOW_RULES } from '../../../functions/shared/domain/daily-counter.ts';
import type { Message } from '../../../functions/shared/domain/message.ts';
import { ROUTES } from '../../../functions/shared/http/routes.ts';
import { messageItem } from '../../../functions/shared/store/items/message.ts';
import { takeDailySnapshot } from '../../../functions/take-daily-snapshot/take-daily-snapshot.ts';
import { streamRecord } from '../../faults/history.ts';
import { test as fixture } from '../../support/fixture.ts';
import { call, type TestAnswer } from '../../support/service/http-events.ts';
import { NOW } from '../../support/service/test-service.ts';

/** So few fingerprints stay in a counter, so that a few messages fill archived windows. */
const WINDOW_CAPACITY = 4;

/** What tests of looking messages up work on. */
export const test = fixture
  .extend('key', ({ service }) => service.addKey('reader', { scopes: ['messages:read'] }))
  /** Looks messages up, and gives the whole answer. */
  .extend(
    'ask',
    ({ service, key }) =>
      (messages: unknown, peerId = 'p', handler = service.lookUpMessages): Promise<TestAnswer> =>
        call(handler, { route: ROUTES.lookUpMessages, key, peerId, json: { messages } }),
  )
  /** Looks messages up, and gives what became of each. */
  .extend('lookUp', ({ ask }) => async (messages: unknown, peerId?: string) => {
    const { status, body } = await ask(messages, peerId);
    expect(status).toBe(200);
    return lookedUpMessages.parse(body).messages;
  })
  /** Puts the items of messages, as a direct writer may, with some attributes replaced; counts nothing. */
  .extend(
    'store',
    ({ messagesTable: { client, tableName } }) =>
      async (messages: readonly Message[], attributes: Record<string, unknown> = {}): Promise<void> => {
        for (const message of messages) {
          const Item = { ...messageItem(message, 400), ...attributes };
          await client.send(new PutCommand({ TableName: tableName, Item }));
        }
      },
  )
  /** Gives the stream's records of messages to count-messages, with some attributes of their images replaced. */
  .extend('count', ({ service }) => {
    const counting = countMessages(service, { ...DEFAULT_WINDOW_RULES, windowCapacity: WINDOW_CAPACITY });
    let sequenceNumber = 0;
    return async (
      messages: readonly Message[],
      attributes: Record<string, { N: string } | { S: string }> = {},
    ) => {
      const records = messages.map((message) => {
        sequenceNumber += 1;
        const record = streamRecord(message, sequenceNumber);
        const NewImage = { ...record.dynamodb?.NewImage, ...attributes };
        // Recorded now, whenever it was sent.
        const ApproximateCreationDateTime = service.clock() / 1_000;
        return { ...record, dynamodb: { ...record.dynamodb, NewImage, ApproximateCreationDateTime } };
      });
      expect(await counting({ Records: records })).toEqual({ batchItemFailures: [] });
    };
  })
  /** Seals the days that are over. */
  .extend('seal', ({ service }) => async (): Promise<void> => {
    await takeDailySnapshot(service)({ scheduledAt: new Date(service.clock()).toISOString() }, () => false);
  });

/** A message of the peer `p` that was sent a minute ago, unless it is said otherwise. */
export function message(changes: Partial<Message> = {}): Message {
  return {
    peerId: 'p',
    conversationId: 'k',
    messageId: 'm',
    channelId: 'c',
    role: 'user',
    sentAt: Date.parse(NOW) - 60_000,
    ...changes,
  };
}

/** How a message is asked for, with some hints. */
export function idsOf({ conversationId, messageId }: Message, hints: object = {}) {
  return { conversationId, messageId, ...hints };
}
