import { PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import { buildCounter } from '../../functions/shared/counting/build-counter.ts';
import { dailyCounterKey } from '../../functions/shared/store/items/daily-counter.ts';
import { snapshotCommand } from '../../tools/commands/snapshot.ts';
import { test as fixture } from '../support/fixture.ts';
import { storedSnapshots } from '../support/usage/stored-snapshots.ts';
import { runOn, usageTableOf } from './tool-run.ts';

const test = fixture
  .extend('count', ({ dependencies }) => async (peerId: string, ...days: string[]): Promise<void> => {
    const messages = days.map((day) => ({
      peerId,
      channelId: 'c',
      conversationId: 'k',
      messageId: day,
      sentAt: Date.parse(`${day}T12:00:00.000Z`),
    }));
    await (await buildCounter(dependencies)).count(messages);
  })
  .extend(
    'snapshot',
    ({ database, dependencies }) =>
      (...options: string[]) =>
        runOn(dependencies, snapshotCommand, [...usageTableOf(database, dependencies), ...options]),
  )
  .extend('sealedDays', ({ table }) => async (peerId: string): Promise<string[]> => {
    return (await storedSnapshots(table, peerId)).map(([day]) => day);
  });

test('seals the days up to the one that is named, and says what it did', async ({
  count,
  snapshot,
  sealedDays,
}) => {
  await count('p', '2026-11-18', '2026-11-20', '2026-11-21');
  await count('q', '2026-11-19');
  expect(await snapshot('--day', '2026-11-20')).toEqual({
    exitCode: 0,
    stdout: [
      'sealed through    2026-11-20',
      'peers             2',
      'days sealed       3',
      'days sealed again 0',
      'left over         0',
      'seconds           0.0',
      '',
    ].join('\n'),
    stderr: '',
  });
  expect(await sealedDays('p')).toEqual(['2026-11-18', '2026-11-20']);
  expect(await sealedDays('q')).toEqual(['2026-11-19']);
});

test('names the peers that could not be sealed, and seals the others', async ({
  database,
  dependencies,
  count,
  snapshot,
  sealedDays,
}) => {
  await count('p', '2026-11-18');
  await count('q', '2026-11-18');
  const { usageTableName: TableName } = dependencies.settings;
  const key = dailyCounterKey({ peerId: 'p', channelId: 'c', day: '2026-11-18' });
  const { Items: items = [] } = await database.client.send(new ScanCommand({ TableName }));
  const counter = items.find(({ pk, sk }) => pk === key.pk && sk === key.sk);
  await database.client.send(new PutCommand({ TableName, Item: { ...counter, messageCount: 'many' } }));
  const { exitCode, stdout, stderr } = await snapshot('--day', '2026-11-20');
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(stderr).toMatch(
    /^a peer could not be sealed: p \(MalformedItemError: .*\)\nerror: peers that could not be sealed: 1; run it again\n$/,
  );
  expect(await sealedDays('q')).toEqual(['2026-11-18']);
});

test.for<[string, string[], RegExp]>([
  ['today', ['--day', '2026-11-22'], /^error: 2026-11-22 is not over yet, in UTC\n$/],
  ['a day in the future', ['--day', '2027-01-01'], /2027-01-01 is not over yet/],
  ['a day that does not exist', ['--day', '2026-02-29'], /It must be a day that exists, such as 2026-11-22/],
  ['no day', [], /required option '--day <day>' not specified/],
])('refuses %s', async ([_, options, reason], { count, snapshot, sealedDays }) => {
  await count('p', '2026-11-20');
  const { exitCode, stdout, stderr } = await snapshot(...options);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(stderr).toMatch(reason);
  expect(await sealedDays('p')).toEqual([]);
});
