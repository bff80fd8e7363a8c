import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { countMessages } from '../../functions/count-messages/count-messages.ts';
import { channelStats } from '../../functions/domain/channel-stats.ts';
import { UsageReader } from '../../functions/store/usage-reader.ts';
import { failedBatchFolder } from '../../local/failed-batches.ts';
import { failedBatchesIn } from '../../tools/failed-batches.ts';
import { redriveCommand } from '../../tools/redrive.ts';
import { type RedriveOutcome, redriveBatches } from '../../tools/redrive-batches.ts';
import { streamRecord } from '../faults/history.ts';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import { cleanUp, temporaryFolder } from '../support/local-host.ts';
import { type TestDependencies, testDependencies } from '../support/surroundings.ts';
import { runOn, usageTableOf } from './tool-run.ts';

const NOW = '2026-11-22T10:00:00.000Z';

let database: TestDatabase;
let dependencies: TestDependencies;
let folder: string;

beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());
beforeEach(async () => {
  dependencies = await testDependencies(database, NOW);
  folder = join(await temporaryFolder(), 'failed-batches');
  await mkdir(folder);
});
afterEach(cleanUp);

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

/** Gives a batch up, as the local host does. */
async function giveUp(records: DynamoDBRecord[], at = NOW): Promise<void> {
  await failedBatchFolder(folder, () => Date.parse(at))({
    reason: 'RetryAttemptsExhausted',
    attempts: 21,
    records,
  });
}

function redrive(...options: string[]) {
  return runOn(dependencies, redriveCommand, [
    ...usageTableOf(database, dependencies),
    ...['--folder', folder],
    ...options,
  ]);
}

async function total() {
  const table = { client: database.client, tableName: dependencies.settings.usageTableName };
  return channelStats(await new UsageReader(table).read('p', '2026-11-22'), {}).total;
}

function sums(taken: string, [counted, before, setAside, again]: number[]): string {
  return [
    `batches taken               ${taken}`,
    `counted                     ${counted}`,
    `counted before              ${before}`,
    'of roles that do not count  0',
    `set aside                   ${setAside}`,
    `to be tried again           ${again}`,
    '',
  ].join('\n');
}

test('counts what was given up, and sets aside what cannot be counted', async () => {
  const records = [0, 1, 2, 3, 4].map((number) => record(number));
  await countMessages(dependencies)({ Records: records.slice(0, 2) });
  await giveUp(records);
  await giveUp([record(5), record(6, true)]);
  expect(await redrive()).toEqual({
    exitCode: 0,
    stdout: sums('2 of 2', [4, 2, 1, 0]),
    stderr: 'set a stream record aside: event-1006 (unknown_version: schemaVersion must be 1)\n',
  });
  expect(await total()).toEqual({ messageCount: 6, conversationCount: 3 });
  expect(await readdir(folder)).toEqual([]);
  expect(await redrive()).toEqual({ exitCode: 0, stdout: '', stderr: 'There are no failed batches.\n' });
});

test('finds the batches that Lambda wrote to a bucket, wherever they were copied to', async () => {
  await giveUp([record(0)]);
  const [name = ''] = await readdir(folder);
  const nested = join(folder, 'aws/lambda/mapping/shard-1/2026/11/22');
  await mkdir(nested, { recursive: true });
  await rename(join(folder, name), join(nested, '2026-11-22T10.00.00-0a1b2c3d'));
  expect(await redrive()).toMatchObject({ exitCode: 0, stdout: sums('1 of 1', [1, 0, 0, 0]) });
  expect(await readdir(nested)).toEqual([]);
});

test('the same records twice change nothing', async () => {
  const records = [0, 1, 2, 3].map((number) => record(number));
  await giveUp(records);
  await redrive();
  const before = await everything();
  await giveUp(records);
  expect(await redrive()).toMatchObject({ exitCode: 0, stdout: sums('1 of 1', [0, 4, 0, 0]) });
  expect(await everything()).toEqual(before);
});

async function everything() {
  const { usageTableName: TableName } = dependencies.settings;
  const { Items: items = [] } = await database.client.send(
    new ScanCommand({ TableName, ConsistentRead: true }),
  );
  return items.sort((one, other) => (`${one['pk']} ${one['sk']}` < `${other['pk']} ${other['sk']}` ? -1 : 1));
}

test('a batch stays until all of its records were taken', async () => {
  await giveUp([record(0), record(1)]);
  const outcomes: RedriveOutcome[] = [];
  const answers = [{ batchItemFailures: [{ itemIdentifier: '1001' }] }, { batchItemFailures: [] }];
  const handler = async () => answers.shift() ?? { batchItemFailures: [] };
  const report = (_: string, outcome: RedriveOutcome) => outcomes.push(outcome);
  await redriveBatches(failedBatchesIn(folder), handler, Date.parse(NOW), report);
  expect(await readdir(folder)).toHaveLength(1);
  await redriveBatches(failedBatchesIn(folder), handler, Date.parse(NOW), report);
  expect(await readdir(folder)).toEqual([]);
  expect(outcomes).toEqual(['kept', 'taken']);
});

test('what is no failed batch stays, and so does one whose messages could count twice', async () => {
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

test('elsewhere than at the local host it has to be told where the batches are', async () => {
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
