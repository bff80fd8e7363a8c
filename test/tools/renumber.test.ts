import { expect } from 'vitest';
import { countMessages } from '../../functions/shared/counting/count-messages.ts';
import { SECOND_MS } from '../../functions/shared/domain/utc-day.ts';
import { DailyCounterStore } from '../../functions/shared/store/daily-counter-store.ts';
import { NotifiedPeers } from '../../functions/shared/store/notified-peers.ts';
import { SealedDays } from '../../functions/shared/store/sealed-days.ts';
import { TotalsStore } from '../../functions/shared/store/totals-store.ts';
import { renumberCommand } from '../../tools/commands/renumber.ts';
import { snapshotCommand } from '../../tools/commands/snapshot.ts';
import { streamRecord } from '../faults/history.ts';
import { test as fixture } from '../support/fixture.ts';
import { runOn, usageTableOf } from './tool-run.ts';

const test = fixture
  /** Counts a message of peer `a` on each of some days. */
  .extend('count', ({ dependencies }) => async (days: readonly string[]): Promise<void> => {
    const records = days.map((day, index) =>
      streamRecord(
        {
          ...{ peerId: 'a', conversationId: 'k', messageId: day, channelId: 'slack', role: 'user' },
          sentAt: Date.parse(`${day}T09:00:00.000Z`),
        },
        index + 1,
      ),
    );
    await countMessages(dependencies)({ Records: records });
  })
  .extend('seal', ({ database, dependencies }) => () => {
    const options = [...usageTableOf(database, dependencies), '--day', '2026-11-21'];
    return runOn(dependencies, snapshotCommand, options);
  })
  .extend('totals', ({ table }) => new TotalsStore(table, new DailyCounterStore(table)))
  .extend('notified', ({ table }) => new NotifiedPeers(table, []))
  .extend('renumber', ({ database, dependencies }) => (options: readonly string[] = ['--yes']) => {
    return runOn(dependencies, renumberCommand, [...usageTableOf(database, dependencies), ...options]);
  });

test('revisions and numbers of notifications begin anew, and nothing else changes', async ({
  count,
  seal,
  totals,
  notified,
  dependencies,
  table,
  renumber,
}) => {
  await count(['2026-11-10', '2026-11-11']);
  await seal();
  const before = await totals.read('a');
  const sealed = new SealedDays(table);
  const daysBefore = await sealed.read('a', '2026-11-01', '2026-11-30');
  expect(daysBefore).toHaveLength(2);
  expect(await renumber()).toEqual({ exitCode: 0, stdout: 'peers renumbered 1\n', stderr: '' });
  const now = Math.floor(dependencies.clock() / SECOND_MS);
  expect(await totals.read('a')).toEqual({ ...before, revision: now });
  expect(await notified.read('a')).toEqual({ version: 1, sequence: now, openFindings: [] });
  expect(await sealed.read('a', '2026-11-01', '2026-11-30')).toEqual(daysBefore);
  await count(['2026-11-09']);
  expect((await sealed.readDay('a', '2026-11-09'))?.revision).toBe(now + 1);
});

test('a peer that has no totals yet begins there, too', async ({
  count,
  seal,
  dependencies,
  table,
  renumber,
}) => {
  await count(['2026-11-12']);
  await renumber();
  await seal();
  const [day] = await new SealedDays(table).read('a', '2026-11-01', '2026-11-30');
  expect(day?.revision).toBe(Math.floor(dependencies.clock() / SECOND_MS) + 1);
});

test('numbers are never lowered', async ({ count, totals, dependencies, renumber }) => {
  await count(['2026-11-12']);
  await renumber();
  const { revision } = await totals.read('a');
  dependencies.setClock('2026-11-22T09:00:00.000Z');
  await renumber();
  expect((await totals.read('a')).revision).toBe(revision);
});

test('it asks first', async ({ renumber }) => {
  expect(await renumber([])).toMatchObject({ exitCode: 1, stdout: '' });
});
