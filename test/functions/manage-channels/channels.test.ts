import { TransactionConflictException } from '@aws-sdk/client-dynamodb';
import { TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect } from 'vitest';
import { manageChannels } from '../../../functions/manage-channels/manage-channels.ts';
import type { ApiKeyGrant } from '../../../functions/shared/domain/api-key.ts';
import type { HttpHandler } from '../../../functions/shared/http/http.ts';
import { ROUTES } from '../../../functions/shared/http/routes.ts';
import { channelCountKey } from '../../../functions/shared/store/items/channel-count.ts';
import { directoryKey } from '../../../functions/shared/store/items/peer-directory-entry.ts';
import { intercepted } from '../../support/database/intercepted-client.ts';
import { test as fixture } from '../../support/fixture.ts';
import {
  COMMON_HEADERS,
  call,
  READ_HEADERS,
  type TestAnswer,
  type TestRequest,
  WRITE_HEADERS,
} from '../../support/service/http-events.ts';
import { DASHBOARD_URL, NOW } from '../../support/service/test-service.ts';
import { contentsOf, itemOf, putRaw } from '../shared/store/table-contents.ts';

const test = fixture
  .extend('key', ({ service }) => service.addKey('manager', { scopes: ['stats:read', 'channels:write'] }))
  .extend(
    'put',
    ({ service, key }) =>
      (
        channelId: string,
        json: unknown,
        { handler = service.manageChannels, ...more }: Partial<TestRequest> & { handler?: HttpHandler } = {},
      ): Promise<TestAnswer> =>
        call(handler, { route: ROUTES.setChannel, key, channelId, json, ...more }),
  )
  .extend('list', ({ service, key }) => async (peerId = 'peer_1'): Promise<unknown> => {
    const { status, body } = await call(service.manageChannels, { route: ROUTES.listChannels, key, peerId });
    expect(status).toBe(200);
    return body;
  })
  /** Counts a message, as the stream function would. */
  .extend(
    'count',
    ({ service }) =>
      async (channelId: string, messageId: string, details = {}): Promise<void> => {
        const sentAt = service.clock();
        await service.count([
          { peerId: 'peer_1', conversationId: 'c', messageId, channelId, sentAt, ...details },
        ]);
      },
  )
  /** The lines that were logged, other than those of the requests themselves. */
  .extend(
    'audited',
    ({ service }) =>
      () =>
        service.logged.filter(({ message }) => message !== 'request'),
  );

const OF_JSON = { 'x-request-id': 'request-1', 'content-type': 'application/json' };

const registered = { status: 'enabled', registeredAt: NOW };

describe('the list of channels', () => {
  test('is empty for a peer of which nothing is known', async ({ list }) => {
    expect(await list('nobody')).toEqual({ channels: [] });
  });

  test('has every channel of the peer, whatever its status, by id, as it is shown elsewhere', async ({
    service,
    key,
    put,
    count,
  }) => {
    await count('integration_b', '1', { channelName: 'Support', galleryKey: 'slack' });
    await count('direct', '2');
    await count('integration_B', '3', { galleryKey: 'WhatsApp' });
    await put('integration_a', { status: 'removed', galleryKey: 'telegram' });
    await put('integration_b', { status: 'disabled', channelName: 'Desk' });
    await put('a#1%23/ü', {});
    await put('other', {}, { peerId: 'peer_1#USAGE' });
    const { status, headers, body } = await call(service.manageChannels, { route: ROUTES.listChannels, key });
    expect({ status, headers }).toEqual({ status: 200, headers: { ...READ_HEADERS, ...OF_JSON } });
    expect(JSON.stringify(body)).toBe(
      '{"channels":[' +
        `{"channelId":"a#1%23/ü","channelName":"a#1%23/ü","status":"enabled","registeredAt":"${NOW}"},` +
        `{"channelId":"direct","channelName":"Direct/Web","status":"enabled","registeredAt":"${NOW}"},` +
        `{"channelId":"integration_B","channelName":"WhatsApp","galleryKey":"WhatsApp","status":"enabled","registeredAt":"${NOW}"},` +
        `{"channelId":"integration_a","channelName":"Telegram","galleryKey":"telegram","status":"removed","registeredAt":"${NOW}"},` +
        `{"channelId":"integration_b","channelName":"Desk","galleryKey":"slack","status":"disabled","registeredAt":"${NOW}"}` +
        ']}',
    );
  });

  test('costs one query', async ({ service, list }) => {
    await list();
    service.watched.calls.length = 0;
    await list();
    expect(service.watched.calls).toEqual(['QueryCommand']);
  });
});

describe('setting a channel', () => {
  test('that is not there registers it, with a 201, and lists its peer', async ({ table, put, list }) => {
    const { status, headers, body } = await put('integration_1', {
      channelName: 'Desk',
      galleryKey: 'email',
      status: 'disabled',
    });
    const channel = {
      channelId: 'integration_1',
      channelName: 'Desk',
      galleryKey: 'email',
      status: 'disabled',
      registeredAt: NOW,
    };
    expect({ status, headers, body }).toEqual({
      status: 201,
      headers: { ...WRITE_HEADERS, ...OF_JSON },
      body: channel,
    });
    expect(await list()).toEqual({ channels: [channel] });
    expect(await itemOf(table, channelCountKey('peer_1'))).toHaveProperty('channelCount', 1);
    expect(await itemOf(table, directoryKey('peer_1'))).toEqual(directoryKey('peer_1'));
  });

  test('with an empty object registers it as it is, and changes nothing where it is there', async ({
    table,
    service,
    put,
  }) => {
    const channel = { channelId: 'api', channelName: 'API', ...registered };
    expect(await put('api', {})).toMatchObject({ status: 201, body: channel });
    await put('api', { status: 'removed', channelName: 'Partners', galleryKey: 'custom' });
    const before = await contentsOf(table);
    service.setClock('2026-11-23T00:00:00.000Z');
    expect(await put('api', {})).toMatchObject({
      status: 200,
      body: {
        channelId: 'api',
        channelName: 'Partners',
        galleryKey: 'custom',
        status: 'removed',
        registeredAt: NOW,
      },
    });
    expect(await contentsOf(table)).toEqual(before);
  });

  test('sets what is given, takes away what is null, and leaves the rest as it is', async ({
    put,
    count,
  }) => {
    await count('c', '1', { channelName: 'Support', galleryKey: 'slack' });
    const shown = async (json: object) => {
      const { status, body } = await put('c', json);
      expect(status).toBe(200);
      const { channelId, registeredAt, ...rest } = Object(body);
      expect({ channelId, registeredAt }).toEqual({ channelId: 'c', registeredAt: NOW });
      return rest;
    };
    const fromMessages = { channelName: 'Support', galleryKey: 'slack' };
    expect(await shown({})).toEqual({ ...fromMessages, status: 'enabled' });
    expect(await shown({ channelName: null, galleryKey: null })).toEqual({
      ...fromMessages,
      status: 'enabled',
    });
    expect(await shown({ channelName: 'Desk' })).toEqual({
      channelName: 'Desk',
      galleryKey: 'slack',
      status: 'enabled',
    });
    const all = { channelName: 'Desk', galleryKey: 'email', status: 'disabled' };
    expect(await shown({ galleryKey: 'email', status: 'disabled' })).toEqual(all);
    expect(await shown({ galleryKey: 'email', status: 'disabled' })).toEqual(all);
    expect(await shown({ channelName: null, status: 'removed' })).toEqual({
      channelName: 'Support',
      galleryKey: 'email',
      status: 'removed',
    });
    expect(await shown({ galleryKey: null })).toEqual({ ...fromMessages, status: 'removed' });
    expect(await shown({ status: 'enabled' })).toEqual({ ...fromMessages, status: 'enabled' });
  });

  test('shows the default names where the registry and the messages have none', async ({ put }) => {
    await put('webchat', { channelName: 'Site' });
    expect(await put('webchat', { channelName: null })).toMatchObject({ body: { channelName: 'WebChat' } });
    await put('i', { galleryKey: 'whatsapp' });
    expect(await put('i', { channelName: null })).toMatchObject({ body: { channelName: 'WhatsApp' } });
    const { body } = await put('i', { galleryKey: null });
    expect(body).toEqual({ channelId: 'i', channelName: 'i', ...registered });
  });

  test('leaves alone what counting keeps in the same item', async ({ table, put, count }) => {
    await count('c', '1', { channelName: 'Support' });
    const before = (await contentsOf(table)).find(({ sk }) => sk === 'USAGE#CHANNEL#c');
    await put('c', { channelName: 'Desk', status: 'disabled' });
    const after = (await contentsOf(table)).find(({ sk }) => sk === 'USAGE#CHANNEL#c');
    expect(after).toEqual({ ...before, registryName: 'Desk', status: 'disabled' });
  });

  test('takes names up to their limits', async ({ put }) => {
    for (const channelName of ['x'.repeat(128), '😀'.repeat(64), 'a b', 'null', '<b>&"']) {
      expect(await put('c', { channelName })).toMatchObject({ body: { channelName } });
    }
  });

  test('costs one write where it is there, and three reads and three writes where it is not', async ({
    service,
    put,
    list,
  }) => {
    await list();
    service.watched.calls.length = 0;
    await put('c', { channelName: 'Desk' });
    expect(service.watched.calls).toEqual([
      ...['UpdateCommand', 'PutCommand'],
      // How many channels there are, whether somebody else has registered it, and whether the peer, which has none, was
      // erased: then the next number is its own.
      ...['GetCommand', 'TransactGetCommand', 'GetCommand', 'TransactWriteCommand'],
    ]);
    service.watched.calls.length = 0;
    await put('c', { channelName: null });
    expect(service.watched.calls).toEqual(['UpdateCommand']);
  });
});

describe('the log', () => {
  const line = { requestId: 'request-1', keyId: 'manager', peerId: 'peer_1', channelId: 'c' };

  test('says who registered a channel', async ({ put, audited }) => {
    await put('c', { channelName: 'Personal name', galleryKey: 'email' });
    expect(audited()).toEqual([
      {
        level: 'info',
        message: 'channel registered',
        fields: {
          ...line,
          given: ['channelName', 'galleryKey'],
          after: { status: 'enabled', galleryKey: 'email' },
        },
      },
    ]);
  });

  test('says who changed what of a channel, also where a repetition changes nothing', async ({
    put,
    count,
    audited,
  }) => {
    await count('c', '1', { galleryKey: 'slack' });
    await put('c', { channelName: 'Personal name', status: 'disabled' });
    await put('c', { status: 'disabled', galleryKey: 'email' });
    await put('c', { status: 'disabled', galleryKey: 'email' });
    await put('c', { galleryKey: null });
    const changed = (given: string[], before: object, after: object) => ({
      level: 'info',
      message: 'channel changed',
      fields: { ...line, given, before, after },
    });
    const disabled = { status: 'disabled' };
    const email = { status: 'disabled', galleryKey: 'email' };
    expect(audited()).toEqual([
      changed(['channelName', 'status'], { status: 'enabled' }, disabled),
      changed(['galleryKey', 'status'], disabled, email),
      changed(['galleryKey', 'status'], email, email),
      changed(['galleryKey'], email, disabled),
    ]);
  });

  test('says nothing of what was only read or refused', async ({ service, put, list, audited }) => {
    await list();
    await put('c', { status: 'gone' });
    await put('c', {}, { key: await service.addKey('reader', { scopes: ['stats:read'] }) });
    expect(audited()).toEqual([]);
  });
});

describe('a peer with 500 channels', () => {
  test.beforeEach(async ({ table, put }) => {
    await put('c', {});
    await putRaw(table, { ...channelCountKey('peer_1'), channelCount: 499 });
    await put('the last one', { status: 'removed' });
  });

  test('gets no other one, and nothing is written', async ({ table, service, put, audited }) => {
    const before = await contentsOf(table);
    service.logged.length = 0;
    const { status, headers, body } = await put('one more', { channelName: 'Desk' });
    expect({ status, headers, body }).toEqual({
      status: 409,
      headers: { ...COMMON_HEADERS, ...OF_JSON },
      body: {
        error: {
          code: 'too_many_channels',
          message: 'a peer has at most 500 channels, removed ones included',
          status: 409,
          requestId: 'request-1',
        },
      },
    });
    expect(await contentsOf(table)).toEqual(before);
    expect(audited()).toEqual([]);
  });

  test('can have those changed that are there, and another peer has room', async ({ put }) => {
    expect(await put('c', { status: 'disabled' })).toMatchObject({ status: 200 });
    expect(await put('the last one', { status: 'enabled' })).toMatchObject({ status: 200 });
    expect(await put('one more', {}, { peerId: 'peer_2' })).toMatchObject({ status: 201 });
  });
});

describe('what is refused', () => {
  const invalid = (path: string, message: string) => ({
    code: 'invalid_request',
    message,
    details: [{ path, message }],
  });
  const noStatus = invalid('status', 'status must be one of enabled, disabled, removed');
  const noObject = invalid(
    'body',
    'the body must be an object with any of channelName, galleryKey and status',
  );
  const tooLong = (name: string) => invalid(name, `${name} must have at most 128 characters`);

  test.for<[string, Partial<TestRequest>, number, object]>([
    ['an unknown status', { json: { status: 'paused' } }, 400, noStatus],
    ['no status', { json: { status: null } }, 400, noStatus],
    ['a name of 300 characters', { json: { channelName: 'n'.repeat(300) } }, 400, tooLong('channelName')],
    ['a kind of 129 characters', { json: { galleryKey: 'g'.repeat(129) } }, 400, tooLong('galleryKey')],
    [
      'a name of 100 characters in 300 bytes',
      { json: { channelName: '€'.repeat(100) } },
      400,
      invalid('channelName', 'channelName must have at most 256 bytes in UTF-8'),
    ],
    [
      'an empty name',
      { json: { channelName: '' } },
      400,
      invalid('channelName', 'channelName must not be empty'),
    ],
    [
      'a name with a line break',
      { json: { channelName: 'De\nsk' } },
      400,
      invalid('channelName', 'channelName must not contain control characters'),
    ],
    [
      'a kind with a null byte',
      { json: { galleryKey: 'slack\u0000' } },
      400,
      invalid('galleryKey', 'galleryKey must not contain control characters'),
    ],
    [
      'half of a surrogate pair',
      { json: { channelName: '\ud83d' } },
      400,
      invalid('channelName', 'channelName must be well-formed Unicode'),
    ],
    [
      'a number for a name',
      { json: { channelName: 7 } },
      400,
      invalid('channelName', 'channelName must be a string'),
    ],
    [
      'an unknown field',
      { json: { name: 'Desk', status: 'enabled' } },
      400,
      invalid('name', 'name is not a field of the body: there are channelName, galleryKey, status'),
    ],
    [
      'a field that only reads',
      { json: { registeredAt: NOW } },
      400,
      invalid(
        'registeredAt',
        'registeredAt is not a field of the body: there are channelName, galleryKey, status',
      ),
    ],
    [
      'two unknown fields and a wrong one',
      { json: { status: 'gone', a: 1, b: 2 } },
      400,
      {
        code: 'invalid_request',
        message: `${noStatus.message}; a is not a field of the body: there are channelName, galleryKey, status; b is not a field of the body: there are channelName, galleryKey, status`,
        details: [
          ...noStatus.details,
          ...invalid('a', 'a is not a field of the body: there are channelName, galleryKey, status').details,
          ...invalid('b', 'b is not a field of the body: there are channelName, galleryKey, status').details,
        ],
      },
    ],
    [
      'a field that every object has',
      { body: '{"__proto__":{"status":"removed"}}' },
      400,
      invalid('__proto__', '__proto__ is not a field of the body: there are channelName, galleryKey, status'),
    ],
    ['a list', { json: [] }, 400, noObject],
    ['null', { json: null }, 400, noObject],
    ['a text', { json: 'disabled' }, 400, noObject],
    ['broken JSON', { body: '{"status":' }, 400, invalid('body', 'the body must be JSON in UTF-8')],
    [
      'no body',
      { headers: { 'content-type': 'application/json' } },
      400,
      invalid('body', 'the body must be JSON in UTF-8'),
    ],
    [
      'another content type',
      { json: {}, headers: { 'content-type': 'text/plain' } },
      415,
      { code: 'unsupported_media_type', message: 'the content type must be application/json' },
    ],
    [
      'a body of more than a megabyte',
      { json: { channelName: 'n'.repeat(1_048_576) } },
      413,
      {
        code: 'payload_too_large',
        message: 'the body must have at most 1048576 bytes, also once it is decompressed',
      },
    ],
    ['a channel id of 300 characters', { json: {}, channelId: 'c'.repeat(300) }, 400, tooLong('channelId')],
    [
      'a channel id with a control character',
      { json: {}, channelId: 'c\u0007' },
      400,
      invalid('channelId', 'channelId must not contain control characters'),
    ],
    [
      'a peer id with a control character',
      { json: {}, peerId: 'p\u0007' },
      400,
      invalid('peerId', 'peerId must not contain control characters'),
    ],
  ])('%s', async ([_title, request, status, error], { service, put }) => {
    service.watched.calls.length = 0;
    const answer = await put('c', undefined, request);
    expect(answer).toEqual({
      status,
      headers: { ...COMMON_HEADERS, ...OF_JSON },
      body: { error: { ...error, status, requestId: 'request-1' } },
    });
    expect(service.watched.calls).toEqual(['GetCommand']);
  });

  test.for<[string, Partial<ApiKeyGrant>, string]>([
    [
      'without channels:write',
      { scopes: ['stats:read', 'messages:write'] },
      'the API key does not have the scope channels:write',
    ],
    ['for another peer', { peers: ['peer_2'] }, 'the API key does not allow access to this peer'],
  ])('a key %s', async ([_what, grant, message], { service, put, list }) => {
    const other = await service.addKey('other', grant);
    expect(await put('c', {}, { key: other })).toMatchObject({
      status: 403,
      body: { error: { code: 'forbidden', message } },
    });
    expect(await list()).toEqual({ channels: [] });
  });

  test('a key without stats:read, for the list, and one for another peer', async ({ service }) => {
    const writer = await service.addKey('writer', { scopes: ['channels:write'] });
    const other = await service.addKey('other', { peers: ['peer_2'] });
    for (const wrong of [writer, other]) {
      const request = { route: ROUTES.listChannels, key: wrong };
      expect(await call(service.manageChannels, request)).toMatchObject({ status: 403 });
    }
  });

  test.for<[method: string, path: string, allow: string]>([
    ['GET', '/api/v1/peer/peer_1/channels/c', 'PUT'],
    ['PUT', '/api/v1/peer/peer_1/channels', 'GET, HEAD'],
    ['DELETE', '/api/v1/peer/peer_1/channels/c', 'PUT'],
  ])('%s %s, with the method that there is', async ([method, path, allow], { service, key }) => {
    expect(await call(service.usageApi, { method, path, key })).toMatchObject({
      status: 405,
      headers: { allow },
      body: { error: { message: `this path allows ${allow}` } },
    });
  });
});

describe('where DynamoDB does not answer as one would like', () => {
  test('others in the way are waited for', async ({ service, put, list }) => {
    let conflicts = 3;
    const client = intercepted(service.client, async (command, send) => {
      const isWrite = command instanceof UpdateCommand || command instanceof TransactWriteCommand;
      if (isWrite && conflicts-- > 0) throw new TransactionConflictException({ message: '', $metadata: {} });
      return send();
    });
    const handler = manageChannels({ ...service, client }, () => DASHBOARD_URL);
    expect(await put('c', { channelName: 'Desk' }, { handler })).toMatchObject({ status: 201 });
    expect(await list()).toEqual({ channels: [{ channelId: 'c', channelName: 'Desk', ...registered }] });
  });

  test.for<[what: string, kind: string, peerId: string, repeated: number]>([
    ['an update', 'UpdateCommand', 'peer_1', 200],
    ['the entry in the directory', 'PutCommand', 'peer_2', 201],
    ['the registration', 'TransactWriteCommand', 'peer_2', 200],
  ])(
    'after a lost answer to %s the same request leaves the same channel, and is logged',
    async ([_what, kind, peerId, repeated], { table, service, put, list, audited }) => {
      await put('c', { channelName: 'Desk', galleryKey: 'email' });
      service.logged.length = 0;
      let isLost = false;
      const client = intercepted(service.client, async (command, send) => {
        const answer = await send();
        if (command.constructor.name !== kind || isLost) return answer;
        isLost = true;
        throw Object.assign(new Error('the connection was lost'), { $metadata: {} });
      });
      const handler = manageChannels({ ...service, client }, () => DASHBOARD_URL);
      const change = { channelName: 'Counter', galleryKey: null, status: 'disabled' };
      expect(await put('c', change, { handler, peerId })).toMatchObject({ status: 503 });
      expect(audited()).toEqual([]);

      const channel = { channelId: 'c', channelName: 'Counter', status: 'disabled', registeredAt: NOW };
      const { status, body } = await put('c', change, { handler, peerId });
      expect({ status, body }).toEqual({ status: repeated, body: channel });
      expect(audited()).toEqual([
        expect.objectContaining({
          message: repeated === 201 ? 'channel registered' : 'channel changed',
          fields: expect.objectContaining({
            peerId,
            given: ['channelName', 'galleryKey', 'status'],
            after: { status: 'disabled' },
          }),
        }),
      ]);
      expect(await list(peerId)).toEqual({ channels: [channel] });
      expect(await itemOf(table, channelCountKey(peerId))).toHaveProperty('channelCount', 1);
    },
  );

  test('a peer whose registration broke off is listed, and has no channel', async ({
    table,
    service,
    put,
  }) => {
    service.watched.failWith = (command) =>
      command instanceof TransactWriteCommand ? new Error('the process ends here') : undefined;
    expect(await put('c', {})).toMatchObject({ status: 500 });
    const left = (await contentsOf(table)).filter(({ pk }) => pk !== 'API_KEY');
    expect(left).toEqual([directoryKey('peer_1')]);
  });
});
