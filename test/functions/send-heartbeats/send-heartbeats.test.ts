import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import {
  HeartbeatsNotSentError,
  sendHeartbeats,
} from '../../../functions/send-heartbeats/send-heartbeats.ts';
import { DEPLOYED_RHYTHM } from '../../../functions/shared/domain/heartbeat.ts';
import { metered } from '../../support/database/capacity.ts';
import { intercepted } from '../../support/database/intercepted-client.ts';
import { test as fixture } from '../../support/fixture.ts';

const test = fixture.extend('sent', ({ messagesTable: { client, tableName } }) => async () => {
  const answer = await client.send(new ScanCommand({ TableName: tableName, ConsistentRead: true }));
  return answer.Items ?? [];
});

test('one heartbeat is sent under each key, for an hour', async ({ dependencies, sent }) => {
  await sendHeartbeats(dependencies)();
  const items = await sent();
  expect(items.map(({ pk }) => pk).sort()).toEqual(
    Array.from({ length: 32 }, (_, key) => `HEARTBEAT#${key}`).sort(),
  );
  expect(items.find(({ pk }) => pk === 'HEARTBEAT#7')).toEqual({
    pk: 'HEARTBEAT#7',
    // What is put within the millisecond at which it was sent may come behind it.
    sk: 'SENT#2026-11-22T09:59:59.999Z',
    heartbeat: 7,
    sentAt: '2026-11-22T09:59:59.999Z',
    expiresAt: Date.parse('2026-11-22T11:00:00Z') / 1000,
  });
});

test('the next ones are insertions too', async ({ dependencies, sent }) => {
  const job = sendHeartbeats(dependencies);
  await job();
  dependencies.setClock('2026-11-22T10:05:00.000Z');
  await job();
  expect(await sent()).toHaveLength(64);
});

test('the instant of a heartbeat was taken before it was put', async ({ dependencies, sent }) => {
  const client = intercepted(dependencies.client, (_command, send) => {
    dependencies.setClock('2026-11-22T10:00:09.000Z');
    return send();
  });
  const settings = { ...dependencies.settings, heartbeats: { ...DEPLOYED_RHYTHM, keys: 1 } };
  await sendHeartbeats({ ...dependencies, client, settings })();
  expect((await sent()).map(({ sentAt }) => sentAt)).toEqual(['2026-11-22T09:59:59.999Z']);
});

test('where one cannot be put the others are, and the run fails and says why', async ({
  dependencies,
  sent,
}) => {
  let calls = 0;
  const client = intercepted(dependencies.client, async (_command, send) => {
    calls += 1;
    if (calls === 3) throw new Error('the table is busy');
    return send();
  });
  await expect(sendHeartbeats({ ...dependencies, client })()).rejects.toThrow(
    new HeartbeatsNotSentError('1 of 32 heartbeats could not be sent'),
  );
  expect(await sent()).toHaveLength(31);
  expect(dependencies.logged).toEqual([
    {
      level: 'error',
      message: 'heartbeats could not be sent',
      fields: { problem: 'Error: the table is busy' },
    },
  ]);
});

test('all heartbeats of a day take 9,216 write units', async ({ dependencies }) => {
  const meter = metered(dependencies.client);
  await sendHeartbeats({ ...dependencies, client: meter.client })();
  const runsADay = 86_400 / DEPLOYED_RHYTHM.everySeconds;
  expect(meter.writeUnits() * runsADay).toBe(9_216);
});
