import { userInfo } from 'node:os';
import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import { buildCounter } from '../../functions/shared/counting/build-counter.ts';
import { channelStats } from '../../functions/shared/domain/channel-stats.ts';
import { ArchivedWindows } from '../../functions/shared/store/archived-windows.ts';
import { AuditLog } from '../../functions/shared/store/audit-log.ts';
import { DailyCounterStore } from '../../functions/shared/store/daily-counter-store.ts';
import {
  archivedWindowsPartition,
  isShareMarker,
  shareOf,
} from '../../functions/shared/store/items/archived-window.ts';
import type { AuditEntry } from '../../functions/shared/store/items/audit-entry.ts';
import { dailyCounterKey } from '../../functions/shared/store/items/daily-counter.ts';
import type { Key } from '../../functions/shared/store/items/keys.ts';
import { monthKey } from '../../functions/shared/store/items/month-of-snapshots.ts';
import { totalsKey } from '../../functions/shared/store/items/peer-totals.ts';
import { UsageReader } from '../../functions/shared/store/usage-reader.ts';
import { takeDailySnapshot } from '../../functions/take-daily-snapshot/take-daily-snapshot.ts';
import { auditCommand } from '../../tools/commands/audit.ts';
import { contentsOf, putRaw } from '../functions/shared/store/table-contents.ts';
import { test as fixture } from '../support/fixture.ts';
import { runOn, usageTableOf } from './tool-run.ts';

const DAY = '2026-11-20';
const COUNTER = dailyCounterKey({ peerId: 'p', channelId: 'slack', day: DAY });

const test = fixture
  .extend('count', ({ dependencies }) => async (peerId: string, day: string, from: number, to: number) => {
    const messages = Array.from({ length: to - from }, (_, index) => ({
      peerId,
      channelId: 'slack',
      conversationId: `k-${Math.floor((from + index) / 3)}`,
      messageId: `${day}-${from + index}`,
      sentAt: Date.parse(`${day}T12:00:00.000Z`) + from + index,
    }));
    await (await buildCounter(dependencies)).count(messages);
  })
  .extend(
    'seal',
    ({ dependencies }) =>
      () =>
        takeDailySnapshot(dependencies)({ through: '2026-11-21' }, () => false),
  )
  .extend(
    'audit',
    ({ database, dependencies }) =>
      (...options: string[]) =>
        runOn(dependencies, auditCommand, [...usageTableOf(database, dependencies), ...options]),
  )
  .extend('item', ({ table: { client, tableName } }) => async (key: Key) => {
    const answer = await client.send(new GetCommand({ TableName: tableName, Key: key }));
    return answer.Item ?? {};
  })
  .extend(
    'put',
    ({ table: { client, tableName } }) =>
      (item: Record<string, unknown>) =>
        client.send(new PutCommand({ TableName: tableName, Item: item })),
  )
  .extend(
    'remove',
    ({ table: { client, tableName } }) =>
      (key: Key) =>
        client.send(new DeleteCommand({ TableName: tableName, Key: key })),
  )
  .extend('figures', ({ table }) => async () => {
    const usage = await new UsageReader(table).read('p', '2026-11-22', { consistent: true });
    const { total } = channelStats(usage, {});
    return [total.messageCount, total.conversationCount];
  });

test('finds nothing where all agrees, and says what it looked at', async ({ count, seal, audit }) => {
  await count('p', DAY, 0, 120);
  await count('q', '2026-11-22', 0, 7);
  await seal();
  expect(await audit()).toEqual({
    exitCode: 0,
    stdout: [
      'peers                 2',
      'daily counters        2',
      'conversation markers  43',
      'differences           0',
      '',
    ].join('\n'),
    stderr: expect.stringContaining('the conversation markers are spread over it'),
  });
});

test('says what does not agree and since when, of one peer or all, and writes nothing', async ({
  count,
  seal,
  audit,
  item,
  put,
  table,
}) => {
  await count('p', DAY, 0, 4);
  await count('q', DAY, 0, 4);
  await seal();
  const older = await item(totalsKey('p'));
  await count('p', DAY, 4, 6);
  await put(older);
  const before = await contentsOf(table);
  const { exitCode, stdout, stderr } = await audit('--json');
  expect(exitCode).toBe(1);
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  expect(lines).toEqual([
    expect.objectContaining({
      code: 'month_newer',
      peerId: 'p',
      month: '2026-11',
      day: DAY,
      expected: { revision: 1 },
      found: { revision: 2 },
      writtenIn: 2,
    }),
    expect.objectContaining({
      code: 'counter_newer_than_totals',
      peerId: 'p',
      day: DAY,
      channelId: 'slack',
      expected: { revision: 2 },
      found: { revision: 1 },
    }),
    { summary: expect.objectContaining({ peers: 2, counters: 2, differences: 2, mended: 0, left: 0 }) },
  ]);
  expect(stderr).toContain('error: 2 differences are found; --repair mends what can be\n');
  expect((await audit('--peer', 'p')).stdout).toMatch(
    /^p\n {2}CODE .*\n {2}month_newer +2026-11-20 .*\n {2}counter_newer_than_totals +2026-11-20 +slack/,
  );
  expect(await audit('--peer', 'q')).toMatchObject({ exitCode: 0 });
  expect(await contentsOf(table)).toEqual(before);
});

test('mends totals and months after the counters', async ({
  count,
  seal,
  audit,
  item,
  put,
  remove,
  figures,
}) => {
  await count('p', DAY, 0, 4);
  await seal();
  const older = await item(totalsKey('p'));
  await count('p', DAY, 4, 9);
  await put(older);
  await remove(monthKey('p', '2026-11'));
  expect(await audit('--repair', '--yes')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^mended +\d+\nnot mended +0\n$/m),
  });
  expect(await audit()).toMatchObject({ exitCode: 0 });
  expect(await figures()).toEqual([9, 3]);
});

test('a counter that is older than its archived windows becomes what they prove', async ({
  count,
  audit,
  item,
  put,
  figures,
}) => {
  await count('p', '2026-11-22', 0, 60);
  const older = await item(dailyCounterKey({ peerId: 'p', channelId: 'slack', day: '2026-11-22' }));
  await count('p', '2026-11-22', 60, 120);
  await put(older);
  expect((await audit()).stdout).toMatch(/evidence_uncounted +2026-11-22 +slack +messages 120 +messages 60/);
  expect(await audit('--repair', '--yes')).toMatchObject({ exitCode: 0 });
  expect(await figures()).toEqual([120, 40]);
  await count('p', '2026-11-22', 0, 120);
  expect(await figures()).toEqual([120, 40]);
});

test('of what has lost its proof it is told that it counts again, once it is replayed', async ({
  count,
  seal,
  audit,
  table,
  remove,
  figures,
}) => {
  await count('p', DAY, 0, 60);
  await count('p', DAY, 60, 120);
  await seal();
  const partition = archivedWindowsPartition({ peerId: 'p', channelId: 'slack', day: DAY });
  const windows = (await contentsOf(table)).filter(({ pk }) => pk === partition);
  for (const { pk, sk } of windows) await remove({ pk: String(pk), sk: String(sk) });
  expect((await audit()).stdout).toMatch(/evidence_missing +2026-11-20 +slack +messages 0 +messages 120/);
  expect(await audit('--repair', '--yes')).toMatchObject({ exitCode: 0 });
  expect(await figures()).toEqual([0, 0]);
  await count('p', DAY, 0, 120);
  expect(await figures()).toEqual([120, 40]);
  expect(await audit()).toMatchObject({ exitCode: 0 });
});

test('what leads to windows that were split is put back, so that nothing counts twice', async ({
  count,
  audit,
  table,
  remove,
  figures,
}) => {
  const day = '2026-11-22';
  for (let from = 0; from < 360; from += 60) await count('p', day, from, from + 60);
  const key = { peerId: 'p', channelId: 'slack', channelNumber: 1, day };
  const ofPartition = async () =>
    (await contentsOf(table)).filter(({ pk }) => pk === archivedWindowsPartition(key));
  const [window = {}] = await ofPartition();
  await new ArchivedWindows(table).split(await new DailyCounterStore(table).read(key), shareOf(window));
  const [marker] = (await ofPartition()).filter(isShareMarker);
  expect(await audit()).toMatchObject({ exitCode: 0 });
  await remove({ pk: String(marker?.['pk']), sk: String(marker?.['sk']) });
  expect((await audit()).stdout).toMatch(/evidence_hidden +2026-11-22 +slack +messages 360 +messages 120/);
  expect(await audit('--repair', '--yes')).toMatchObject({ exitCode: 0 });
  expect(await ofPartition()).toContainEqual(marker);
  for (let from = 0; from < 360; from += 60) await count('p', day, from, from + 60);
  expect(await figures()).toEqual([360, 120]);
  expect(await audit()).toMatchObject({ exitCode: 0 });
});

test('what it cannot mend is told with the reason, and stays as it is', async ({
  count,
  seal,
  audit,
  table,
  remove,
  figures,
}) => {
  await count('p', DAY, 0, 4);
  await seal();
  const markers = (await contentsOf(table)).filter(({ pk }) => String(pk).includes('#CONVERSATION#'));
  const [marker] = markers;
  await remove({ pk: String(marker?.['pk']), sk: String(marker?.['sk']) });
  const { exitCode, stdout, stderr } = await audit('--repair', '--yes');
  expect(exitCode).toBe(1);
  expect(stdout).toContain(
    'not mended: conversations_unmarked (2026-11-20, slack): which conversations have lost their marker cannot be told',
  );
  expect(stderr).toContain('error: 1 difference is left\n');
  expect(await figures()).toEqual([4, 2]);
});

test('without conversations the table is not read through, and what rests on them is left', async ({
  count,
  audit,
  item,
  put,
}) => {
  await count('p', '2026-11-22', 0, 60);
  const older = await item(dailyCounterKey({ peerId: 'p', channelId: 'slack', day: '2026-11-22' }));
  await count('p', '2026-11-22', 60, 120);
  await put(older);
  const { exitCode, stdout, stderr } = await audit('--without-conversations', '--repair', '--yes');
  expect(exitCode).toBe(1);
  expect(stdout).toContain('run it without --without-conversations');
  expect(stdout).toContain('conversation markers  not read\n');
  expect(stderr).not.toContain('read units');
});

test('an item that cannot be read is told, and the others are compared', async ({
  count,
  seal,
  audit,
  item,
  put,
}) => {
  await count('p', DAY, 0, 4);
  await count('p', '2026-11-19', 0, 4);
  await seal();
  await put({ ...(await item(COUNTER)), version: 'spoilt' });
  const { exitCode, stdout } = await audit('--json');
  expect(exitCode).toBe(1);
  expect(stdout).toContain('"code":"malformed_item"');
  expect(stdout).toContain(`PEER#p USAGE#${DAY}#slack`);
  expect(stdout).toContain('"differences":1');
});

test('where days that are lost for good and counters that are lost cannot be told apart, somebody has to say what becomes of their sum', async ({
  count,
  seal,
  audit,
  dependencies,
  table,
  remove,
  figures,
}) => {
  const longAgo = { ...dependencies, clock: () => Date.parse('2025-07-09T10:00:00Z') };
  const sentAt = Date.parse('2025-07-07T10:00:00Z');
  const old = { peerId: 'p', channelId: 'slack', conversationId: 'old', messageId: 'old', sentAt };
  await (await buildCounter(longAgo)).count([old]);
  await takeDailySnapshot(longAgo)({ through: '2025-07-08' }, () => false);
  await remove(dailyCounterKey({ peerId: 'p', channelId: 'slack', day: '2025-07-07' }));
  await count('p', '2026-11-19', 0, 3);
  await count('p', DAY, 3, 9);
  await seal();
  for (const key of [monthKey('p', '2025-07'), monthKey('p', '2026-11'), COUNTER]) await remove(key);
  const asked = await audit('--repair', '--yes');
  expect(asked.exitCode).toBe(1);
  expect(asked.stdout).toContain(
    'the totals hold 7 messages more than months and counters: those of days of 2025-07 whose counters have expired,' +
      ' or of counters that are lost, whose messages count again; --unsure-sums says what becomes of it',
  );
  expect(await audit('--unsure-sums', 'keep')).toMatchObject({
    exitCode: 1,
    stderr: 'error: --unsure-sums is for --repair\n',
  });
  const torn = await contentsOf(table);
  const kept = await audit('--repair', '--yes', '--unsure-sums', 'keep');
  expect(kept).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('stand on 2025-07-31\n') });
  expect(await figures()).toEqual([10, 4]);
  for (const { pk, sk } of await contentsOf(table)) await remove({ pk: String(pk), sk: String(sk) });
  for (const one of torn) await putRaw(table, one);
  const dropped = await audit('--repair', '--yes', '--unsure-sums', 'drop');
  expect(dropped.stdout).toMatch(/the days of 2025-07 are lost: 7 messages .* are in no figure any more\n/);
  expect(await figures()).toEqual([3, 1]);
});

test('a repair is asked for, and nothing is written without an answer', async ({ count, audit, table }) => {
  await count('p', DAY, 0, 4);
  const before = await contentsOf(table);
  expect(await audit('--repair')).toEqual({
    exitCode: 1,
    stdout: '',
    stderr: 'error: nobody is there to confirm it; add --yes\n',
  });
  expect(await contentsOf(table)).toEqual(before);
});

test('a repair leaves lines in the audit log: who began it, and what was mended of a peer', async ({
  audit,
  count,
  dependencies,
  item,
  put,
  seal,
}) => {
  await count('p', DAY, 0, 3);
  await seal();
  await put({ ...(await item(COUNTER)), messageCount: 7 });
  const { client, settings } = dependencies;
  const log = new AuditLog({ client, tableName: settings.auditTableName }, dependencies.randomBytes);
  const lines = async () => {
    const all: AuditEntry[] = [];
    for await (const page of log.entries()) all.push(...page);
    // Lines of one instant are in no order.
    return all.sort((a, b) => a.phase.localeCompare(b.phase));
  };
  expect((await audit('--peer', 'p')).exitCode).toBe(1);
  expect(await lines()).toEqual([]);
  const auditTable = ['--audit-table', settings.auditTableName];
  expect((await audit('--peer', 'p', '--repair', '--yes', ...auditTable)).exitCode).toBe(0);
  const common = { action: 'repair', by: userInfo().username, peerId: 'p' };
  expect(await lines()).toMatchObject([
    { ...common, phase: 'begun', counts: {} },
    { ...common, phase: 'done', counts: { left: 0 } },
  ]);
});
