import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { afterEach, expect, vi } from 'vitest';
import { parseFailedBatch } from '../../functions/redrive-records/failed-batches.ts';
import type { Message } from '../../functions/shared/domain/message.ts';
import { MessageStore } from '../../functions/shared/store/message-store.ts';
import { failedBatchDocument } from '../../local/aws/stream/failed-batches.ts';
import { forgetCommand } from '../../tools/commands/forget.ts';
import { batchesInFolder, takeOutOfBatches } from '../../tools/support/given-up-batches.ts';
import { oneConversation } from '../../tools/support/to-forget.ts';
import { streamRecord } from '../faults/history.ts';
import { test as fixture } from '../support/fixture.ts';
import { startS3 } from '../support/s3.ts';
import { startSts } from '../support/sts.ts';
import { runOn } from './tool-run.ts';

const NOW = Date.parse('2026-11-22T10:00:00.000Z');
const CONVERSATION = { peerId: 'p', conversationId: '+49 170 0000001' };
const PREFIX = 'aws/lambda/0f9a/shardId-1/2026/11/22/2026-11-22T10.00.00-';

const test = fixture
  .extend('objects', () => new Map<string, string>())
  /** What is called before each request to the bucket, by its method and key; it refuses by throwing. */
  .extend('judging', (): { judge: (method: string, key: string) => void } => ({ judge: () => {} }))
  .extend('onStage', async ({ database, objects, judging, onTestFinished }) => {
    const s3 = await startS3(objects, (method, key) => judging.judge(method, key));
    const sts = await startSts();
    onTestFinished(async () => {
      await s3.stop();
      await sts.stop();
    });
    vi.stubEnv('AWS_ENDPOINT_URL', database.endpoint);
    vi.stubEnv('AWS_ENDPOINT_URL_S3', s3.url);
    vi.stubEnv('AWS_ENDPOINT_URL_STS', sts.url);
    vi.stubEnv('AWS_REGION', 'local');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
  })
  .extend(
    'forget',
    ({ dependencies, onStage: _ }) =>
      (whom: readonly string[], bucket: readonly string[] = ['--bucket', 'failed']) => {
        const { usageTableName, messagesTableName, auditTableName } = dependencies.settings;
        const tables = ['--table', usageTableName, '--messages-table', messagesTableName];
        const options = ['--aws', ...tables, '--audit-table', auditTableName, ...bucket, '--yes'];
        return runOn(dependencies, forgetCommand, [...whom, ...options]);
      },
  );

const OF_CONVERSATION = ['--peer', CONVERSATION.peerId, '--conversation', CONVERSATION.conversationId];

afterEach(() => {
  vi.unstubAllEnvs();
});

function message(number: number, changes: Partial<Message> = {}): Message {
  const messageId = `message-${number}`;
  return {
    ...CONVERSATION,
    channelId: 'c',
    messageId,
    role: 'user',
    sentAt: NOW - number * 1_000,
    ...changes,
  };
}

function record(number: number, changes: Partial<Message> = {}): DynamoDBRecord {
  return streamRecord(message(number, changes), 1_000 + number, false);
}

const OTHER = { conversationId: `${CONVERSATION.conversationId}2` };

function batchOf(...records: DynamoDBRecord[]): string {
  return JSON.stringify(failedBatchDocument({ reason: 'RecordAgeExceeded', attempts: 3, records }, NOW));
}

function takenApart(...records: DynamoDBRecord[]): string {
  return JSON.stringify({ ...JSON.parse(batchOf(...records)), payload: { Records: records } });
}

function recordsIn(text: string | undefined): DynamoDBRecord[] | undefined {
  return parseFailedBatch(text ?? '')?.records;
}

test('records of a forgotten conversation are taken out of the batches of a bucket, and nothing else is', async ({
  objects,
  forget,
  dependencies,
  auditTable,
}) => {
  const [other, ofAnotherPeer] = [record(3, OTHER), record(4, { peerId: 'q' })];
  objects.set(`${PREFIX}a`, batchOf(record(1), record(2)));
  objects.set(`${PREFIX}b`, batchOf(record(1), other, ofAnotherPeer));
  objects.set(`${PREFIX}c`, takenApart(record(1), other));
  objects.set(`${PREFIX}d`, batchOf(other));
  objects.set(`${PREFIX}e`, '{}');
  const before = new Map(objects);
  const table = { client: dependencies.client, tableName: dependencies.settings.messagesTableName };
  await new MessageStore(table, 400).putIfNew(message(1));
  const { exitCode, stdout, stderr } = await forget(OF_CONVERSATION);
  expect({ exitCode, stdout }).toEqual({
    exitCode: 0,
    stdout: 'messages removed           1\nquarantine entries removed 0\nrecords given up removed   4\n',
  });
  expect([...objects.keys()]).toEqual(['b', 'c', 'd', 'e'].map((name) => `${PREFIX}${name}`));
  expect(recordsIn(objects.get(`${PREFIX}b`))).toEqual([other, ofAnotherPeer]);
  expect(recordsIn(objects.get(`${PREFIX}c`))).toEqual([other]);
  expect(JSON.parse(objects.get(`${PREFIX}b`) ?? '')).toMatchObject({
    timestamp: '2026-11-22T10:00:00.000Z',
    payload: expect.any(String),
  });
  for (const name of ['d', 'e']) expect(objects.get(`${PREFIX}${name}`)).toBe(before.get(`${PREFIX}${name}`));
  expect(stderr).toContain(
    '- documents among the batches that were given up, 1 that cannot be read: up to 30 days\n',
  );
  expect(stderr).toContain('- the stream of the messages table: up to 24 hours\n');
  expect(stderr).toContain(
    '- point-in-time backups of the messages table and the usage table: up to 35 days;',
  );
  const { Items: lines = [] } = await auditTable.client.send(
    new ScanCommand({ TableName: auditTable.tableName, ConsistentRead: true }),
  );
  expect(lines).toContainEqual(
    expect.objectContaining({ phase: 'done', counts: { messages: 1, quarantined: 0, givenUp: 4 } }),
  );
});

test('so are those of an erased peer, and both again after a restore', async ({ objects, forget }) => {
  const other = record(4, { peerId: 'q' });
  const name = `${PREFIX}a`;
  objects.set(name, batchOf(record(1), record(2, OTHER), other));
  expect(await forget(['--peer', 'p', '--all'])).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/\ngivenUp +removed +2\n/),
  });
  expect(recordsIn(objects.get(name))).toEqual([other]);
  await forget(['--peer', 'q', '--conversation', 'once more']);
  const ofNewPeer = record(5, { sentAt: NOW + 86_400_000 });
  const forgotten = record(6, { peerId: 'q', conversationId: 'once more' });
  objects.set(name, batchOf(record(1), other, ofNewPeer, forgotten));
  expect(await forget(['--register'])).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/\ngivenUp +removed +2\n/),
  });
  expect(recordsIn(objects.get(name))).toEqual([other, ofNewPeer]);
});

test('a batch that is fed back meanwhile is not put back, and one that changed is looked at again', async ({
  objects,
  judging,
  forget,
}) => {
  const other = record(3, OTHER);
  const [fedBack, changed] = [`${PREFIX}a`, `${PREFIX}b`];
  for (const name of [fedBack, changed]) objects.set(name, batchOf(record(1), record(2), other));
  let puts = 0;
  judging.judge = (method, key) => {
    if (method !== 'PUT') return;
    puts += 1;
    if (key === fedBack) objects.delete(key);
    else if (puts === 2) objects.set(key, batchOf(record(2), other));
  };
  expect(await forget(OF_CONVERSATION)).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('records given up removed   1\n'),
  });
  expect([...objects.keys()]).toEqual([changed]);
  expect(recordsIn(objects.get(changed))).toEqual([other]);
  expect(puts).toBe(3);
});

test.for<[refused: string, problem: string]>([
  ['GET', 'cannot be used: access is denied; s3:ListBucket, s3:GetObject and s3:DeleteObject are needed'],
  ['PUT', 'cannot be replaced: access is denied; s3:PutObject is needed'],
])(
  'where the bucket refuses %s, all else is forgotten, and it is said what stays',
  async ([refused, problem], { objects, judging, forget, dependencies }) => {
    objects.set(`${PREFIX}a`, batchOf(record(1), record(3, OTHER)));
    judging.judge = (method) => {
      if (method === refused) throw new Error('refused');
    };
    const table = { client: dependencies.client, tableName: dependencies.settings.messagesTableName };
    await new MessageStore(table, 400).putIfNew(message(1));
    const { exitCode, stdout, stderr } = await forget(OF_CONVERSATION);
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: 'messages removed           1\nquarantine entries removed 0\n',
    });
    expect(stderr).toMatch(/\n- batches that were given up \(.*\): up to 30 days\n/);
    expect(stderr).toContain(problem);
  },
);

test('whoever does not name the bucket is told what stays in it', async ({ forget, dependencies }) => {
  const { exitCode, stderr } = await forget(OF_CONVERSATION, []);
  expect({ exitCode, stderr }).toMatchObject({
    exitCode: 0,
    stderr: expect.stringContaining(
      '- batches that were given up (--bucket would say in which bucket they are): up to 30 days\n',
    ),
  });
  const elsewhere = ['--dynamodb-endpoint', 'http://127.0.0.1:1', '--bucket', 'failed', '--yes'];
  expect(await runOn(dependencies, forgetCommand, [...OF_CONVERSATION, ...elsewhere])).toEqual({
    exitCode: 1,
    stdout: '',
    stderr: 'error: --bucket needs --aws\n',
  });
});

test('a file that is fed back meanwhile is not put back either', async ({ folder }) => {
  const files = join(folder, 'failed-batches');
  await mkdir(files);
  await writeFile(join(files, 'a.json'), batchOf(record(1), record(3, OTHER)));
  await writeFile(join(files, 'b.json'), batchOf(record(1), record(3, OTHER)));
  const batches = batchesInFolder(files);
  const beside = {
    ...batches,
    replace: async (name: string, text: string, version: string) => {
      if (name === 'a.json') await batches.remove(name);
      return batches.replace(name, text, version);
    },
  };
  const taken = await takeOutOfBatches(beside, oneConversation(CONVERSATION));
  expect(taken).toEqual({ records: 1, unreadable: 0 });
  expect(await readdir(files)).toEqual(['b.json']);
  expect(recordsIn(await readFile(join(files, 'b.json'), 'utf8'))).toEqual([record(3, OTHER)]);
});
