import { expect } from 'vitest';
import { messagesFrom, writeUnitsPerMessage } from '../../../../bench/write-units.ts';
import { buildCounter } from '../../../../functions/shared/counting/build-counter.ts';
import { WRITTEN_OF_MESSAGE } from '../../../../tools/support/bill/measured.ts';
import { areUnitsBilled, metered } from '../../../support/database/capacity.ts';
import { test } from '../../../support/fixture.ts';

test.skipIf(!areUnitsBilled).for([
  { batchSize: 1, units: WRITTEN_OF_MESSAGE[1] },
  { batchSize: 10, units: WRITTEN_OF_MESSAGE[10] },
  { batchSize: 100, units: WRITTEN_OF_MESSAGE[100] },
])(
  'a message costs $units write units, with $batchSize per peer and channel in a batch',
  async ({ batchSize, units }, { database }) => {
    expect(await writeUnitsPerMessage(database, batchSize)).toBeCloseTo(units, 6);
  },
);

test.for([1, 10, 100])(
  'a batch of %i messages of a channel makes two calls of DynamoDB',
  async (batchSize, { database, dependencies }) => {
    const meter = metered(database.client);
    const counter = await buildCounter({ ...dependencies, client: meter.client });
    await counter.count(messagesFrom(0, 10));
    await counter.count(messagesFrom(10, 10));
    const all = () => [...meter.calls.values()].reduce((sum, number) => sum + number, 0);
    const before = all();
    await counter.count(messagesFrom(20, batchSize));
    expect(all() - before).toBe(2);
  },
);

test('neither the windows that a process archived nor the conversations that it started cost a later batch a call', async ({
  database,
  dependencies,
}) => {
  const meter = metered(database.client);
  const counter = await buildCounter({ ...dependencies, client: meter.client });
  await counter.count(messagesFrom(0, 10));
  await counter.count(messagesFrom(10, 10));
  const [calls, units] = [new Map(meter.calls), meter.readUnits()];
  const since = () =>
    [...meter.calls].flatMap(([kind, all]) => Array(all - (calls.get(kind) ?? 0)).fill(kind));
  // Each fills a window, and archives it with the one before.
  for (let batch = 0; batch < 5; batch += 1) await counter.count(messagesFrom(20 + 100 * batch, 100));
  expect(since().sort()).toEqual([...Array(5).fill('GetCommand'), ...Array(5).fill('TransactWriteCommand')]);
  expect(meter.readUnits() - units).toBe(5);
});

test('a new conversation costs one write unit more', async ({ database, dependencies }) => {
  const meter = metered(database.client);
  const counter = await buildCounter({ ...dependencies, client: meter.client });
  await counter.count(messagesFrom(0, 1));
  const before = meter.writeUnits();
  await counter.count(messagesFrom(1, 1));
  expect(meter.writeUnits() - before).toBe(2);
});

test('the first message of a channel’s day costs one write unit more, that of a peer’s day two', async ({
  database,
  dependencies,
}) => {
  const [first] = messagesFrom(0, 1);
  if (first === undefined) throw new Error('there is a message');
  const nextDay = { ...first, messageId: 'next', sentAt: Date.parse('2026-11-23T09:00:00.000Z') };
  const other = { ...nextDay, channelId: 'other' };
  await (await buildCounter(dependencies)).count([first, { ...other, sentAt: first.sentAt }]);
  dependencies.setClock('2026-11-23T10:00:00.000Z');
  const meter = metered(database.client);
  const counter = await buildCounter({ ...dependencies, client: meter.client });
  await counter.count([nextDay]);
  // The counter, its entry in the list of dirty days, and the peer's entry in the directory.
  expect(meter.writeUnits()).toBe(3);
  await counter.count([other]);
  expect(meter.writeUnits()).toBe(3 + 2);
});

test('the first messages of channels that several processes count write their peer to the directory once', async ({
  database,
  dependencies,
}) => {
  const messages = ['a', 'b', 'c', 'd'].flatMap((channelId) =>
    messagesFrom(0, 1).map((message) => ({ ...message, channelId })),
  );
  await (await buildCounter(dependencies)).count(messages);
  dependencies.setClock('2026-11-23T10:00:00.000Z');
  const meter = metered(database.client);
  for (const message of messages) {
    const counter = await buildCounter({ ...dependencies, client: meter.client });
    await counter.count([{ ...message, messageId: 'next', sentAt: Date.parse('2026-11-23T09:00:00.000Z') }]);
  }
  // Each counter with its entry in the list of dirty days, and the peer's entry in the directory.
  expect(meter.writeUnits()).toBe(4 * 2 + 1);
});

test('a message that was counted before costs no write', async ({ database, dependencies }) => {
  await (await buildCounter(dependencies)).count(messagesFrom(0, 100));
  const meter = metered(database.client);
  const counter = await buildCounter({ ...dependencies, client: meter.client });
  await counter.count(messagesFrom(0, 100));
  expect(meter.writeUnits()).toBe(0);
});
