import { DeleteCommand, TransactGetCommand } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import { buildCounter } from '../../../../functions/shared/counting/build-counter.ts';
import { channelKey } from '../../../../functions/shared/store/items/channel.ts';
import { parseMonth } from '../../../../functions/shared/store/items/month-of-snapshots.ts';
import { takeDailySnapshot } from '../../../../functions/take-daily-snapshot/take-daily-snapshot.ts';
import { intercepted } from '../../../support/database/intercepted-client.ts';
import { test } from '../../../support/fixture.ts';
import { auditedPeer, mendedPeer } from '../../../support/usage/audited-peer.ts';
import { contentsOf } from '../store/table-contents.ts';

const PEER = 'p';
const [SEALABLE, RUNNING] = ['2026-11-20', '2026-11-22'];

test('a day that is sealed under the former number of a channel while it is repaired is the channel’s still', async ({
  database,
  dependencies,
  table,
}) => {
  const count = async (day: string, messageId: string) => {
    const sentAt = Date.parse(`${day}T01:00:00.000Z`);
    const message = { peerId: PEER, channelId: 'slack', conversationId: 'k', messageId, sentAt };
    await (await buildCounter(dependencies)).count([message]);
  };
  await count(SEALABLE, 'm-1');
  await count(SEALABLE, 'm-2');
  const Key = channelKey(PEER, 'slack');
  await database.client.send(new DeleteCommand({ TableName: table.tableName, Key }));
  // It is registered again, and gets another number.
  await count(RUNNING, 'm-3');
  const { settings, clock, waiting } = dependencies;
  const audited = { table, clock, waiting, retention: settings };
  const found = await auditedPeer(audited, PEER);
  expect(found.differences.map(({ code }) => code)).toContain('number_differs');
  let isSealed = false;
  const client = intercepted(database.client, async (command, send) => {
    const isOfCounter =
      command instanceof TransactGetCommand &&
      command.input.TransactItems?.some(({ Get: get }) => String(get?.Key?.['sk']).includes(SEALABLE));
    if (isOfCounter && !isSealed) {
      isSealed = true;
      await takeDailySnapshot(dependencies)({ through: SEALABLE }, () => false);
    }
    return send();
  });
  const { left } = await mendedPeer({ ...audited, table: { ...table, client } }, found);
  expect(isSealed).toBe(true);
  expect(left).toEqual([]);
  const items = await contentsOf(table);
  const numberOf = items.find(({ sk }) => sk === Key.sk)?.['number'];
  const month = items.filter(({ sk }) => String(sk).startsWith('MONTH#')).map(parseMonth);
  expect([...(month[0]?.days.get(SEALABLE)?.channels.keys() ?? [])]).toEqual([numberOf]);
  expect((await auditedPeer(audited, PEER)).differences).toEqual([]);
});
