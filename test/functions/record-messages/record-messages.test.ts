import { InternalServerError } from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect } from 'vitest';
import { recordMessages } from '../../../functions/record-messages/record-messages.ts';
import { recordedMessages } from '../../../functions/record-messages/recorded-messages.ts';
import { ROUTES } from '../../../functions/shared/http/routes.ts';
import { systemEffects } from '../../../functions/shared/runtime/dependencies.ts';
import { intercepted } from '../../support/database/intercepted-client.ts';
import { test as fixture } from '../../support/fixture.ts';
import { COMMON_HEADERS, call, httpEvent, type TestAnswer } from '../../support/service/http-events.ts';
import { lambdaContext } from '../../support/service/lambda-context.ts';
import { NOW } from '../../support/service/test-service.ts';

const test = fixture
  .extend('key', ({ service }) => service.addKey('writer', { scopes: ['messages:write'] }))
  .extend(
    'send',
    ({ service, key }) =>
      (messages: unknown, peerId = 'peer_1'): Promise<TestAnswer> =>
        call(service.recordMessages, { route, key, peerId, json: { messages } }),
  )
  .extend('recordOf', ({ send }) => async (messages: unknown, peerId?: string): Promise<unknown> => {
    const { status, body } = await send(messages, peerId);
    expect(status).toBe(200);
    expect(recordedMessages.parse(body)).toEqual(body);
    return body;
  })
  .extend('storedItems', ({ service }) => async (): Promise<Record<string, unknown>[]> => {
    const answer = await service.client.send(
      new ScanCommand({ TableName: service.settings.messagesTableName, ConsistentRead: true }),
    );
    return (answer.Items ?? []).sort((a, b) => (`${a['pk']}${a['sk']}` < `${b['pk']}${b['sk']}` ? -1 : 1));
  });

const route = ROUTES.recordMessages;
const EXPIRES_AT = Date.parse(NOW) / 1000 + 400 * 86_400;

const message = { messageId: 'm1', conversationId: 'c1', channelId: 'direct', role: 'user' };

function put(messageId: string) {
  return (command: object) =>
    command instanceof PutCommand && command.input.Item?.['sk'] === messageId
      ? new InternalServerError({ message: 'internal failure', $metadata: {} })
      : undefined;
}

const UNAVAILABLE = {
  code: 'unavailable',
  message: 'the message could not be stored at the moment; it may be sent again as it is',
};

describe('recording', () => {
  test('stores a message with what it tells of its channel, and nothing else of it', async ({
    recordOf,
    storedItems,
  }) => {
    const answer = await recordOf([
      {
        ...message,
        sentAt: '2026-11-21T23:30:00+01:00',
        channelName: 'Support',
        galleryKey: 'webchat',
        text: 'my secret is 1234',
        peerId: 'peer_2',
        expiresAt: 1,
        metadata: { text: 'my secret is 1234' },
      },
    ]);
    expect(answer).toEqual({
      received: 1,
      recorded: 1,
      duplicates: 0,
      rejected: [],
      ignoredFields: ['expiresAt', 'metadata', 'peerId', 'text'],
    });
    expect(await storedItems()).toEqual([
      {
        pk: 'peer_1\nc1',
        sk: 'm1',
        schemaVersion: 1,
        channelId: 'direct',
        role: 'user',
        sentAt: '2026-11-21T22:30:00.000Z',
        channelName: 'Support',
        galleryKey: 'webchat',
        expiresAt: Date.parse('2026-11-21T22:30:00Z') / 1000 + 400 * 86_400,
      },
    ]);
  });

  test.for([
    ['2026-11-21T22:30:00Z', '2026-11-21T22:30:00.000Z'],
    ['2026-11-21t22:30z', '2026-11-21T22:30:00.000Z'],
    ['2026-11-21 23:30:00.123456789+0100', '2026-11-21T22:30:00.123Z'],
    ['2026-11-21T22:30:00.5+00', '2026-11-21T22:30:00.500Z'],
    ['2026-11-21T23:59:60Z', '2026-11-22T00:00:00.000Z'],
  ])('stores the instant %s as %s', async ([sentAt, stored], { recordOf, storedItems }) => {
    await recordOf([{ ...message, sentAt }]);
    expect(await storedItems()).toMatchObject([{ sentAt: stored }]);
  });

  test('names at most 50 of the fields that it ignores, and keeps them out of what it stores', async ({
    recordOf,
    storedItems,
  }) => {
    const names = Array.from({ length: 70 }, (_, number) => `field_${number + 10}`);
    const fields = Object.fromEntries(names.toReversed().map((name) => [name, 1]));
    expect(await recordOf([{ ...message, ...fields }])).toMatchObject({ ignoredFields: names.slice(0, 50) });
    expect(Object.keys((await storedItems())[0] ?? {}).filter((name) => name.startsWith('field_'))).toEqual(
      [],
    );
  });

  test('takes now where a message does not say when it was sent', async ({ recordOf, storedItems }) => {
    await recordOf([message]);
    expect(await storedItems()).toMatchObject([{ sentAt: NOW, expiresAt: EXPIRES_AT }]);
  });

  test('stores messages of every role', async ({ recordOf, storedItems }) => {
    const roles = ['user', 'assistant', 'system', 'tool'];
    const answer = await recordOf(roles.map((role) => ({ ...message, messageId: role, role })));
    expect(answer).toEqual({ received: 4, recorded: 4, duplicates: 0, rejected: [] });
    expect((await storedItems()).map((item) => item['role']).sort()).toEqual(roles.toSorted());
  });

  test('takes a body in base64', async ({ service, key, storedItems }) => {
    const { status } = await call(service.recordMessages, {
      route,
      key,
      body: Buffer.from(JSON.stringify({ messages: [{ ...message, conversationId: 'Grüße 👋' }] })).toString(
        'base64',
      ),
      isBase64Encoded: true,
      headers: { 'content-type': 'Application/JSON; charset=utf-8' },
    });
    expect(status).toBe(200);
    expect(await storedItems()).toMatchObject([{ pk: 'peer_1\nGrüße 👋' }]);
  });

  test('stores 500 messages of one request', async ({ recordOf, storedItems }) => {
    const messages = Array.from({ length: 500 }, (_, number) => ({ ...message, messageId: `m${number}` }));
    expect(await recordOf(messages)).toEqual({ received: 500, recorded: 500, duplicates: 0, rejected: [] });
    expect(await storedItems()).toHaveLength(500);
  });
});

describe('a message that is sent again', () => {
  test('is reported as a duplicate, and its first version stays', async ({ recordOf, storedItems }) => {
    await recordOf([message]);
    const again = { ...message, channelId: 'webchat', role: 'assistant', sentAt: '2026-11-20T00:00:00Z' };
    expect(await recordOf([again, { ...message, messageId: 'm2' }])).toEqual({
      received: 2,
      recorded: 1,
      duplicates: 1,
      rejected: [],
    });
    expect(await storedItems()).toMatchObject([
      { sk: 'm1', channelId: 'direct', role: 'user', sentAt: NOW },
      { sk: 'm2' },
    ]);
  });

  test('within one request is put once, in its first version', async ({ service, recordOf, storedItems }) => {
    const answer = await recordOf([
      { ...message, channelId: '' },
      { ...message, channelId: 'first' },
      { ...message, channelId: 'second' },
      { ...message, channelId: 'third' },
    ]);
    expect(answer).toEqual({
      received: 4,
      recorded: 1,
      duplicates: 2,
      rejected: [{ index: 0, code: 'invalid_message', message: 'channelId must not be empty' }],
    });
    expect(await storedItems()).toMatchObject([{ channelId: 'first' }]);
    expect(service.watched.calls.filter((name) => name === 'PutCommand')).toHaveLength(1);
  });

  test('is the same message whatever the ids hold, and only then', async ({ recordOf, storedItems }) => {
    const ids = ['a#b', 'a%23b', 'a', 'a/b', 'a%2Fb', 'a\u00e9', 'ae\u0301', '👩‍💻', '#', '%'];
    const messages = ids.flatMap((conversationId) =>
      ids.map((messageId) => ({ ...message, conversationId, messageId })),
    );
    for (const peerId of ['peer', 'peer#CONVERSATION#a', 'peer%23CONVERSATION%23a']) {
      expect(await recordOf(messages, peerId)).toMatchObject({ recorded: 100, duplicates: 0 });
      expect(await recordOf(messages, peerId)).toMatchObject({ recorded: 0, duplicates: 100 });
    }
    expect(await storedItems()).toHaveLength(300);
  });
});

describe('a message that is not right', () => {
  const cases: [title: string, sent: unknown, problem: { code: string; message: string }][] = [
    ['no object', 'text', invalid('a message must be an object')],
    ['null', null, invalid('a message must be an object')],
    ['an array', [], invalid('a message must be an object')],
    [
      'nothing in it',
      {},
      invalid(
        'messageId must be a string; conversationId must be a string; channelId must be a string; ' +
          'role must be one of user, assistant, system, tool',
      ),
    ],
    ['a number for an id', { ...message, messageId: 7 }, invalid('messageId must be a string')],
    ['an empty id', { ...message, conversationId: '' }, invalid('conversationId must not be empty')],
    [
      'an id of 300 characters',
      { ...message, channelId: 'x'.repeat(300) },
      invalid('channelId must have at most 128 characters'),
    ],
    [
      'control characters in an id',
      { ...message, messageId: 'secret\u0000' },
      invalid('messageId must not contain control characters'),
    ],
    [
      'an id with what bytes became that were not UTF-8',
      { ...message, messageId: 'm-\ufffd' },
      invalid('messageId must not contain U+FFFD, which stands for bytes that were not UTF-8'),
    ],
    [
      'a name that changes the direction of text',
      { ...message, channelName: '\u202eSlack' },
      invalid('channelName must not contain characters that change the direction of text'),
    ],
    [
      'a name that ends with white space',
      { ...message, galleryKey: 'slack ' },
      invalid('galleryKey must not begin or end with white space'),
    ],
    [
      'half a surrogate pair in an id',
      { ...message, messageId: '\ud83d' },
      invalid('messageId must be well-formed Unicode'),
    ],
    [
      'an unknown role',
      { ...message, role: 'customer' },
      invalid('role must be one of user, assistant, system, tool'),
    ],
    ['an empty name', { ...message, channelName: '' }, invalid('channelName must not be empty')],
    ['a wrong type of a name', { ...message, galleryKey: {} }, invalid('galleryKey must be a string')],
    ['a number for an instant', { ...message, sentAt: 1_795_341_600_000 }, noInstant()],
    ['an instant without a time zone', { ...message, sentAt: '2026-11-22T10:00:00' }, noInstant()],
    ['an instant on a day that does not exist', { ...message, sentAt: '2026-02-29T10:00:00Z' }, noInstant()],
    [
      'an instant before the retention',
      { ...message, sentAt: '2025-10-18T09:59:59.999Z' },
      { code: 'too_old', message: 'sentAt must not be more than 400 days ago' },
    ],
    [
      'an instant ahead',
      { ...message, sentAt: '2026-11-22T10:05:00.001Z' },
      { code: 'sent_in_future', message: 'sentAt must not be more than 5 minutes ahead' },
    ],
  ];

  function invalid(text: string) {
    return { code: 'invalid_message', message: text };
  }

  function noInstant() {
    return invalid('sentAt must be an RFC 3339 instant with a time zone, such as 2026-11-22T10:00:00Z');
  }

  test.for(cases)(
    'is rejected, and the others are recorded: %s',
    async ([_title, sent, problem], { recordOf, storedItems }) => {
      const answer = await recordOf([
        { ...message, messageId: 'before' },
        sent,
        { ...message, messageId: 'after' },
      ]);
      expect(answer).toEqual({
        received: 3,
        recorded: 2,
        duplicates: 0,
        rejected: [{ index: 1, ...problem }],
      });
      expect((await storedItems()).map((item) => item['sk'])).toEqual(['after', 'before']);
    },
  );

  test('is not rejected at the very limits of its age', async ({ recordOf }) => {
    const answer = await recordOf([
      { ...message, messageId: 'old', sentAt: '2025-10-18T10:00:00.000Z' },
      { ...message, messageId: 'new', sentAt: '2026-11-22T10:05:00.000Z' },
    ]);
    expect(answer).toEqual({ received: 2, recorded: 2, duplicates: 0, rejected: [] });
  });

  test('is no error of the request, even where all of them are rejected', async ({ service, recordOf }) => {
    expect(await recordOf([{}, 1])).toMatchObject({ received: 2, recorded: 0, duplicates: 0 });
    expect(service.watched.calls).toEqual(['GetCommand']);
  });
});

describe('where DynamoDB fails', () => {
  test('for some messages, these are rejected to be sent again, and sending all again is safe', async ({
    service,
    recordOf,
    storedItems,
  }) => {
    const messages = [
      { ...message, messageId: 'm1' },
      { ...message, messageId: 'm2' },
      { ...message, messageId: 'm2' },
      {},
      { ...message, messageId: 'm3' },
    ];
    service.watched.failWith = put('m2');
    expect(await recordOf(messages)).toEqual({
      received: 5,
      recorded: 2,
      duplicates: 0,
      rejected: [
        { index: 1, ...UNAVAILABLE },
        { index: 2, ...UNAVAILABLE },
        { index: 3, code: 'invalid_message', message: expect.stringContaining('messageId must be a string') },
      ],
    });
    expect((await storedItems()).map((item) => item['sk'])).toEqual(['m1', 'm3']);
    expect(service.logged.filter(({ level }) => level === 'error')).toEqual([
      {
        level: 'error',
        message: 'messages could not be stored',
        fields: { requestId: 'request-1', count: 1, errors: ['InternalServerError'] },
      },
    ]);

    service.watched.failWith = () => undefined;
    expect(await recordOf(messages)).toMatchObject({ received: 5, recorded: 1, duplicates: 3 });
    expect((await storedItems()).map((item) => item['sk'])).toEqual(['m1', 'm2', 'm3']);
  });

  test('for some messages while others are known already, that is no failure of the request', async ({
    service,
    recordOf,
  }) => {
    await recordOf([message]);
    service.watched.failWith = put('m2');
    expect(await recordOf([message, { ...message, messageId: 'm2' }])).toEqual({
      received: 2,
      recorded: 0,
      duplicates: 1,
      rejected: [{ index: 1, ...UNAVAILABLE }],
    });
  });

  test('for all messages, the whole request is to be sent again', async ({ service, send, storedItems }) => {
    service.watched.failWith = put('m1');
    expect(await send([message, {}, message])).toEqual({
      status: 503,
      headers: {
        'content-type': 'application/json',
        ...COMMON_HEADERS,
        'retry-after': '5',
        'x-request-id': 'request-1',
      },
      body: {
        error: {
          code: 'service_unavailable',
          message: 'the service cannot answer at the moment; the same request may be sent again',
          status: 503,
          requestId: 'request-1',
        },
      },
    });
    expect(await storedItems()).toEqual([]);
  });

  test.for<[what: string, kind: typeof PutCommand | typeof GetCommand]>([
    ['when a message is stored', PutCommand],
    ['when the API key is looked up', GetCommand],
  ])(
    'by not answering %s, the request is answered before Lambda ends the function',
    async ([_what, kind], { service, key }) => {
      const client = intercepted(service.client, (command, send) =>
        command instanceof kind ? new Promise<never>(() => {}) : send(),
      );
      const waiting = { ...service.waiting, deadline: systemEffects().waiting.deadline };
      const handler = recordMessages({ ...service, client, waiting });
      const event = httpEvent({ route, key, json: { messages: [message] } });
      expect((await handler(event, lambdaContext(500))).statusCode).toBe(503);
    },
  );
});
