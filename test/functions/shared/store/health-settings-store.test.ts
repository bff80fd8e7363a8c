import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import { MalformedItemError } from '../../../../functions/shared/domain/errors.ts';
import { DEFAULT_HEALTH_SETTINGS } from '../../../../functions/shared/domain/health-settings.ts';
import { HealthSettingsStore } from '../../../../functions/shared/store/health-settings-store.ts';
import { healthSettingsKey } from '../../../../functions/shared/store/items/health-settings.ts';
import { metered } from '../../../support/database/capacity.ts';
import { intercepted } from '../../../support/database/intercepted-client.ts';
import { test as fixture } from '../../../support/fixture.ts';
import { contentsOf, putRaw } from './table-contents.ts';

const test = fixture.extend('store', ({ table }) => new HealthSettingsStore(table));

test('a peer for which nothing was set has the defaults', async ({ table, store }) => {
  expect(await store.read('p')).toEqual(DEFAULT_HEALTH_SETTINGS);
  expect(await contentsOf(table)).toEqual([]);
});

test('what was set is stored, and what was left out has its default', async ({ table, store }) => {
  const after = { ...DEFAULT_HEALTH_SETTINGS, inactiveAfterDays: 30, dropBelowPercent: 0 };
  expect(await store.replace('p', { inactiveAfterDays: 30, dropBelowPercent: 0 })).toEqual({
    before: DEFAULT_HEALTH_SETTINGS,
    after,
  });
  expect(await store.read('p')).toEqual(after);
  expect(await contentsOf(table)).toEqual([
    { ...healthSettingsKey('p'), inactiveAfterDays: 30, dropBelowPercent: 0 },
  ]);
});

test('settings replace all that were set before', async ({ store }) => {
  const [first, second] = [
    { ...DEFAULT_HEALTH_SETTINGS, inactiveAfterDays: 30, newForDays: 1 },
    { ...DEFAULT_HEALTH_SETTINGS, newForDays: 28 },
  ];
  await store.replace('p', { inactiveAfterDays: 30, newForDays: 1 });
  expect(await store.replace('p', { newForDays: 28 })).toEqual({ before: first, after: second });
  expect(await store.read('p')).toEqual(second);
  expect(await store.replace('p', {})).toEqual({ before: second, after: DEFAULT_HEALTH_SETTINGS });
  expect(await store.read('p')).toEqual(DEFAULT_HEALTH_SETTINGS);
});

test('each peer has settings of its own', async ({ store }) => {
  await store.replace('p', { leastMedian: 1 });
  expect(await store.read('q')).toEqual(DEFAULT_HEALTH_SETTINGS);
  expect(await store.read('p#')).toEqual(DEFAULT_HEALTH_SETTINGS);
});

test('reading is one consistent look at one item, and replacing is one write', async ({
  database,
  table,
}) => {
  const consistent: unknown[] = [];
  const meter = metered(
    intercepted(database.client, (command, send) => {
      if (command instanceof GetCommand) consistent.push(command.input.ConsistentRead);
      return send();
    }),
  );
  const counted = new HealthSettingsStore({ ...table, client: meter.client });
  await counted.replace('p', DEFAULT_HEALTH_SETTINGS);
  await counted.read('p');
  expect({
    consistent,
    calls: meter.calls,
    writeUnits: meter.writeUnits(),
    readUnits: meter.readUnits(),
  }).toEqual({
    consistent: [true],
    calls: new Map([
      ['PutCommand', 1],
      ['GetCommand', 1],
    ]),
    writeUnits: 1,
    readUnits: 1,
  });
});

test.for([0, 366, 7.5, '7'])(
  'a stored threshold of %j is not guessed at',
  async (inactiveAfterDays, { table, store }) => {
    await putRaw(table, { ...healthSettingsKey('p'), inactiveAfterDays });
    const reading = store.read('p');
    await expect(reading).rejects.toThrow(MalformedItemError);
    await expect(reading).rejects.toThrow(
      'stored health settings at "PEER#p HEALTH_SETTINGS" is malformed ' +
        '(inactiveAfterDays: inactiveAfterDays must be a whole number from 1 to 365)',
    );
  },
);

test('settings that were malformed are replaced like others', async ({ table, store }) => {
  await putRaw(table, { ...healthSettingsKey('p'), inactiveAfterDays: 0 });
  const after = { ...DEFAULT_HEALTH_SETTINGS, newForDays: 3 };
  expect(await store.replace('p', { newForDays: 3 })).toEqual({ before: undefined, after });
  expect(await store.read('p')).toEqual(after);
});
