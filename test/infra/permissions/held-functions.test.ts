import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { GetCommand, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import { manageChannels } from '../../../functions/manage-channels/manage-channels.ts';
import { HASH_SECRET_KEY } from '../../../functions/shared/store/items/hash-secret.ts';
import { FUNCTION_FOLDERS } from '../../../infra/bundling.ts';
import { test } from '../../support/fixture.ts';
import { held } from '../../support/permissions/held-client.ts';
import * as heldFunctions from '../../support/permissions/held-functions.ts';
import { takeRefusals } from '../../support/permissions/judgement.ts';
import { REDIRECTED, redirectionOf } from '../../support/permissions/redirection.ts';

const REPOSITORY = join(import.meta.dirname, '../../..');
const USAGE_API = join(REPOSITORY, 'functions/usage-api/usage-api.ts');
const HELD = join(REPOSITORY, 'test/support/permissions/held-functions.ts');

test('a call that the policy does not allow fails, and fails the test even where its error is caught', async ({
  dependencies,
}) => {
  const { client, settings } = held('usage-api', dependencies);
  const TableName = settings.usageTableName;
  const peerKey = { pk: 'PEER#p', sk: 's' };
  const refused = [
    () => client.send(new PutCommand({ TableName, Item: { pk: 'API_KEY', sk: 'k' } })),
    () => client.send(new GetCommand({ TableName, Key: HASH_SECRET_KEY })),
    () => client.send(new GetCommand({ TableName: settings.messagesTableName, Key: peerKey })),
    () => client.send(new GetCommand({ TableName: 'another', Key: peerKey })),
    () => client.send(new ScanCommand({ TableName })),
  ];
  for (const send of refused) {
    await expect(send()).rejects.toThrow(expect.objectContaining({ name: 'AccessDeniedException' }));
  }
  expect(takeRefusals()).toEqual([
    expect.stringMatching(/^usage-api may not do dynamodb:PutItem on StorageUsage\w+\.Arn in API_KEY$/),
    expect.stringMatching(/^usage-api may not do dynamodb:GetItem on StorageUsage\w+\.Arn in HASH_SECRET$/),
    expect.stringMatching(/^usage-api may not do dynamodb:GetItem on StorageMessages\w+\.Arn in PEER#p$/),
    'usage-api sends a GetItem that is not understood: another is none of its tables',
    'usage-api sends a ScanCommand that is not understood: it is not known which permissions ScanCommand needs',
  ]);
});

test('what tests import makes functions that are held', () => {
  expect(manageChannels).toBe(heldFunctions.manageChannels);
});

test.for<[string, string, string | undefined]>([
  ['a test', 'test/functions/some.test.ts', HELD],
  ['what tests stand on', 'test/support/service/test-service.ts', HELD],
  ['the local host', 'local/host/host.ts', HELD],
  ['a tool, which has permissions of its own', 'tools/commands/snapshot.ts', undefined],
  ['a function', 'functions/usage-api/handler.ts', undefined],
  ['what holds them', 'test/support/permissions/held-functions.ts', undefined],
])('%s gets functions that are held, or not', ([_who, importer, expected]) => {
  expect(redirectionOf(USAGE_API, join(REPOSITORY, importer))).toBe(expected);
});

test('every function is held, with everything that its module exports', async () => {
  const names = await Promise.all(
    // Their paths are not known to Vite, which would redirect them.
    REDIRECTED.map(async (path) => Object.keys(await import(/* @vite-ignore */ pathToFileURL(path).href))),
  );
  expect(Object.keys(heldFunctions).sort()).toEqual(names.flat().sort());
  const folders = REDIRECTED.map((path) => basename(path, '.ts'));
  expect(folders).toEqual(expect.arrayContaining([...FUNCTION_FOLDERS]));
});
