import { describe, expect } from 'vitest';
import { makeShareLink } from '../../functions/shared/domain/api-key-text.ts';
import { DAY_MS } from '../../functions/shared/domain/utc-day.ts';
import { Authenticator } from '../../functions/shared/http/authentication.ts';
import { ApiKeyStore } from '../../functions/shared/store/api-key-store.ts';
import { ShareLinkStore } from '../../functions/shared/store/share-link-store.ts';
import { keysCommand } from '../../tools/commands/keys.ts';
import { test as fixture } from '../support/fixture.ts';
import { runOn, usageTableOf } from './tool-run.ts';

const NOW = '2026-11-22T10:00:00.000Z';

const test = fixture
  .extend(
    'store',
    ({ dependencies }) =>
      new ApiKeyStore({ client: dependencies.client, tableName: dependencies.settings.usageTableName }),
  )
  .extend(
    'keysElsewhere',
    ({ dependencies }) =>
      (...argumentsGiven: string[]) =>
        runOn(dependencies, keysCommand, argumentsGiven),
  )
  /** Runs the tool against this test's table; gives how it ended and what it said. */
  .extend(
    'keys',
    ({ database, dependencies, keysElsewhere }) =>
      (...argumentsGiven: string[]) =>
        keysElsewhere(...argumentsGiven, ...usageTableOf(database, dependencies)),
  )
  /** Makes a key and gives its text and its id. */
  .extend('made', ({ keys }) => async (...options: string[]): Promise<{ key: string; keyId: string }> => {
    const { stdout } = await keys('create', ...options);
    const key = stdout.trim();
    return { key, keyId: key.split('_')[1] ?? '' };
  });

describe('create', () => {
  test('prints the key alone, says what it allows, and stores no secret', async ({ store, keys }) => {
    const { exitCode, stdout, stderr } = await keys(
      'create',
      ...['--peers', 'p1,p2', '--scopes', 'stats:read,messages:write', '--expires', '90d', '--label', 'CI'],
    );
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^cua_[0-9a-f]{16}_[0-9a-f]{48}\n$/);
    const [, keyId = '', secret = ''] = stdout.trim().split('_');
    expect(stderr).toBe(
      `The key ${keyId} allows stats:read, messages:write for p1, p2, until 2027-02-20T10:00:00.000Z.\n` +
        'Keep it now: only a hash of it is stored, so that it cannot be shown again.\n',
    );
    expect(await store.list()).toEqual([
      {
        keyId,
        secretHash: expect.any(Uint8Array),
        scopes: ['stats:read', 'messages:write'],
        peers: ['p1', 'p2'],
        label: 'CI',
        createdAt: Date.parse(NOW),
        expiresAtInstant: Date.parse('2027-02-20T10:00:00.000Z'),
      },
    ]);
    expect(JSON.stringify(await store.list())).not.toContain(secret);
  });

  test('makes a key that works', async ({ dependencies, store, made }) => {
    const { key, keyId } = await made('--all-peers', '--scopes', 'stats:read');
    const authenticator = new Authenticator(store, dependencies.clock);
    expect(await authenticator.authenticate(`Bearer ${key}`)).toEqual({
      key: expect.objectContaining({ keyId, peers: 'all', scopes: ['stats:read'] }),
    });
  });

  test('makes a key that works until it expires', async ({ dependencies, store, made }) => {
    const { key, keyId } = await made('--all-peers', '--scopes', 'stats:read', '--expires', '2026-12-01');
    const authenticator = new Authenticator(store, dependencies.clock);
    dependencies.setClock('2026-11-30T23:59:59.999Z');
    expect(await authenticator.authenticate(`Bearer ${key}`)).toHaveProperty('key');
    dependencies.setClock('2026-12-01T00:00:00.000Z');
    expect(await authenticator.authenticate(`Bearer ${key}`)).toEqual({ refusal: 'expired', keyId });
  });

  test.for<[string, string[], RegExp]>([
    ['no peers', ['--scopes', 'stats:read'], /^error: a key needs peers/],
    ['peers of two kinds', ['--scopes', 'stats:read', '--peers', 'p', '--all-peers'], /does not go with/],
    ['no scopes', ['--all-peers'], /required option '--scopes <list>' not specified/],
    ['an unknown scope', ['--all-peers', '--scopes', 'admin'], /There is no scope "admin"/],
    ['an empty list', ['--peers', '', '--scopes', 'stats:read'], /The list has an empty place/],
    ['an end in the past', ['--all-peers', '--scopes', 'stats:read', '--expires', '0d'], /not in the future/],
    ['an unknown option', ['--all-peers', '--scopes', 'stats:read', '--admin'], /unknown option '--admin'/],
  ])('refuses %s, and stores nothing', async ([_, options, reason], { store, keys }) => {
    const { exitCode, stdout, stderr } = await keys('create', ...options);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(reason);
    expect(await store.list()).toEqual([]);
  });
});

describe('list', () => {
  test('shows every key with its state, the oldest first, and no secret or hash', async ({
    dependencies,
    keys,
    made,
  }) => {
    const first = await made('--peers', 'p1,p2,p3,p4,p5', '--scopes', 'stats:read,messages:write');
    dependencies.setClock('2026-11-22T10:01:00.000Z');
    const second = await made('--all-peers', '--scopes', 'stats:read', '--label', 'CI', '--expires', '1d');
    dependencies.setClock('2026-11-22T10:02:00.000Z');
    const third = await made('--peers', 'p1', '--scopes', 'channels:write', '--expires', '2027-01-01');
    await keys('revoke', third.keyId);
    dependencies.setClock('2026-11-23T10:01:00.000Z');
    expect(await keys('list')).toEqual({
      exitCode: 0,
      stdout: [
        'KEY ID            KIND  LABEL  SCOPES                     PEERS                CREATED            EXPIRES            STATE',
        `${first.keyId}  key   -      stats:read,messages:write  p1,p2,p3 and 2 more  2026-11-22 10:00Z  never              active`,
        `${second.keyId}  key   CI     stats:read                 all                  2026-11-22 10:01Z  2026-11-23 10:01Z  expired`,
        `${third.keyId}  key   -      channels:write             p1                   2026-11-22 10:02Z  2027-01-01 00:00Z  revoked`,
        '',
      ].join('\n'),
      stderr: '',
    });
    const { stdout } = await keys('list', '--json');
    expect(JSON.parse(stdout)).toEqual([
      {
        keyId: first.keyId,
        kind: 'key',
        scopes: ['stats:read', 'messages:write'],
        peers: ['p1', 'p2', 'p3', 'p4', 'p5'],
        createdAt: '2026-11-22T10:00:00.000Z',
        state: 'active',
      },
      {
        keyId: second.keyId,
        kind: 'key',
        label: 'CI',
        scopes: ['stats:read'],
        peers: 'all',
        createdAt: '2026-11-22T10:01:00.000Z',
        expiresAt: '2026-11-23T10:01:00.000Z',
        state: 'expired',
      },
      {
        keyId: third.keyId,
        kind: 'key',
        scopes: ['channels:write'],
        peers: ['p1'],
        createdAt: '2026-11-22T10:02:00.000Z',
        expiresAt: '2027-01-01T00:00:00.000Z',
        revokedAt: '2026-11-22T10:02:00.000Z',
        state: 'revoked',
      },
    ]);
  });

  test('shows share links as what they are, and revokes them', async ({
    dependencies,
    table,
    keys,
    store,
  }) => {
    const wanted = { peerId: 'p1', label: 'Board', expiresAtInstant: dependencies.clock() + DAY_MS };
    const { record } = makeShareLink(wanted, dependencies.clock(), dependencies.randomBytes);
    const links = new ShareLinkStore(table);
    await links.add(record, dependencies.clock());
    expect((await keys('list')).stdout.split('\n')[1]).toBe(
      `${record.keyId}  share link  Board  stats:read  p1     2026-11-22 10:00Z  2026-11-23 10:00Z  active`,
    );
    expect(await keys('revoke', record.keyId)).toMatchObject({ exitCode: 0 });
    expect(await links.list('p1')).toEqual([]);
    expect((await store.read(record.keyId))?.revokedAt).toBe(dependencies.clock());
    expect(await keys('revoke', record.keyId)).toMatchObject({
      stderr: expect.stringContaining('was revoked before'),
    });
    expect(await keys('revoke', 'link0000000000000000')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('there is no key'),
    });
    expect(await keys('list', '--json')).toMatchObject({
      stdout: expect.stringContaining('"kind": "share link"'),
    });
  });

  test('says where there are none', async ({ keys }) => {
    expect(await keys('list')).toEqual({ exitCode: 0, stdout: '', stderr: 'There are no API keys.\n' });
    expect(await keys('list', '--json')).toEqual({ exitCode: 0, stdout: '[]\n', stderr: '' });
  });
});

describe('revoke', () => {
  test('stops a key that is in use within 60 seconds', async ({ dependencies, store, keys, made }) => {
    const { key, keyId } = await made('--all-peers', '--scopes', 'stats:read');
    const authenticator = new Authenticator(store, dependencies.clock);
    expect(await authenticator.authenticate(`Bearer ${key}`)).toHaveProperty('key');
    expect(await keys('revoke', keyId)).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: `The key ${keyId} is revoked: it stops working within 60 seconds.\n`,
    });
    dependencies.setClock('2026-11-22T10:01:00.000Z');
    expect(await authenticator.authenticate(`Bearer ${key}`)).toEqual({ refusal: 'revoked', keyId });
  });

  test('says that a key was revoked before', async ({ keys, made }) => {
    const { keyId } = await made('--all-peers', '--scopes', 'stats:read');
    await keys('revoke', keyId);
    expect(await keys('revoke', keyId)).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: `The key ${keyId} was revoked before.\n`,
    });
  });

  test('takes a whole key too, and does not repeat its secret', async ({ keys, made }) => {
    const { key, keyId } = await made('--all-peers', '--scopes', 'stats:read');
    expect((await keys('revoke', key)).stderr).toMatch(`The key ${keyId} is revoked`);
    const unknown = await keys('revoke', `cua_nobody_${'s'.repeat(32)}`);
    expect(unknown.stderr).toBe('error: there is no key nobody; list shows those that there are\n');
  });

  test('refuses an unknown id', async ({ store, keys }) => {
    expect(await keys('revoke', 'nobody')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'error: there is no key nobody; list shows those that there are\n',
    });
    expect(await store.list()).toEqual([]);
  });
});

describe('where the data is', () => {
  test('a table that is not there is an error in a line', async ({ database, keysElsewhere }) => {
    expect(
      await keysElsewhere('list', '--dynamodb-endpoint', database.endpoint, '--table', 'nowhere'),
    ).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `error: nowhere in ${database.endpoint} cannot be used: there is no such table\n`,
    });
  });

  test('so is a database that does not answer', async ({ keysElsewhere }) => {
    const { exitCode, stderr } = await keysElsewhere('list', '--dynamodb-endpoint', 'http://127.0.0.1:9');
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: 'error: channel-usage in http://127.0.0.1:9 cannot be used: ECONNREFUSED\n',
    });
  });

  test.for<[string, string[], RegExp]>([
    ['AWS without a table', ['--aws'], /^error: --aws needs --table/],
    [
      'AWS and another DynamoDB',
      ['--aws', '--table', 't', '--dynamodb-endpoint', 'http://127.0.0.1:9'],
      /^error: --aws does not go with --dynamodb-endpoint\n$/,
    ],
    ['an endpoint that is none', ['--dynamodb-endpoint', 'localhost'], /An endpoint is a URL such as/],
    ['a folder without data', ['--data', '/nowhere'], /^error: there is no data in \/nowhere: run npm start/],
  ])('%s is refused', async ([_, options, reason], { keysElsewhere }) => {
    const { exitCode, stderr } = await keysElsewhere('list', ...options);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(reason);
  });
});

test('help tells the commands, and is no failure', async ({ keysElsewhere }) => {
  const { exitCode, stdout } = await keysElsewhere('--help');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/create.*\n.*list.*\n.*revoke/s);
});
