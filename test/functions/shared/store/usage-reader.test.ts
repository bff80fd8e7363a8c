import { GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect } from 'vitest';
import { attemptsUnderLoad } from '../../../../bench/reader-attempts.ts';
import { NOTHING_ARCHIVED } from '../../../../functions/shared/domain/archive.ts';
import type { UsedChannel } from '../../../../functions/shared/domain/channel.ts';
import type { DayCounts, PeerUsage } from '../../../../functions/shared/domain/channel-stats.ts';
import { type DailyCounter, sealing } from '../../../../functions/shared/domain/daily-counter.ts';
import { ContentionError, MalformedItemError } from '../../../../functions/shared/domain/errors.ts';
import { monthOf } from '../../../../functions/shared/domain/month.ts';
import { settled } from '../../../../functions/shared/domain/peer-totals.ts';
import { addDays, startOf } from '../../../../functions/shared/domain/utc-day.ts';
import { ChannelStore } from '../../../../functions/shared/store/channel-store.ts';
import { DailyCounterStore } from '../../../../functions/shared/store/daily-counter-store.ts';
import { dailyCounterKey } from '../../../../functions/shared/store/items/daily-counter.ts';
import { monthKey } from '../../../../functions/shared/store/items/month-of-snapshots.ts';
import { totalsKey } from '../../../../functions/shared/store/items/peer-totals.ts';
import { TotalsStore } from '../../../../functions/shared/store/totals-store.ts';
import { UsageReader } from '../../../../functions/shared/store/usage-reader.ts';
import { metered } from '../../../support/database/capacity.ts';
import { intercepted } from '../../../support/database/intercepted-client.ts';
import { test as fixture } from '../../../support/fixture.ts';
import { contentsOf, itemOf, putRaw } from './table-contents.ts';

const TODAY = '2026-11-22';
const REGISTERED_AT = startOf('2026-09-01');

interface Day {
  channelId?: string;
  channelNumber?: number;
  day: string;
  messageCount: number;
  version?: number;
  fingerprints?: string[];
}

/** A counter of a day: one conversation, the last message a second after midnight. */
function counter(
  peerId: string,
  { channelId = 'c', channelNumber = 1, day, messageCount, version = 1, fingerprints }: Day,
): DailyCounter {
  const from = startOf(day);
  return {
    ...{ peerId, channelId, channelNumber, day, messageCount, conversationCount: 1, version },
    ...{ keepUntil: startOf('2028-02-23'), archive: NOTHING_ARCHIVED },
    window: { fingerprints: fingerprints ?? ['00'.repeat(8)], from, through: from + 1000 },
  };
}

const test = fixture
  .extend('counters', ({ table }) => new DailyCounterStore(table))
  .extend('channels', ({ table }) => new ChannelStore(table))
  .extend('totals', ({ table, counters }) => new TotalsStore(table, counters))
  /** Stores a day of a registered channel as counting does. */
  .extend('store', ({ counters }) => (peerId: string, day: Day): Promise<void> => {
    return counters.apply({ counter: counter(peerId, day) });
  })
  /** Seals some channels of a day, as the snapshot job does; `more` is what was counted late on it. */
  .extend('seal', ({ counters, totals }) => async (day: string, channelIds: string[] = ['c'], more = 0) => {
    const read = await totals.read('p');
    const isFirst = read.sealedThrough === undefined || read.sealedThrough < day;
    const found = (await counters.readDays('p', day, day)).filter(({ channelId }) =>
      channelIds.includes(channelId),
    );
    const sealings = found.map((before) => {
      const { messageCount, version } = before;
      const after = { ...before, messageCount: messageCount + more, version: version + 1 };
      return sealing(before, { counter: after });
    });
    const month = await totals.readMonth('p', monthOf(day));
    const completeThrough = isFirst ? read.sealedThrough : read.completeThrough;
    await totals.settle('p', settled(sealings, read, month, completeThrough, startOf(TODAY)));
  })
  /** A reader that keeps what it knows, and the calls that it makes. */
  .extend('reading', ({ database, table }) => {
    const meter = metered(database.client);
    const reader = new UsageReader({ ...table, client: meter.client });
    return async (options: Parameters<UsageReader['read']>[2] = {}, today = TODAY, peerId = 'p') => {
      const before = new Map(meter.calls);
      const usage = await reader.read(peerId, today, options);
      const calls = ['QueryCommand', 'GetCommand'].map(
        (kind) => (meter.calls.get(kind) ?? 0) - (before.get(kind) ?? 0),
      );
      return { usage, queries: calls[0], gets: calls[1] };
    };
  })
  /** What each of several reads with a client that this makes of another one comes to. */
  .extend('figuresOf', ({ table }) => async (client: Parameters<typeof intercepted>[0], options = {}) => {
    return figures(await new UsageReader({ ...table, client }).read('p', TODAY, options));
  });

/** All-time messages, and the messages of each day. */
function figures({ channels, days }: PeerUsage): [number, Record<string, number>] {
  const byDay: Record<string, number> = {};
  for (const { day, messageCount } of days) byDay[day] = (byDay[day] ?? 0) + messageCount;
  return [channels.reduce((all, { allTime }) => all + allTime.messageCount, 0), byDay];
}

function counts({ channelId = 'c', day, messageCount }: Day): DayCounts {
  return { channelId, day, messageCount, conversationCount: 1 };
}

function channel(days: readonly Day[], channelId = 'c', number = 1): UsedChannel {
  const last = days
    .map(({ day }) => startOf(day) + 1000)
    .sort()
    .at(-1);
  return {
    ...{ channelId, number, status: 'enabled', registeredAt: REGISTERED_AT },
    allTime: {
      messageCount: days.reduce((all, { messageCount }) => all + messageCount, 0),
      conversationCount: days.length,
      ...(last !== undefined && { lastMessageAt: last }),
    },
  };
}

const OCTOBER: Day = { day: '2026-10-15', messageCount: 10_000 };
const BEFORE: Day = { day: '2026-11-19', messageCount: 1000 };
const DAY_BEFORE_YESTERDAY: Day = { day: '2026-11-20', messageCount: 100 };
const YESTERDAY: Day = { day: '2026-11-21', messageCount: 10 };
const NOW: Day = { day: TODAY, messageCount: 1 };
const SEALED = [OCTOBER, BEFORE, DAY_BEFORE_YESTERDAY, YESTERDAY];
const STORED = [...SEALED, NOW];
const ALL: [number, Record<string, number>] = [
  11_111,
  Object.fromEntries(STORED.map(({ day, messageCount }) => [day, messageCount])),
];
const EVERYTHING = { from: '2026-10-01' };

test('a peer without anything is nothing', async ({ reading }) => {
  expect((await reading()).usage).toEqual({ channels: [], days: [] });
});

test('a channel without messages is listed', async ({ channels, reading }) => {
  await channels.register('p', 'c', REGISTERED_AT, {});
  expect((await reading()).usage).toEqual({ channels: [channel([])], days: [] });
});

describe('a peer whose days are sealed up to yesterday', () => {
  test.beforeEach(async ({ channels, store, seal }) => {
    await channels.register('p', 'c', REGISTERED_AT, {});
    for (const day of STORED) await store('p', day);
    for (const { day } of SEALED) await seal(day);
  });

  test.for<{ asked: string; options: { from?: string; to?: string }; queries: number; days: Day[] }>([
    { asked: 'all-time', options: {}, queries: 1, days: [YESTERDAY, NOW] },
    { asked: 'from today', options: { from: TODAY }, queries: 2, days: STORED.slice(1) },
    { asked: 'from a day on', options: { from: '2026-11-20' }, queries: 2, days: STORED.slice(1) },
    {
      asked: 'a range',
      options: { from: '2026-11-02', to: '2026-11-19' },
      queries: 2,
      days: STORED.slice(1),
    },
    {
      asked: 'a range of October',
      options: { from: '2026-10-01', to: '2026-10-31' },
      queries: 2,
      days: STORED,
    },
    { asked: 'without a beginning', options: { to: '2026-11-19' }, queries: 2, days: STORED },
    { asked: 'everything', options: { from: '0000-01-01', to: '9999-12-31' }, queries: 2, days: STORED },
    { asked: 'from a day to come', options: { from: '2030-01-01' }, queries: 2, days: [NOW] },
    { asked: 'days to come', options: { from: '2026-12-01', to: '9999-12-31' }, queries: 2, days: [NOW] },
  ])(
    '$asked takes $queries queries, and has every day of the range',
    async ({ options, queries, days }, { reading }) => {
      const { usage, ...calls } = await reading(options);
      expect(usage.channels).toEqual([channel(STORED)]);
      const from = options.from ?? (options.to === undefined ? TODAY : '');
      const wanted = (all: readonly { day: string }[]) => all.filter(({ day }) => day >= from);
      const { to = '9999-12-31' } = options;
      expect(wanted(usage.days)).toEqual(wanted(days.map(counts)).filter(({ day }) => day <= to));
      expect(calls.queries).toBe(queries);
      expect(calls.gets).toBe(0);
    },
  );

  test('a range reads no month behind its end', async ({ dependencies, table }) => {
    const months: unknown[] = [];
    const client = intercepted(dependencies.client, async (_command, send) => {
      const answer: { Items?: { sk: string }[] } = Object(await send());
      months.push(...(answer.Items ?? []).flatMap(({ sk }) => (sk.startsWith('MONTH#') ? [sk] : [])));
      return answer;
    });
    const usage = await new UsageReader({ ...table, client }).read('p', TODAY, {
      from: '2026-10-01',
      to: '2026-10-31',
    });
    expect(months).toEqual(['MONTH#2026-10']);
    expect(usage.days.every(({ day }) => day <= '2026-10-31')).toBe(true);
  });

  test('a message that is counted late is on its day and in all time', async ({ seal, reading }) => {
    await seal(BEFORE.day, ['c'], 7);
    const [allTime, byDay] = figures((await reading(EVERYTHING)).usage);
    expect([allTime, byDay[BEFORE.day]]).toEqual([11_118, 1007]);
  });

  test('a counter that sealing has missed is added from its own item', async ({
    channels,
    store,
    reading,
  }) => {
    await channels.register('p', 'd', REGISTERED_AT, {});
    await store('p', { ...YESTERDAY, channelId: 'd', channelNumber: 2, messageCount: 3 });
    const [allTime, byDay] = figures((await reading(EVERYTHING)).usage);
    expect([allTime, byDay[YESTERDAY.day]]).toEqual([11_114, 13]);
  });

  test('a day of which many channels wait to be sealed counts whole, each of them once', async ({
    channels,
    store,
    seal,
    reading,
  }) => {
    const ids = ['d', 'e', 'f'];
    for (const [index, channelId] of ids.entries()) {
      await channels.register('p', channelId, REGISTERED_AT, {});
      await store('p', { ...NOW, channelId, channelNumber: index + 2 });
    }
    await seal(TODAY, ['c', 'd']);
    expect(figures((await reading(EVERYTHING, addDays(TODAY, 1))).usage)).toEqual([
      11_114,
      { ...ALL[1], [TODAY]: 4 },
    ]);
  });

  test('once a day is complete its counters are not asked for, also where they have gone', async ({
    totals,
    counters,
    database,
    table,
    figuresOf,
  }) => {
    await totals.complete('p', await totals.read('p'));
    for (const { day } of SEALED) expect((await counters.readDays('p', day, day))[0]?.sealedIn).toBeDefined();
    const asked: unknown[] = [];
    const client = intercepted(database.client, (command, send) => {
      if (command instanceof QueryCommand) asked.push(command.input.ExpressionAttributeValues?.[':from']);
      return send();
    });
    const reader = new UsageReader({ ...table, client });
    await reader.read('p', TODAY);
    // The next time it is known from where on they are needed.
    asked.length = 0;
    await reader.read('p', TODAY);
    expect(asked).toEqual([`USAGE#${TODAY}#`]);
    expect(await figuresOf(database.client, EVERYTHING)).toEqual(ALL);
  });
});

describe('where days wait to be sealed', () => {
  test.beforeEach(async ({ channels, store }) => {
    await channels.register('p', 'c', REGISTERED_AT, {});
    for (const day of STORED) await store('p', day);
  });

  test('nothing sealed at all takes one query more, and counts every day once', async ({ reading }) => {
    expect(await reading()).toMatchObject({ queries: 2, gets: 0 });
    const { usage, queries } = await reading(EVERYTHING);
    expect(figures(usage)).toEqual(ALL);
    expect(usage.channels).toEqual([channel(STORED)]);
    expect(queries).toBe(3);
  });

  test('so does a peer whose sealing is overdue, until the reader knows from which day on', async ({
    seal,
    reading,
  }) => {
    await seal(OCTOBER.day);
    await seal(BEFORE.day);
    expect(await reading()).toMatchObject({ queries: 2 });
    expect(await reading()).toMatchObject({ queries: 1 });
    expect(figures((await reading(EVERYTHING)).usage)).toEqual(ALL);
  });

  test('figures stay the same with every day that is sealed', async ({ seal, reading }) => {
    for (const { day } of STORED) {
      await seal(day);
      expect(figures((await reading(EVERYTHING)).usage)).toEqual(ALL);
    }
  });
});

describe('what is read of different moments', () => {
  test.beforeEach(async ({ channels, store, seal }) => {
    await channels.register('p', 'c', REGISTERED_AT, {});
    for (const day of STORED) await store('p', day);
    for (const { day } of [OCTOBER, BEFORE, DAY_BEFORE_YESTERDAY]) await seal(day);
  });

  /** Which item of a query's answer is replaced by its older state. */
  const stale: [string, (item: Record<string, unknown>) => boolean][] = [
    ['totals', ({ sk }) => sk === 'USAGE#TOTALS'],
    ['counters', ({ sk }) => /^USAGE#\d/.test(String(sk))],
    ['months', ({ sk }) => /^MONTH#/.test(String(sk))],
    ['totals and months', ({ sk }) => /^(MONTH#|USAGE#TOTALS)/.test(String(sk))],
    ['totals and counters', ({ sk }) => /^USAGE#(\d|TOTALS)/.test(String(sk))],
    ['months and counters', ({ sk }) => /^(MONTH#|USAGE#\d)/.test(String(sk))],
  ];

  test.for(stale)(
    'adds up, where it is %s that are seen as they were before a day was sealed',
    async ([_, isStale], { database, table, seal, figuresOf }) => {
      const before = new Map((await contentsOf(table)).map((item) => [`${item['pk']} ${item['sk']}`, item]));
      await seal(YESTERDAY.day);
      const client = intercepted(database.client, async (command, send) => {
        const answer: { Items?: Record<string, unknown>[] } = Object(await send());
        // What is asked for consistently is never stale.
        if (!(command instanceof QueryCommand) || command.input.ConsistentRead === true) return answer;
        const items = answer.Items?.map((item) =>
          isStale(item) ? (before.get(`PEER#p ${item['sk']}`) ?? item) : item,
        );
        return { ...answer, Items: items };
      });
      expect(await figuresOf(client, EVERYTHING)).toEqual(ALL);
    },
  );

  test('is read again, consistently, where a month is newer than the totals', async ({
    database,
    seal,
    figuresOf,
  }) => {
    const asked: unknown[] = [];
    const client = intercepted(database.client, async (command, send) => {
      if (!(command instanceof QueryCommand)) return send();
      const isOfMonths = String(command.input.ExpressionAttributeValues?.[':from']).startsWith('MONTH#');
      // The day is sealed behind the query of the totals and before that of the months.
      if (asked.length === 0 && !isOfMonths) {
        const before = await send();
        await seal(YESTERDAY.day);
        asked.push(command.input.ConsistentRead);
        sealed.resolve();
        return before;
      }
      if (isOfMonths) await sealed.promise;
      asked.push(command.input.ConsistentRead);
      return send();
    });
    const sealed = Promise.withResolvers<void>();
    expect(await figuresOf(client, EVERYTHING)).toEqual(ALL);
    expect(asked).toEqual([false, false, false, true, true]);
  });

  test('is given up after eight attempts', async ({ database, table, figuresOf }) => {
    const key = monthKey('p', '2026-11');
    await putRaw(table, { ...(await itemOf(table, key)), revision: 1_000 });
    let queries = 0;
    const client = intercepted(database.client, (command, send) => {
      if (command instanceof QueryCommand) {
        const isOfMonths = String(command.input.ExpressionAttributeValues?.[':from']).startsWith('MONTH#');
        queries += isOfMonths ? 1 : 0;
      }
      return send();
    });
    await expect(figuresOf(client, EVERYTHING)).rejects.toThrow(ContentionError);
    expect(queries).toBe(8);
    expect(await figuresOf(client)).toEqual([11_111, expect.anything()]);
  });

  test('a month that is not seen yet is asked for by itself', async ({ database, figuresOf }) => {
    const asked: unknown[] = [];
    const client = intercepted(database.client, async (command, send) => {
      if (command instanceof GetCommand)
        asked.push([command.input.Key?.['sk'], command.input.ConsistentRead]);
      const answer: { Items?: Record<string, unknown>[] } = Object(await send());
      if (!(command instanceof QueryCommand)) return answer;
      return { ...answer, Items: answer.Items?.filter(({ sk }) => sk !== 'MONTH#2026-10') };
    });
    expect(await figuresOf(client, EVERYTHING)).toEqual(ALL);
    expect(asked).toEqual([['MONTH#2026-10', true]]);
  });

  test('counts of a channel that is not seen yet are read again', async ({
    database,
    channels,
    store,
    figuresOf,
  }) => {
    await channels.register('p', 'd', REGISTERED_AT, {});
    await store('p', { ...NOW, channelId: 'd', channelNumber: 2 });
    let reads = 0;
    const client = intercepted(database.client, async (command, send) => {
      const answer: { Items?: Record<string, unknown>[] } = Object(await send());
      if (!(command instanceof QueryCommand) || command.input.ConsistentRead === true) return answer;
      reads += 1;
      return { ...answer, Items: answer.Items?.filter(({ sk }) => sk !== 'USAGE#CHANNEL#d') };
    });
    expect((await figuresOf(client))[0]).toBe(11_112);
    expect(reads).toBeGreaterThan(0);
  });
});

test.for([true, false])(
  'all queries of a read are consistent, or none: %s',
  async (consistent, { database, table, channels, store }) => {
    await channels.register('p', 'c', REGISTERED_AT, {});
    await store('p', BEFORE);
    const asked: unknown[] = [];
    const client = intercepted(database.client, (command, send) => {
      asked.push(command instanceof QueryCommand && command.input.ConsistentRead);
      return send();
    });
    await new UsageReader({ ...table, client }).read('p', TODAY, { from: '2026-11-13', consistent });
    expect(asked).toEqual([consistent, consistent, consistent]);
  },
);

test('more than 1 MB is read over several pages, each item once', async ({ channels, store, reading }) => {
  const ids = Array.from({ length: 30 }, (_, index) => `c${index + 10}`);
  const fingerprints = Array.from({ length: 6_000 }, () => '00'.repeat(8));
  for (const [index, channelId] of ids.entries()) {
    await channels.register('p', channelId, REGISTERED_AT, {});
    await store('p', { channelId, channelNumber: index + 1, day: TODAY, messageCount: 6_000, fingerprints });
  }
  const { usage, queries } = await reading();
  expect(usage).toEqual({
    channels: ids.map((channelId, index) =>
      channel([{ day: TODAY, messageCount: 6_000 }], channelId, index + 1),
    ),
    days: ids.map((channelId) => counts({ channelId, day: TODAY, messageCount: 6_000 })),
  });
  // Two pages of today, and one of the days before, of which there are none.
  expect(queries).toBe(3);
});

test('a peer’s identifiers lead to its own items alone, whatever they contain', async ({
  channels,
  store,
  reading,
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
    for (const [place, channelId] of ids.entries()) {
      await channels.register(peerId, channelId, REGISTERED_AT, {});
      await store(peerId, { channelId, channelNumber: place + 1, day: TODAY, messageCount: index + 1 });
    }
  }
  const byId = (a: { channelId: string }, b: { channelId: string }) => (a.channelId < b.channelId ? -1 : 1);
  for (const [index, peerId] of ids.entries()) {
    const { usage } = await reading({}, TODAY, peerId);
    const sorted: PeerUsage = { channels: usage.channels.sort(byId), days: usage.days.sort(byId) };
    expect(sorted).toEqual({
      channels: ids
        .map((channelId, place) => channel([{ day: TODAY, messageCount: index + 1 }], channelId, place + 1))
        .sort(byId),
      days: ids.map((channelId) => counts({ channelId, day: TODAY, messageCount: index + 1 })).sort(byId),
    });
  }
});

test.for<[string, Record<string, unknown>]>([
  ['messageCount', { messageCount: 'personal-value' }],
  ['conversationCount', { conversationCount: -7788 }],
  ['archive', { archive: 'personal-value' }],
])(
  'a stored counter whose %s is malformed is refused, without a word of what is in it',
  async ([place, wrong], { table, counters, reading }) => {
    await counters.apply({ counter: counter('p', NOW) });
    const key = dailyCounterKey({ peerId: 'p', channelId: 'c', day: TODAY });
    await putRaw(table, { ...(await itemOf(table, key)), ...wrong });
    await expect(reading()).rejects.toThrow(MalformedItemError);
    await expect(reading()).rejects.toThrow(
      new RegExp(`^stored daily counter at ".*" is malformed \\(${place}: `),
    );
    await expect(reading()).rejects.not.toThrow(/personal-value|7788/);
  },
);

test('a stored counter whose key names no day is refused', async ({ table, reading }) => {
  await putRaw(table, {
    pk: 'PEER#p',
    sk: 'USAGE#A#c',
    messageCount: 1,
    conversationCount: 1,
    channelNumber: 1,
  });
  await expect(reading()).rejects.toThrow(/^stored daily counter at ".*" is malformed \(sk: /);
});

test('a malformed channel is refused', async ({ table, reading }) => {
  await putRaw(table, {
    pk: 'PEER#p',
    sk: 'USAGE#CHANNEL#c',
    number: 1,
    status: 'personal-value',
    registeredAt: 1,
  });
  await expect(reading()).rejects.toThrow(/^stored channel at ".*" is malformed \(status: /);
  await expect(reading()).rejects.not.toThrow(/personal-value/);
});

test('malformed totals and months are refused by their names', async ({ table, reading }) => {
  await putRaw(table, { ...monthKey('p', '2026-11'), revision: 1, snapshots: Uint8Array.from([9]) });
  await expect(reading(EVERYTHING)).rejects.toThrow(/^stored month of snapshots at "PEER#p MONTH#2026-11"/);
  await putRaw(table, { ...totalsKey('p'), revision: 'personal-value' });
  await expect(reading()).rejects.toThrow(/^stored totals of a peer at "PEER#p USAGE#TOTALS" is malformed/);
  await expect(reading()).rejects.not.toThrow(/personal-value/);
});

test('readers find a state that fits together while late messages are counted and days are sealed without a pause', async ({
  database,
}) => {
  const attempts = [];
  for (const seed of [1, 2, 3]) attempts.push(...(await attemptsUnderLoad(database, seed, 4)));
  expect(attempts).toHaveLength(180);
  expect(attempts.filter((times) => times > 1).length).toBeGreaterThan(5);
});
