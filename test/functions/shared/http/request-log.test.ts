import { InternalServerError, ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { expect } from 'vitest';
import { recordMessages } from '../../../../functions/record-messages/record-messages.ts';
import { ROUTES } from '../../../../functions/shared/http/routes.ts';
import { test } from '../../../support/fixture.ts';
import { call } from '../../../support/service/http-events.ts';
import { keyText } from '../../../support/service/test-service.ts';

const STATS = ROUTES.getChannelStats;
const MESSAGES = ROUTES.recordMessages;
const statsLine = {
  requestId: 'request-1',
  routeKey: 'GET /api/v1/peer/{peerId}/channel-stats',
  durationMs: 0,
};

test('every request is one line, with its route, status, duration and key', async ({ service, key }) => {
  let now = service.clock();
  const slow = { ...service, clock: () => (now += 7) };
  const body = { messages: [{ messageId: 'm1', conversationId: 'c1', channelId: 'direct', role: 'user' }] };
  await call(recordMessages(slow), { route: MESSAGES, key, json: body });
  expect(service.logged).toEqual([
    {
      level: 'info',
      message: 'request',
      fields: {
        requestId: 'request-1',
        routeKey: 'POST /api/v1/peer/{peerId}/messages',
        status: 200,
        durationMs: expect.toSatisfy((duration: number) => duration > 0 && duration % 7 === 0),
        keyId: 'all',
      },
    },
  ]);
});

test('a refused request is a line that says why', async ({ service, key }) => {
  await service.addKey('old', { expiresAtInstant: service.clock() });
  await call(service.usageApi, { route: STATS });
  await call(service.usageApi, { route: STATS, key: 'not-a-key' });
  await call(service.usageApi, { route: STATS, key: keyText('nobody') });
  await call(service.usageApi, { route: STATS, key: `${key}y` });
  await call(service.usageApi, { route: STATS, key: keyText('old') });
  await call(service.usageApi, { path: '/nowhere' });
  expect(service.logged.map(({ level, fields }) => ({ level, ...fields }))).toEqual([
    { level: 'info', ...statsLine, status: 401, refusal: 'missing' },
    { level: 'info', ...statsLine, status: 401, refusal: 'malformed' },
    { level: 'info', ...statsLine, status: 401, refusal: 'unknown_key' },
    { level: 'info', ...statsLine, status: 401, refusal: 'wrong_secret' },
    { level: 'info', ...statsLine, status: 401, refusal: 'expired', keyId: 'old' },
    { level: 'info', ...statsLine, routeKey: '$default', status: 404 },
  ]);
});

test.for<[status: number, error: Error]>([
  [503, new InternalServerError({ message: 'it broke', $metadata: {} })],
  [500, new ResourceNotFoundException({ message: 'no such table', $metadata: {} })],
  [500, new TypeError('it is undefined')],
])(
  'a failure of the service is an error line with its cause: %i, %s',
  async ([status, error], { service, key }) => {
    await call(service.usageApi, { route: STATS, key });
    service.logged.length = 0;
    service.watched.failWith = () => error;
    await call(service.usageApi, { route: STATS, key });
    expect(service.logged).toEqual([
      {
        level: 'error',
        message: 'request',
        fields: {
          ...statsLine,
          status,
          keyId: 'all',
          error: { name: error.name, message: error.message, stack: error.stack },
        },
      },
    ]);
  },
);

test('neither secrets nor ids nor payloads are logged or answered, whatever is wrong with them', async ({
  service,
  key,
}) => {
  const canary = 'CANARY';
  const message = {
    messageId: `m-${canary}`,
    conversationId: `+49 ${canary}`,
    channelId: `channel-${canary}`,
    role: 'user',
    channelName: `Name ${canary}`,
    text: canary,
  };
  const send = (json: unknown, more = {}) =>
    call(service.recordMessages, { route: MESSAGES, key, json, headers: { 'x-note': canary }, ...more });
  const answers = [
    await send({ messages: [message] }),
    await send({ messages: [message] }),
    await send({
      messages: [
        { ...message, role: canary },
        { ...message, sentAt: canary },
        { ...message, messageId: `${canary}\u0000` },
        { ...message, conversationId: canary.repeat(60) },
        { ...message, galleryKey: [canary] },
        canary,
        { ...message, sentAt: '1999-01-01T00:00:00Z' },
      ],
    }),
    await send({ messages: canary }),
    await send(undefined, { body: `{"messages":[{"text":"${canary}` }),
    await send({ messages: [message] }, { headers: { 'content-type': canary } }),
    await send({ messages: [message] }, { peerId: `${canary}\n` }),
    await send({ messages: [message] }, { key: `cua_x_${canary.repeat(6)}` }),
    await send({ messages: [message] }, { key: canary }),
    await call(service.usageApi, {
      route: STATS,
      key,
      query: `from=${canary}&include=${canary}&%=${canary}`,
    }),
    await call(service.usageApi, { route: STATS, key, query: `from=${canary}&include=${canary}` }),
    await call(service.usageApi, { method: canary, path: `/${canary}` }),
  ];
  service.watched.failWith = (command) =>
    command.constructor.name === 'PutCommand'
      ? new InternalServerError({ message: 'it broke', $metadata: {} })
      : undefined;
  answers.push(await send({ messages: [{ ...message, messageId: `new-${canary}` }] }));
  expect(answers.map(({ status }) => status)).toEqual([
    200, 200, 200, 400, 400, 415, 400, 401, 401, 400, 400, 404, 503,
  ]);
  expect(service.logged).toHaveLength(answers.length);
  expect(JSON.stringify(service.logged)).not.toContain(canary);
  expect(JSON.stringify(answers)).not.toContain(canary);
  expect(JSON.stringify([service.logged, answers])).not.toContain('secretof');
});
