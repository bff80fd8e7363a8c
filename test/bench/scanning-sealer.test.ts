import { PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import { plainCounter, sealByScan } from '../../bench/peers/scanning-sealer.ts';
import { test } from '../support/fixture.ts';

const DAY = '2026-11-21';

test('a scan stores a snapshot of each peer with a counter of the day that changed, and of no other', async ({
  dependencies: { client, settings },
}) => {
  const { usageTableName: TableName } = settings;
  for (const Item of [
    plainCounter('changed', 'direct', DAY, 2),
    plainCounter('changed', 'integration_slack', DAY, 3),
    plainCounter('unchanged', 'direct', DAY, 1),
    plainCounter('other_day', 'direct', '2026-11-20', 2),
  ]) {
    await client.send(new PutCommand({ TableName, Item }));
  }
  expect(await sealByScan(client, TableName, DAY, 1)).toBe(1);
  const snapshots = async (peerId: string) => {
    const { Items: items } = await client.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
        ExpressionAttributeValues: { ':pk': `PEER#${peerId}`, ':sk': 'SNAPSHOT#' },
      }),
    );
    return items?.map(({ sk, channels }) => ({ sk, channels }));
  };
  const counts = { messageCount: 200, conversationCount: 60 };
  expect(await snapshots('changed')).toEqual([
    { sk: `SNAPSHOT#${DAY}`, channels: { direct: counts, integration_slack: counts } },
  ]);
  expect(await snapshots('unchanged')).toEqual([]);
  expect(await snapshots('other_day')).toEqual([]);
});
