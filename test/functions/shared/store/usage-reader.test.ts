import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect } from 'vitest';
import type { ChannelRecord } from '../../../../functions/shared/domain/channel.ts';
import {
  channelStats,
  type DayCounts,
  type PeerUsage,
} from '../../../../functions/shared/domain/channel-stats.ts';
import type { DailyCounter } from '../../../../functions/shared/domain/daily-counter.ts';
import { MalformedItemError } from '../../../../functions/shared/domain/errors.ts';
import { DAY_MS, startOf } from '../../../../functions/shared/domain/utc-day.ts';
import { retentionProblem } from '../../../../functions/shared/runtime/settings.ts';
import { ChannelStore } from '../../../../functions/shared/store/channel-store.ts';
import { DailyCounterStore } from '../../../../functions/shared/store/daily-counter-store.ts';
import type { Table } from '../../../../functions/shared/store/dynamodb.ts';
import { dailyCounterKey } from '../../../../functions/shared/store/items/daily-counter.ts';
import { SnapshotStore } from '../../../../functions/shared/store/snapshot-store.ts';
import { UsageReader } from '../../../../functions/shared/store/usage-reader.ts';
import { metered } from '../../../support/database/capacity.ts';
import { intercepted } from '../../../support/database/intercepted-client.ts';
import { test as fixture } from '../../../support/fixture.ts';
import { itemOf, putRaw } from './table-contents.ts';

const TODAY = '2026-11-22';
const REGISTERED_AT = startOf('2026-11-01');

const test = fixture
  .extend('counters', ({ table }) => new DailyCounterStore(table))
  .extend('channels', ({ table }) => new ChannelStore(table))
  /** Stores a day of a registered channel as counting does: open, or rolled up with its counts in the totals. */
  .extend('store', ({ counters }) => async (peerId: string, day: Day): Promise<void> => {
    const totals = { messageCount: day.messageCount, conversationCount: 1 };
    await counters.apply({
      counter: counter(peerId, day),
      channel: day.rolledUp ? { addToTotals: totals } : { openDay: 'add' },
    });
  })
  /** Rolls up a day that `store` opened. */
  .extend('rollUp', ({ counters }) => async (peerId: string, day: Day): Promise<void> => {
    await counters.apply({
      counter: { ...counter(peerId, day), version: 2, rolledUp: true },
      channel: {
        openDay: 'remove',
        addToTotals: { messageCount: day.messageCount, conversationCount: 1 },
      },
    });
  })
  /** Reads, and tells how many queries it took; anything else that is asked of DynamoDB fails the test. */
  .extend(
    'read',
    ({ database, table }) =>
      async (options: Parameters<UsageReader['read']>[2] = {}, today = TODAY, peerId = 'p') => {
        const meter = metered(database.client);
        const usage = await new UsageReader({ ...table, client: meter.client }).read(peerId, today, options);
        expect([...meter.calls.keys()]).toEqual(['QueryCommand']);
        return { usage, queries: meter.calls.get('QueryCommand') };
      },
  );

interface Day {
  channelId?: string;
  day: string;
  messageCount: number;
  rolledUp?: boolean;
  fingerprints?: string[];
}

/** A counter of a day: one conversation, the last message a second after midnight. */
function counter(
  peerId: string,
  { channelId = 'c', day, messageCount, rolledUp = false, fingerprints }: Day,
): DailyCounter {
  const from = startOf(day);
  return {
    peerId,
    channelId,
    day,
    messageCount,
    conversationCount: 1,
    version: 1,
    rolledUp,
    archivedWindows: 0,
    window: { fingerprints: fingerprints ?? ['00'.repeat(8)], from, through: from + 1000 },
  };
}

/** What the reader makes of a stored day. */
function counts({ channelId = 'c', day, messageCount }: Day): DayCounts {
  return { channelId, day, messageCount, conversationCount: 1, lastMessageAt: startOf(day) + 1000 };
}

function channel(
  messageCount: number,
  conversationCount: number,
  openDays: string[],
  channelId = 'c',
): ChannelRecord {
  return {
    channelId,
    status: 'enabled',
    registeredAt: REGISTERED_AT,
    totals: { messageCount, conversationCount, openDays },
  };
}

const LAST_WEEK: Day = { day: '2026-11-15', messageCount: 10_000, rolledUp: true };
const BEFORE: Day = { day: '2026-11-19', messageCount: 1000, rolledUp: true };
const DAY_BEFORE_YESTERDAY: Day = { day: '2026-11-20', messageCount: 100, rolledUp: true };
const YESTERDAY: Day = { day: '2026-11-21', messageCount: 10 };
const NOW: Day = { day: TODAY, messageCount: 1 };
const STORED = [LAST_WEEK, BEFORE, DAY_BEFORE_YESTERDAY, YESTERDAY, NOW];

test('a peer without anything is one query, and nothing', async ({ read }) => {
  expect(await read()).toEqual({ usage: { channels: [], days: [] }, queries: 1 });
});

test('a channel without messages is listed', async ({ channels, read }) => {
  await channels.register('p', 'c', REGISTERED_AT, {});
  expect(await read()).toEqual({ usage: { channels: [channel(0, 0, [])], days: [] }, queries: 1 });
});

test.for<{ asked: string; options: { from?: string; to?: string }; queries: number; days: Day[] }>([
  { asked: 'all-time', options: {}, queries: 1, days: [YESTERDAY, NOW] },
  { asked: 'until today', options: { to: TODAY }, queries: 2, days: STORED },
  { asked: 'from today', options: { from: TODAY }, queries: 1, days: [YESTERDAY, NOW] },
  { asked: 'from yesterday', options: { from: '2026-11-21' }, queries: 1, days: [YESTERDAY, NOW] },
  {
    asked: 'from a day before',
    options: { from: '2026-11-19' },
    queries: 1,
    days: [BEFORE, DAY_BEFORE_YESTERDAY, YESTERDAY, NOW],
  },
  {
    asked: 'a range up to yesterday',
    options: { from: '2026-11-15', to: '2026-11-21' },
    queries: 1,
    days: STORED,
  },
  {
    asked: 'a range that adjoins yesterday',
    options: { from: '2026-11-16', to: '2026-11-20' },
    queries: 1,
    days: [BEFORE, DAY_BEFORE_YESTERDAY, YESTERDAY, NOW],
  },
  {
    asked: 'a range that ends earlier',
    options: { from: '2026-11-15', to: '2026-11-19' },
    queries: 2,
    days: [LAST_WEEK, BEFORE, YESTERDAY, NOW],
  },
  {
    asked: 'a single day',
    options: { from: '2026-11-19', to: '2026-11-19' },
    queries: 2,
    days: [BEFORE, YESTERDAY, NOW],
  },
  {
    asked: 'a range without messages',
    options: { from: '2026-11-01', to: '2026-11-14' },
    queries: 2,
    days: [YESTERDAY, NOW],
  },
  {
    asked: 'a range so early that counters may have expired',
    options: { from: '0000-01-01', to: '2026-11-14' },
    queries: 2,
    days: STORED,
  },
  {
    asked: 'a range without a beginning',
    options: { to: '2026-11-19' },
    queries: 2,
    days: STORED,
  },
  {
    asked: 'days to come',
    options: { from: '2026-12-01', to: '9999-12-31' },
    queries: 1,
    days: [YESTERDAY, NOW],
  },
])(
  '$asked takes $queries queries: the channels, the open days and the range',
  async ({ options, queries, days }, { channels, store, read }) => {
    await channels.register('p', 'c', REGISTERED_AT, {});
    for (const day of STORED) await store('p', day);
    expect(await read(options)).toEqual({
      usage: { channels: [channel(11_100, 3, ['2026-11-21', TODAY])], days: days.map(counts) },
      queries,
    });
  },
);

const OVERDUE: Day = { day: '2026-11-12', messageCount: 5 };
const LESS_OVERDUE: Day = { day: '2026-11-18', messageCount: 7, channelId: 'b' };

test.for<{ asked: string; options: { from?: string; to?: string }; queries: number; days: Day[] }>([
  { asked: 'all-time', options: {}, queries: 2, days: [NOW, OVERDUE, LAST_WEEK, LESS_OVERDUE] },
  {
    asked: 'a range behind the overdue days',
    options: { from: '2026-11-20' },
    queries: 2,
    days: [NOW, OVERDUE, LAST_WEEK, LESS_OVERDUE],
  },
  {
    asked: 'a range that begins before them',
    options: { from: '2026-11-01' },
    queries: 1,
    days: [OVERDUE, LAST_WEEK, LESS_OVERDUE, NOW],
  },
  {
    asked: 'a range that ends early',
    options: { from: '2026-11-01', to: '2026-11-17' },
    queries: 3,
    days: [OVERDUE, LAST_WEEK, NOW, LESS_OVERDUE],
  },
])(
  'while roll-up is overdue, $asked takes $queries queries, and holds every open day once',
  async ({ options, queries, days }, { channels, store, read }) => {
    await channels.register('p', 'c', REGISTERED_AT, {});
    await channels.register('p', 'b', REGISTERED_AT, {});
    for (const day of [OVERDUE, LAST_WEEK, LESS_OVERDUE, NOW]) await store('p', day);
    expect(await read(options)).toEqual({
      usage: {
        channels: [channel(0, 0, ['2026-11-18'], 'b'), channel(10_000, 1, ['2026-11-12', TODAY])],
        days: days.map(counts),
      },
      queries,
    });
  },
);

test('a day that is rolled up while it is read counts once', async ({
  database,
  table,
  channels,
  store,
  rollUp,
  read,
}) => {
  await channels.register('p', 'c', REGISTERED_AT, {});
  for (const day of [OVERDUE, NOW]) await store('p', day);
  let queries = 0;
  const client = intercepted(database.client, async (command, send) => {
    queries += command instanceof QueryCommand ? 1 : 0;
    if (queries === 2) await rollUp('p', OVERDUE);
    return send();
  });
  const usage = await new UsageReader({ ...table, client }).read('p', TODAY);
  expect(queries).toBe(2);
  expect(channelStats(usage, {}).total).toEqual({ messageCount: 6, conversationCount: 2 });
  const { usage: after } = await read();
  expect(channelStats(after, {}).total).toEqual({ messageCount: 6, conversationCount: 2 });
});

describe('days whose counters may have expired', () => {
  // Counters are kept for 371 days at least.
  const LAST_EXPIRING = '2025-11-17';
  const FIRST_KEPT = '2025-11-18';

  /** Seals a day: of its snapshot, readers need the counts of the day itself. */
  async function snapshot(table: Table, day: string, counts: Record<string, number>): Promise<void> {
    const snapshots = new SnapshotStore(table);
    await snapshots.takeFencingToken('p', 'token');
    const sealed = Object.entries(counts).map(([channelId, messageCount]) => ({
      channelId,
      cumulative: { messageCount: 500 + messageCount, conversationCount: 50 },
      day: { messageCount, conversationCount: Math.min(1, messageCount) },
    }));
    await snapshots.write('p', { day, channels: sealed }, 'token');
  }

  /** What the reader makes of a day in a snapshot. */
  function sealedCounts(day: string, messageCount: number, channelId = 'c'): DayCounts {
    return { channelId, day, messageCount, conversationCount: 1 };
  }

  const OPEN = [YESTERDAY, NOW];

  test.beforeEach(async ({ table, channels, store }) => {
    await channels.register('p', 'c', REGISTERED_AT, {});
    await snapshot(table, '2024-02-29', { b: 3, c: 1 });
    await snapshot(table, LAST_EXPIRING, { b: 0, c: 2 });
    await snapshot(table, FIRST_KEPT, { b: 0, c: 4 });
    for (const day of [{ day: FIRST_KEPT, messageCount: 4, rolledUp: true }, ...OPEN]) await store('p', day);
  });

  const KEPT = [counts({ day: FIRST_KEPT, messageCount: 4 }), ...OPEN.map(counts)];
  const EXPIRED = [
    sealedCounts('2024-02-29', 3, 'b'),
    sealedCounts('2024-02-29', 1),
    sealedCounts(LAST_EXPIRING, 2),
  ];

  test.for<{ asked: string; options: { from?: string; to?: string }; ranges: number; days: DayCounts[] }>([
    { asked: 'all-time', options: {}, ranges: 1, days: OPEN.map(counts) },
    { asked: 'what is kept', options: { from: FIRST_KEPT }, ranges: 1, days: KEPT },
    { asked: 'what is kept, apart', options: { from: FIRST_KEPT, to: FIRST_KEPT }, ranges: 2, days: KEPT },
    {
      asked: 'one day more',
      options: { from: LAST_EXPIRING },
      ranges: 2,
      days: [...KEPT, ...EXPIRED.slice(2)],
    },
    { asked: 'everything', options: { from: '0000-01-01' }, ranges: 2, days: [...KEPT, ...EXPIRED] },
    { asked: 'everything up to today', options: { to: TODAY }, ranges: 2, days: [...KEPT, ...EXPIRED] },
    { asked: 'up to what expires', options: { to: LAST_EXPIRING }, ranges: 2, days: [...KEPT, ...EXPIRED] },
    {
      asked: 'across the two',
      options: { from: '2025-01-01', to: FIRST_KEPT },
      ranges: 2,
      days: [...KEPT, ...EXPIRED.slice(2)],
    },
    {
      asked: 'an old range',
      options: { from: '2024-02-01', to: '2024-02-29' },
      ranges: 2,
      days: [...KEPT, ...EXPIRED.slice(0, 2)],
    },
    {
      asked: 'an old range without snapshots',
      options: { from: '2024-03-01', to: '2024-03-31' },
      ranges: 2,
      days: KEPT,
    },
  ])(
    '$asked: $ranges key ranges, snapshots only where they are needed',
    async ({ options, ranges, days }, { read }) => {
      const { usage, queries } = await read(options);
      expect(usage.days).toEqual(days);
      expect(queries).toBe(ranges);
    },
  );

  test('the counter counts as long as there is one, with what came since its day was sealed', async ({
    store,
    read,
  }) => {
    await store('p', { day: LAST_EXPIRING, messageCount: 20, rolledUp: true });
    await store('p', { day: '2024-02-29', messageCount: 30, rolledUp: true });
    const { usage } = await read({ from: '2024-02-01' });
    expect(usage.days).toEqual([
      counts({ day: '2024-02-29', messageCount: 30 }),
      counts({ day: LAST_EXPIRING, messageCount: 20 }),
      ...KEPT,
      sealedCounts('2024-02-29', 3, 'b'),
    ]);
  });

  test.for([true, false])(
    'snapshots are read consistently where the rest is: %s',
    async (consistent, { database, table }) => {
      const asked: unknown[] = [];
      const client = intercepted(database.client, (command, send) => {
        asked.push(command instanceof QueryCommand && command.input.ConsistentRead);
        return send();
      });
      await new UsageReader({ ...table, client }).read('p', TODAY, { from: '2024-01-01', consistent });
      expect(asked).toEqual([consistent, consistent]);
    },
  );

  test('the counters of any setting are kept as long as readers rely on', () => {
    const problem = (counterRetentionDays: number) =>
      retentionProblem({ messageRetentionDays: 1, counterRetentionDays });
    const leastDays = (startOf(TODAY) - startOf(FIRST_KEPT)) / DAY_MS;
    // A day more than readers rely on: their clock may be behind.
    expect(problem(leastDays + 2)).toBeUndefined();
    expect(problem(leastDays + 1)).toBeDefined();
  });
});

test.for([true, false])(
  'all queries of a read are consistent, or none: %s',
  async (consistent, { database, table, channels, store }) => {
    await channels.register('p', 'c', REGISTERED_AT, {});
    await store('p', OVERDUE);
    const asked: unknown[] = [];
    const client = intercepted(database.client, (command, send) => {
      asked.push(command instanceof QueryCommand && command.input.ConsistentRead);
      return send();
    });
    const options = { from: '2026-11-13', to: '2026-11-14', consistent };
    await new UsageReader({ ...table, client }).read('p', TODAY, options);
    expect(asked).toEqual([consistent, consistent, consistent]);
  },
);

test('more than 1 MB is read over several pages, each item once', async ({ channels, store, read }) => {
  const ids = Array.from({ length: 30 }, (_, index) => `c${index + 10}`);
  const fingerprints = Array.from({ length: 6_000 }, () => '00'.repeat(8));
  for (const channelId of ids) {
    await channels.register('p', channelId, REGISTERED_AT, {});
    await store('p', { channelId, day: TODAY, messageCount: 6_000, fingerprints });
  }
  const { usage, queries } = await read();
  expect(usage).toEqual({
    channels: ids.map((channelId) => channel(0, 0, [TODAY], channelId)),
    days: ids.map((channelId) => counts({ channelId, day: TODAY, messageCount: 6_000 })),
  });
  expect(queries).toBe(2);
});

test('what messages a reader gets is the later of the window and the archived windows', async ({
  counters,
  read,
}) => {
  const { window, ...rest } = counter('p', NOW);
  const archivedThrough = startOf(TODAY) + 5000;
  await counters.apply({ counter: { ...rest, channelId: 'a', archivedWindows: 1, archivedThrough } });
  await counters.apply({
    counter: { ...counter('p', { ...NOW, channelId: 'b' }), archivedWindows: 1, archivedThrough },
  });
  await counters.apply({
    counter: { ...counter('p', { ...NOW, channelId: 'c' }), archivedWindows: 1, archivedThrough: 5 },
  });
  const { usage } = await read();
  expect(usage.days.map(({ channelId, lastMessageAt }) => [channelId, lastMessageAt])).toEqual([
    ['a', archivedThrough],
    ['b', archivedThrough],
    ['c', startOf(TODAY) + 1000],
  ]);
});

test('a peer’s identifiers lead to its own items alone, whatever they contain', async ({
  channels,
  store,
  read,
}) => {
  const ids = [
    'a',
    'a#b',
    'a%23b',
    '#',
    '%',
    '%23',
    '%25',
    '😀',
    'CHANNEL#x',
    'a#USAGE#2026-11-22#c',
    'USAGE#CHANNEL$',
  ];
  for (const [index, peerId] of ids.entries()) {
    for (const channelId of ids) {
      await channels.register(peerId, channelId, REGISTERED_AT, {});
      await store(peerId, { channelId, day: TODAY, messageCount: index + 1 });
    }
  }
  const byId = (a: { channelId: string }, b: { channelId: string }) => (a.channelId < b.channelId ? -1 : 1);
  for (const [index, peerId] of ids.entries()) {
    const { usage, queries } = await read({}, TODAY, peerId);
    const sorted: PeerUsage = { channels: usage.channels.sort(byId), days: usage.days.sort(byId) };
    expect(sorted).toEqual({
      channels: ids.map((channelId) => channel(0, 0, [TODAY], channelId)).sort(byId),
      days: ids.map((channelId) => counts({ channelId, day: TODAY, messageCount: index + 1 })).sort(byId),
    });
    expect(queries).toBe(1);
  }
});

test.for<[string, Record<string, unknown>]>([
  ['messageCount', { messageCount: 'personal-value' }],
  ['conversationCount', { conversationCount: -7788 }],
  ['archivedThrough', { archivedThrough: 'personal-value' }],
])(
  'a stored counter whose %s is malformed is refused, without a word of what is in it',
  async ([place, wrong], { table, counters, read }) => {
    await counters.apply({ counter: counter('p', NOW) });
    const key = dailyCounterKey({ peerId: 'p', channelId: 'c', day: TODAY });
    await putRaw(table, { ...(await itemOf(table, key)), ...wrong });
    await expect(read()).rejects.toThrow(MalformedItemError);
    await expect(read()).rejects.toThrow(
      new RegExp(`^stored daily counter at ".*" is malformed \\(${place}: `),
    );
    await expect(read()).rejects.not.toThrow(/personal-value|7788/);
  },
);

test('a stored counter whose key names no day is refused', async ({ table, read }) => {
  await putRaw(table, { pk: 'PEER#p', sk: 'USAGE#A#c', messageCount: 1, conversationCount: 1 });
  await expect(read()).rejects.toThrow(/^stored daily counter at ".*" is malformed \(sk: /);
});

test('a malformed channel is refused', async ({ table, read }) => {
  await putRaw(table, { pk: 'PEER#p', sk: 'USAGE#CHANNEL#c', status: 'personal-value', registeredAt: 1 });
  await expect(read()).rejects.toThrow(/^stored channel at ".*" is malformed \(status: /);
  await expect(read()).rejects.not.toThrow(/personal-value/);
});
