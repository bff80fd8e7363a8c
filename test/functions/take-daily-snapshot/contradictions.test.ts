import { PutCommand, QueryCommand, TransactGetCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect } from 'vitest';
import { buildCounter } from '../../../functions/shared/counting/build-counter.ts';
import type { UserMessage } from '../../../functions/shared/domain/message.ts';
import type { UtcDay } from '../../../functions/shared/domain/utc-day.ts';
import { METRIC } from '../../../functions/shared/runtime/metric-names.ts';
import { DailyCounterStore } from '../../../functions/shared/store/daily-counter-store.ts';
import type { Table } from '../../../functions/shared/store/dynamodb.ts';
import { dailyCounterItem } from '../../../functions/shared/store/items/daily-counter.ts';
import { monthItem } from '../../../functions/shared/store/items/month-of-snapshots.ts';
import { totalsItem } from '../../../functions/shared/store/items/peer-totals.ts';
import { TotalsStore } from '../../../functions/shared/store/totals-store.ts';
import { laneOf } from '../../../functions/shared/store/usage-table.ts';
import { takeDailySnapshot } from '../../../functions/take-daily-snapshot/take-daily-snapshot.ts';
import { metered } from '../../support/database/capacity.ts';
import { intercepted } from '../../support/database/intercepted-client.ts';
import { cancelledTransaction } from '../../support/database/transactions.ts';
import { test as fixture } from '../../support/fixture.ts';
import type { TestDependencies } from '../../support/service/test-dependencies.ts';
import { storedSnapshots } from '../../support/usage/stored-snapshots.ts';

const RUN = { scheduledAt: '2026-11-22T00:05:00Z' };
const never = () => false;
const OTHER =
  Array.from({ length: 100 }, (_, index) => `other-${index}`).find((id) => laneOf(id) === laneOf('p')) ?? '';

function message(day: UtcDay, messageId: string, changes: Partial<UserMessage> = {}): UserMessage {
  const sentAt = Date.parse(`${day}T12:00:00.000Z`);
  return { peerId: 'p', channelId: 'c', conversationId: messageId, messageId, sentAt, ...changes };
}

async function count(dependencies: TestDependencies, ...messages: UserMessage[]): Promise<void> {
  await (await buildCounter(dependencies)).count(messages);
}

/** A peer with a sealed day, and another one to be sealed; so that the sealed one is read again with it. */
const test = fixture.extend('begun', async ({ dependencies }) => {
  await count(dependencies, message('2026-11-20', '1'), message('2026-11-20', '2', { channelId: 'd' }));
  await takeDailySnapshot(dependencies)(RUN, never);
  await count(dependencies, message('2026-11-21', '3'));
  return dependencies;
});

/** Replaces items, as a hand or a torn restore may. */
const TORN: {
  name: string;
  code: string;
  tear: (put: (item: object) => Promise<unknown>, table: Table) => Promise<unknown>;
}[] = [
  {
    name: 'a month is lost',
    code: 'month_lost, snapshot_differs',
    tear: async (put) =>
      put(monthItem('p', { month: '2026-11', revision: 0, days: new Map(), digests: new Map() })),
  },
  {
    name: 'the totals are those of before',
    code: 'month_newer, counter_newer_than_totals',
    tear: async (put, table) => {
      const totals = await new TotalsStore(table, new DailyCounterStore(table)).read('p');
      return put(totalsItem('p', { ...totals, revision: 0, channels: new Map(), months: new Map() }));
    },
  },
  {
    name: 'a sealed counter is that of before',
    code: 'snapshot_too_early',
    tear: async (put, table) => {
      const place = { peerId: 'p', channelId: 'c', channelNumber: 1, day: '2026-11-20' };
      const { sealedIn: _, ...counter } = await new DailyCounterStore(table).read(place);
      return put(dailyCounterItem(counter));
    },
  },
  {
    name: 'a sealed counter holds other figures',
    code: 'snapshot_differs',
    tear: async (put, table) => {
      const place = { peerId: 'p', channelId: 'c', channelNumber: 1, day: '2026-11-20' };
      const counter = await new DailyCounterStore(table).read(place);
      return put(dailyCounterItem({ ...counter, conversationCount: 0 }));
    },
  },
];

describe('stored figures that contradict one another', () => {
  test.for(TORN)(
    'are told where $name, and the peer is left as it is',
    async ({ code, tear }, { begun, table }) => {
      const put = (Item: object) => begun.client.send(new PutCommand({ TableName: table.tableName, Item }));
      await tear(put, table);
      await count(begun, message('2026-11-21', '1', { peerId: OTHER }));
      const before = await storedSnapshots(table, 'p');
      const run = await takeDailySnapshot(begun)(RUN, never);
      expect(run).toMatchObject({ peers: 1, daysSealed: 1, failed: 0, inconsistent: 1, leftOver: 0 });
      expect(begun.logged.filter(({ level }) => level === 'error')).toEqual([
        {
          level: 'error',
          message: 'stored figures of a peer contradict one another',
          fields: expect.objectContaining({ peerId: 'p', problem: code }),
        },
      ]);
      expect(begun.published.at(-1)).toMatchObject({
        [METRIC.peersInconsistent]: 1,
        [METRIC.peersFailed]: 0,
      });
      // Other peers of the lane are sealed.
      expect(await storedSnapshots(table, OTHER)).toEqual([['2026-11-21', ['c', 1]]]);
      expect(await storedSnapshots(table, 'p')).toEqual(before);
    },
  );

  test('cost no read to be looked for', async ({ begun }) => {
    const meter = metered(begun.client);
    await takeDailySnapshot({ ...begun, client: meter.client })(RUN, never);
    expect(meter.calls.get('TransactGetCommand')).toBeUndefined();
    // Totals, month, and the channel of a counter that nobody has looked at since it was stored.
    expect(meter.calls.get('GetCommand')).toBe(3);
  });
});

describe('figures that others change between the reads', () => {
  test('are read once more, all of one moment, and sealed', async ({ begun, table }) => {
    let reads = 0;
    let together = 0;
    const client = intercepted(begun.client, async (command, send) => {
      if (command instanceof TransactGetCommand) together += 1;
      const isPage = command instanceof QueryCommand && command.input.IndexName === undefined;
      // After the totals were read, and before the counters are.
      if (isPage && ++reads === 1) await count(begun, message('2026-11-20', 'late'));
      return send();
    });
    const run = await takeDailySnapshot({ ...begun, client })(RUN, never);
    expect(run).toMatchObject({ peers: 1, daysSealed: 1, failed: 0, inconsistent: 0 });
    expect(together).toBe(1);
    expect(await storedSnapshots(table, 'p')).toEqual([
      ['2026-11-20', ['c', 2], ['d', 1]],
      ['2026-11-21', ['c', 1]],
    ]);
  });

  test('are tried again where they cannot be read at one moment', async ({ begun }) => {
    let reads = 0;
    let refused = 0;
    const client = intercepted(begun.client, async (command, send) => {
      const isPage = command instanceof QueryCommand && command.input.IndexName === undefined;
      if (isPage && ++reads === 1) await count(begun, message('2026-11-20', 'late'));
      if (command instanceof TransactGetCommand && refused++ === 0)
        throw cancelledTransaction(['TransactionConflict', undefined, undefined]);
      return send();
    });
    const run = await takeDailySnapshot({ ...begun, client })(RUN, never);
    expect(run).toMatchObject({ peers: 1, daysSealed: 1, failed: 0, inconsistent: 0 });
    expect(refused).toBe(1);
    expect(reads).toBe(2);
  });
});
