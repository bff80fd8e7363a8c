import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { checkTables } from '../../infra/commands/check-tables.ts';
import { serverThat } from '../support/sending/server.ts';

const KEYS = { AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };
const KEY_SCHEMA = [
  { AttributeName: 'pk', KeyType: 'HASH' },
  { AttributeName: 'sk', KeyType: 'RANGE' },
];
const INDEXES = [
  ['changed-peers', 'changedLane', 'changedAt'],
  ['dirty-days', 'dirtyLane', 'sk'],
].map(([name, hash, range]) => ({
  IndexName: name,
  KeySchema: [
    { AttributeName: hash, KeyType: 'HASH' },
    { AttributeName: range, KeyType: 'RANGE' },
  ],
}));
const RESTORED = { TableStatus: 'ACTIVE', KeySchema: KEY_SCHEMA };
const MESSAGES = { ...RESTORED, StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' } };
const USAGE = { ...RESTORED, GlobalSecondaryIndexes: INDEXES };

/** A DynamoDB with some tables, which lets items expire and can be recovered where `isPrepared`. */
function databaseOf(tables: Readonly<Record<string, object>>, isPrepared = true): Promise<string> {
  return serverThat(async (incoming, response) => {
    const asked = String(incoming.headers['x-amz-target']).split('.')[1];
    const { TableName: name } = JSON.parse(await text(incoming));
    const table = tables[name];
    const status = isPrepared ? 'ENABLED' : 'DISABLED';
    const answers: Record<string, object> = {
      DescribeTable: { Table: table },
      DescribeTimeToLive: {
        TimeToLiveDescription: {
          TimeToLiveStatus: status,
          ...(isPrepared && { AttributeName: 'expiresAt' }),
        },
      },
      DescribeContinuousBackups: {
        ContinuousBackupsDescription: {
          ContinuousBackupsStatus: 'ENABLED',
          PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: status },
        },
      },
    };
    response.writeHead(table === undefined ? 400 : 200, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(
      JSON.stringify(
        table === undefined
          ? { __type: 'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException', message: 'none' }
          : answers[asked ?? ''],
      ),
    );
  });
}

const NAMES = { messages: 'messages-again', usage: 'usage-again' };

describe('before a deploy takes tables over', () => {
  it('nobody is asked where the settings name none', async () => {
    await expect(checkTables({ tableNames: {}, stage: 'prod' }, {}, {})).resolves.toBeUndefined();
  });

  it('tables that are as the stack would make them are taken', async () => {
    const endpoint = await databaseOf({ 'messages-again': MESSAGES, 'usage-again': USAGE });
    await expect(
      checkTables({ tableNames: NAMES, stage: 'dev' }, { endpoint }, KEYS),
    ).resolves.toBeUndefined();
  });

  it('all that a restored table lacks is named, with the commands that add it', async () => {
    const endpoint = await databaseOf({ 'messages-again': RESTORED }, false);
    const where = `--region eu-central-1 --endpoint-url ${endpoint}`;
    await expect(checkTables({ tableNames: NAMES, stage: 'prod' }, { endpoint }, KEYS)).rejects.toThrow(
      'Nothing was deployed: tables that the settings name are not as the stack would make them.\n\n' +
        '  - messages-again has no stream with NEW_IMAGE\n' +
        '  - messages-again does not let items expire by expiresAt\n' +
        '  - messages-again has no point-in-time recovery\n' +
        '  - messages-again is not protected from deletion\n' +
        '  - usage-again does not exist\n' +
        '\nWhat is missing is added with\n\n' +
        `  aws dynamodb update-table --stream-specification StreamEnabled=true,StreamViewType=NEW_IMAGE --table-name messages-again ${where}\n` +
        `  aws dynamodb update-time-to-live --time-to-live-specification Enabled=true,AttributeName=expiresAt --table-name messages-again ${where}\n` +
        `  aws dynamodb update-continuous-backups --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true --table-name messages-again ${where}\n` +
        `  aws dynamodb update-table --deletion-protection-enabled --table-name messages-again ${where}\n` +
        '\nA restored table lacks all of this at first: docs/how-to/restore.md',
    );
  });

  it.each([
    ['without its indexes', RESTORED, 'has other keys or indexes than it must have'],
    ['that is being restored', { ...USAGE, TableStatus: 'CREATING' }, 'is CREATING: wait until it is ACTIVE'],
  ])('a table %s is refused', async (_, table, problem) => {
    const endpoint = await databaseOf({ 'usage-again': table });
    const checking = checkTables({ tableNames: { usage: 'usage-again' }, stage: 'dev' }, { endpoint }, KEYS);
    await expect(checking).rejects.toThrow(`  - usage-again ${problem}\n`);
  });
});
