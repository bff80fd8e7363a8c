import { expect } from 'vitest';
import { apiKeyRecordOf } from '../../../functions/shared/domain/api-key-text.ts';
import { DAY_MS } from '../../../functions/shared/domain/utc-day.ts';
import { ROUTES } from '../../../functions/shared/http/routes.ts';
import { ApiKeyStore } from '../../../functions/shared/store/api-key-store.ts';
import { keyAnswer } from '../../../functions/usage-api/get-key.ts';
import { test } from '../../support/fixture.ts';
import { call } from '../../support/service/http-events.ts';
import { keyText } from '../../support/service/test-service.ts';

const route = ROUTES.getKey;

test('a key learns what it may do, whatever its scopes', async ({ service }) => {
  const reader = await service.addKey('reader', { scopes: ['stats:read'], label: 'Dashboard' });
  expect(await call(service.usageApi, { route, key: reader })).toMatchObject({
    status: 200,
    body: { keyId: 'reader', scopes: ['stats:read'], peers: 'all', expiresAt: null, label: 'Dashboard' },
  });
  const writer = await service.addKey('writer', {
    scopes: ['messages:write'],
    peers: ['peer_2', 'peer_1'],
    expiresAtInstant: Date.parse('2027-01-01T00:00:00Z'),
  });
  expect((await call(service.usageApi, { route, key: writer })).body).toEqual({
    keyId: 'writer',
    scopes: ['messages:write'],
    peers: ['peer_2', 'peer_1'],
    expiresAt: '2027-01-01T00:00:00.000Z',
    limits: { messageRetentionDays: service.settings.messageRetentionDays, messagesPerRequest: 500 },
  });
  const nothing = await service.addKey('nothing', { scopes: [], peers: [] });
  expect(await call(service.usageApi, { route, key: nothing })).toMatchObject({
    status: 200,
    body: { scopes: [], peers: [] },
  });
});

test('the limits that it tells are those that recording keeps, and none where it may not record', async ({
  service,
}) => {
  const writer = await service.addKey('writer', { scopes: ['messages:write'] });
  const { limits } = keyAnswer.parse((await call(service.usageApi, { route, key: writer })).body);
  const { messageRetentionDays = 0, messagesPerRequest = 0 } = limits ?? {};
  const oldest = service.clock() - messageRetentionDays * DAY_MS;
  const record = (messages: object[]) =>
    call(service.recordMessages, {
      route: ROUTES.recordMessages,
      key: writer,
      json: { messages },
    });
  const message = (messageId: string, sentAt: number) => ({
    ...{ messageId, conversationId: 'c', channelId: 'direct', role: 'user' },
    sentAt: new Date(sentAt).toISOString(),
  });
  const most = Array.from({ length: messagesPerRequest }, (_, number) => message(`m${number}`, oldest));
  expect(await record(most)).toMatchObject({ status: 200, body: { recorded: messagesPerRequest } });
  expect(await record([...most, message('more', oldest)])).toMatchObject({ status: 400 });
  expect(await record([message('older', oldest - 1)])).toMatchObject({
    body: { recorded: 0, rejected: [{ code: 'too_old' }] },
  });
  const reader = await service.addKey('reader', { scopes: ['stats:read', 'messages:read'] });
  expect((await call(service.usageApi, { route, key: reader })).body).not.toHaveProperty('limits');
});

test('scopes of a later release are not named', async ({ service, table }) => {
  const key = keyText('newer');
  const record = apiKeyRecordOf(key, { scopes: ['stats:read'], peers: 'all' }, service.clock());
  await new ApiKeyStore(table).replace({ ...record, scopes: ['everything', 'stats:read'] });
  expect(await call(service.usageApi, { route, key })).toMatchObject({
    status: 200,
    body: { scopes: ['stats:read'] },
  });
});

test('a key that is none learns nothing', async ({ service }) => {
  await service.addKey('reader');
  const expired = await service.addKey('expired', { expiresAtInstant: service.clock() });
  for (const key of [undefined, expired, keyText('unknown')]) {
    const answer = await call(service.usageApi, { route, ...(key !== undefined && { key }) });
    expect(answer).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer' } });
  }
});
