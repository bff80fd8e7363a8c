import { expect } from 'vitest';
import { countMessages, type StreamHandler } from '../../functions/shared/counting/count-messages.ts';
import type { Message } from '../../functions/shared/domain/message.ts';
import { sum } from '../../functions/shared/domain/metrics.ts';
import { AuditLog } from '../../functions/shared/store/audit-log.ts';
import { ChannelRegistry } from '../../functions/shared/store/channel-registry.ts';
import { ChannelStore } from '../../functions/shared/store/channel-store.ts';
import { parseMonth } from '../../functions/shared/store/items/month-of-snapshots.ts';
import { parseTotals, TOTALS_SORT_KEY } from '../../functions/shared/store/items/peer-totals.ts';
import { MessageStore } from '../../functions/shared/store/message-store.ts';
import { UsageReader } from '../../functions/shared/store/usage-reader.ts';
import { takeDailySnapshot } from '../../functions/take-daily-snapshot/take-daily-snapshot.ts';
import { channelsCommand } from '../../tools/commands/channels.ts';
import type { ToolContext } from '../../tools/support/tool.ts';
import { streamRecord } from '../faults/history.ts';
import { contentsOf } from '../functions/shared/store/table-contents.ts';
import { intercepted } from '../support/database/intercepted-client.ts';
import { writesTotals } from '../support/database/transactions.ts';
import { test as fixture } from '../support/fixture.ts';
import type { TestDependencies } from '../support/service/test-dependencies.ts';
import { allTablesOf, runOn } from './tool-run.ts';

const TODAY = '2026-11-22';
const DAYS = ['2025-12-01', '2026-10-05', '2026-10-06', '2026-11-20', TODAY];
const CHANNELS = ['kept', 'mistake'];

const SMALL_WINDOWS = { windowCapacity: 1, fingerprintsPerWindow: 1, windowsTogether: 2 };

let sequenceNumber = 0;

/** Three messages of two conversations for every channel and day. */
const MESSAGES: Message[] = CHANNELS.flatMap((channelId) =>
  DAYS.flatMap((day) =>
    [1, 2, 3].map((number) => ({
      peerId: 'p',
      channelId,
      conversationId: `+49 ${channelId} ${day} ${number % 2}`,
      messageId: `${day} ${number}`,
      role: 'user' as const,
      sentAt: Date.parse(`${day}T08:00:00.000Z`) + number,
    })),
  ),
);

async function deliver(handler: StreamHandler, messages: readonly Message[]): Promise<void> {
  const records = messages.map((message) => {
    sequenceNumber += 1;
    return streamRecord(message, sequenceNumber);
  });
  expect(await handler({ Records: records })).toEqual({ batchItemFailures: [] });
}

async function seal(dependencies: TestDependencies): Promise<void> {
  const run = await takeDailySnapshot(dependencies)({ scheduledAt: `${TODAY}T00:10:00Z` }, () => false);
  expect(run.failed).toBe(0);
}

const test = fixture
  /** Counts all messages, with windows that overflow, and seals what is over. The handler stays warm. */
  .extend('warm', async ({ dependencies, messagesTable }) => {
    const handler = countMessages(dependencies, { ...SMALL_WINDOWS, windowCapacity: 2 });
    const store = new MessageStore(messagesTable, 400);
    for (const message of MESSAGES) await store.putIfNew(message);
    await deliver(
      handler,
      MESSAGES.filter(({ sentAt }) => sentAt < Date.parse('2026-11-20')),
    );
    await seal(dependencies);
    await deliver(handler, MESSAGES);
    return handler;
  })
  .extend('purge', ({ database, dependencies }) => {
    return (
      options: readonly string[] = ['--yes'],
      changed: Partial<ToolContext> = {},
      channelId = 'mistake',
    ) => {
      const named = ['purge', '--peer', 'p', '--channel', channelId, ...allTablesOf(database, dependencies)];
      return runOn(dependencies, channelsCommand, [...named, ...options], changed);
    };
  })
  .extend(
    'usage',
    ({ table }) =>
      () =>
        new UsageReader(table).read('p', TODAY, { from: '2025-01-01', consistent: true }),
  );

test('its figures and its evidence are gone, and those of others stay as they were', async ({
  warm: _,
  purge,
  usage,
  table,
  auditTable,
  dependencies,
}) => {
  const before = await usage();
  // Both channels came in one batch: either may have been registered first.
  const purged = await new ChannelStore(table).read('p', 'mistake');
  if (purged === undefined) throw new Error('the channel is not registered');
  expect(await purge()).toMatchObject({
    exitCode: 0,
    stdout:
      'counters    removed  5\nmarkers     removed  10\nwindows     removed  0\nquarantined removed  0\nothers      removed  0\n',
  });
  const after = await usage();
  expect(after.channels).toEqual(before.channels.filter(({ channelId }) => channelId === 'kept'));
  expect(after.days).toEqual(before.days.filter(({ channelId }) => channelId === 'kept'));
  const items = await contentsOf(table);
  const named = items.filter((item) => JSON.stringify(item).includes('mistake'));
  expect(named).toEqual([
    {
      pk: 'PEER#p',
      sk: 'USAGE#CHANNEL#mistake',
      status: 'purged',
      number: purged.number,
      registeredAt: dependencies.clock(),
    },
  ]);
  // The totals are the sum of the months, as they were.
  const totals = items.filter(({ sk }) => sk === TOTALS_SORT_KEY).map(parseTotals);
  const months = items.filter(({ sk }) => String(sk).startsWith('MONTH#')).map(parseMonth);
  const sealed = months.flatMap(({ days }) =>
    [...days.values()].flatMap(({ channels }) => [...channels.values()]),
  );
  expect(totals.map(({ channels }) => sum([...channels.values()]))).toEqual([sum(sealed)]);
  expect(totals[0]?.months).toEqual(new Map(months.map(({ month, revision }) => [month, revision])));
  // Who follows changes is told of each day that lost something.
  const changed = months.flatMap(({ days }) =>
    [...days].filter(([, { channels }]) => !channels.has(purged.number)),
  );
  expect(changed.map(([day]) => day).sort()).toEqual(DAYS.slice(0, 3));
  const lines = [];
  for await (const page of new AuditLog(auditTable, dependencies.randomBytes).entries()) lines.push(...page);
  // Both are of one instant here.
  const told = lines.map(({ action, phase, peerId, channelId }) => [action, phase, peerId, channelId]).sort();
  expect(told).toEqual([
    ['purge', 'begun', 'p', 'mistake'],
    ['purge', 'done', 'p', 'mistake'],
  ]);
});

test('its messages are refused, by a process that still knows the channel and by a new one, on every day', async ({
  warm,
  purge,
  usage,
  table,
  dependencies,
}) => {
  await purge();
  const [figures, items] = [await usage(), await contentsOf(table)];
  const late = MESSAGES.map((message) => ({ ...message, messageId: `${message.messageId} late` }));
  const ofMistake = [...MESSAGES, ...late].filter(({ channelId }) => channelId === 'mistake');
  for (const handler of [warm, countMessages(dependencies, { ...SMALL_WINDOWS, windowCapacity: 2 })]) {
    await deliver(handler, ofMistake);
    expect(await contentsOf(table)).toEqual(items);
  }
  await seal(dependencies);
  expect(await usage()).toEqual(figures);
});

test('purging it again changes nothing, and what is not there is not purged', async ({
  warm: _,
  purge,
  usage,
}) => {
  await purge();
  const after = await usage();
  expect(await purge()).toMatchObject({ exitCode: 0 });
  expect(await usage()).toEqual(after);
  expect(await purge(['--yes'], {}, 'other')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('p has no channel other; nothing was done'),
  });
});

test('it asks first', async ({ warm: _, purge, usage }) => {
  const before = await usage();
  expect(await purge([], { ask: async () => 'n' })).toMatchObject({ exitCode: 1 });
  expect(await usage()).toEqual(before);
});

test('its number is never given again, its place is free, and no request brings it back', async ({
  warm: _,
  purge,
  table,
  dependencies,
}) => {
  await purge();
  const channels = new ChannelStore(table);
  expect(await channels.count('p')).toBe(1);
  expect(await channels.register('p', 'next', 0, {})).toMatchObject({ isNew: true, channel: { number: 3 } });
  const registry = new ChannelRegistry(table);
  expect(await registry.change('p', 'mistake', { status: 'enabled' }, dependencies.clock())).toBe(
    'channel_purged',
  );
  expect((await registry.list('p')).map(({ channelId }) => channelId)).toEqual(['kept', 'next']);
});

test('a late message that was about to be counted when its channel was purged leaves nothing', async ({
  warm,
  purge,
  usage,
  table,
  dependencies,
}) => {
  // Of a channel that the totals hold nothing of, so that there is nothing to be taken out of them.
  const message = (id: string, sentAt: string): Message => ({
    ...{ peerId: 'p', channelId: 'fresh', conversationId: id, messageId: id, role: 'user' },
    sentAt: Date.parse(sentAt),
  });
  await deliver(warm, [message('today', `${TODAY}T08:00:00.000Z`)]);
  let purged = 0;
  const client = intercepted(dependencies.client, async (command, send) => {
    if (writesTotals(command) && purged === 0) {
      purged += 1;
      await purge(['--yes'], {}, 'fresh');
    }
    return send();
  });
  await deliver(countMessages({ ...dependencies, client }), [message('late', '2026-10-05T09:00:00.000Z')]);
  expect(purged).toBe(1);
  expect((await usage()).channels.map(({ channelId }) => channelId)).not.toContain('fresh');
  const named = (await contentsOf(table)).filter((item) => JSON.stringify(item).includes('fresh'));
  expect(named.map(({ sk }) => sk)).toEqual(['USAGE#CHANNEL#fresh']);
  const totals = (await contentsOf(table)).filter(({ sk }) => sk === TOTALS_SORT_KEY).map(parseTotals);
  expect(totals.flatMap(({ channels }) => [...channels.keys()]).sort()).toEqual([1, 2]);
});
