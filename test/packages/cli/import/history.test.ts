import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { AuditLog } from '../../../../functions/shared/store/audit-log.ts';
import { contentsOf } from '../../../functions/shared/store/table-contents.ts';
import { test as fixture } from '../../../support/fixture.ts';
import { allTablesOf } from '../../../tools/tool-run.ts';
import { idleContext, runCommand, type TestedContext } from '../cli-run.ts';

const OLD = '2023-05-04T10:00:00Z';

/** Lines of an export: a message of a user on each channel and at each instant. */
function lines(messages: readonly (readonly [id: string, channelId: string, sentAt: string])[]): string {
  return messages
    .map(([messageId, channelId, sentAt]) =>
      JSON.stringify({ messageId, conversationId: 'k', channelId, role: 'user', sentAt }),
    )
    .join('\n');
}

const test = fixture
  .extend('file', async ({ folder }) => {
    const file = join(folder, 'export.jsonl');
    await writeFile(
      file,
      lines([
        ['m1', 'slack', OLD],
        ['m2', 'web', '2024-02-29T00:00:00Z'],
        ['m3', 'slack', '2026-11-20T10:00:00Z'],
      ]),
    );
    return file;
  })
  .extend('run', ({ database, dependencies, folder, file }) => {
    return (options: readonly string[] = [], changed: TestedContext = {}) =>
      runCommand(
        [
          ...['import', file, '--peer', 'p', '--history', '--state', folder, '--quiet'],
          ...allTablesOf(database, dependencies),
          ...options,
        ],
        { clock: dependencies.clock, waiting: dependencies.waiting, ...changed },
      );
  })
  .extend('log', ({ auditTable, dependencies }) => async () => {
    const entries = [];
    for await (const page of new AuditLog(auditTable, dependencies.randomBytes).entries())
      entries.push(...page);
    return entries.map(({ by: _, ...entry }) => entry);
  });

const PLAN =
  '3 messages for the history of p, of which 3 count, on 3 days, 2023-05-04 to 2026-11-20, on 2 channels: slack, web\n';

test('a history is recorded once it is confirmed, and the audit log tells of it', async ({
  run,
  log,
  dependencies,
  messagesTable,
}) => {
  const asked: string[] = [];
  const ask = async (question: string) => {
    asked.push(question);
    return 'y';
  };
  const { exitCode, stderr, stdout } = await run([], { ask });
  expect([exitCode, stderr]).toEqual([0, PLAN]);
  expect(asked).toEqual(['Record them for good? [y/N] ']);
  expect(stdout).toContain('recorded               3\n');
  expect(
    (await contentsOf(messagesTable)).map(({ sk, historyMark }) => [sk, historyMark !== undefined]),
  ).toEqual([
    ['m1', true],
    ['m2', true],
    ['m3', false],
  ]);
  const line = { at: dependencies.clock(), action: 'import', peerId: 'p' };
  const days = { firstDay: '2023-05-04', lastDay: '2026-11-20' };
  const lineOfEnd = { messages: 3, known: 0, refused: 0, days: 3 };
  expect(await log()).toEqual(
    expect.arrayContaining([
      { ...line, phase: 'begun', ...days, counts: { messages: 3 } },
      { ...line, phase: 'done', ...days, counts: lineOfEnd },
    ]),
  );
  expect(await run(['--yes', '--json'])).toMatchObject({ exitCode: 0 });
  expect((await log()).map(({ counts }) => counts)).toEqual(
    expect.arrayContaining([{ messages: 0, known: 3, refused: 0, days: 3 }]),
  );
});

test('what follows is said, with the day until which days take more', async ({
  database,
  dependencies,
  file,
  folder,
}) => {
  const { stderr } = await runCommand(
    [
      ...['import', file, '--peer', 'p', '--history', '--state', folder, '--yes'],
      ...allTablesOf(database, dependencies),
    ],
    { clock: dependencies.clock },
  );
  expect(stderr).toContain(
    'Days that have got their first figures by this take more until 2026-12-22. From then on nothing changes them any' +
      ' more: import what other channels of p have of these days before that.\n',
  );
});

test.for([
  ['nobody can be asked', undefined, 'nobody is there to confirm it; add --yes'],
  ['the person does not agree', 'n', 'not confirmed; nothing was done'],
] as const)('nothing is stored where %s', async ([, answer, message], { run, log, messagesTable }) => {
  const { exitCode, stderr } = await run([], { ask: async () => answer });
  expect([exitCode, stderr]).toEqual([2, `${PLAN}error: ${message}\n`]);
  expect(await contentsOf(messagesTable)).toEqual([]);
  expect(await log()).toEqual([]);
});

test('days whose evidence has gone are named before anything is stored, and refused', async ({
  run,
  service,
  dependencies,
  table,
}) => {
  await service.count([
    { peerId: 'p', conversationId: 'x', messageId: 'x', channelId: 'live', sentAt: Date.parse(OLD) },
  ]);
  dependencies.setClock('2026-12-31T00:00:00Z');
  const dry = await run(['--dry-run', '--json']);
  expect(JSON.parse(dry.stdout)).toMatchObject({
    refusedDays: [
      {
        day: '2023-05-04',
        reason: '2023-05-04 has figures and takes no more messages, as their evidence is about to expire',
      },
    ],
  });
  expect((await run(['--dry-run'])).stdout).toContain(
    'Days that would be refused\n  2023-05-04 has figures and takes no more messages, as their evidence is about',
  );
  const { exitCode, stderr, stdout } = await run(['--yes', '--json']);
  expect(exitCode).toBe(1);
  expect(stderr).toContain('1 of these days have figures already, and will take none of them: 2023-05-04\n');
  expect(JSON.parse(stdout)).toMatchObject({
    recorded: 2,
    refused: [{ code: 'day_has_figures', number: 1 }],
  });
  expect((await contentsOf(table)).length).toBeGreaterThan(0);
});

test.for([
  [['--history', '--wait'], '--history does not go with --wait: it asks no service'],
  [['--history', '--url', 'http://127.0.0.1:1'], '--history does not go with --url: it asks no service'],
  [['--data', '.local'], '--data says where tables are, which --history alone writes to'],
] as const)('options that do not go together are refused: %j', async ([options, message], { file }) => {
  const { exitCode, stderr } = await runCommand(['import', file, '--peer', 'p', ...options]);
  expect([exitCode, stderr]).toEqual([2, `error: ${message}\n`]);
});

test('where there is no data, that is said', async ({ file, folder }) => {
  const { stderr } = await runCommand([
    ...['import', file, '--peer', 'p', '--history', '--yes', '--data', join(folder, 'none')],
  ]);
  expect(stderr).toContain('there is no data in ');
});

test('where the database does not answer, that is said, and it ends with 4', async ({ file, folder }) => {
  const endpoint = 'http://127.0.0.1:1';
  const { exitCode, stderr } = await runCommand(
    [
      ...['import', file, '--peer', 'p', '--history', '--yes', '--state', folder],
      ...['--dynamodb-endpoint', endpoint],
    ],
    { waiting: { ...idleContext().waiting, deadline: async () => {} } },
  );
  expect({ exitCode, stderr }).toEqual({
    exitCode: 4,
    stderr:
      `${endpoint} does not answer yet; still waiting\n` +
      `error: channel-usage-messages or channel-usage in ${endpoint} cannot be used: ECONNREFUSED\n`,
  });
});
