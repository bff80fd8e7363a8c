import { DeleteCommand, GetCommand, PutCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect } from 'vitest';
import { buildCounter } from '../../../../functions/shared/counting/build-counter.ts';
import { DEFAULT_WINDOW_RULES } from '../../../../functions/shared/domain/daily-counter.ts';
import type { UserMessage } from '../../../../functions/shared/domain/message.ts';
import { addDays, DAY_MS, startOf } from '../../../../functions/shared/domain/utc-day.ts';
import { TRANSACTION_LIMIT } from '../../../../functions/shared/store/dynamodb.ts';
import { dailyCounterKey } from '../../../../functions/shared/store/items/daily-counter.ts';
import { totalsKey } from '../../../../functions/shared/store/items/peer-totals.ts';
import { UsageReader } from '../../../../functions/shared/store/usage-reader.ts';
import { takeDailySnapshot } from '../../../../functions/take-daily-snapshot/take-daily-snapshot.ts';
import { areUnitsBilled, metered } from '../../../support/database/capacity.ts';
import { intercepted } from '../../../support/database/intercepted-client.ts';
import { writesCounter, writesTotals } from '../../../support/database/transactions.ts';
import { test as fixture } from '../../../support/fixture.ts';
import { contentsOf } from '../store/table-contents.ts';

const FRIDAY = '2026-11-20';
const SATURDAY = '2026-11-21';
const SUNDAY = '2026-11-22';

const test = fixture
  .extend('count', ({ dependencies }) => async (...messages: UserMessage[]): Promise<unknown[]> => {
    return (await buildCounter(dependencies)).count(messages);
  })
  /** Seals all days that are over. */
  .extend('seal', ({ dependencies }) => async (): Promise<void> => {
    const scheduledAt = new Date(dependencies.clock()).toISOString();
    await takeDailySnapshot(dependencies)({ scheduledAt }, () => false);
  })
  /** All-time messages and conversations of the peer, and those of its days added up. */
  .extend('figures', ({ dependencies, table }) => async () => {
    const today = new Date(dependencies.clock()).toISOString().slice(0, 10);
    const { channels, days } = await new UsageReader(table).read('p', today, { from: '2020-01-01' });
    const allTime = channels.map((channel) => channel.allTime);
    return [allTime, days].map((all) => [
      all.reduce((sum, { messageCount }) => sum + messageCount, 0),
      all.reduce((sum, { conversationCount }) => sum + conversationCount, 0),
    ]);
  })
  /** Deletes counters that have expired by the clock, as DynamoDB does in its own time. */
  .extend('expire', ({ dependencies, table }) => async (): Promise<number> => {
    const expired = (await contentsOf(table)).filter(
      ({ expiresAt }) => Number(expiresAt) * 1000 <= dependencies.clock(),
    );
    for (const { pk, sk } of expired) {
      await table.client.send(new DeleteCommand({ TableName: table.tableName, Key: { pk, sk } }));
    }
    return expired.filter(({ sk }) => /^USAGE#\d/.test(String(sk))).length;
  })
  .extend('counterOf', ({ table }) => async (day: string, channelId = 'c') => {
    const key = dailyCounterKey({ peerId: 'p', channelId, day });
    return (await contentsOf(table)).find(({ pk, sk }) => pk === key.pk && sk === key.sk);
  });

function message(messageId: string, day: string, changes: Partial<UserMessage> = {}): UserMessage {
  const sentAt = startOf(day) + 9 * 3_600_000;
  return { peerId: 'p', channelId: 'c', conversationId: 'k', messageId, sentAt, ...changes };
}

const COUNTED = { kind: 'counted' };
const DUPLICATE = { kind: 'duplicate' };
const TOO_OLD = { kind: 'quarantined', reason: 'too_old' };

describe('a late message', () => {
  test('is in its day and in all time at once, with its counter, in one transaction', async ({
    dependencies,
    count,
    seal,
    figures,
    counterOf,
  }) => {
    await count(message('m1', FRIDAY));
    await seal();
    const meter = metered(dependencies.client);
    const counter = await buildCounter({ ...dependencies, client: meter.client });
    expect(await counter.count([message('late', FRIDAY)])).toEqual([COUNTED]);
    expect(meter.calls.get('TransactWriteCommand')).toBe(1);
    expect(meter.calls.get('UpdateCommand')).toBeUndefined();
    // A counter, the totals and a month, each at twice its size in a transaction.
    if (areUnitsBilled) expect(meter.writeUnits()).toBe(6);
    expect(await counterOf(FRIDAY)).toMatchObject({ messageCount: 2, sealedIn: 2 });
    expect(await figures()).toEqual([
      [2, 1],
      [2, 1],
    ]);
  });

  test('for a day without a counter, before the last one that is sealed, makes one that is sealed', async ({
    count,
    seal,
    figures,
    counterOf,
  }) => {
    await count(message('m1', SATURDAY));
    await seal();
    expect(await count(message('late', FRIDAY))).toEqual([COUNTED]);
    expect(await counterOf(FRIDAY)).toMatchObject({ version: 1, sealedIn: 2 });
    expect(await counterOf(FRIDAY)).not.toHaveProperty('dirtyLane');
    expect(await figures()).toEqual([
      [2, 1],
      [2, 1],
    ]);
  });

  test('for a day behind the last one that is sealed waits for its own sealing', async ({
    count,
    seal,
    counterOf,
  }) => {
    await count(message('m1', FRIDAY));
    await seal();
    await count(message('late', SATURDAY));
    expect(await counterOf(SATURDAY)).toHaveProperty('dirtyLane');
    expect(await counterOf(SATURDAY)).not.toHaveProperty('sealedIn');
  });

  test('of many channels at once are counted in one transaction', async ({
    dependencies,
    count,
    seal,
    figures,
  }) => {
    const channels = Array.from({ length: 20 }, (_, index) => ({ channelId: `c${index}` }));
    await count(...channels.map((channel) => message('m1', FRIDAY, channel)));
    await seal();
    const meter = metered(dependencies.client);
    const counter = await buildCounter({ ...dependencies, client: meter.client });
    await counter.count(channels.map((channel) => message('late', FRIDAY, channel)));
    expect(meter.calls.get('TransactWriteCommand')).toBe(1);
    expect(await figures()).toEqual([
      [40, 20],
      [40, 20],
    ]);
  });

  test('that comes again writes nothing, and costs a read of the totals more', async ({
    dependencies,
    count,
    seal,
  }) => {
    const repeated = async () => {
      const meter = metered(dependencies.client);
      const counter = await buildCounter({ ...dependencies, client: meter.client });
      const before = meter.calls.get('GetCommand') ?? 0;
      expect(await counter.count([message('m1', SUNDAY)])).toEqual([DUPLICATE]);
      expect(meter.writeUnits()).toBe(0);
      return (meter.calls.get('GetCommand') ?? 0) - before;
    };
    await count(message('m1', SUNDAY));
    // Now somebody has made sure that its channel is there.
    await count(message('m2', SUNDAY));
    const open = await repeated();
    dependencies.setClock('2026-11-23T01:00:00.000Z');
    await seal();
    expect((await repeated()) - open).toBe(1);
  });
});

test('a repetition is acknowledged once the totals are seen that hold the message', async ({
  dependencies,
  count,
  seal,
  table,
}) => {
  await count(message('m1', FRIDAY));
  await seal();
  const key = totalsKey('p');
  const before = (await contentsOf(table)).find(({ sk }) => sk === key.sk);
  await count(message('late', FRIDAY));
  // The transaction that counted it is seen in the counter, and not yet in the totals.
  let reads = 0;
  const client = intercepted(dependencies.client, async (command, send) => {
    if (!(command instanceof GetCommand) || command.input.Key?.['sk'] !== key.sk) return send();
    reads += 1;
    return reads === 1 ? { Item: before } : send();
  });
  const counter = await buildCounter({ ...dependencies, client });
  expect(await counter.count([message('late', FRIDAY)])).toEqual([DUPLICATE]);
  expect(reads).toBe(2);
});

describe('late messages of several channels and days', () => {
  const DECEMBER = '2026-12-15T09:00:00.000Z';
  /** A message a day of each channel, on the last days of November and the first ones of December. */
  const history = (channels: number, days: number): UserMessage[] =>
    Array.from({ length: days }, (_, index) => addDays('2026-11-26', index)).flatMap((day) =>
      Array.from({ length: channels }, (_, channel) => message('late', day, { channelId: `c${channel}` })),
    );
  const writesOf = (command: object) =>
    command instanceof TransactWriteCommand ? (command.input.TransactItems ?? []).length : 0;

  test('are counted in one transaction a month, and start a conversation on its first day', async ({
    dependencies,
    count,
    seal,
    figures,
    counterOf,
  }) => {
    dependencies.setClock(DECEMBER);
    await count(message('m1', '2026-12-14'));
    await seal();
    const meter = metered(dependencies.client);
    const counter = await buildCounter({ ...dependencies, client: meter.client });
    await counter.count(history(1, 1).map((one) => ({ ...one, messageId: 'registers' })));
    const before = meter.calls.get('TransactWriteCommand') ?? 0;
    const outcomes = await counter.count(history(2, 10));
    expect(outcomes).toEqual(outcomes.map(() => COUNTED));
    // One more registers the second channel.
    expect((meter.calls.get('TransactWriteCommand') ?? 0) - before).toBe(2 + 1);
    expect(await counterOf('2026-11-26', 'c1')).toMatchObject({ messageCount: 1, conversationCount: 1 });
    expect(await counterOf('2026-11-27', 'c1')).toMatchObject({ messageCount: 1, conversationCount: 0 });
    expect(await figures()).toEqual([
      [22, 3],
      [22, 3],
    ]);
  });

  test('never make a transaction larger than DynamoDB takes, also where every window is archived', async ({
    dependencies,
    count,
    seal,
    figures,
  }) => {
    dependencies.setClock(DECEMBER);
    await count(message('m1', '2026-12-14'));
    await seal();
    const sizes: number[] = [];
    const client = intercepted(dependencies.client, (command, send) => {
      if (writesTotals(command)) sizes.push(writesOf(command));
      return send();
    });
    const counter = await buildCounter(
      { ...dependencies, client },
      { ...DEFAULT_WINDOW_RULES, windowCapacity: 1 },
    );
    const messages = history(13, 5).flatMap((one) => [one, { ...one, messageId: 'second' }]);
    await counter.count(messages);
    // 65 counters, each with a window that is archived; with the totals and the month.
    expect(sizes).toEqual([2 * 40 + 2, 2 * 25 + 2]);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(TRANSACTION_LIMIT);
    expect((await figures())[0]).toEqual([131, 14]);
  });

  test('begin anew together, from their reads, where one of them was changed meanwhile', async ({
    dependencies,
    count,
    seal,
    figures,
  }) => {
    dependencies.setClock(DECEMBER);
    await count(message('m1', '2026-12-14'));
    await seal();
    const messages = history(2, 3);
    const [, second] = messages;
    if (second === undefined) throw new Error('there are messages');
    let settlings = 0;
    const client = intercepted(dependencies.client, async (command, send) => {
      if (!writesTotals(command)) return send();
      settlings += 1;
      // Somebody else counts one of the messages first, and another one beside it.
      if (settlings === 1) await count(second, { ...second, messageId: 'other' });
      return send();
    });
    const counter = await buildCounter({ ...dependencies, client });
    const outcomes = await counter.count(messages);
    expect(settlings).toBe(2);
    expect(outcomes).toEqual(messages.map((one) => (one === second ? DUPLICATE : COUNTED)));
    expect(await figures()).toEqual([
      [8, 3],
      [8, 3],
    ]);
  });

  test('do not wait for the repair of a counter of one of them', async ({
    dependencies,
    count,
    seal,
    table,
    counterOf,
  }) => {
    dependencies.setClock(DECEMBER);
    const messages = history(2, 3);
    const [spoilt] = messages;
    if (spoilt === undefined) throw new Error('there are messages');
    await count({ ...spoilt, messageId: 'before' }, message('m1', '2026-12-14'));
    await seal();
    const key = dailyCounterKey({ peerId: 'p', channelId: 'c0', day: '2026-11-26' });
    const item = (await contentsOf(table)).find(({ sk }) => sk === key.sk);
    const put = { TableName: table.tableName, Item: { ...item, channelNumber: 'spoilt' } };
    await table.client.send(new PutCommand(put));
    const outcomes = await count(...messages);
    expect(outcomes).toMatchObject(
      messages.map((one) => (one === spoilt ? { kind: 'quarantined', reason: 'malformed_item' } : COUNTED)),
    );
    expect(await counterOf('2026-11-26', 'c1')).toMatchObject({ messageCount: 1 });
  });

  test('that cannot be stored all fail, and so do later ones of their channels, but no other channel’s', async ({
    dependencies,
    count,
    seal,
  }) => {
    dependencies.setClock(DECEMBER);
    await count(message('m1', '2026-12-14'));
    await seal();
    let settlings = 0;
    const client = intercepted(dependencies.client, (command, send) => {
      if (!writesTotals(command)) return send();
      settlings += 1;
      if (settlings === 1) throw new Error('the database refuses');
      return send();
    });
    const counter = await buildCounter({ ...dependencies, client });
    const failing = [message('a', '2026-11-27'), message('b', '2026-12-02'), message('c', '2026-12-15')];
    const others = [
      message('d', '2026-12-03', { channelId: 'd' }),
      message('e', '2026-12-15', { channelId: 'd' }),
    ];
    const outcomes: object[] = await counter.count([...failing, ...others]);
    expect(outcomes).toMatchObject([
      ...failing.map(() => ({ kind: 'failed' })),
      ...others.map(() => COUNTED),
    ]);
  });

  test('of several peers are counted beside one another', async ({ dependencies, count, seal }) => {
    dependencies.setClock(DECEMBER);
    const peers = ['p', 'q', 'r'];
    await count(...peers.map((peerId) => message('m1', '2026-12-14', { peerId })));
    await seal();
    const all = Promise.withResolvers<void>();
    let waiting = 0;
    const client = intercepted(dependencies.client, async (command, send) => {
      if (writesTotals(command)) {
        waiting += 1;
        if (waiting === peers.length) all.resolve();
        await all.promise;
      }
      return send();
    });
    const counter = await buildCounter({ ...dependencies, client });
    const outcomes = await counter.count(peers.map((peerId) => message('late', '2026-12-10', { peerId })));
    expect(outcomes).toEqual(peers.map(() => COUNTED));
  });

  test('that come again read the channels, the counters and the totals in three calls, and no month', async ({
    dependencies,
    count,
    seal,
  }) => {
    dependencies.setClock(DECEMBER);
    await count(message('m1', '2026-12-14'));
    await seal();
    await count(...history(2, 3));
    const counter = await buildCounter(dependencies);
    await counter.count([
      message('x', '2026-12-15', { channelId: 'c0' }),
      message('x', '2026-12-15', { channelId: 'c1' }),
    ]);
    const meter = metered(dependencies.client);
    const again = await buildCounter({ ...dependencies, client: meter.client });
    await again.count([]);
    const before = [...meter.calls];
    const outcomes = await again.count(history(2, 3));
    expect(outcomes).toEqual(outcomes.map(() => DUPLICATE));
    const calls = new Map(meter.calls);
    for (const [kind, times] of before) calls.set(kind, (calls.get(kind) ?? 0) - times);
    // The channels, which a process reads once, and the totals; the counters.
    expect(Object.fromEntries(calls)).toEqual({ GetCommand: 1, BatchGetCommand: 2 });
    expect(meter.writeUnits()).toBe(0);
  });
});

describe('a message whose day ends while it is counted', () => {
  test('is looked at again, and is in the totals where its day was sealed before it was stored', async ({
    dependencies,
    count,
    seal,
    figures,
    counterOf,
  }) => {
    await count(message('m1', SUNDAY, { channelId: 'd' }));
    let isOver = false;
    const client = intercepted(dependencies.client, async (command, send) => {
      if (writesCounter(command) && !isOver) {
        isOver = true;
        dependencies.setClock('2026-11-23T00:05:00.000Z');
        await seal();
      }
      return send();
    });
    const counter = await buildCounter({ ...dependencies, client });
    expect(await counter.count([message('m2', SUNDAY)])).toEqual([COUNTED]);
    expect(isOver).toBe(true);
    expect(await counterOf(SUNDAY)).toMatchObject({ messageCount: 1, sealedIn: 2 });
    expect(await figures()).toEqual([
      [2, 2],
      [2, 2],
    ]);
  });

  test('of which only the answer was lost is brought in when it comes again', async ({
    dependencies,
    count,
    seal,
    figures,
    counterOf,
  }) => {
    await count(message('m1', SUNDAY, { channelId: 'd' }));
    const client = intercepted(dependencies.client, async (command, send) => {
      if (!writesCounter(command) || writesTotals(command)) return send();
      dependencies.setClock('2026-11-23T00:05:00.000Z');
      await seal();
      await send();
      throw new Error('no answer');
    });
    const cut = await buildCounter({ ...dependencies, client });
    expect(await cut.count([message('m2', SUNDAY)])).toMatchObject([{ kind: 'failed' }]);
    expect(await counterOf(SUNDAY)).not.toHaveProperty('sealedIn');
    expect(await count(message('m2', SUNDAY))).toEqual([DUPLICATE]);
    expect(await counterOf(SUNDAY)).toMatchObject({ messageCount: 1, sealedIn: 2 });
    expect(await figures()).toEqual([
      [2, 2],
      [2, 2],
    ]);
  });
});

describe('a message that is new to a day long past', () => {
  /** The retention of a counter of Friday ends so many days behind it. */
  const RETENTION_DAYS = 460;
  const afterFriday = (days: number) => new Date(startOf(FRIDAY) + days * DAY_MS).toISOString();

  test.for([
    { days: RETENTION_DAYS - 46, outcome: COUNTED },
    { days: RETENTION_DAYS - 44, outcome: TOO_OLD },
  ])(
    'comes $days days behind it: $outcome.kind',
    async ({ days, outcome }, { dependencies, count, seal }) => {
      await count(message('m1', FRIDAY));
      await seal();
      dependencies.setClock(afterFriday(days));
      expect(await count(message('late', FRIDAY))).toEqual([outcome]);
      // What was counted stays known.
      expect(await count(message('m1', FRIDAY))).toEqual([DUPLICATE]);
    },
  );

  test('is too old for one whose counter has gone', async ({
    dependencies,
    count,
    seal,
    expire,
    figures,
  }) => {
    await count(message('m1', FRIDAY));
    await seal();
    dependencies.setClock(afterFriday(RETENTION_DAYS + 1));
    expect(await expire()).toBe(1);
    expect(await count(message('m1', FRIDAY), message('m2', FRIDAY))).toEqual([TOO_OLD, TOO_OLD]);
    expect(await figures()).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  test('is counted where the channel had none on it, and then for 45 days', async ({
    dependencies,
    count,
    seal,
    figures,
  }) => {
    await count(message('m1', FRIDAY), message('m1', SATURDAY, { channelId: 'd' }));
    await seal();
    dependencies.setClock(afterFriday(RETENTION_DAYS + 1));
    const late = (messageId: string) => message(messageId, FRIDAY, { channelId: 'd', conversationId: 'l' });
    expect(await count(late('x'))).toEqual([COUNTED]);
    dependencies.setClock(afterFriday(RETENTION_DAYS + 45));
    expect(await count(late('y'))).toEqual([COUNTED]);
    dependencies.setClock(afterFriday(RETENTION_DAYS + 47));
    expect(await count(late('z'))).toEqual([TOO_OLD]);
    expect((await figures())[0]).toEqual([4, 3]);
  });

  test('is never too old for a day that is younger than any counter’s retention: it is tried again', async ({
    dependencies,
    count,
    seal,
    table,
    figures,
  }) => {
    await count(message('m1', FRIDAY));
    await seal();
    // The first read sees the day as it was before its counter was stored.
    let isStale = true;
    const key = dailyCounterKey({ peerId: 'p', channelId: 'c', day: FRIDAY });
    const client = intercepted(dependencies.client, async (command, send) => {
      if (command instanceof GetCommand && command.input.Key?.['sk'] === key.sk && isStale) {
        isStale = false;
        return {};
      }
      return send();
    });
    const counter = await buildCounter({ ...dependencies, client });
    expect(await counter.count([message('m1', FRIDAY), message('m2', FRIDAY)])).toEqual([DUPLICATE, COUNTED]);
    expect(table.tableName).toBe(dependencies.settings.usageTableName);
    expect((await figures())[0]).toEqual([2, 1]);
  });

  test('leaves 57 messages 57, where they come again after retention was raised from 400 days to 800', async ({
    dependencies,
    count,
    seal,
    expire,
    figures,
  }) => {
    const messages = Array.from({ length: 57 }, (_, index) => message(`m${index}`, FRIDAY));
    await count(...messages);
    await seal();
    dependencies.setClock(afterFriday(500));
    expect(await expire()).toBe(1);
    const settings = { ...dependencies.settings, messageRetentionDays: 800, counterRetentionDays: 860 };
    const raised = await buildCounter({ ...dependencies, settings });
    const [first] = messages;
    if (first === undefined) throw new Error('there are messages');
    expect(await raised.count([first])).toEqual([TOO_OLD]);
    expect(await raised.count(messages)).toEqual(messages.map(() => TOO_OLD));
    expect((await figures())[0]).toEqual([57, 1]);
  });
});
