import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  PutCommand,
  QueryCommand,
  TransactGetCommand,
} from '@aws-sdk/lib-dynamodb';
import * as fc from 'fast-check';
import { describe, expect } from 'vitest';
import { NOTHING_ARCHIVED, withArchived } from '../../../../functions/shared/domain/archive.ts';
import type { DailyCounter } from '../../../../functions/shared/domain/daily-counter.ts';
import { newDailyCounter } from '../../../../functions/shared/domain/daily-counter.ts';
import type { DedupeWindow } from '../../../../functions/shared/domain/dedupe-window.ts';
import { MalformedItemError } from '../../../../functions/shared/domain/errors.ts';
import { DAY_MS, startOf } from '../../../../functions/shared/domain/utc-day.ts';
import { ArchivedWindows } from '../../../../functions/shared/store/archived-windows.ts';
import { ConflictError } from '../../../../functions/shared/store/conflict.ts';
import { DailyCounterStore } from '../../../../functions/shared/store/daily-counter-store.ts';
import { isContention, type Table } from '../../../../functions/shared/store/dynamodb.ts';
import {
  archivedWindowItem,
  archivedWindowKey,
  archivedWindowsPartition,
  isShareMarker,
  parseArchivedWindow,
} from '../../../../functions/shared/store/items/archived-window.ts';
import type { Item } from '../../../../functions/shared/store/items/item.ts';
import { metered } from '../../../support/database/capacity.ts';
import { intercepted } from '../../../support/database/intercepted-client.ts';
import { cancelledTransaction } from '../../../support/database/transactions.ts';
import { watched } from '../../../support/database/watched-client.ts';
import { test as fixture } from '../../../support/fixture.ts';
import { contentsOf, putRaw } from './table-contents.ts';

const KEY = { peerId: 'p', channelId: 'c', channelNumber: 1, day: '2026-11-22' };
const START = startOf(KEY.day);
const NOON = START + DAY_MS / 2;
const EXPIRY = Date.parse('2028-02-10T12:00:00.000Z');

/** The proof of a message, by a number. */
function fingerprint(number: number): string {
  // Spread as hashes are: the first digits tell apart what follows one another.
  return ((BigInt(number + 1) * 0x9e3779b97f4a7c15n) % 2n ** 64n).toString(16).padStart(16, '0');
}

function window(from: number, through: number, numbers: readonly number[]): DedupeWindow {
  return { from, through, fingerprints: numbers.map(fingerprint) };
}

function sought(number: number, from: number, through = from) {
  return { fingerprint: fingerprint(number), from, through };
}

const EMPTY: DailyCounter = { ...newDailyCounter(KEY), keepUntil: EXPIRY };

/** Archives windows, one step each, and gives the counter behind them. */
async function archive(
  table: Table,
  windows: readonly DedupeWindow[],
  before: DailyCounter = EMPTY,
): Promise<DailyCounter> {
  let counter = before;
  for (const each of windows) {
    const number = counter.archive.windows;
    const next = {
      ...counter,
      version: counter.version + 1,
      archive: withArchived(counter.archive, [each]),
    };
    const archived = [{ ...each, number, expiresAt: EXPIRY }];
    await new DailyCounterStore(table).apply({ counter: next, archived, archiveBefore: counter.archive });
    counter = next;
  }
  return counter;
}

const test = fixture
  .extend('windows', ({ table }) => new ArchivedWindows(table))
  .extend('found', ({ windows }) => {
    return async (counter: DailyCounter, ...messages: ReturnType<typeof sought>[]) =>
      (await windows.look(counter, messages, 12)).found;
  });

describe('a look', () => {
  test.for([
    { from: 0, through: 40, found: [10, 11, 12, 13] },
    { from: 15, through: 19, found: [11] },
    { from: 20, through: 20, found: [11, 12] },
    { from: 10, through: 10, found: [10, 11] },
    { from: 11, through: 11, found: [11] },
    { from: 41, through: 99, found: [] },
    { from: -9, through: -1, found: [] },
  ])('finds what windows that cover $from to $through hold: $found', async (span, { table, found }) => {
    const counter = await archive(table, [
      window(NOON, NOON + 10, [10]),
      window(NOON + 5, NOON + 20, [11]),
      window(NOON + 20, NOON + 30, [12]),
      window(NOON + 40, NOON + 40, [13]),
    ]);
    const all = [10, 11, 12, 13].map((number) => sought(number, NOON + span.from, NOON + span.through));
    const covered = await found(counter, ...all);
    // It may find more, where windows lie close to one another, and never less.
    for (const number of span.found) expect(covered).toContain(fingerprint(number));
    const none = await found({ ...counter, channelId: 'd', archive: NOTHING_ARCHIVED }, ...all);
    expect(none).toEqual(new Set());
  });

  test('finds every message by its time, and no other one, whatever windows there are and however they were split', async ({
    table,
    windows,
  }) => {
    const instants = fc.oneof(
      fc.nat(DAY_MS - 1),
      fc.nat(2_000),
      fc.nat(500).map((end) => DAY_MS - 1 - end),
    );
    const spans = fc.tuple(instants, instants, fc.integer({ min: 1, max: 5 }));
    let peers = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(spans, { minLength: 1, maxLength: 25 }),
        fc.integer({ min: 0, max: 6 }),
        fc.boolean(),
        async (made, windowsTogether, splitsOften) => {
          peers += 1;
          let [next, counter] = [0, { ...EMPTY, peerId: `p${peers}` }];
          const messages: ReturnType<typeof sought>[] = [];
          for (const [one, other, amount] of made) {
            const [from = 0, through = 0] = [START + one, START + other].sort((a, b) => a - b);
            const numbers = Array.from({ length: amount }, () => next++);
            const instantOf = (index: number) => from + Math.floor((index * (through - from)) / amount);
            messages.push(...numbers.map((number, index) => sought(number, instantOf(index))));
            counter = await archive(table, [window(from, through, numbers)], counter);
            if (!splitsOften) continue;
            const { crowded } = await windows.look(counter, messages, windowsTogether);
            for (const share of crowded) await windows.split(counter, share);
          }
          const missing = messages.map((message, index) => ({
            ...message,
            fingerprint: fingerprint(1_000_000 + index),
          }));
          const look = await windows.look(counter, [...messages, ...missing], windowsTogether);
          for (const share of look.crowded) await windows.split(counter, share);
          const again = await windows.look(counter, [...messages, ...missing], windowsTogether);
          const all = new Set(messages.map((message) => message.fingerprint));
          expect(look.found).toEqual(all);
          expect(again.found).toEqual(all);
          for (const message of messages) {
            const { found } = await windows.look(counter, [message], windowsTogether);
            expect([...found]).toEqual([message.fingerprint]);
          }
        },
      ),
      { numRuns: 12 },
    );
  });

  test('reads consistently, and of a day with many windows the few that cover a message', async ({
    database,
    table,
  }) => {
    const length = Math.floor(DAY_MS / 200);
    const counter = await archive(
      table,
      Array.from({ length: 200 }, (_, index) =>
        window(START + index * length, START + (index + 1) * length - 1, [index]),
      ),
    );
    const asked: unknown[] = [];
    const meter = metered(
      intercepted(database.client, (command, send) => {
        if (command instanceof QueryCommand) asked.push(command.input.ConsistentRead);
        return send();
      }),
    );
    const watched = new ArchivedWindows({ ...table, client: meter.client });
    for (const index of [0, 100, 198]) {
      const { found } = await watched.look(counter, [sought(index, START + index * length)], 12);
      expect(found.size).toBe(1);
    }
    expect(asked).toEqual([true, true, true]);
    expect(meter.readUnits()).toBeLessThanOrEqual(6);
  });

  test('for many messages of a day with few windows reads all of these in one query a level', async ({
    database,
    table,
  }) => {
    const minutes = Array.from({ length: 40 }, (_, index) => START + 60_000 * index);
    const counter = await archive(
      table,
      minutes.map((minute, index) => window(minute, minute + 1 + 999 * (index % 2), [index])),
    );
    const meter = metered(database.client);
    const watched = new ArchivedWindows({ ...table, client: meter.client });
    const messages = minutes.map((minute, index) => sought(index, minute));
    const { found } = await watched.look(counter, [...messages, sought(99, START + 30_000)], 12);
    expect(found.size).toBe(40);
    expect(meter.calls.get('QueryCommand')).toBe(2);
  });

  test('refuses an archived window without its fingerprints', async ({ table, found }) => {
    const span = { from: NOON, through: NOON, number: 0 };
    const counter = { ...EMPTY, version: 1, archive: withArchived(NOTHING_ARCHIVED, [span]) };
    await putRaw(table, archivedWindowKey(KEY, span));
    const looking = found(counter, sought(1, NOON));
    await expect(looking).rejects.toThrow(MalformedItemError);
    await expect(looking).rejects.toThrow(/^stored archived window at ".*" is malformed \(fingerprints: /);
  });
});

describe('the windows that were archived last', () => {
  /** A client that sees a transaction on some items half done: plain reads of many give none of them. */
  function withUnseenWindows(client: DynamoDBDocumentClient, transactGet: () => Promise<unknown>) {
    return intercepted(client, (command, send) => {
      if (command instanceof QueryCommand) return Promise.resolve({ Items: [] });
      return command instanceof TransactGetCommand ? transactGet() : send();
    });
  }

  test('are waited for while they are not seen', async ({ database, table }) => {
    const counter = await archive(table, [window(NOON, NOON + 5, [1])]);
    const client = withUnseenWindows(database.client, () =>
      Promise.reject(cancelledTransaction(['TransactionConflict'])),
    );
    const looking = new ArchivedWindows({ ...table, client }).look(counter, [sought(1, NOON)], 12);
    expect(isContention(await looking.catch((error: unknown) => error))).toBe(true);
  });

  test('are read by their names where the look should have found them', async ({ database, table }) => {
    const counter = await archive(table, [window(NOON, NOON + 5, [1])]);
    const client = intercepted(database.client, (command, send) =>
      command instanceof QueryCommand ? Promise.resolve({ Items: [] }) : send(),
    );
    const { found } = await new ArchivedWindows({ ...table, client }).look(counter, [sought(1, NOON)], 12);
    expect([...found]).toEqual([fingerprint(1)]);
  });

  test('that are not there are lost or have expired, unless the counter has changed since', async ({
    table,
    windows,
  }) => {
    const counter = await archive(table, [window(NOON, NOON + 5, [1])]);
    const key = archivedWindowKey(counter, { from: NOON, through: NOON + 5, number: 0 });
    await table.client.send(new DeleteCommand({ TableName: table.tableName, Key: key }));
    expect((await windows.look(counter, [sought(1, NOON)], 12)).found).toEqual(new Set());
    expect((await windows.look(counter, [sought(1, NOON + 6)], 12)).found).toEqual(new Set());
    await new DailyCounterStore(table).apply({ counter: { ...counter, version: counter.version + 1 } });
    await expect(windows.look(counter, [sought(1, NOON)], 12)).rejects.toThrow(ConflictError);
  });

  test('show messages only together with the counter that counts them', async ({
    database,
    table,
    windows,
  }) => {
    const before = await archive(table, [window(NOON, NOON + 5, [1])]);
    await archive(table, [window(NOON, NOON + 5, [2])], before);
    await expect(windows.look(before, [sought(2, NOON)], 12)).rejects.toThrow(ConflictError);
    // What was counted before is as sure as it was.
    expect((await windows.look(before, [sought(1, NOON)], 12)).found.size).toBe(1);
    const client = intercepted(database.client, (command, send) =>
      command instanceof TransactGetCommand
        ? Promise.reject(cancelledTransaction(['TransactionConflict']))
        : send(),
    );
    const looking = new ArchivedWindows({ ...table, client }).look(before, [sought(2, NOON)], 12);
    expect(isContention(await looking.catch((error: unknown) => error))).toBe(true);
  });

  test('of which the counter knows nothing, though it has not changed, are taken for its own', async ({
    table,
    windows,
  }) => {
    const counter = await archive(table, [window(NOON, NOON + 5, [1])]);
    const orphan = { ...window(NOON, NOON + 5, [2]), number: 7, expiresAt: EXPIRY };
    await putRaw(table, archivedWindowItem(KEY, orphan));
    expect((await windows.look(counter, [sought(2, NOON)], 12)).found.size).toBe(1);
  });

  test('are not split: whoever has seen the counter expects them where they were', async ({
    table,
    windows,
  }) => {
    const counter = await archive(
      table,
      [1, 2, 3].map((number) => window(NOON, NOON, [number])),
    );
    const last = archivedWindowKey(counter, { from: NOON, through: NOON, number: 2 });
    const { crowded } = await windows.look(counter, [sought(9, NOON)], 2);
    expect(crowded).toHaveLength(1);
    for (const share of crowded) await windows.split(counter, share);
    const keys = (await contentsOf(table)).map(({ sk }) => String(sk));
    expect(keys).toContain(last.sk);
    expect(keys.filter((sk) => sk.startsWith(last.sk.slice(0, 3)) && !sk.endsWith('~'))).toEqual([last.sk]);
  });
});

describe('a look behind what is known', () => {
  const spans = [0, 10, 20, 30].map((at, index) => window(NOON + at, NOON + at + 5, [index]));
  const all = [0, 1, 2, 3].map((number) => sought(number, NOON + number * 10));
  /** A counter that names windows which were archived before the last one. */
  const naming = (counter: DailyCounter, ...numbers: number[]): DailyCounter => ({
    ...counter,
    archivedBefore: numbers.map((number) => ({
      from: NOON + number * 10,
      through: NOON + number * 10 + 5,
      number,
    })),
  });

  test('reads the windows that the counter names, and no others', async ({ table }) => {
    const counter = naming(await archive(table, spans), 0, 1, 2);
    const { client, calls } = watched(table.client);
    const { found } = await new ArchivedWindows({ ...table, client }).lookBehind(counter, 1, all, 12);
    expect(found).toEqual(new Set([1, 2, 3].map(fingerprint)));
    expect(calls).toEqual(['BatchGetCommand', 'TransactGetCommand']);
  });

  test('reads nothing where nothing was archived, or nothing that may hold the messages', async ({
    table,
  }) => {
    const counter = naming(await archive(table, spans), 0, 1, 2);
    const { client, calls } = watched(table.client);
    const windows = new ArchivedWindows({ ...table, client });
    expect((await windows.lookBehind(counter, 4, all, 12)).found).toEqual(new Set());
    expect((await windows.lookBehind(counter, 1, [sought(9, NOON + 36)], 12)).found).toEqual(new Set());
    expect(calls).toEqual([]);
  });

  test('finds what is in windows that the counter does not name', async ({ table, windows }) => {
    const counter = await archive(table, spans);
    const { found } = await windows.lookBehind(naming(counter, 2), 1, all, 12);
    expect([1, 2, 3].filter((number) => !found.has(fingerprint(number)))).toEqual([]);
  });

  test('finds what was in windows that were split meanwhile', async ({ table, windows }) => {
    const crowd = Array.from({ length: 4 }, (_, index) => window(NOON, NOON + 3, [index]));
    const counter = await archive(table, crowd);
    const atOnce = [0, 1, 2, 3].map((number) => sought(number, NOON));
    const { crowded } = await windows.look(counter, atOnce, 1);
    for (const share of crowded) await windows.split(counter, share);
    const named = {
      ...counter,
      archivedBefore: [0, 1, 2].map((number) => ({ from: NOON, through: NOON + 3, number })),
    };
    const { found } = await windows.lookBehind(named, 0, atOnce, 12);
    expect(found).toEqual(new Set([0, 1, 2, 3].map(fingerprint)));
  });
});

describe('splitting crowded windows', () => {
  const MANY = Array.from({ length: 300 }, (_, number) => number);
  const ALL = MANY.map((number) => sought(number, NOON));

  /** Archives windows that all hold noon, ten messages each, without looking into them. */
  const crowd = (table: Table) =>
    archive(
      table,
      Array.from({ length: 30 }, (_, index) => window(NOON, NOON, MANY.slice(10 * index, 10 * index + 10))),
    );

  test('makes a look for one message cost a few reads', async ({ database, table, windows }) => {
    const counter = await crowd(table);
    const { crowded } = await windows.look(counter, ALL, 12);
    for (const share of crowded) await windows.split(counter, share);
    const meter = metered(database.client);
    const watched = new ArchivedWindows({ ...table, client: meter.client });
    const { found, crowded: stillCrowded } = await watched.look(counter, [sought(7, NOON)], 12);
    expect(found.size).toBe(1);
    expect(stillCrowded).toEqual([]);
    expect(meter.readUnits()).toBeLessThanOrEqual(2);
  });

  test('keeps every fingerprint findable at every moment, and may end and begin anew anywhere', async ({
    database,
    table,
    windows,
  }) => {
    const counter = await crowd(table);
    const { crowded } = await windows.look(counter, ALL, 12);
    let [calls, isDone] = [0, false];
    for (let diesAt = 0; !isDone; diesAt += 1) {
      calls = 0;
      const client = intercepted(database.client, async (command, send) => {
        const isWrite = command instanceof PutCommand || command instanceof DeleteCommand;
        if (isWrite && calls++ === diesAt) throw new Error('it died');
        return send();
      });
      const dying = new ArchivedWindows({ ...table, client });
      try {
        for (const share of crowded) await dying.split(counter, share);
        isDone = true;
      } catch {
        // The next one begins anew.
      }
      const { found } = await windows.look(counter, ALL, 12);
      expect(found.size).toBe(300);
    }
    const items = await contentsOf(table);
    const stored = items
      .filter((item) => item['pk'] === archivedWindowsPartition(KEY) && !isShareMarker(item))
      .flatMap((item) => parseArchivedWindow(item).fingerprints);
    expect(new Set(stored).size).toBe(300);
    for (const item of items.filter(({ pk }) => pk === archivedWindowsPartition(KEY))) {
      expect(item['expiresAt']).toBe(EXPIRY / 1_000);
    }
  });

  test('by several at a time loses nothing either', async ({ table, windows }) => {
    const counter = await crowd(table);
    const { crowded } = await windows.look(counter, ALL, 12);
    await Promise.all([1, 2, 3].flatMap(() => crowded.map((share) => windows.split(counter, share))));
    const { found } = await windows.look(counter, ALL, 12);
    expect(found.size).toBe(300);
  });

  test('of a counter that was removed meanwhile leaves nothing behind', async ({
    database,
    table,
    windows,
  }) => {
    const counter = await crowd(table);
    const { crowded } = await windows.look(counter, ALL, 12);
    const remove = async (Key: Item) =>
      database.client.send(new DeleteCommand({ TableName: table.tableName, Key }));
    let puts = 0;
    const client = intercepted(database.client, async (command, send) => {
      if (command instanceof PutCommand && puts++ === 0) {
        for (const { pk, sk } of await contentsOf(table)) await remove({ pk, sk });
      }
      return send();
    });
    for (const share of crowded) await new ArchivedWindows({ ...table, client }).split(counter, share);
    expect(puts).toBeGreaterThan(1);
    expect(await contentsOf(table)).toEqual([]);
  });

  test('goes on with shares that are crowded in their turn', async ({ table, windows }) => {
    const alike = Array.from({ length: 40 }, (_, index) => `abc${index.toString(16).padStart(13, '0')}`);
    const counter = await archive(
      table,
      alike.map((one) => ({ from: NOON, through: NOON, fingerprints: [one] })),
    );
    const messages = alike.map((one) => ({ fingerprint: one, from: NOON, through: NOON }));
    for (let round = 0; round < 12; round += 1) {
      const { found, crowded } = await windows.look(counter, messages, 3);
      expect(found.size).toBe(40);
      for (const share of crowded) await windows.split(counter, share);
    }
    expect((await windows.look(counter, messages, 3)).found.size).toBe(40);
  });

  test('ends where fingerprints have no further digit', async ({ table, windows }) => {
    const counter = await archive(
      table,
      [1, 2, 3].map((number) => window(NOON, NOON, [number])),
    );
    const messages = [1, 2, 3].map((number) => sought(number, NOON));
    for (let round = 0; round < 16; round += 1) {
      for (const share of (await windows.look(counter, messages, 0)).crowded) {
        await windows.split(counter, share);
      }
    }
    const { found, crowded } = await windows.look(counter, messages, 0);
    expect(found.size).toBe(3);
    // What was archived last stays, and is seen alone.
    expect(crowded.map(({ digits }) => digits)).toEqual(['']);
  });

  test('keeps what an earlier one has left twice only once', async ({ database, table, windows }) => {
    let counter = await crowd(table);
    const dying = new ArchivedWindows({
      ...table,
      client: intercepted(database.client, async (command, send) => {
        if (command instanceof DeleteCommand) throw new Error('it died');
        return send();
      }),
    });
    // The windows are others each time, and so are the names of those that take their place.
    for (let round = 0; round < 3; round += 1) {
      const { crowded } = await windows.look(counter, ALL, 12);
      for (const share of crowded.filter(({ digits }) => digits === '')) {
        await expect(dying.split(counter, share)).rejects.toThrow('it died');
      }
      counter = await archive(table, [window(NOON, NOON, [1_000 + round])], counter);
    }
    for (let round = 0; round < 2; round += 1) {
      const { found, crowded } = await windows.look(counter, ALL, 1);
      expect(found.size).toBe(300);
      for (const share of crowded) await windows.split(counter, share);
    }
    const stored = (await contentsOf(table))
      .filter((item) => String(item['sk']).startsWith('share#') && !isShareMarker(item))
      .flatMap((item) => parseArchivedWindow(item).fingerprints);
    expect(stored).toHaveLength(new Set(stored).size);
  });
});
