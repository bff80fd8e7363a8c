import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import { HeartbeatStore } from '../../../../functions/shared/store/heartbeat-store.ts';
import { MessageStore } from '../../../../functions/shared/store/message-store.ts';
import { removeExpiredHeartbeats } from '../../../../local/aws/expiry/expired-heartbeats.ts';
import { test } from '../../../support/fixture.ts';

test('heartbeats go an hour after they were sent; messages stay', async ({ messagesTable }) => {
  const now = Date.parse('2026-11-22T10:00:00.000Z');
  const store = new HeartbeatStore(messagesTable);
  for (const minutesAgo of [59, 60, 61]) await store.put({ key: 0, sentAt: now - minutesAgo * 60_000 });
  const message = { peerId: 'p', conversationId: 'k', messageId: 'm', channelId: 'c', sentAt: 0 };
  await new MessageStore(messagesTable, 400).putIfNew({ ...message, role: 'user' });
  await removeExpiredHeartbeats(messagesTable, 2, now);
  const { client, tableName } = messagesTable;
  const { Items: items = [] } = await client.send(new ScanCommand({ TableName: tableName }));
  expect(items.map(({ sk }) => sk).sort()).toEqual(['SENT#2026-11-22T09:01:00.000Z', 'm']);
});
