import { expect } from 'vitest';
import { messagesFrom, writeUnitsPerMessage } from '../../../../bench/write-units.ts';
import { buildCounter } from '../../../../functions/shared/counting/build-counter.ts';
import { metered } from '../../../support/database/capacity.ts';
import { test } from '../../../support/fixture.ts';

test.for([
  { batchSize: 1, budget: 1.2 },
  { batchSize: 10, budget: 0.2 },
  { batchSize: 100, budget: 0.08 },
])(
  'a message costs at most $budget write units, with $batchSize per peer and channel in a batch',
  async ({ batchSize, budget }, { database }) => {
    expect(await writeUnitsPerMessage(database, batchSize)).toBeLessThanOrEqual(budget);
  },
);

test('a new conversation costs one write unit more', async ({ database, dependencies }) => {
  const meter = metered(database.client);
  const counter = await buildCounter({ ...dependencies, client: meter.client });
  await counter.count(messagesFrom(0, 1));
  const before = meter.writeUnits();
  await counter.count(messagesFrom(1, 1));
  expect(meter.writeUnits() - before).toBe(2);
});

// DynamoDB Local counts an index's writes twice within a transaction. DynamoDB does so for the table alone.
const countsIndexTwice = process.env['DYNAMODB_ENDPOINT'] !== undefined;

test.skipIf(countsIndexTwice)(
  'the first message of a channel’s day costs at most four write units more',
  async ({ database, dependencies }) => {
    await (await buildCounter(dependencies)).count(messagesFrom(0, 1));
    dependencies.setClock('2026-11-23T10:00:00.000Z');
    const meter = metered(database.client);
    const counter = await buildCounter({ ...dependencies, client: meter.client });
    const sentAt = Date.parse('2026-11-23T09:00:00.000Z');
    await counter.count(messagesFrom(0, 1).map((message) => ({ ...message, messageId: 'next', sentAt })));
    // The peer directory is kept beside the counters, with one update a channel and day.
    expect(meter.writeUnits(['UpdateCommand'])).toBeLessThanOrEqual(1 + 4);
  },
);

test('a message that was counted before costs no write', async ({ database, dependencies }) => {
  await (await buildCounter(dependencies)).count(messagesFrom(0, 100));
  const meter = metered(database.client);
  const counter = await buildCounter({ ...dependencies, client: meter.client });
  await counter.count(messagesFrom(0, 100));
  expect(meter.writeUnits()).toBe(0);
});
