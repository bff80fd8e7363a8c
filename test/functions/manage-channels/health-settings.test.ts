import { describe, expect } from 'vitest';
import {
  DEFAULT_HEALTH_SETTINGS,
  HEALTH_SETTING_LIMITS,
} from '../../../functions/shared/domain/health-settings.ts';
import { ROUTES } from '../../../functions/shared/http/routes.ts';
import { healthSettingsKey } from '../../../functions/shared/store/items/health-settings.ts';
import { test as fixture } from '../../support/fixture.ts';
import {
  COMMON_HEADERS,
  call,
  READ_HEADERS,
  type TestAnswer,
  type TestRequest,
  WRITE_HEADERS,
} from '../../support/service/http-events.ts';
import { contentsOf, itemOf } from '../shared/store/table-contents.ts';

const test = fixture
  .extend('key', ({ service }) => service.addKey('manager', { scopes: ['stats:read', 'channels:write'] }))
  .extend(
    'get',
    ({ service, key }) =>
      (more: Partial<TestRequest> = {}): Promise<TestAnswer> =>
        call(service.manageChannels, { route: ROUTES.getHealthSettings, key, ...more }),
  )
  .extend(
    'put',
    ({ service, key }) =>
      (json: unknown, more: Partial<TestRequest> = {}): Promise<TestAnswer> =>
        call(service.manageChannels, { route: ROUTES.setHealthSettings, key, json, ...more }),
  );

const NAMES = Object.keys(DEFAULT_HEALTH_SETTINGS).join(', ');
const OF_JSON = { 'x-request-id': 'request-1', 'content-type': 'application/json' };

describe('the health settings of a peer', () => {
  test('are the defaults until they are set', async ({ get }) => {
    expect(await get()).toEqual({
      status: 200,
      headers: { ...READ_HEADERS, ...OF_JSON },
      body: DEFAULT_HEALTH_SETTINGS,
    });
  });

  test('are those that were set, and the defaults for the others', async ({ get, put }) => {
    const set = { inactiveAfterDays: 14, dropBelowPercent: 0, alerts: false };
    const expected = { status: 200, body: { ...DEFAULT_HEALTH_SETTINGS, ...set } };
    expect(await put(set)).toEqual({ ...expected, headers: { ...WRITE_HEADERS, ...OF_JSON } });
    expect(await get()).toEqual({ ...expected, headers: { ...READ_HEADERS, ...OF_JSON } });
    expect(await get({ peerId: 'peer_2' })).toMatchObject({ body: DEFAULT_HEALTH_SETTINGS });
  });

  test('are replaced as a whole: what is left out is the default again', async ({ table, get, put }) => {
    await put({ inactiveAfterDays: 14, leastMedian: 50 });
    const expected = { ...DEFAULT_HEALTH_SETTINGS, leastMedian: 5 };
    for (const _repetition of [1, 2]) expect(await put({ leastMedian: 5 })).toMatchObject({ body: expected });
    expect((await get()).body).toEqual(expected);
    expect(await itemOf(table, healthSettingsKey('peer_1'))).toEqual({
      ...healthSettingsKey('peer_1'),
      leastMedian: 5,
    });
    await put({});
    expect((await get()).body).toEqual(DEFAULT_HEALTH_SETTINGS);
  });

  test.for(Object.entries(HEALTH_SETTING_LIMITS))(
    '%s reaches from limit to limit',
    async ([name, limits], { put }) => {
      for (const value of [limits.least, limits.most]) {
        expect((await put({ [name]: value })).body).toEqual({ ...DEFAULT_HEALTH_SETTINGS, [name]: value });
      }
    },
  );

  test('cost one read, and one write', async ({ service, get, put }) => {
    await get();
    service.watched.calls.length = 0;
    await get();
    await put({});
    expect(service.watched.calls).toEqual(['GetCommand', 'PutCommand']);
  });
});

test('the log says who changed which settings, also where a repetition changes nothing', async ({
  service,
  put,
}) => {
  const after = { ...DEFAULT_HEALTH_SETTINGS, newForDays: 3 };
  for (const _repetition of [1, 2]) await put({ newForDays: 3 });
  const line = { requestId: 'request-1', keyId: 'manager', peerId: 'peer_1', given: ['newForDays'], after };
  expect(service.logged.filter(({ message }) => message !== 'request')).toEqual([
    {
      level: 'info',
      message: 'health settings changed',
      fields: { ...line, before: DEFAULT_HEALTH_SETTINGS },
    },
    { level: 'info', message: 'health settings changed', fields: { ...line, before: after } },
  ]);
});

describe('what is refused', () => {
  const invalid = (path: string, message: string) => ({
    code: 'invalid_request',
    message,
    details: [{ path, message }],
  });
  const outOfRange = Object.entries(HEALTH_SETTING_LIMITS).flatMap(([name, { least, most }]) =>
    [least - 1, most + 1].map((value): [string, unknown, object] => [
      `${name} ${value}`,
      { [name]: value },
      invalid(name, `${name} must be a whole number from ${least} to ${most}`),
    ]),
  );
  const noDays = invalid('inactiveAfterDays', 'inactiveAfterDays must be a whole number from 1 to 365');
  const noObject = invalid('body', `health settings must be an object with no other fields than ${NAMES}`);

  test.for<[string, unknown, object]>([
    ...outOfRange,
    ['half a day', { inactiveAfterDays: 1.5 }, noDays],
    ['days as a text', { inactiveAfterDays: '7' }, noDays],
    ['alerts as a text', { alerts: 'no' }, invalid('alerts', 'alerts must be true or false')],
    ['no days', { inactiveAfterDays: null }, noDays],
    [
      'an unknown setting',
      { inactiveAfterDays: 7, inactiveDays: 7 },
      invalid('inactiveDays', `inactiveDays is not a field of the body: there are ${NAMES}`),
    ],
    ['a list', [7], noObject],
    ['null', null, noObject],
  ])('%s', async ([_what, json, error], { service, put }) => {
    expect(await put(json)).toEqual({
      status: 400,
      headers: { ...COMMON_HEADERS, ...OF_JSON },
      body: { error: { ...error, status: 400, requestId: 'request-1' } },
    });
    expect(service.watched.calls).toEqual(['GetCommand']);
  });

  test.for<[string, Partial<TestRequest>, number, string]>([
    ['broken JSON', { body: '{"newForDays":' }, 400, 'the body must be JSON in UTF-8'],
    [
      'another content type',
      { json: {}, headers: { 'content-type': 'text/plain' } },
      415,
      'the content type must be application/json',
    ],
  ])('%s', async ([_what, request, status, message], { put }) => {
    expect(await put(undefined, request)).toMatchObject({ status, body: { error: { message } } });
  });

  test('keys without the scope, and those for another peer', async ({ table, service, get, put }) => {
    const reader = await service.addKey('reader', { scopes: ['stats:read', 'messages:write'] });
    const writer = await service.addKey('writer', { scopes: ['channels:write'] });
    const other = await service.addKey('other', { peers: ['peer_2'] });
    const before = await contentsOf(table);
    for (const wrong of [reader, other]) {
      expect(await put({ newForDays: 3 }, { key: wrong })).toMatchObject({ status: 403 });
    }
    for (const wrong of [writer, other]) expect(await get({ key: wrong })).toMatchObject({ status: 403 });
    expect(await contentsOf(table)).toEqual(before);
  });

  test('another method, with those that there are', async ({ service, key }) => {
    const path = '/api/v1/peer/peer_1/health-settings';
    expect(await call(service.usageApi, { method: 'DELETE', path, key })).toMatchObject({
      status: 405,
      headers: { allow: 'GET, HEAD, PUT' },
      body: { error: { message: 'this path allows GET, HEAD, PUT' } },
    });
  });
});
