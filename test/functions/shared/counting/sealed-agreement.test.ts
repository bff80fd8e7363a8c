import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import { buildCounter } from '../../../../functions/shared/counting/build-counter.ts';
import { dailyCounterKey } from '../../../../functions/shared/store/items/daily-counter.ts';
import type { Key } from '../../../../functions/shared/store/items/keys.ts';
import { monthKey } from '../../../../functions/shared/store/items/month-of-snapshots.ts';
import { totalsKey } from '../../../../functions/shared/store/items/peer-totals.ts';
import { takeDailySnapshot } from '../../../../functions/take-daily-snapshot/take-daily-snapshot.ts';
import { test as fixture } from '../../../support/fixture.ts';
import { contentsOf } from '../store/table-contents.ts';

const DAY = '2026-11-20';
const COUNTER = dailyCounterKey({ peerId: 'p', channelId: 'slack', day: DAY });
const TOTALS = totalsKey('p');
const MONTH = monthKey('p', '2026-11');

/** Counts messages of a day that is sealed then, twice; and gives the states of an item in between. */
const test = fixture
  .extend('count', ({ dependencies }) => async (from: number, to: number, channelId = 'slack') => {
    const messages = Array.from({ length: to - from }, (_, index) => ({
      peerId: 'p',
      channelId,
      conversationId: 'k',
      messageId: `m-${from + index}`,
      sentAt: Date.parse(`${DAY}T12:00:00.000Z`),
    }));
    const outcomes = await (await buildCounter(dependencies)).count(messages);
    return outcomes.map((outcome) => (outcome.kind === 'quarantined' ? outcome.reason : outcome.kind));
  })
  .extend('states', ({ dependencies, count, table: { client, tableName } }) => async (key: Key) => {
    const read = async () => (await client.send(new GetCommand({ TableName: tableName, Key: key }))).Item;
    await count(0, 2);
    const dirty = await read();
    await takeDailySnapshot(dependencies)({ through: '2026-11-21' }, () => false);
    const sealed = await read();
    await count(2, 4);
    return { dirty, sealed };
  })
  .extend('tear', ({ table: { client, tableName } }) => async (key: Key, older?: Record<string, unknown>) => {
    if (older === undefined) await client.send(new DeleteCommand({ TableName: tableName, Key: key }));
    else await client.send(new PutCommand({ TableName: tableName, Item: older }));
  })
  .extend('figures', ({ table }) => async () => {
    const items = await contentsOf(table);
    return items.filter(({ sk }) => sk === TOTALS.sk || sk === MONTH.sk || sk === COUNTER.sk);
  });

test('a counter that is older than its snapshot takes no message, and is not sealed twice', async ({
  states,
  tear,
  count,
  figures,
}) => {
  const { dirty } = await states(COUNTER);
  await tear(COUNTER, dirty);
  const before = await figures();
  expect(await count(4, 5)).toEqual(['malformed_item']);
  expect(await figures()).toEqual(before);
});

test('totals that are older than a counter take no message, and a repetition is not acknowledged', async ({
  states,
  tear,
  count,
  figures,
}) => {
  const { sealed } = await states(TOTALS);
  await tear(TOTALS, sealed);
  const before = await figures();
  expect(await count(4, 5)).toEqual(['malformed_item']);
  expect(await count(3, 4)).toEqual(['malformed_item']);
  expect(await figures()).toEqual(before);
});

test.for(['older', 'lost'])(
  'a month that is %s is not written over',
  async (how, { states, tear, count, figures }) => {
    const { sealed } = await states(MONTH);
    await tear(MONTH, how === 'older' ? sealed : undefined);
    const before = await figures();
    expect(await count(4, 5)).toEqual(['malformed_item']);
    expect(await figures()).toEqual(before);
  },
);

test('a counter that is lost is not begun anew', async ({ states, tear, count, figures }) => {
  await states(COUNTER);
  await tear(COUNTER);
  const before = await figures();
  expect(await count(4, 5)).toEqual(['malformed_item']);
  expect(await figures()).toEqual(before);
});

test('other channels of the day are counted on', async ({ states, tear, count }) => {
  const { dirty } = await states(COUNTER);
  await tear(COUNTER, dirty);
  expect(await count(0, 2, 'email')).toEqual(['counted', 'counted']);
});
