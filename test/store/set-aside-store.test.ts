import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Table } from '../../functions/store/dynamodb.ts';
import { SetAsideStore } from '../../functions/store/set-aside-store.ts';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import { contentsOf } from './table-contents.ts';

const RECORDED_ON = Date.parse('2026-11-21T23:59:59.999Z');
const SET_ASIDE_AT = Date.parse('2026-11-22T10:00:00.123Z');
const RECORD = {
  eventId: 'event#1',
  setAsideAt: SET_ASIDE_AT,
  reason: 'too_old',
  explanation: 'sentAt is before what is still counted',
};
const ITEM = {
  pk: 'SET_ASIDE#2026-11-21',
  sk: 'event%231',
  eventId: 'event#1',
  setAsideAt: '2026-11-22T10:00:00.123Z',
  reason: 'too_old',
  explanation: 'sentAt is before what is still counted',
  expiresAt: Date.parse('2026-12-22T10:00:01.000Z') / 1000,
};

let database: TestDatabase;
let table: Table;
let setAsides: SetAsideStore;

beforeAll(async () => {
  database = await startTestDatabase();
});
beforeEach(async () => {
  const { usageTableName } = await database.createTables();
  table = { client: database.client, tableName: usageTableName };
  setAsides = new SetAsideStore(table);
});
afterAll(() => database.stop());

test('a record is kept for 30 days, on the day on which the stream made it', async () => {
  await setAsides.add(RECORD, RECORDED_ON);
  expect(await contentsOf(table)).toEqual([ITEM]);
});

test('the key of the item that a record is about is kept with it', async () => {
  const itemKey = { pk: { S: 'PEER#p#CONVERSATION#k' }, sk: { S: 'MESSAGE#m' } };
  await setAsides.add({ ...RECORD, itemKey }, RECORDED_ON);
  expect(await contentsOf(table)).toEqual([{ ...ITEM, itemKey }]);
});

test('a record that is delivered again, even on another day, is one entry, as it was last set aside', async () => {
  await setAsides.add(RECORD, RECORDED_ON);
  const later = Date.parse('2026-11-23T10:00:00.000Z');
  await setAsides.add({ ...RECORD, setAsideAt: later, reason: 'malformed' }, RECORDED_ON);
  expect(await contentsOf(table)).toEqual([
    {
      ...ITEM,
      reason: 'malformed',
      setAsideAt: '2026-11-23T10:00:00.000Z',
      expiresAt: Date.parse('2026-12-23T10:00:00.000Z') / 1000,
    },
  ]);
});

test('different records are entries of their own', async () => {
  await setAsides.add(RECORD, RECORDED_ON);
  await setAsides.add({ ...RECORD, eventId: 'event%231' }, RECORDED_ON);
  const found = await contentsOf(table);
  expect(found.map((item) => item['eventId']).sort()).toEqual(['event#1', 'event%231']);
});
