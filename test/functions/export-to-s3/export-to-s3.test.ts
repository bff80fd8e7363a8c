import { expect } from 'vitest';
import { exportToS3 } from '../../../functions/export-to-s3/export-to-s3.ts';
import { test } from '../../support/fixture.ts';
import { SnapshotWriter } from '../../support/usage/snapshot-writer.ts';

const DAY = '2026-11-20';
const announced = { peerId: 'peer/1', day: DAY, revision: 1 };

test('a day is an object with a line a channel, and is written anew when it has changed', async ({
  dependencies,
  table,
}) => {
  const days = new SnapshotWriter(table);
  await days.add('peer/1', DAY, { slack: 3, email: 8 });
  const objects = new Map<string, string>();
  const consume = exportToS3(dependencies, async (key, body) => void objects.set(key, body));
  expect(await consume([announced, announced], () => false)).toEqual([]);
  expect([...objects]).toEqual([
    [
      'day=2026-11-20/peer=peer%2F1/usage.jsonl',
      '{"peer_id":"peer/1","channel_id":"email","channel_name":"email","day":"2026-11-20","message_count":8,"conversation_count":4,"revision":1}\n' +
        '{"peer_id":"peer/1","channel_id":"slack","channel_name":"slack","day":"2026-11-20","message_count":3,"conversation_count":1,"revision":1}\n',
    ],
  ]);
  await days.add('peer/1', DAY, { slack: 9 });
  // It is the day as it is now that is written, whatever is told of it.
  await consume([announced], () => false);
  expect([...objects.values()].join()).toMatch(/"channel_id":"slack".*"message_count":12.*"revision":2/);
});

test('a day that changes while it is put is put once more', async ({ dependencies, table }) => {
  const days = new SnapshotWriter(table);
  await days.add('p', DAY, { slack: 1 });
  const bodies: string[] = [];
  const consume = exportToS3(dependencies, async (_key, body) => {
    bodies.push(body);
    if (bodies.length === 1) await days.add('p', DAY, { slack: 1 });
  });
  expect(await consume([{ ...announced, peerId: 'p' }], () => false)).toEqual([]);
  expect(bodies.map((body) => /"revision":\d/.exec(body)?.[0])).toEqual(['"revision":1', '"revision":2']);
});

test('a day that cannot be put comes again, and keeps no other from being put', async ({
  dependencies,
  table,
}) => {
  const days = new SnapshotWriter(table);
  for (const peerId of ['p', 'q']) await days.add(peerId, DAY, { slack: 1 });
  const keys: string[] = [];
  const consume = exportToS3(dependencies, async (key) => {
    if (key.includes('peer=p/')) throw new Error('access is denied');
    keys.push(key);
  });
  const both = ['p', 'q'].map((peerId) => ({ ...announced, peerId }));
  expect(await consume(both, () => false)).toEqual([both[0]]);
  expect(keys).toEqual(['day=2026-11-20/peer=q/usage.jsonl']);
  expect(dependencies.logged.filter(({ level }) => level === 'error')).toEqual([
    {
      level: 'error',
      message: 'a day could not be exported',
      fields: { peerId: 'p', day: DAY, problem: 'Error: access is denied' },
    },
  ]);
});
