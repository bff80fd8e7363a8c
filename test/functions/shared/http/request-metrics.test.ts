import { InternalServerError } from '@aws-sdk/client-dynamodb';
import { expect } from 'vitest';
import { ROUTES } from '../../../../functions/shared/http/routes.ts';
import { METRIC } from '../../../../functions/shared/runtime/metric-names.ts';
import { test as fixture } from '../../../support/fixture.ts';
import { call } from '../../../support/service/http-events.ts';
import { keyText } from '../../../support/service/test-service.ts';

const test = fixture.extend('send', ({ service, key }) => (...messages: object[]) => {
  const fields = { conversationId: 'c1', channelId: 'direct', role: 'user' };
  const json = { messages: messages.map((message) => ({ ...fields, ...message })) };
  return call(service.recordMessages, { route: ROUTES.recordMessages, key, json });
});

/** The counts of a request; they add up. */
function counts(received: number, recorded: number, repeated: number, rejected: number) {
  return {
    [METRIC.messagesReceived]: received,
    [METRIC.messagesRecorded]: recorded,
    [METRIC.messagesRepeated]: repeated,
    [METRIC.messagesRejected]: rejected,
  };
}

test('what became of the messages of a request is published', async ({ service, send }) => {
  await send({ messageId: 'm1' }, { messageId: 'm2' }, { messageId: 'm1' }, { messageId: '' });
  await send({ messageId: 'm2' });
  expect(service.published).toEqual([counts(4, 2, 1, 1), counts(1, 0, 1, 0)]);
});

test('messages that DynamoDB did not take are among those rejected', async ({ service, send }) => {
  await send({ messageId: 'm1' });
  service.watched.failWith = (command) =>
    command.constructor.name === 'PutCommand'
      ? new InternalServerError({ message: 'it broke', $metadata: {} })
      : undefined;
  expect((await send({ messageId: 'm1' }, { messageId: 'm2' })).status).toBe(503);
  expect(service.published).toEqual([counts(1, 1, 0, 0), counts(2, 0, 0, 2)]);
});

test('requests whose key is not accepted are counted, and other requests are not', async ({
  service,
  key,
}) => {
  const route = ROUTES.getChannelStats;
  await call(service.usageApi, { route });
  await call(service.usageApi, { route, key: keyText('nobody') });
  await call(service.usageApi, { route, key });
  await call(service.usageApi, { route, key, query: 'from=never' });
  await call(service.usageApi, { path: '/nowhere' });
  expect(service.published).toEqual([
    { [METRIC.requestsUnauthenticated]: 1 },
    { [METRIC.requestsUnauthenticated]: 1 },
  ]);
});
