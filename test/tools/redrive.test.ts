import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { afterEach, expect, vi } from 'vitest';
import { type BucketObjects, FailedBatchesInBucket } from '../../functions/redrive-records/bucket.ts';
import type { FailedBatchSource } from '../../functions/redrive-records/failed-batches.ts';
import { type RedrivenDocument, redriveBatches } from '../../functions/redrive-records/redrive-batches.ts';
import { countMessages, type GivenUpHandler } from '../../functions/shared/counting/count-messages.ts';
import { channelStats } from '../../functions/shared/domain/channel-stats.ts';
import { UsageReader } from '../../functions/shared/store/usage-reader.ts';
import { FailedBatchesInFolder, FailedBatchFolder } from '../../local/aws/stream/failed-batches.ts';
import { redriveCommand } from '../../tools/commands/redrive.ts';
import { streamRecord } from '../faults/history.ts';
import { test as fixture } from '../support/fixture.ts';
import { startS3 } from '../support/s3.ts';
import { runOn, usageTableOf } from './tool-run.ts';

const NOW = '2026-11-22T10:00:00.000Z';

const test = fixture
  .extend('folder', async ({ folder }) => {
    const failedBatches = join(folder, 'failed-batches');
    await mkdir(failedBatches);
    return failedBatches;
  })
  /** Gives a batch up, as the local host does. */
  .extend('giveUp', ({ folder }) => async (records: DynamoDBRecord[], at = NOW): Promise<void> => {
    await new FailedBatchFolder(folder, () => Date.parse(at)).add({
      reason: 'RetryAttemptsExhausted',
      attempts: 21,
      records,
    });
  })
  .extend(
    'redrive',
    ({ database, dependencies, folder }) =>
      (...options: string[]) =>
        runOn(dependencies, redriveCommand, [
          ...usageTableOf(database, dependencies),
          ...['--folder', folder],
          ...options,
        ]),
  )
  .extend('total', ({ table }) => async () => {
    return channelStats(await new UsageReader(table).read('p', '2026-11-22'), {}).total;
  })
  .extend('everything', ({ table: { client, tableName } }) => async () => {
    const { Items: items = [] } = await client.send(
      new ScanCommand({ TableName: tableName, ConsistentRead: true }),
    );
    return items.sort((one, other) =>
      `${one['pk']} ${one['sk']}` < `${other['pk']} ${other['sk']}` ? -1 : 1,
    );
  })
  /** A document of a batch that was given up, with its event as text or taken apart. */
  .extend(
    'documentOf',
    ({ folder, giveUp }) =>
      async (records: DynamoDBRecord[], isTakenApart = false): Promise<string> => {
        await giveUp(records);
        const [name = ''] = await readdir(folder);
        await rename(join(folder, name), join(folder, '..', 'document'));
        const text = await readFile(join(folder, '..', 'document'), 'utf8');
        return isTakenApart ? JSON.stringify({ ...JSON.parse(text), payload: { Records: records } }) : text;
      },
  );

afterEach(() => {
  vi.unstubAllEnvs();
});

function record(number: number, isPoison = false): DynamoDBRecord {
  const message = {
    peerId: 'p',
    channelId: 'c',
    conversationId: `conversation-${number % 3}`,
    messageId: `message-${number}`,
    role: 'user' as const,
    sentAt: Date.parse(NOW) - number * 1_000,
  };
  return streamRecord(message, 1_000 + number, isPoison);
}

function sums(taken: string, [counted, before, quarantine, again]: number[]): string {
  return [
    `batches taken               ${taken}`,
    `counted                     ${counted}`,
    `counted before              ${before}`,
    'of roles that do not count  0',
    `quarantined                 ${quarantine}`,
    `to be tried again           ${again}`,
    '',
  ].join('\n');
}

test('counts what was given up, and quarantines what cannot be counted', async ({
  dependencies,
  folder,
  giveUp,
  redrive,
  total,
}) => {
  const records = [0, 1, 2, 3, 4].map((number) => record(number));
  await countMessages(dependencies)({ Records: records.slice(0, 2) });
  await giveUp(records);
  await giveUp([record(5), record(6, true)]);
  expect(await redrive()).toEqual({
    exitCode: 0,
    stdout: sums('2 of 2', [4, 2, 1, 0]),
    stderr: 'quarantined a stream record: event-1006 (unknown_version: schemaVersion must be 1)\n',
  });
  expect(await total()).toEqual({ messageCount: 6, conversationCount: 3 });
  expect(await readdir(folder)).toEqual([]);
  expect(await redrive()).toEqual({ exitCode: 0, stdout: '', stderr: 'There are no failed batches.\n' });
});

test('finds the batches that Lambda wrote to a bucket, wherever they were copied to', async ({
  folder,
  giveUp,
  redrive,
}) => {
  await giveUp([record(0)]);
  const [name = ''] = await readdir(folder);
  const nested = join(folder, 'aws/lambda/mapping/shard-1/2026/11/22');
  await mkdir(nested, { recursive: true });
  await rename(join(folder, name), join(nested, '2026-11-22T10.00.00-0a1b2c3d'));
  expect(await redrive()).toMatchObject({ exitCode: 0, stdout: sums('1 of 1', [1, 0, 0, 0]) });
  expect(await readdir(nested)).toEqual([]);
});

test('the same records twice change nothing', async ({ giveUp, redrive, everything }) => {
  const records = [0, 1, 2, 3].map((number) => record(number));
  await giveUp(records);
  await redrive();
  const before = await everything();
  await giveUp(records);
  expect(await redrive()).toMatchObject({ exitCode: 0, stdout: sums('1 of 1', [0, 4, 0, 0]) });
  expect(await everything()).toEqual(before);
});

/** What became of every batch of a source. */
async function redriven(source: FailedBatchSource, handler: GivenUpHandler): Promise<RedrivenDocument[]> {
  const documents: RedrivenDocument[] = [];
  for await (const document of redriveBatches(source, handler, Date.parse(NOW))) documents.push(document);
  return documents;
}

test('a batch stays until all of its records were taken', async ({ folder, giveUp }) => {
  await giveUp([record(0), record(1)]);
  const answers = [[record(1)], []];
  const handler = async () => answers.shift() ?? [];
  const batches = new FailedBatchesInFolder(folder);
  const [kept] = await redriven(batches, handler);
  expect(await readdir(folder)).toHaveLength(1);
  const [taken] = await redriven(batches, handler);
  expect(await readdir(folder)).toEqual([]);
  expect([kept?.outcome, taken?.outcome]).toEqual(['kept', 'taken']);
});

test('what is no failed batch stays, and so does one whose messages could count twice', async ({
  folder,
  giveUp,
  redrive,
}) => {
  await giveUp([record(0)], '2026-10-22T10:00:00.000Z');
  await writeFile(join(folder, 'notes.json'), '{"payload":"{"}');
  await writeFile(join(folder, 'half-written.json.new'), '{');
  await giveUp([record(1)]);
  const { exitCode, stdout, stderr } = await redrive();
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: sums('1 of 3', [1, 0, 0, 0]) });
  expect(stderr).toBe(
    '2026-10-22T10-00-00.000Z-1000.json stays, because it was given up more than 30 days ago: its messages could count twice\n' +
      'notes.json stays, because it is not a failed batch\n' +
      'error: 2 batches are left\n',
  );
});

test('elsewhere than at the local host it has to be told where the batches are', async ({
  database,
  dependencies,
}) => {
  const { exitCode, stderr } = await runOn(
    dependencies,
    redriveCommand,
    usageTableOf(database, dependencies),
  );
  expect({ exitCode, stderr }).toEqual({
    exitCode: 1,
    stderr: 'error: --folder is needed: the local host keeps no batches of a DynamoDB elsewhere\n',
  });
});

const PREFIX = 'aws/lambda/0f9a/shardId-1/2026/11/22/2026-11-22T10.00.00-';

/** The objects of a bucket, in pages of one key. */
function bucketOf(objects: Map<string, string>): BucketObjects {
  return {
    async listPage(prefix, token) {
      const keys = [...objects.keys()].filter((key) => key.startsWith(prefix));
      const start = Number(token ?? 0);
      return {
        keys: keys.slice(start, start + 1),
        next: start + 1 < keys.length ? `${start + 1}` : undefined,
      };
    },
    get: async (key) => objects.get(key) ?? Promise.reject(awsError('NoSuchKey')),
    async delete(key) {
      objects.delete(key);
    },
  };
}

function awsError(name: string, message = 'as S3 says it'): Error {
  return Object.assign(new Error(message), { name });
}

test('an object of a bucket goes when all of its records were taken, and others stay', async ({
  documentOf,
}) => {
  const objects = new Map([
    [`${PREFIX}a`, await documentOf([record(0)])],
    [`${PREFIX}b`, await documentOf([record(1)], true)],
    [`${PREFIX}c`, '{}'],
    [`${PREFIX}d`, await documentOf([record(2)])],
    ['elsewhere/e', await documentOf([record(3)])],
  ]);
  const given: unknown[] = [];
  const handler: GivenUpHandler = async (records) => {
    given.push(records);
    return given.length === 1 ? [...records] : [];
  };
  const batches = new FailedBatchesInBucket('failed', bucketOf(objects));
  const outcomes = (await redriven(batches, handler)).map(({ name, outcome }) => [name, outcome]);
  expect(given).toEqual([[record(0)], [record(1)], [record(2)]]);
  expect(outcomes).toEqual([
    [`${PREFIX}a`, 'kept'],
    [`${PREFIX}b`, 'taken'],
    [`${PREFIX}c`, 'unreadable'],
    [`${PREFIX}d`, 'taken'],
  ]);
  expect([...objects.keys()]).toEqual([`${PREFIX}a`, `${PREFIX}c`, 'elsewhere/e']);
});

test('says in a line why a bucket or an object cannot be used', async () => {
  const refused = (error: Error) =>
    new FailedBatchesInBucket('failed', {
      listPage: () => Promise.reject(error),
      get: () => Promise.reject(error),
      delete: () => Promise.reject(error),
    });
  const problem = (message: string) => expect.objectContaining({ name: 'FailedBatchError', message });
  await expect(refused(awsError('NoSuchBucket')).list()).rejects.toEqual(
    problem('the bucket failed cannot be used: there is no such bucket'),
  );
  await expect(refused(awsError('AccessDenied')).remove('aws/lambda/a')).rejects.toEqual(
    problem(
      'aws/lambda/a in the bucket failed cannot be used: access is denied; s3:ListBucket, s3:GetObject and s3:DeleteObject are needed',
    ),
  );
  await expect(refused(awsError('NoSuchKey')).read('aws/lambda/a')).rejects.toEqual(
    problem('aws/lambda/a in the bucket failed cannot be used: it is gone; was it taken by somebody else?'),
  );
  await expect(refused(awsError('SlowDown', 'Less.\nPlease.')).list()).rejects.toEqual(
    problem('the bucket failed cannot be used: SlowDown: Less.'),
  );
});

test("takes the batches from Lambda's bucket, through the client of S3", async ({
  database,
  dependencies,
  total,
  documentOf,
}) => {
  const objects = new Map([
    [`${PREFIX}a`, await documentOf([record(0), record(1)])],
    [`${PREFIX}b`, await documentOf([record(2)])],
  ]);
  const s3 = await startS3(objects);
  try {
    vi.stubEnv('AWS_ENDPOINT_URL', database.endpoint);
    vi.stubEnv('AWS_ENDPOINT_URL_S3', s3.url);
    vi.stubEnv('AWS_REGION', 'local');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
    const table = ['--aws', '--table', dependencies.settings.usageTableName];
    const retention = ['--message-retention-days', '400', '--counter-retention-days', '460'];
    const run = (bucket: string, options = retention) =>
      runOn(dependencies, redriveCommand, [...table, '--bucket', bucket, ...options]);
    // How long a stage keeps what it counts is not guessed.
    expect(await run('failed', retention.slice(0, 2))).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(
        /^error: --aws needs --message-retention-days and --counter-retention-days,/,
      ),
    });
    expect(await run('failed')).toEqual({ exitCode: 0, stdout: sums('2 of 2', [3, 0, 0, 0]), stderr: '' });
    expect(await total()).toEqual({ messageCount: 3, conversationCount: 3 });
    expect(objects).toEqual(new Map());
    expect(s3.requests).toEqual([
      'GET /failed/',
      `GET /failed/ from ${PREFIX}a`,
      `GET /failed/${PREFIX}a`,
      `DELETE /failed/${PREFIX}a`,
      `GET /failed/${PREFIX}b`,
      `DELETE /failed/${PREFIX}b`,
    ]);
    expect(await run('another')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'error: the bucket another cannot be used: there is no such bucket\n',
    });
  } finally {
    await s3.stop();
  }
});

test.for<[options: string[], problem: string]>([
  [['--bucket', 'failed'], '--bucket needs --aws'],
  [['--aws', '--bucket', 'failed', '--folder', 'copies'], '--bucket does not go with --folder'],
  [['--aws'], '--aws needs --bucket, the name of the bucket of failed records, or --folder'],
])('%j is not enough, or too much', async ([options, problem], { dependencies }) => {
  expect(await runOn(dependencies, redriveCommand, options)).toEqual({
    exitCode: 1,
    stdout: '',
    stderr: `error: ${problem}\n`,
  });
});
