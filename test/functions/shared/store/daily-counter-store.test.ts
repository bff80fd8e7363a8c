import {
  DeleteCommand,
  GetCommand,
  QueryCommand,
  TransactGetCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import { type Archive, NOTHING_ARCHIVED, withArchived } from '../../../../functions/shared/domain/archive.ts';
import type {
  ArchivedWindow,
  CounterChange,
  DailyCounter,
} from '../../../../functions/shared/domain/daily-counter.ts';
import { newDailyCounter } from '../../../../functions/shared/domain/daily-counter.ts';
import { EMPTY_DIGEST } from '../../../../functions/shared/domain/digest.ts';
import { MalformedItemError } from '../../../../functions/shared/domain/errors.ts';
import { ConflictError } from '../../../../functions/shared/store/conflict.ts';
import { DailyCounterStore } from '../../../../functions/shared/store/daily-counter-store.ts';
import { isContention } from '../../../../functions/shared/store/dynamodb.ts';
import { parseArchivedWindow } from '../../../../functions/shared/store/items/archived-window.ts';
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
    archive: NOTHING_ARCHIVED,
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

/** The archive of a counter, some of whose windows were archived, one after the other. */
function archiveOf(...spans: [from: number, through: number][]): Archive {
  return spans.reduce(
    (archive, [from, through]) => withArchived(archive, [{ from, through }]),
    NOTHING_ARCHIVED,
  );
}

const ARCHIVING: CounterChange = {
  counter: counter({ version: 2, messageCount: 3, archive: archiveOf([NOON, NOON + 5]) }),
  archived: [archivedWindow(0, NOON, NOON + 5, [fingerprint(1), fingerprint(2), fingerprint(3)])],
};

/** Stores a counter, and the step by which it archives its first window. */
async function storeArchived(counters: DailyCounterStore): Promise<void> {
  await counters.apply({ counter: counter() });
  await counters.apply(ARCHIVING);
}

test('a counter that is not stored is read as a new one', async ({ counters }) => {
  expect(await counters.read(KEY)).toEqual({
    ...KEY,
    messageCount: 0,
    conversationCount: 0,
    digest: EMPTY_DIGEST,
    version: 0,
    keepUntil: 0,
    archive: NOTHING_ARCHIVED,
  });
});

test.for<[string, DailyCounter]>([
  ['with a window', counter()],
  [
    'with a window and windows archived',
    counter({ archive: archiveOf([NOON - 9, NOON - 9], [NOON - 99, NOON - 5], [NOON - 8, NOON - 1]) }),
  ],
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
  const { window, ...rest } = counter({ sealedIn: 4, archive: archiveOf([NOON - 7, NOON]) });
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
  await counters.apply({ counter: counter({ archive: archiveOf([NOON, NOON]) }) });
  const archive = archiveOf([NOON, NOON], [NOON, NOON + 5]);
  const { window, ...withoutWindow } = counter({ version: 2, archive });
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
    { counter: ARCHIVING.counter, archived: [archivedWindow(0, NOON, NOON, ['00'.repeat(8)])] },
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

test('of many steps from one version, at once, exactly one is stored', async ({ counters, table }) => {
  await counters.apply({ counter: counter() });
  const steps = Array.from({ length: 12 }, (_, index): CounterChange => {
    const next = counter({ version: 2, messageCount: 100 + index });
    const window = archivedWindow(0, NOON, NOON + index, [fingerprint(index)]);
    return index % 2 === 0 ? { counter: next } : { counter: next, archived: [window] };
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
  const windows = (await contentsOf(table)).filter(({ pk }) => String(pk).includes('WINDOWS'));
  expect(windows.map(parseArchivedWindow)).toEqual(
    (winner?.archived ?? []).map(({ fingerprints }) => ({ fingerprints })),
  );
});

test('the counter and the window that it archived are stored together', async ({ table, counters }) => {
  await storeArchived(counters);
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
      // In their format: one window; of level 2, up to noon and 5 ms; that one archived last, 5 ms long.
      archive: Uint8Array.from([1, 1, ...packedInstant(NOON + 5), 1, 2, 0, 1, 0, 5]),
      window: Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2]),
      windowFrom: NOON,
      windowThrough: NOON + 5,
    },
    {
      pk: 'PEER#p#WINDOWS#2026-11-22#c',
      sk: '02#043200005#00000000',
      fingerprints: Uint8Array.from([1, 2, 3].flatMap((last) => [0, 0, 0, 0, 0, 0, 0, last])),
      expiresAt: EXPIRY / 1000,
    },
  ]);
});

/** An instant, seven bits a byte, the lowest first. */
function packedInstant(instant: number): number[] {
  return instant < 128 ? [instant] : [(instant % 128) + 128, ...packedInstant(Math.floor(instant / 128))];
}

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

test('what sealing needs of the counters of some days is read in the order of days, page by page, without proof', async ({
  counters,
}) => {
  const [from, through] = [NOON - 2, NOON - 1];
  await counters.apply({ counter: counter({ window: { fingerprints: [fingerprint(1)], from, through } }) });
  for (const day of ['2026-11-20', '2026-11-21']) await counters.apply({ counter: emptyCounter(day) });
  const pages = [];
  for await (const page of counters.pagesOfDays('p', '2026-11-20', '2026-11-22', 2)) pages.push(page);
  const { window, archive, ...figures } = counter();
  const { archive: _, ...empty } = emptyCounter('2026-11-20');
  expect(pages.flat()).toEqual([
    empty,
    { ...empty, day: '2026-11-21' },
    { ...figures, lastMessageAt: through },
  ]);
  expect(pages[0]).toHaveLength(2);
});

function emptyCounter(day: string): DailyCounter {
  return { ...newDailyCounter({ ...KEY, day }), version: 1, keepUntil: EXPIRY };
}

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

test('no window is archived before those before it are seen by everybody', async ({
  database,
  table,
  counters,
}) => {
  await storeArchived(counters);
  const before = await counters.read(KEY);
  const asked: unknown[] = [];
  const client = intercepted(database.client, (command, send) => {
    if (command instanceof TransactGetCommand) asked.push(command.input.TransactItems?.[0]?.Get?.Key);
    return command instanceof TransactGetCommand
      ? Promise.reject(cancelledTransaction(['TransactionConflict']))
      : send();
  });
  const change = {
    counter: { ...before, version: 3, archive: archiveOf([NOON, NOON + 5], [NOON, NOON]) },
    archived: [archivedWindow(1, NOON, NOON, [fingerprint(2)])],
    archiveBefore: before.archive,
  };
  const applying = new DailyCounterStore({ ...table, client }).apply(change);
  expect(isContention(await applying.catch((error: unknown) => error))).toBe(true);
  expect(asked).toEqual([{ pk: 'PEER#p#WINDOWS#2026-11-22#c', sk: '02#043200005#00000000' }]);
  expect(await counters.read(KEY)).toEqual(before);
  await counters.apply(change);
  expect((await counters.read(KEY)).version).toBe(3);
});

/** A step that archives a further window of a counter. */
function archivingFurther(before: DailyCounter, number: number): CounterChange {
  const through = NOON + 100 * number;
  return {
    counter: {
      ...before,
      version: before.version + 1,
      archive: withArchived(before.archive, [{ from: through, through }]),
    },
    archived: [archivedWindow(number, through, through, [fingerprint(10 + number)])],
    archiveBefore: before.archive,
  };
}

test('who archived the last windows asks for none of them again, and anybody else does', async ({
  database,
  table,
  counters,
}) => {
  const meters = [metered(database.client), metered(database.client)] as const;
  const [one, other] = meters.map(({ client }) => new DailyCounterStore({ ...table, client }));
  const asked = () => meters.map(({ calls }) => calls.get('TransactGetCommand') ?? 0);
  await storeArchived(counters);
  let number = 0;
  for (const [store, expected] of [
    // Somebody else had archived the first one.
    [one, [1, 0]],
    [one, [1, 0]],
    [other, [1, 1]],
    [other, [1, 1]],
    // It had archived windows itself, but not the last ones.
    [one, [2, 1]],
    [one, [2, 1]],
  ] as const) {
    number += 1;
    await store?.apply(archivingFurther(await counters.read(KEY), number));
    expect(asked()).toEqual(expected);
  }
  expect((await counters.read(KEY)).archive.windows).toBe(number + 1);
});

test('windows of which nobody knows whether they were archived are asked for', async ({
  database,
  table,
  counters,
}) => {
  await storeArchived(counters);
  const meter = metered(database.client);
  let isLost = true;
  const client = intercepted(meter.client, async (command, send) => {
    const answer = await send();
    if (command instanceof TransactWriteCommand && isLost) throw new Error('the answer was lost');
    return answer;
  });
  const store = new DailyCounterStore({ ...table, client });
  await expect(store.apply(archivingFurther(await counters.read(KEY), 1))).rejects.toThrow('was lost');
  isLost = false;
  await store.apply(archivingFurther(await counters.read(KEY), 2));
  expect(meter.calls.get('TransactGetCommand')).toBe(2);
});

test('a counter of another channel of the same id is not taken for the one whose windows were archived', async ({
  database,
  table,
  counters,
}) => {
  const meter = metered(database.client);
  const store = new DailyCounterStore({ ...table, client: meter.client });
  await store.apply({ counter: counter() });
  await store.apply(archivingFurther(await counters.read(KEY), 0));
  const key = dailyCounterKey(KEY);
  await database.client.send(new DeleteCommand({ TableName: table.tableName, Key: key }));
  const remade = { ...KEY, channelNumber: 2 };
  await counters.apply({ counter: counter({ channelNumber: 2 }) });
  await counters.apply(archivingFurther(await counters.read(remade), 0));
  await store.apply(archivingFurther(await counters.read(remade), 1));
  expect(meter.calls.get('TransactGetCommand')).toBe(1);
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
  ['an archive that is a text', { archive: NO_VALUE }],
  ['an archive that is cut off', { archive: Uint8Array.from([1, 77]) }],
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

test('counters are read consistently: no write that was answered is missing', async ({ database, table }) => {
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
  await watched.pagesOfDays('p', KEY.day, KEY.day, 1).next();
  expect(asked).toEqual([true, true, true]);
});
