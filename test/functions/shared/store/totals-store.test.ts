import { GetCommand, TransactGetCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect } from 'vitest';
import { NOTHING_ARCHIVED, withArchived } from '../../../../functions/shared/domain/archive.ts';
import {
  type DailyCounter,
  type SealableCounter,
  sealing,
  sealingAsItIs,
} from '../../../../functions/shared/domain/daily-counter.ts';
import { MalformedItemError } from '../../../../functions/shared/domain/errors.ts';
import { NO_TOTALS, newMonth, settled } from '../../../../functions/shared/domain/peer-totals.ts';
import { startOf } from '../../../../functions/shared/domain/utc-day.ts';
import { ConflictError } from '../../../../functions/shared/store/conflict.ts';
import { DailyCounterStore } from '../../../../functions/shared/store/daily-counter-store.ts';
import { isContention } from '../../../../functions/shared/store/dynamodb.ts';
import { archivedWindowKey } from '../../../../functions/shared/store/items/archived-window.ts';
import { dailyCounterKey } from '../../../../functions/shared/store/items/daily-counter.ts';
import { monthKey } from '../../../../functions/shared/store/items/month-of-snapshots.ts';
import { totalsKey } from '../../../../functions/shared/store/items/peer-totals.ts';
import { TotalsStore } from '../../../../functions/shared/store/totals-store.ts';
import { metered } from '../../../support/database/capacity.ts';
import { intercepted } from '../../../support/database/intercepted-client.ts';
import { cancelledTransaction } from '../../../support/database/transactions.ts';
import { test as fixture } from '../../../support/fixture.ts';
import { contentsOf, itemOf, putRaw } from './table-contents.ts';

const DAY = '2026-11-20';
const MONTH = '2026-11';
const NOW = Date.parse('2026-11-21T00:05:00.000Z');

const test = fixture
  .extend('counters', ({ table }) => new DailyCounterStore(table))
  .extend('totals', ({ table, counters }) => new TotalsStore(table, counters))
  /** Stores counters, and gives what sealing them changes. */
  .extend('settling', ({ counters, totals }) => async (...stored: DailyCounter[]) => {
    for (const counter of stored) await counters.apply({ counter });
    return settled(
      stored.map((counter) => sealing(counter)),
      await totals.read('p'),
      await totals.readMonth('p', MONTH),
      undefined,
      NOW,
    );
  });

function counter(channelNumber: number, changes: Partial<DailyCounter> = {}): DailyCounter {
  const from = startOf(DAY);
  return {
    ...{ peerId: 'p', channelId: `c${channelNumber}`, channelNumber, day: DAY },
    ...{ messageCount: 10 * channelNumber, conversationCount: 1, version: 1, archive: NOTHING_ARCHIVED },
    keepUntil: Date.parse('2028-02-23T00:00:00.000Z'),
    window: { fingerprints: ['00'.repeat(8)], from, through: from + channelNumber },
    ...changes,
  };
}

test('totals and months that are not stored are read as those of revision 0', async ({ totals }) => {
  expect(await totals.read('p')).toEqual(NO_TOTALS);
  expect(await totals.readMonth('p', MONTH)).toEqual(newMonth(MONTH));
});

test('counters, totals and month are stored together, and are read as they were stored', async ({
  counters,
  totals,
  settling,
}) => {
  const change = await settling(counter(1), counter(2));
  await totals.settle('p', change);
  expect(await totals.read('p')).toEqual(change.totals);
  expect(await totals.readMonth('p', MONTH)).toEqual(change.month);
  expect(await counters.readDays('p', DAY, DAY)).toEqual([
    counter(1, { version: 2, sealedIn: 1 }),
    counter(2, { version: 2, sealedIn: 1 }),
  ]);
  expect(await totals.read('q')).toEqual(NO_TOTALS);
  expect(await totals.readMonth('p', '2026-10')).toEqual(newMonth('2026-10'));
});

describe('nothing is written where, since it was read,', () => {
  test('a counter was changed', async ({ table, counters, totals, settling }) => {
    const change = await settling(counter(1), counter(2));
    await counters.apply({ counter: counter(2, { version: 2, messageCount: 99 }) });
    const before = await contentsOf(table);
    await expect(totals.settle('p', change)).rejects.toThrow(ConflictError);
    expect(await contentsOf(table)).toEqual(before);
  });

  test('the totals were changed', async ({ table, totals, settling }) => {
    const change = await settling(counter(1));
    await totals.complete('p', NO_TOTALS);
    const before = await contentsOf(table);
    await expect(totals.settle('p', change)).rejects.toThrow(ConflictError);
    expect(await contentsOf(table)).toEqual(before);
  });

  test('the month was changed', async ({ table, totals, settling }) => {
    const change = await settling(counter(1));
    await putRaw(table, { ...monthKey('p', MONTH), revision: 7, snapshots: Uint8Array.from([1, 0, 0]) });
    const before = await contentsOf(table);
    await expect(totals.settle('p', change)).rejects.toThrow(ConflictError);
    expect(await contentsOf(table)).toEqual(before);
  });
});

test('of many that settle from the same state at once, one does', async ({ counters, totals, settling }) => {
  const changes = [];
  for (let number = 1; number <= 6; number += 1) changes.push(await settling(counter(number)));
  const results = await Promise.allSettled(changes.map((change) => totals.settle('p', change)));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const result of results) {
    if (result.status === 'fulfilled') continue;
    expect(result.reason instanceof ConflictError || isContention(result.reason)).toBe(true);
  }
  const sealed = (await counters.readDays('p', DAY, DAY)).filter(({ sealedIn }) => sealedIn !== undefined);
  expect(sealed).toHaveLength(1);
  expect((await totals.read('p')).channels.size).toBe(1);
});

test('what else fails is no conflict', async ({ database, table, settling }) => {
  const change = await settling(counter(1));
  const refused = cancelledTransaction(['ValidationError']);
  const client = intercepted(database.client, () => Promise.reject(refused));
  const failing = { ...table, client };
  const store = new TotalsStore(failing, new DailyCounterStore(failing));
  await expect(store.settle('p', change)).rejects.toBe(refused);
  await expect(store.complete('p', NO_TOTALS)).rejects.toBe(refused);
});

describe('that totals are complete', () => {
  test('is stored with them', async ({ totals, settling }) => {
    const { totals: sealed, ...change } = await settling(counter(1));
    await totals.settle('p', { ...change, totals: sealed });
    await totals.complete('p', sealed);
    expect(await totals.read('p')).toEqual({
      ...sealed,
      revision: 2,
      completeThrough: DAY,
      recent: new Map(),
    });
  });

  test('is not stored of totals that have changed since', async ({ table, totals, settling }) => {
    await totals.settle('p', await settling(counter(1)));
    const before = await contentsOf(table);
    await expect(totals.complete('p', NO_TOTALS)).rejects.toThrow(ConflictError);
    expect(await contentsOf(table)).toEqual(before);
  });
});

test('the next ones replace totals and month, and what this version does not know of them stays', async ({
  table,
  totals,
  settling,
}) => {
  const unknown = 'of a later version';
  await totals.settle('p', await settling(counter(1)));
  for (const key of [totalsKey('p'), monthKey('p', MONTH)]) {
    await putRaw(table, { ...(await itemOf(table, key)), unknown });
  }
  const change = await settling(counter(2));
  await totals.settle('p', change);
  expect(await itemOf(table, totalsKey('p'))).toMatchObject({ unknown, revision: 2 });
  expect(await itemOf(table, monthKey('p', MONTH))).toMatchObject({ unknown, revision: 2 });
  await totals.complete('p', change.totals);
  expect(await itemOf(table, totalsKey('p'))).toMatchObject({ unknown, completeThrough: DAY });
});

test('a counter that is sealed as it is keeps its proof and what this version does not know of it', async ({
  table,
  counters,
  totals,
}) => {
  await counters.apply({ counter: counter(1) });
  const unknown = 'of a later version';
  const key = dailyCounterKey(counter(1));
  await putRaw(table, { ...(await itemOf(table, key)), unknown });
  const read: SealableCounter[] = [];
  for await (const page of counters.pagesOfDays('p', DAY, DAY, 1)) read.push(...page);
  const change = settled(read.map(sealingAsItIs), NO_TOTALS, newMonth(MONTH), undefined, NOW);
  await totals.settle('p', change);
  expect(await counters.readDays('p', DAY, DAY)).toEqual([counter(1, { version: 2, sealedIn: 1 })]);
  const { dirtyLane, ...stored } = (await itemOf(table, key)) ?? {};
  expect(dirtyLane).toBeUndefined();
  expect(stored).toMatchObject({ unknown, expiresAt: counter(1).keepUntil / 1000 });
  expect((await totals.read('p')).channels.get(1)).toEqual({
    ...{ messageCount: 10, conversationCount: 1, lastMessageAt: startOf(DAY) + 1 },
  });
  await expect(totals.settle('p', change)).rejects.toThrow(ConflictError);
});

test('a window that the step archives is stored with it, once the one before is seen by everybody', async ({
  database,
  table,
  totals,
  settling,
}) => {
  const { window: _, ...rest } = counter(1);
  const from = startOf(DAY);
  const window = { number: 1, from: from + 8, through: from + 9, fingerprints: ['01'.repeat(8)] };
  const archived = [{ ...window, expiresAt: rest.keepUntil }];
  const archiveBefore = withArchived(NOTHING_ARCHIVED, [{ from: from + 7, through: from + 7 }]);
  const { sealings, ...change } = await settling(counter(1));
  const filing = {
    ...change,
    sealings: sealings.map((step) => ({ ...step, archived, archiveBefore })),
  };
  const asked: unknown[] = [];
  const client = intercepted(database.client, (command, send) => {
    if (!(command instanceof TransactGetCommand)) return send();
    asked.push(command.input.TransactItems?.[0]?.Get?.Key?.['sk']);
    return Promise.reject(cancelledTransaction(['TransactionConflict']));
  });
  const hindered = new TotalsStore(table, new DailyCounterStore({ ...table, client }));
  expect(isContention(await hindered.settle('p', filing).catch((error: unknown) => error))).toBe(true);
  expect(asked).toEqual(['00#000000007#00000000']);
  expect(await totals.read('p')).toEqual(NO_TOTALS);
  await totals.settle('p', filing);
  const items = await contentsOf(table);
  expect(items.map(({ sk }) => sk)).toContain(archivedWindowKey(rest, window).sk);
});

test('ninety counters are sealed in one transaction', async ({ database, table, settling }) => {
  const stored = Array.from({ length: 90 }, (_, index) => counter(index + 1));
  const change = await settling(...stored);
  const meter = metered(database.client);
  const counted = { ...table, client: meter.client };
  await new TotalsStore(counted, new DailyCounterStore(counted)).settle('p', change);
  expect(meter.calls).toEqual(new Map([['TransactWriteCommand', 1]]));
});

test('totals and months are read consistently', async ({ database, table }) => {
  const asked: unknown[] = [];
  const client = intercepted(database.client, (command, send) => {
    asked.push(command instanceof GetCommand && command.input.ConsistentRead);
    return send();
  });
  const watched = { ...table, client };
  const store = new TotalsStore(watched, new DailyCounterStore(watched));
  await store.read('p');
  await store.readMonth('p', MONTH);
  expect(asked).toEqual([true, true]);
});

test.for<[string, Record<string, unknown>]>([
  ['revision', { revision: 'personal-value' }],
  ['changedAt', { changedAt: 'personal-value' }],
  ['channels', { channels: 'personal-value' }],
])(
  'stored totals whose %s is malformed are refused, without a word of what is in it',
  async ([place, wrong], { table, totals, settling }) => {
    await totals.settle('p', await settling(counter(1)));
    await putRaw(table, { ...(await itemOf(table, totalsKey('p'))), ...wrong });
    await expect(totals.read('p')).rejects.toThrow(MalformedItemError);
    await expect(totals.read('p')).rejects.toThrow(
      `stored totals of a peer at "PEER#p USAGE#TOTALS" is malformed (${place}: `,
    );
    await expect(totals.read('p')).rejects.not.toThrow(/personal-value/);
  },
);

test('the sealed counters of a peer leave the list of dirty days, and the peer is listed as changed', async ({
  table,
  totals,
  settling,
}) => {
  const change = await settling(counter(1));
  expect(await itemOf(table, dailyCounterKey(counter(1)))).toHaveProperty('dirtyLane');
  await totals.settle('p', change);
  expect(await itemOf(table, dailyCounterKey(counter(1)))).not.toHaveProperty('dirtyLane');
  expect(await itemOf(table, totalsKey('p'))).toMatchObject({
    changedLane: expect.stringMatching(/^CHANGED#\d$/),
    changedAt: new Date(NOW).toISOString(),
  });
});
