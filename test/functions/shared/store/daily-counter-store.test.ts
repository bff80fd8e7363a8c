import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  TransactGetCommand,
} from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import type {
  ArchivedWindow,
  CounterChange,
  DailyCounter,
} from '../../../../functions/shared/domain/daily-counter.ts';
import { newDailyCounter } from '../../../../functions/shared/domain/daily-counter.ts';
import { MalformedItemError } from '../../../../functions/shared/domain/errors.ts';
import { ConflictError } from '../../../../functions/shared/store/conflict.ts';
import { DailyCounterStore } from '../../../../functions/shared/store/daily-counter-store.ts';
import { isContention } from '../../../../functions/shared/store/dynamodb.ts';
import { dailyCounterKey, dirtyLane } from '../../../../functions/shared/store/items/daily-counter.ts';
import { metered } from '../../../support/database/capacity.ts';
import { intercepted } from '../../../support/database/intercepted-client.ts';
import { cancelledTransaction } from '../../../support/database/transactions.ts';
import { test as fixture } from '../../../support/fixture.ts';
import { contentsOf, itemOf, putRaw } from './table-contents.ts';

const KEY = { peerId: 'p', channelId: 'c', channelNumber: 1, day: '2026-11-22' };
const NOON = Date.parse('2026-11-22T12:00:00.000Z');
const EXPIRY = Date.parse('2028-02-10T12:00:00.000Z');

const test = fixture
  .extend('counters', ({ table }) => new DailyCounterStore(table))
  /** What the index of dirty days lists of a peer. */
  .extend('dirty', ({ database, table }) => async (peerId: string) => {
    const answer = await database.client.send(
      new QueryCommand({
        TableName: table.tableName,
        IndexName: 'dirty-days',
        KeyConditionExpression: 'dirtyLane = :lane',
        ExpressionAttributeValues: { ':lane': dirtyLane(peerId) },
      }),
    );
    return answer.Items ?? [];
  })
  /** Archives windows, one step each, and gives the number of the last version. */
  .extend('file', ({ counters }) => async (windows: readonly ArchivedWindow[]): Promise<void> => {
    for (const [index, archived] of windows.entries()) {
      const { window, ...stored } = counter({ version: index + 1, archivedWindows: index + 1 });
      const { through } = archived;
      await counters.apply({
        counter: { ...stored, archivedThrough: through, lastArchivedThrough: through },
        archived,
      });
    }
  });

/** The proof of a message, by a number. */
function fingerprint(number: number): string {
  return number.toString(16).padStart(16, '0');
}

function counter(changes: Partial<DailyCounter> = {}): DailyCounter {
  return {
    ...KEY,
    messageCount: 2,
    conversationCount: 1,
    version: 1,
    keepUntil: EXPIRY,
    archivedWindows: 0,
    window: { fingerprints: [fingerprint(1), fingerprint(2)], from: NOON, through: NOON + 5 },
    ...changes,
  };
}

function archivedWindow(
  number: number,
  from: number,
  through: number,
  fingerprints: string[],
): ArchivedWindow {
  return { number, from, through, fingerprints, expiresAt: EXPIRY };
}

const ARCHIVING: CounterChange = {
  counter: counter({ version: 2, messageCount: 3, archivedWindows: 1, archivedThrough: NOON + 5 }),
  archived: archivedWindow(0, NOON, NOON + 5, [fingerprint(1), fingerprint(2), fingerprint(3)]),
};

test('a counter that is not stored is read as a new one', async ({ counters }) => {
  expect(await counters.read(KEY)).toEqual({
    ...KEY,
    messageCount: 0,
    conversationCount: 0,
    version: 0,
    keepUntil: 0,
    archivedWindows: 0,
  });
});

test.for<[string, DailyCounter]>([
  ['with a window', counter()],
  ['with a window and windows archived', counter({ archivedWindows: 3, archivedThrough: NOON - 1 })],
  ['sealed, with its windows archived', sealedCounter()],
  ['of 90 fingerprints', counter({ window: pageOf(90) })],
])('a counter is read as it was stored: %s', async ([_, stored], { counters }) => {
  await counters.apply({ counter: stored });
  expect(await counters.read(KEY)).toEqual(stored);
  expect((await counters.read({ ...KEY, day: '2026-11-21' })).version).toBe(0);
  expect((await counters.read({ ...KEY, channelId: 'd' })).version).toBe(0);
  expect((await counters.read({ ...KEY, peerId: 'q' })).version).toBe(0);
});

function sealedCounter(): DailyCounter {
  const { window, ...rest } = counter({ sealedIn: 4, archivedWindows: 1, archivedThrough: NOON });
  return rest;
}

function pageOf(amount: number) {
  return {
    fingerprints: Array.from({ length: amount }, (_, index) => fingerprint(index)),
    from: NOON,
    through: NOON,
  };
}

test('a step replaces the counter that it was made from, whole', async ({ counters }) => {
  await counters.apply({ counter: counter({ archivedWindows: 1, archivedThrough: NOON }) });
  const { window, ...withoutWindow } = counter({ version: 2, archivedWindows: 2, archivedThrough: NOON + 5 });
  await counters.apply({ counter: withoutWindow });
  expect(await counters.read(KEY)).toEqual(withoutWindow);
});

test.for<[string, CounterChange]>([
  ['a step from the version before', { counter: counter({ version: 2, messageCount: 99 }) }],
  ['a step from a version that is still to come', { counter: counter({ version: 5, messageCount: 99 }) }],
  ['creating it', { counter: counter({ version: 1, messageCount: 99 }) }],
  ['a step that seals it', { counter: counter({ version: 2, sealedIn: 1 }) }],
  ['a step that archives a window and changes the counts', ARCHIVING],
  [
    'a step that only archives a window',
    { counter: ARCHIVING.counter, archived: archivedWindow(0, NOON, NOON, ['00'.repeat(8)]) },
  ],
])(
  'where a counter is not the one that was read, nothing is written by %s',
  async ([_, change], { table, counters }) => {
    await counters.apply({ counter: counter({ version: 1 }) });
    await counters.apply({ counter: counter({ version: 2 }) });
    await counters.apply({ counter: counter({ version: 3, messageCount: 4 }) });
    const before = await contentsOf(table);
    await expect(counters.apply(change)).rejects.toThrow(ConflictError);
    expect(await contentsOf(table)).toEqual(before);
  },
);

test('a step from a counter that is not stored any more is refused', async ({ table, counters }) => {
  const before = await contentsOf(table);
  await expect(counters.apply({ counter: counter({ version: 2 }) })).rejects.toThrow(ConflictError);
  await expect(counters.apply(ARCHIVING)).rejects.toThrow(ConflictError);
  expect(await contentsOf(table)).toEqual(before);
});

test('of many steps from one version, at once, exactly one is stored', async ({ counters }) => {
  await counters.apply({ counter: counter() });
  const steps = Array.from({ length: 12 }, (_, index): CounterChange => {
    const next = counter({ version: 2, messageCount: 100 + index });
    const window = archivedWindow(0, NOON, NOON + index, [fingerprint(index)]);
    return index % 2 === 0 ? { counter: next } : { counter: next, archived: window };
  });
  const results = await Promise.allSettled(steps.map((step) => counters.apply(step)));
  const stored = steps.filter((_, index) => results[index]?.status === 'fulfilled');
  expect(stored).toHaveLength(1);
  for (const result of results) {
    if (result.status === 'fulfilled') continue;
    const { reason } = result;
    expect(reason instanceof ConflictError || isContention(reason), String(reason)).toBe(true);
  }
  const [winner] = stored;
  expect(await counters.read(KEY)).toEqual(winner?.counter);
  expect(await counters.archivedFingerprints(newDailyCounter(KEY), NOON, NOON)).toEqual(
    new Set(winner?.archived?.fingerprints),
  );
});

test('the counter and the window that it archived are stored together', async ({ table, counters }) => {
  await counters.apply({ counter: counter() });
  await counters.apply(ARCHIVING);
  expect(await contentsOf(table)).toEqual([
    {
      pk: 'PEER#p',
      sk: 'USAGE#2026-11-22#c',
      dirtyLane: dirtyLane('p'),
      channelNumber: 1,
      messageCount: 3,
      conversationCount: 1,
      version: 2,
      keepUntil: EXPIRY,
      archivedWindows: 1,
      archivedThrough: NOON + 5,
      window: Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2]),
      windowFrom: NOON,
      windowThrough: NOON + 5,
    },
    {
      pk: 'PEER#p#WINDOWS#2026-11-22#c',
      sk: '2026-11-22T12:00:00.005Z#000000',
      from: NOON,
      fingerprints: Uint8Array.from([1, 2, 3].flatMap((last) => [0, 0, 0, 0, 0, 0, 0, last])),
      expiresAt: EXPIRY / 1000,
    },
  ]);
});

test('a counter is stored with the writes that come with it, or not at all', async ({ table, counters }) => {
  const companion = (condition: string) => ({
    Put: {
      TableName: table.tableName,
      Item: { pk: 'companion', sk: 'c' },
      ConditionExpression: condition,
    },
  });
  await expect(counters.apply({ counter: counter() }, [companion('attribute_exists(pk)')])).rejects.toThrow(
    ConflictError,
  );
  expect(await contentsOf(table)).toEqual([]);
  await counters.apply({ counter: counter() }, [companion('attribute_not_exists(pk)')]);
  expect(await contentsOf(table)).toHaveLength(2);
});

test('what this version does not know of a counter stays through every change', async ({
  table,
  counters,
}) => {
  const unknown = 'of a later version';
  await counters.apply({ counter: counter() });
  await putRaw(table, { ...(await itemOf(table, dailyCounterKey(KEY))), unknown });
  const { window, ...withoutWindow } = counter({ version: 4, sealedIn: 9 });
  for (const change of [
    { counter: counter({ version: 2 }) },
    { ...ARCHIVING, counter: { ...ARCHIVING.counter, version: 3 } },
    { counter: withoutWindow },
  ]) {
    await counters.apply(change);
    expect(await itemOf(table, dailyCounterKey(KEY))).toMatchObject({ unknown });
    expect(await counters.read(KEY)).toEqual(change.counter);
  }
});

test('the counters of some days are read, of all channels of the peer and no other one', async ({
  counters,
}) => {
  const days = ['2026-11-19', '2026-11-20', '2026-11-21', '2026-11-22'];
  for (const day of days) {
    for (const channelId of ['a', 'b']) await counters.apply({ counter: counter({ day, channelId }) });
  }
  await counters.apply({ counter: counter({ peerId: 'p#USAGE' }) });
  const found = await counters.readDays('p', '2026-11-20', '2026-11-21');
  expect(found).toEqual(
    ['2026-11-20', '2026-11-21'].flatMap((day) => ['a', 'b'].map((channelId) => counter({ day, channelId }))),
  );
  expect(await counters.readDays('p', '2026-11-23', '9999-12-31')).toEqual([]);
});

test('a changed counter is on the list of dirty days, by its key alone', async ({ counters, dirty }) => {
  const listed = { ...dailyCounterKey(KEY), dirtyLane: dirtyLane('p') };
  await counters.apply({ counter: counter() });
  expect(await dirty('p')).toEqual([listed]);
  await counters.apply({ counter: counter({ version: 2 }) });
  expect(await dirty('p')).toEqual([listed]);
});

test('a counter is off the list from the step on that seals it, and may go from then on', async ({
  table,
  counters,
  dirty,
}) => {
  await counters.apply({ counter: counter() });
  expect(await itemOf(table, dailyCounterKey(KEY))).not.toHaveProperty('expiresAt');
  for (const version of [2, 3]) {
    await counters.apply({ counter: counter({ version, sealedIn: version }) });
    expect(await dirty('p')).toEqual([]);
    expect(await itemOf(table, dailyCounterKey(KEY))).toMatchObject({ expiresAt: EXPIRY / 1000 });
  }
});

test('a change of a counter that is on the list costs no write of the list', async ({ database, table }) => {
  const meter = metered(database.client);
  const meteredCounters = new DailyCounterStore({ ...table, client: meter.client });
  await meteredCounters.apply({ counter: counter() });
  const joining = meter.writeUnits();
  await meteredCounters.apply({ counter: counter({ version: 2 }) });
  expect([joining, meter.writeUnits() - joining]).toEqual([2, 1]);
});

test.for([
  { from: 0, through: 40, found: ['a', 'b', 'c', 'd'] },
  { from: 15, through: 19, found: ['b'] },
  { from: 15, through: 20, found: ['b', 'c'] },
  { from: 10, through: 10, found: ['a', 'b'] },
  { from: 11, through: 11, found: ['b'] },
  { from: 31, through: 39, found: [] },
  { from: 41, through: 99, found: [] },
  { from: -9, through: -1, found: [] },
])(
  'the windows that cover $from to $through hold $found',
  async ({ from, through, found }, { counters, file }) => {
    const proofs = { a: fingerprint(10), b: fingerprint(11), c: fingerprint(12), d: fingerprint(13) };
    await file([
      archivedWindow(0, NOON, NOON + 10, [proofs.a]),
      archivedWindow(1, NOON + 5, NOON + 20, [proofs.b]),
      archivedWindow(2, NOON + 20, NOON + 30, [proofs.c]),
      archivedWindow(3, NOON + 40, NOON + 40, [proofs.d]),
    ]);
    const expected = new Set(
      Object.entries(proofs).flatMap(([name, proof]) => (found.includes(name) ? [proof] : [])),
    );
    expect(await counters.archivedFingerprints(newDailyCounter(KEY), NOON + from, NOON + through)).toEqual(
      expected,
    );
    expect(
      await counters.archivedFingerprints(newDailyCounter({ ...KEY, channelId: 'd' }), NOON, NOON + 99),
    ).toEqual(new Set());
  },
);

/** A client that sees a transaction on some items half done: plain reads give none of them. */
function withUnseenWindows(client: DynamoDBDocumentClient, transactGet: () => Promise<unknown>) {
  return intercepted(client, (command, send) => {
    if (command instanceof QueryCommand) return Promise.resolve({ Items: [] });
    return command instanceof TransactGetCommand ? transactGet() : send();
  });
}

function conflict(): Promise<never> {
  return Promise.reject(cancelledTransaction(['TransactionConflict']));
}

test('while its last window is not seen, nobody is told what a counter has archived', async ({
  database,
  table,
  counters,
  file,
}) => {
  await file([archivedWindow(0, NOON, NOON + 5, [fingerprint(1)])]);
  const stored = await counters.read(KEY);
  const client = withUnseenWindows(database.client, conflict);
  const reading = new DailyCounterStore({ ...table, client }).archivedFingerprints(stored, NOON, NOON);
  expect(isContention(await reading.catch((error: unknown) => error))).toBe(true);
});

test.for([
  { sentAt: NOON + 5, reads: 1 },
  { sentAt: NOON + 6, reads: 0 },
])(
  'a last window that is not there has expired: sent at $sentAt, it is looked for $reads times',
  async ({ sentAt, reads }, { database, table, counters, file }) => {
    await file([archivedWindow(0, NOON, NOON + 5, [fingerprint(1)])]);
    const stored = await counters.read(KEY);
    let asked = 0;
    const client = withUnseenWindows(database.client, async () => {
      asked += 1;
      return { Responses: [{}] };
    });
    const watched = new DailyCounterStore({ ...table, client });
    expect(await watched.archivedFingerprints(stored, sentAt, sentAt)).toEqual(new Set());
    expect(asked).toBe(reads);
  },
);

test('no window is archived before the one before it is seen by everybody', async ({
  database,
  table,
  counters,
  file,
}) => {
  await file([archivedWindow(0, NOON, NOON + 5, [fingerprint(1)])]);
  const before = await counters.read(KEY);
  const archived = { ...archivedWindow(1, NOON, NOON, [fingerprint(2)]), previousThrough: NOON + 5 };
  const asked: unknown[] = [];
  const client = intercepted(database.client, (command, send) => {
    if (command instanceof TransactGetCommand) asked.push(command.input.TransactItems?.[0]?.Get?.Key);
    return command instanceof TransactGetCommand ? conflict() : send();
  });
  const change = { counter: { ...before, version: 2, archivedWindows: 2 }, archived };
  const applying = new DailyCounterStore({ ...table, client }).apply(change);
  expect(isContention(await applying.catch((error: unknown) => error))).toBe(true);
  expect(asked).toEqual([{ pk: 'PEER#p#WINDOWS#2026-11-22#c', sk: '2026-11-22T12:00:00.005Z#000000' }]);
  expect(await counters.read(KEY)).toEqual(before);
  await counters.apply(change);
  expect((await counters.read(KEY)).version).toBe(2);
});

test('windows of the same last instant are kept side by side', async ({ counters, file }) => {
  await file([
    archivedWindow(0, NOON, NOON, [fingerprint(1)]),
    archivedWindow(1, NOON, NOON, [fingerprint(2)]),
  ]);
  expect(await counters.archivedFingerprints(newDailyCounter(KEY), NOON, NOON)).toEqual(
    new Set([fingerprint(1), fingerprint(2)]),
  );
});

test('archived windows of more than 1 MB are read in full', async ({ database, table, file }) => {
  const perPage = 25_000;
  const windows = Array.from({ length: 8 }, (_, number) =>
    archivedWindow(
      number,
      NOON,
      NOON + number,
      Array.from({ length: perPage }, (_, index) => fingerprint(number * perPage + index)),
    ),
  );
  await file(windows);
  const meter = metered(database.client);
  const found = await new DailyCounterStore({ ...table, client: meter.client }).archivedFingerprints(
    newDailyCounter(KEY),
    NOON,
    NOON + 7,
  );
  expect([...found]).toEqual(windows.flatMap(({ fingerprints }) => fingerprints));
  expect(meter.calls.get('QueryCommand')).toBeGreaterThan(1);
});

const NO_VALUE = 'personal-value';

test.for<[string, Record<string, unknown>]>([
  ['a count that is a text', { messageCount: NO_VALUE }],
  ['a count below zero', { messageCount: -77 }],
  ['a count that is no whole number', { conversationCount: 77.5 }],
  ['no version', { version: undefined }],
  ['no number of its channel', { channelNumber: undefined }],
  ['nothing of when it may go', { keepUntil: undefined }],
  ['a revision that is a text', { sealedIn: NO_VALUE }],
  ['a window that is a text', { window: NO_VALUE }],
  ['an instant that is a text', { archivedThrough: NO_VALUE }],
  ['a window that is cut off', { window: Uint8Array.from([7, 7, 7, 7, 7, 7, 7]) }],
])(
  'a stored counter with %s is refused, without a word of what is in it',
  async ([_, wrong], { table, counters }) => {
    await counters.apply({ counter: counter() });
    const stored = { ...(await itemOf(table, dailyCounterKey(KEY))), ...wrong };
    await putRaw(
      table,
      Object.fromEntries(Object.entries(stored).filter(([, value]) => value !== undefined)),
    );
    await expect(counters.read(KEY)).rejects.toThrow(MalformedItemError);
    await expect(counters.read(KEY)).rejects.toThrow(
      new RegExp(`^stored daily counter at ".*" is malformed \\(${Object.keys(wrong)}: `),
    );
    await expect(counters.read(KEY)).rejects.not.toThrow(/personal-value|77/);
  },
);

test.for(['window', 'windowFrom', 'windowThrough'])(
  'a stored counter that lacks only %s is refused',
  async (missing, { database, table, counters }) => {
    await counters.apply({ counter: counter() });
    const stored = Object.entries((await itemOf(table, dailyCounterKey(KEY))) ?? {});
    await database.client.send(new DeleteCommand({ TableName: table.tableName, Key: dailyCounterKey(KEY) }));
    await putRaw(table, Object.fromEntries(stored.filter(([name]) => name !== missing)));
    await expect(counters.read(KEY)).rejects.toThrow(/^stored daily counter at ".*" is malformed \(window: /);
  },
);

test('an archived window without its fingerprints is refused', async ({ table, counters }) => {
  await putRaw(table, {
    pk: 'PEER#p#WINDOWS#2026-11-22#c',
    sk: '2026-11-22T12:00:00.000Z#000000',
    from: NOON,
  });
  const reading = counters.archivedFingerprints(newDailyCounter(KEY), NOON, NOON);
  await expect(reading).rejects.toThrow(MalformedItemError);
  await expect(reading).rejects.toThrow(/^stored archived window at ".*" is malformed \(fingerprints: /);
});

test('counters and archived windows are read consistently: no write that was answered is missing', async ({
  database,
  table,
}) => {
  const asked: unknown[] = [];
  const client = intercepted(database.client, (command, send) => {
    if (command instanceof GetCommand || command instanceof QueryCommand) {
      asked.push(command.input.ConsistentRead);
    }
    return send();
  });
  const watched = new DailyCounterStore({ ...table, client });
  await watched.read(KEY);
  await watched.readDays('p', KEY.day, KEY.day);
  await watched.archivedFingerprints(newDailyCounter(KEY), NOON, NOON);
  expect(asked).toEqual([true, true, true]);
});
