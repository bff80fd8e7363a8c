import { DeleteCommand, GetCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { DayLedger, FiledPage, LedgerChange } from '../../functions/domain/day-ledger.ts';
import { MalformedItemError } from '../../functions/domain/errors.ts';
import { ChannelStore } from '../../functions/store/channel-store.ts';
import { isContention, type Table } from '../../functions/store/dynamodb.ts';
import { LedgerConflictError, LedgerStore } from '../../functions/store/ledger-store.ts';
import { ledgerKey, unsealedLane } from '../../functions/store/usage-table.ts';
import { metered } from '../support/capacity.ts';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import { intercepted } from '../support/intercepted-client.ts';
import { contentsOf, itemOf, putRaw } from './table-contents.ts';

const KEY = { peerId: 'p', channelId: 'c', day: '2026-11-22' };
const NOON = Date.parse('2026-11-22T12:00:00.000Z');
const EXPIRY = Date.parse('2028-02-10T12:00:00.000Z');

let database: TestDatabase;
let table: Table;
let ledgers: LedgerStore;
let channels: ChannelStore;

beforeAll(async () => {
  database = await startTestDatabase();
});
beforeEach(async () => {
  const { usageTableName } = await database.createTables();
  table = { client: database.client, tableName: usageTableName };
  ledgers = new LedgerStore(table);
  channels = new ChannelStore(table);
  await channels.register('p', 'c', NOON, {});
});
afterAll(() => database.stop());

/** The proof of a message, by a number. */
function fingerprint(number: number): string {
  return number.toString(16).padStart(16, '0');
}

function ledger(changes: Partial<DayLedger> = {}): DayLedger {
  return {
    ...KEY,
    messageCount: 2,
    conversationCount: 1,
    version: 1,
    closed: false,
    filedPages: 0,
    page: { fingerprints: [fingerprint(1), fingerprint(2)], from: NOON, through: NOON + 5 },
    ...changes,
  };
}

function filedPage(number: number, from: number, through: number, fingerprints: string[]): FiledPage {
  return { number, from, through, fingerprints, expiresAt: EXPIRY };
}

const FILING: LedgerChange = {
  ledger: ledger({ version: 2, messageCount: 3, filedPages: 1, filedThrough: NOON + 5 }),
  filed: filedPage(0, NOON, NOON + 5, [fingerprint(1), fingerprint(2), fingerprint(3)]),
  channel: { openDay: 'remove', addToTotals: { messageCount: 3, conversationCount: 1 } },
};

test('a ledger that is not stored is read as a new one', async () => {
  expect(await ledgers.read(KEY)).toEqual({
    ...KEY,
    messageCount: 0,
    conversationCount: 0,
    version: 0,
    closed: false,
    filedPages: 0,
  });
});

test.each<[string, DayLedger]>([
  ['with a page', ledger()],
  ['with a page and pages filed', ledger({ filedPages: 3, filedThrough: NOON - 1 })],
  ['closed, with its pages filed', closedLedger()],
  ['of 90 fingerprints', ledger({ page: pageOf(90) })],
])('a ledger is read as it was stored: %s', async (_, stored) => {
  await ledgers.apply({ ledger: stored });
  expect(await ledgers.read(KEY)).toEqual(stored);
  expect((await ledgers.read({ ...KEY, day: '2026-11-21' })).version).toBe(0);
  expect((await ledgers.read({ ...KEY, channelId: 'd' })).version).toBe(0);
  expect((await ledgers.read({ ...KEY, peerId: 'q' })).version).toBe(0);
});

function closedLedger(): DayLedger {
  const { page, ...rest } = ledger({ closed: true, filedPages: 1, filedThrough: NOON });
  return rest;
}

function pageOf(amount: number) {
  return {
    fingerprints: Array.from({ length: amount }, (_, index) => fingerprint(index)),
    from: NOON,
    through: NOON,
  };
}

test('a step replaces the ledger that it was made from, whole', async () => {
  await ledgers.apply({ ledger: ledger({ filedPages: 1, filedThrough: NOON }) });
  const { page, ...withoutPage } = ledger({ version: 2, filedPages: 2, filedThrough: NOON + 5 });
  await ledgers.apply({ ledger: withoutPage });
  expect(await ledgers.read(KEY)).toEqual(withoutPage);
});

test.each<[string, LedgerChange]>([
  ['a step from the version before', { ledger: ledger({ version: 2, messageCount: 99 }) }],
  ['a step from a version that is still to come', { ledger: ledger({ version: 5, messageCount: 99 }) }],
  ['creating it', { ledger: ledger({ version: 1, messageCount: 99 }) }],
  ['creating it and opening its day', { ledger: ledger({ version: 1 }), channel: { openDay: 'add' } }],
  ['a step that files a page and closes the day', FILING],
  [
    'a step that only files a page',
    { ledger: FILING.ledger, filed: filedPage(0, NOON, NOON, ['00'.repeat(8)]) },
  ],
])('where a ledger is not the one that was read, nothing is written by %s', async (_, change) => {
  await ledgers.apply({ ledger: ledger({ version: 1 }) });
  await ledgers.apply({ ledger: ledger({ version: 2 }) });
  await ledgers.apply({ ledger: ledger({ version: 3, messageCount: 4 }) });
  const before = await contentsOf(table);
  await expect(ledgers.apply(change)).rejects.toThrow(LedgerConflictError);
  expect(await contentsOf(table)).toEqual(before);
});

test('a step from a ledger that is not stored any more is refused', async () => {
  const before = await contentsOf(table);
  await expect(ledgers.apply({ ledger: ledger({ version: 2 }) })).rejects.toThrow(LedgerConflictError);
  await expect(ledgers.apply(FILING)).rejects.toThrow(LedgerConflictError);
  expect(await contentsOf(table)).toEqual(before);
});

test('of many steps from one version, at once, exactly one is stored', async () => {
  await ledgers.apply({ ledger: ledger(), channel: { openDay: 'add' } });
  const steps = Array.from({ length: 12 }, (_, index): LedgerChange => {
    const next = ledger({ version: 2, messageCount: 100 + index });
    const page = filedPage(0, NOON, NOON + index, [fingerprint(index)]);
    const added = { messageCount: 100 + index, conversationCount: index };
    return index % 2 === 0
      ? { ledger: next }
      : { ledger: next, filed: page, channel: { openDay: 'remove', addToTotals: added } };
  });
  const results = await Promise.allSettled(steps.map((step) => ledgers.apply(step)));
  const stored = steps.filter((_, index) => results[index]?.status === 'fulfilled');
  expect(stored).toHaveLength(1);
  for (const result of results) {
    if (result.status === 'fulfilled') continue;
    const { reason } = result;
    expect(reason instanceof LedgerConflictError || isContention(reason), String(reason)).toBe(true);
  }
  const [winner] = stored;
  expect(await ledgers.read(KEY)).toEqual(winner?.ledger);
  expect(await ledgers.filedFingerprints(KEY, NOON, NOON)).toEqual(new Set(winner?.filed?.fingerprints));
  expect((await channels.read('p', 'c'))?.totals).toEqual({
    messageCount: winner?.channel?.addToTotals?.messageCount ?? 0,
    conversationCount: winner?.channel?.addToTotals?.conversationCount ?? 0,
    openDays: winner?.channel === undefined ? [KEY.day] : [],
  });
});

test('the ledger, the page that it filed and the totals of its channel are stored together', async () => {
  await ledgers.apply({ ledger: ledger(), channel: { openDay: 'add' } });
  await ledgers.apply(FILING);
  expect(await contentsOf(table)).toEqual([
    { pk: 'PEER#p', sk: 'CHANNEL_COUNT', channelCount: 1 },
    {
      pk: 'PEER#p',
      sk: 'USAGE#2026-11-22#c',
      unsealedLane: unsealedLane('p'),
      messageCount: 3,
      conversationCount: 1,
      version: 2,
      filedPages: 1,
      filedThrough: NOON + 5,
      page: Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2]),
      pageFrom: NOON,
      pageThrough: NOON + 5,
    },
    {
      pk: 'PEER#p',
      sk: 'USAGE#CHANNEL#c',
      status: 'enabled',
      registeredAt: NOON,
      messageTotal: 3,
      conversationTotal: 1,
    },
    {
      pk: 'PEER#p#PAGES#2026-11-22#c',
      sk: '2026-11-22T12:00:00.005Z#000000',
      from: NOON,
      fingerprints: Uint8Array.from([1, 2, 3].flatMap((last) => [0, 0, 0, 0, 0, 0, 0, last])),
      expiresAt: EXPIRY / 1000,
    },
  ]);
});

test.each<[string, LedgerChange]>([
  ['opening its day', { ledger: ledger({ channelId: 'unknown' }), channel: { openDay: 'add' } }],
  [
    'adding to its totals and filing a page',
    {
      ledger: ledger({ channelId: 'unknown', closed: true }),
      filed: filedPage(0, NOON, NOON, [fingerprint(1)]),
      channel: { addToTotals: { messageCount: 2, conversationCount: 1 } },
    },
  ],
])('for a channel that is not registered nothing is written by %s', async (_, change) => {
  const before = await contentsOf(table);
  const failure = await ledgers.apply(change).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(Error);
  // Trying again would not help: whoever retries conflicts must not retry this.
  expect(failure).not.toBeInstanceOf(LedgerConflictError);
  expect(isContention(failure)).toBe(false);
  expect(await contentsOf(table)).toEqual(before);
});

test('a channel names its open days, each until it is closed, and adds up the closed ones', async () => {
  const days = ['2026-11-22', '2026-11-20', '2026-11-21'];
  const totals = async () => (await channels.read('p', 'c'))?.totals;
  for (const day of days) await ledgers.apply({ ledger: ledger({ day }), channel: { openDay: 'add' } });
  expect(await totals()).toEqual({ messageCount: 0, conversationCount: 0, openDays: [...days].sort() });
  for (const [index, day] of days.entries()) {
    await ledgers.apply({
      ledger: ledger({ day, version: 2, closed: true }),
      channel: { openDay: 'remove', addToTotals: { messageCount: 10 ** index, conversationCount: 1 } },
    });
  }
  expect(await totals()).toEqual({ messageCount: 111, conversationCount: 3, openDays: [] });
  await ledgers.apply({
    ledger: ledger({ day: '2026-11-20', version: 3, closed: true }),
    channel: { addToTotals: { messageCount: 1000, conversationCount: 0 } },
  });
  expect(await totals()).toEqual({ messageCount: 1111, conversationCount: 3, openDays: [] });
});

/** What the index of unsealed days lists of a peer. */
async function unsealed(peerId: string) {
  const answer = await database.client.send(
    new QueryCommand({
      TableName: table.tableName,
      IndexName: 'unsealed-days',
      KeyConditionExpression: 'unsealedLane = :lane',
      ExpressionAttributeValues: { ':lane': unsealedLane(peerId) },
    }),
  );
  return answer.Items ?? [];
}

/** What sealing does to a day ledger: off the list, and with an expiry. */
async function markSealed(): Promise<void> {
  await database.client.send(
    new UpdateCommand({
      TableName: table.tableName,
      Key: ledgerKey(KEY),
      UpdateExpression: 'SET expiresAt = :expiry REMOVE unsealedLane',
      ExpressionAttributeValues: { ':expiry': EXPIRY / 1000 },
    }),
  );
}

test('a changed ledger is on the list of unsealed days, by its key alone', async () => {
  const listed = { ...ledgerKey(KEY), unsealedLane: unsealedLane('p') };
  await ledgers.apply({ ledger: ledger() });
  expect(await unsealed('p')).toEqual([listed]);
  await ledgers.apply({ ledger: ledger({ version: 2 }) });
  expect(await unsealed('p')).toEqual([listed]);
});

test('a change after the sealing puts a ledger on the list again, and takes its expiry away', async () => {
  await ledgers.apply({ ledger: ledger() });
  await markSealed();
  expect(await unsealed('p')).toEqual([]);
  expect(await ledgers.read(KEY)).toEqual(ledger());
  await ledgers.apply({ ledger: ledger({ version: 2 }) });
  expect(await unsealed('p')).toEqual([{ ...ledgerKey(KEY), unsealedLane: unsealedLane('p') }]);
  expect(await itemOf(table, ledgerKey(KEY))).not.toHaveProperty('expiresAt');
});

test('a change of a ledger that is on the list costs no write of the list', async () => {
  const meter = metered(database.client);
  const meteredLedgers = new LedgerStore({ ...table, client: meter.client });
  await meteredLedgers.apply({ ledger: ledger() });
  const joining = meter.writeUnits();
  await meteredLedgers.apply({ ledger: ledger({ version: 2 }) });
  expect([joining, meter.writeUnits() - joining]).toEqual([2, 1]);
});

/** Files pages, one step each, and gives the number of the last version. */
async function file(pages: readonly FiledPage[]): Promise<void> {
  for (const [index, filed] of pages.entries()) {
    const { page, ...stored } = ledger({ version: index + 1, filedPages: index + 1 });
    await ledgers.apply({ ledger: { ...stored, filedThrough: filed.through }, filed });
  }
}

test.each([
  { from: 0, through: 40, found: ['a', 'b', 'c', 'd'] },
  { from: 15, through: 19, found: ['b'] },
  { from: 15, through: 20, found: ['b', 'c'] },
  { from: 10, through: 10, found: ['a', 'b'] },
  { from: 11, through: 11, found: ['b'] },
  { from: 31, through: 39, found: [] },
  { from: 41, through: 99, found: [] },
  { from: -9, through: -1, found: [] },
])('the pages that cover $from to $through hold $found', async ({ from, through, found }) => {
  const proofs = { a: fingerprint(10), b: fingerprint(11), c: fingerprint(12), d: fingerprint(13) };
  await file([
    filedPage(0, NOON, NOON + 10, [proofs.a]),
    filedPage(1, NOON + 5, NOON + 20, [proofs.b]),
    filedPage(2, NOON + 20, NOON + 30, [proofs.c]),
    filedPage(3, NOON + 40, NOON + 40, [proofs.d]),
  ]);
  const expected = new Set(
    Object.entries(proofs).flatMap(([name, proof]) => (found.includes(name) ? [proof] : [])),
  );
  expect(await ledgers.filedFingerprints(KEY, NOON + from, NOON + through)).toEqual(expected);
  expect(await ledgers.filedFingerprints({ ...KEY, channelId: 'd' }, NOON, NOON + 99)).toEqual(new Set());
});

test('pages of the same last instant are kept side by side', async () => {
  await file([filedPage(0, NOON, NOON, [fingerprint(1)]), filedPage(1, NOON, NOON, [fingerprint(2)])]);
  expect(await ledgers.filedFingerprints(KEY, NOON, NOON)).toEqual(new Set([fingerprint(1), fingerprint(2)]));
});

test('filed pages of more than 1 MB are read in full', async () => {
  const perPage = 25_000;
  const pages = Array.from({ length: 8 }, (_, number) =>
    filedPage(
      number,
      NOON,
      NOON + number,
      Array.from({ length: perPage }, (_, index) => fingerprint(number * perPage + index)),
    ),
  );
  await file(pages);
  const meter = metered(database.client);
  const found = await new LedgerStore({ ...table, client: meter.client }).filedFingerprints(
    KEY,
    NOON,
    NOON + 7,
  );
  expect([...found]).toEqual(pages.flatMap(({ fingerprints }) => fingerprints));
  expect(meter.calls.get('QueryCommand')).toBeGreaterThan(1);
});

const NO_VALUE = 'personal-value';

test.each<[string, Record<string, unknown>]>([
  ['a count that is a text', { messageCount: NO_VALUE }],
  ['a count below zero', { messageCount: -77 }],
  ['a count that is no whole number', { conversationCount: 77.5 }],
  ['no version', { version: undefined }],
  ['a page that is a text', { page: NO_VALUE }],
  ['an instant that is a text', { filedThrough: NO_VALUE }],
  ['a page that is cut off', { page: Uint8Array.from([7, 7, 7, 7, 7, 7, 7]) }],
])('a stored ledger with %s is refused, without a word of what is in it', async (_, wrong) => {
  await ledgers.apply({ ledger: ledger() });
  const stored = { ...(await itemOf(table, ledgerKey(KEY))), ...wrong };
  await putRaw(table, Object.fromEntries(Object.entries(stored).filter(([, value]) => value !== undefined)));
  await expect(ledgers.read(KEY)).rejects.toThrow(MalformedItemError);
  await expect(ledgers.read(KEY)).rejects.toThrow(
    new RegExp(`^stored day ledger at ".*" is malformed \\(${Object.keys(wrong)}: `),
  );
  await expect(ledgers.read(KEY)).rejects.not.toThrow(/personal-value|77/);
});

test.each(['page', 'pageFrom', 'pageThrough'])(
  'a stored ledger that lacks only %s is refused',
  async (missing) => {
    await ledgers.apply({ ledger: ledger() });
    const stored = Object.entries((await itemOf(table, ledgerKey(KEY))) ?? {});
    await database.client.send(new DeleteCommand({ TableName: table.tableName, Key: ledgerKey(KEY) }));
    await putRaw(table, Object.fromEntries(stored.filter(([name]) => name !== missing)));
    await expect(ledgers.read(KEY)).rejects.toThrow(/^stored day ledger at ".*" is malformed \(page: /);
  },
);

test('a filed page without its fingerprints is refused', async () => {
  await putRaw(table, { pk: 'PEER#p#PAGES#2026-11-22#c', sk: '2026-11-22T12:00:00.000Z#000000', from: NOON });
  const reading = ledgers.filedFingerprints(KEY, NOON, NOON);
  await expect(reading).rejects.toThrow(MalformedItemError);
  await expect(reading).rejects.toThrow(/^stored filed page at ".*" is malformed \(fingerprints: /);
});

test('ledgers and filed pages are read consistently: no write that was answered is missing', async () => {
  const asked: unknown[] = [];
  const client = intercepted(database.client, (command, send) => {
    if (command instanceof GetCommand || command instanceof QueryCommand) {
      asked.push(command.input.ConsistentRead);
    }
    return send();
  });
  const watched = new LedgerStore({ ...table, client });
  await watched.read(KEY);
  await watched.filedFingerprints(KEY, NOON, NOON);
  expect(asked).toEqual([true, true]);
});
