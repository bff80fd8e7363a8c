import { join } from 'node:path';
import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect } from 'vitest';
import { lookedUpMessages } from '../../../functions/look-up-messages/looked-up-message.ts';
import { countMessages } from '../../../functions/shared/counting/count-messages.ts';
import { DAY_MS } from '../../../functions/shared/domain/utc-day.ts';
import { ROUTES } from '../../../functions/shared/http/routes.ts';
import { archivedWindowsPartition } from '../../../functions/shared/store/items/archived-window.ts';
import { dailyCounterKey } from '../../../functions/shared/store/items/daily-counter.ts';
import { auditCommand } from '../../../tools/commands/audit.ts';
import { forgetCommand } from '../../../tools/commands/forget.ts';
import { replayCommand } from '../../../tools/commands/replay.ts';
import { contentsOf, itemOf, putRaw } from '../../functions/shared/store/table-contents.ts';
import { intercepted } from '../../support/database/intercepted-client.ts';
import { call } from '../../support/service/http-events.ts';
import { allTablesOf, bothTablesOf, runOn, usageTableOf } from '../tool-run.ts';
import { test as fixture, old, recordOf } from './importing.ts';

// What else meets messages of a history: whoever reads, replays, audits or forgets what is stored.

const IDS = { conversationId: 'k', messageId: 'm1' };

const test = fixture
  .extend(
    'audit',
    ({ database, dependencies }) =>
      (...options: string[]) =>
        runOn(dependencies, auditCommand, [...usageTableOf(database, dependencies), ...options]),
  )
  .extend('lookUp', ({ service, key }) => async () => {
    const answer = await call(service.lookUpMessages, {
      route: ROUTES.lookUpMessages,
      key,
      peerId: 'p',
      json: { messages: [IDS] },
    });
    return lookedUpMessages.parse(answer.body).messages[0];
  })
  .extend('replay', ({ database, dependencies, folder }) => (options: readonly string[] = []) => {
    const named = ['--all-peers', '--yes', '--json', '--state', join(folder, 'state.json')];
    return runOn(dependencies, replayCommand, [
      ...named,
      ...options,
      ...bothTablesOf(database, dependencies),
    ]);
  });

describe('a look-up', () => {
  test('says that a message is pending until it is counted', async ({ record, deliver, images, lookUp }) => {
    await record([old('m1')]);
    expect(await lookUp()).toEqual({
      status: 'pending',
      reason: 'waiting',
      explanation: 'it is stored, and counting has not come to it yet; it was imported 0 seconds ago',
      channelId: 'c',
      role: 'user',
      sentAt: '2023-05-04T10:00:00.000Z',
      day: '2023-05-04',
    });
    await deliver(await images());
    expect(await lookUp()).toMatchObject({ status: 'counted', day: '2023-05-04', startedConversation: true });
  });

  test('says so too when it was imported a while ago', async ({ dependencies, record, lookUp }) => {
    await record([old('m1')]);
    dependencies.setClock('2026-11-22T11:00:00Z');
    expect(await lookUp()).toMatchObject({ status: 'pending', reason: 'overdue' });
    expect((await lookUp())?.explanation).toContain('it was imported 1 hour ago');
  });

  test('says that it is too old once its mark has ended', async ({ dependencies, record, lookUp }) => {
    await record([old('m1')]);
    dependencies.setClock(new Date(dependencies.clock() + 40 * DAY_MS + 1).toISOString());
    expect(await lookUp()).toMatchObject({ status: 'not_counted', reason: 'too_old' });
  });
});

describe('a replay', () => {
  test('counts what is stored of a history, and recognises what was counted', async ({
    record,
    deliver,
    images,
    replay,
    figures,
  }) => {
    await record([old('m1'), old('m2')]);
    await deliver((await images()).slice(0, 1));
    expect(lastLine((await replay()).stdout)).toMatchObject({ total: { counted: 1, duplicate: 1 } });
    expect(await figures()).toEqual({ days: ['2023-05-04 c 2 1'], allTime: ['c 2 1'] });
    expect(lastLine((await replay()).stdout)).toMatchObject({ total: { counted: 0, duplicate: 2 } });
  });

  test('passes over what has no mark that holds any more', async ({
    dependencies,
    record,
    replay,
    figures,
  }) => {
    await record([old('m1')]);
    dependencies.setClock(new Date(dependencies.clock() + 40 * DAY_MS + 1).toISOString());
    expect(lastLine((await replay()).stdout)).toMatchObject({
      total: { counted: 0, skipped: { too_old: 1 } },
    });
    expect(await figures()).toEqual({ days: [], allTime: [] });
  });
});

test('an audit finds nothing, before and after the evidence of a history has gone', async ({
  audit,
  dependencies,
  seal,
  expire,
  count,
}) => {
  await count([old('m1'), old('m2', { channelId: 'd' }), old('m3', { sentAt: Date.parse('2024-01-01') })]);
  expect(await audit()).toMatchObject({ exitCode: 0 });
  await seal();
  expect(await audit()).toMatchObject({ exitCode: 0 });
  dependencies.setClock('2027-06-01T00:00:00Z');
  await seal();
  expect(await audit()).toMatchObject({ exitCode: 0 });
  await expire();
  expect(await audit()).toMatchObject({ exitCode: 0 });
});

describe('an audit right after the import of a history', () => {
  const many = Array.from({ length: 120 }, (_, number) =>
    old(`m${number}`, { conversationId: `k${number % 5}`, sentAt: old('').sentAt + number }),
  );
  const DAY = '2023-05-04';

  test.for([
    ['a message too few', { messageCount: 119 }, 'evidence_uncounted', 'messages 120 +messages 119'],
    ['a message too many', { messageCount: 121 }, 'evidence_missing', 'messages 120 +messages 121'],
    [
      'a conversation too few',
      { conversationCount: 4 },
      'conversations_uncounted',
      'conversations 5 +conversations 4',
    ],
  ] as const)(
    'finds a counter of an old day with %s',
    async ([, wrong, code, figures], { record, deliver, images, seal, audit, table }) => {
      await record(many);
      await deliver(await images());
      await seal();
      expect(await audit()).toMatchObject({ exitCode: 0 });
      const key = dailyCounterKey({ peerId: 'p', channelId: 'c', day: DAY });
      await putRaw(table, { ...(await itemOf(table, key)), ...wrong });
      const { exitCode, stdout } = await audit();
      expect(exitCode).toBe(1);
      expect(stdout).toMatch(new RegExp(`${code} +${DAY} +c +${figures}`));
      expect(stdout).toMatch(new RegExp(`snapshot_differs +${DAY} +c`));
    },
  );

  test('tells lost proof as long as the day takes a history, and takes nothing away for it', async ({
    dependencies,
    record,
    deliver,
    images,
    seal,
    audit,
    table,
    figures,
  }) => {
    await record(many);
    await deliver(await images());
    await seal();
    const { client, tableName } = table;
    const partition = archivedWindowsPartition({ peerId: 'p', channelId: 'c', day: DAY });
    const windows = (await contentsOf(table)).filter(({ pk }) => pk === partition);
    expect(windows.length).toBeGreaterThan(0);
    for (const { pk, sk } of windows) {
      await client.send(new DeleteCommand({ TableName: tableName, Key: { pk, sk } }));
    }
    expect((await audit()).stdout).toMatch(
      new RegExp(`evidence_missing +${DAY} +c +messages 0 +messages 120`),
    );
    const { exitCode, stdout } = await audit('--repair', '--yes');
    expect([exitCode, stdout]).toEqual([1, expect.stringContaining('so that they stay counted')]);
    expect((await figures()).allTime).toEqual(['c 120 5']);
    dependencies.setClock(new Date(dependencies.clock() + 46 * DAY_MS).toISOString());
    await seal();
    expect(await audit()).toMatchObject({ exitCode: 0 });
  });
});

test('a conversation of a history is forgotten as others are; its counts stay', async ({
  database,
  dependencies,
  deliver,
  images,
  figures,
  count,
}) => {
  const put = await count([old('m1'), old('m2', { conversationId: 'other' })]);
  const options = ['--peer', 'p', '--conversation', 'k', '--yes', ...allTablesOf(database, dependencies)];
  expect(await runOn(dependencies, forgetCommand, options)).toMatchObject({ exitCode: 0 });
  expect((await images()).map(({ pk }) => pk)).toEqual([{ S: 'p\nother' }]);
  // Nor does it count again where somebody puts it once more.
  await deliver(put);
  expect(await figures()).toEqual({ days: ['2023-05-04 c 2 2'], allTime: ['c 2 2'] });
});

test('a batch with marks comes again whole where the secret cannot be read', async ({
  dependencies,
  record,
  images,
}) => {
  await record([old('m1')]);
  let isBroken = true;
  const client = intercepted(dependencies.client, (command, send) => {
    const keys = JSON.stringify(command.input);
    if (isBroken && keys.includes('HASH_SECRET')) throw new Error('not now');
    return send();
  });
  const handler = countMessages({ ...dependencies, client });
  const records = (await images()).map((image, index) => recordOf(image, dependencies.clock(), index + 1));
  expect(await handler({ Records: records })).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
  isBroken = false;
  expect(await handler({ Records: records })).toEqual({ batchItemFailures: [] });
});

function lastLine(text: string): unknown {
  return JSON.parse(text.trimEnd().split('\n').at(-1) ?? '');
}
