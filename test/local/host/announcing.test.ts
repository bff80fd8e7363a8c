import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { buildCounter } from '../../../functions/shared/counting/build-counter.ts';
import { parseDayChanged } from '../../../functions/shared/domain/day-announcement.ts';
import { DailyCounterStore } from '../../../functions/shared/store/daily-counter-store.ts';
import { TotalsStore } from '../../../functions/shared/store/totals-store.ts';
import { takeDailySnapshot } from '../../../functions/take-daily-snapshot/take-daily-snapshot.ts';
import type { DayConsumer } from '../../../local/aws/announcing/consumer-queue.ts';
import { Announcing } from '../../../local/host/announcing.ts';
import { Notices } from '../../../local/host/notices.ts';
import { test as fixture } from '../../support/fixture.ts';

const test = fixture
  .extend('seal', ({ dependencies }) => async (...peers: string[]) => {
    const counter = await buildCounter(dependencies);
    const sentAt = Date.parse('2026-11-21T12:00:00Z');
    const of = { channelId: 'c', conversationId: 'k', messageId: 'm', sentAt };
    for (const peerId of peers) await counter.count([{ peerId, ...of }]);
    await takeDailySnapshot(dependencies)({ scheduledAt: '2026-11-22T10:00:00Z' }, () => false);
  })
  /** Starts announcing to some consumers; ends it, and the time of those that hang, behind the test. */
  .extend('announceTo', ({ dependencies, folder, onTestFinished }) => (...consumers: DayConsumer[]) => {
    const timeIsUp = Promise.withResolvers<void>();
    const told: string[] = [];
    const failedAnnouncementsFile = join(folder, 'failed-announcements.jsonl');
    const announcing = new Announcing({
      dependencies: {
        ...dependencies,
        waiting: { ...dependencies.waiting, deadline: () => timeIsUp.promise },
      },
      consumers,
      folder: { failedAnnouncementsFile },
      notices: new Notices({ tell: (line) => told.push(line), later: () => {} }),
      complain: (problem) => told.push(problem),
    });
    onTestFinished(async () => {
      timeIsUp.resolve();
      await announcing.stop();
    });
    return { announcing, told, failed: () => readFile(failedAnnouncementsFile, 'utf8') };
  });

/** A consumer, and the first days that it gets. */
function taking(name: string) {
  const taken = Promise.withResolvers<string[]>();
  const consumer: DayConsumer = {
    name,
    timeLimitMs: 60_000,
    stopBeforeMs: 5_000,
    handle: async ({ Records: records }) => {
      taken.resolve(records.map(({ body }) => parseDayChanged(body).peerId).sort());
      return { batchItemFailures: [] };
    },
  };
  return { consumer, taken: taken.promise };
}

test('a consumer that hangs for ever, and one that fails, keep neither others from what is announced, nor days from being sealed', async ({
  seal,
  announceTo,
  table,
}) => {
  await seal('p');
  const [one, other] = [taking('one'), taking('other')];
  const hanging: DayConsumer = {
    name: 'hanging',
    timeLimitMs: 60_000,
    stopBeforeMs: 5_000,
    handle: () => new Promise(() => {}),
  };
  const failing: DayConsumer = {
    name: 'failing',
    timeLimitMs: 60_000,
    stopBeforeMs: 5_000,
    handle: async () => {
      throw new Error('it is down');
    },
  };
  announceTo(hanging, one.consumer, failing, other.consumer);
  expect(await one.taken).toEqual(['p']);
  expect(await other.taken).toEqual(['p']);
  // Sealing knows of none of them.
  await seal('q');
  const { sealedThrough } = await new TotalsStore(table, new DailyCounterStore(table)).read('q');
  expect(sealedThrough).toBe('2026-11-21');
});

test('what was consumed does not come again after the next start', async ({
  dependencies,
  seal,
  announceTo,
}) => {
  await seal('p');
  // By more than a change may come late.
  dependencies.setClock('2026-11-22T10:20:00.000Z');
  const before = taking('one');
  const { announcing } = announceTo(before.consumer);
  await before.taken;
  await announcing.stop();
  dependencies.setClock('2026-11-22T10:30:00.000Z');
  await seal('q');
  const after = taking('one');
  announceTo(after.consumer);
  expect(await after.taken).toEqual(['q']);
});
