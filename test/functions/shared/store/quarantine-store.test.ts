import { expect } from 'vitest';
import { QuarantineStore } from '../../../../functions/shared/store/quarantine-store.ts';
import { test as fixture } from '../../../support/fixture.ts';
import { contentsOf } from './table-contents.ts';

const RECORDED_ON = Date.parse('2026-11-21T23:59:59.999Z');
const QUARANTINED_AT = Date.parse('2026-11-22T10:00:00.123Z');
const RECORD = {
  eventId: 'event#1',
  quarantinedAt: QUARANTINED_AT,
  reason: 'too_old',
  explanation: 'sentAt is before what is still counted',
};
const ITEM = {
  pk: 'QUARANTINE#2026-11-21',
  sk: 'event%231',
  eventId: 'event#1',
  quarantinedAt: '2026-11-22T10:00:00.123Z',
  reason: 'too_old',
  explanation: 'sentAt is before what is still counted',
  expiresAt: Date.parse('2026-12-22T10:00:01.000Z') / 1000,
};

const test = fixture.extend(
  'quarantine',
  ({ table, dependencies }) => new QuarantineStore(table, dependencies.waiting),
);

test('a record is kept for 30 days, on the day on which the stream made it', async ({
  table,
  quarantine,
}) => {
  await quarantine.add(RECORD, RECORDED_ON);
  expect(await contentsOf(table)).toEqual([ITEM]);
});

test('the key of the item that a record is about is kept with it', async ({ table, quarantine }) => {
  const itemKey = { pk: { S: 'p\nk' }, sk: { S: 'm' } };
  await quarantine.add({ ...RECORD, itemKey }, RECORDED_ON);
  expect(await contentsOf(table)).toEqual([{ ...ITEM, itemKey }]);
});

test('a record that is delivered again, even on another day, is one entry, as it was last quarantined', async ({
  table,
  quarantine,
}) => {
  await quarantine.add(RECORD, RECORDED_ON);
  const later = Date.parse('2026-11-23T10:00:00.000Z');
  await quarantine.add({ ...RECORD, quarantinedAt: later, reason: 'malformed' }, RECORDED_ON);
  expect(await contentsOf(table)).toEqual([
    {
      ...ITEM,
      reason: 'malformed',
      quarantinedAt: '2026-11-23T10:00:00.000Z',
      expiresAt: Date.parse('2026-12-23T10:00:00.000Z') / 1000,
    },
  ]);
});

test('different records are entries of their own', async ({ table, quarantine }) => {
  await quarantine.add(RECORD, RECORDED_ON);
  await quarantine.add({ ...RECORD, eventId: 'event%231' }, RECORDED_ON);
  const found = await contentsOf(table);
  expect(found.map((item) => item['eventId']).sort()).toEqual(['event#1', 'event%231']);
});
