import { DeleteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import { auditFigures, FiguresNotAuditedError } from '../../../functions/audit-figures/audit-figures.ts';
import { isDue, SHARES } from '../../../functions/audit-figures/share.ts';
import { buildCounter } from '../../../functions/shared/counting/build-counter.ts';
import { addDays, DAY_MS } from '../../../functions/shared/domain/utc-day.ts';
import { METRIC } from '../../../functions/shared/runtime/metric-names.ts';
import { auditedFiguresKey } from '../../../functions/shared/store/items/audited-figures.ts';
import { dailyCounterKey } from '../../../functions/shared/store/items/daily-counter.ts';
import { takeDailySnapshot } from '../../../functions/take-daily-snapshot/take-daily-snapshot.ts';
import { metered } from '../../support/database/capacity.ts';
import { intercepted } from '../../support/database/intercepted-client.ts';
import { test } from '../../support/fixture.ts';
import type { TestDependencies } from '../../support/service/test-dependencies.ts';
import { itemOf } from '../shared/store/table-contents.ts';

const TODAY = '2026-11-22';
const NEVER = () => false;
/** Of all peers, those that are audited on a day. */
function duePeers(day: string, amount: number): string[] {
  const found: string[] = [];
  for (let number = 1; found.length < amount; number += 1)
    if (isDue(`p${number}`, day)) found.push(`p${number}`);
  return found;
}

async function count(dependencies: TestDependencies, peerId: string, messages = 3, days = 0): Promise<void> {
  const counter = await buildCounter(dependencies);
  for (let number = 1; number <= messages; number += 1) {
    const sentAt = Date.parse('2026-11-20T01:00:00.000Z') + days * DAY_MS + number;
    await counter.count([
      { peerId, channelId: 'slack', conversationId: 'k', messageId: `m-${days}-${number}`, sentAt },
    ]);
  }
}

async function corrupt({ client, settings }: TestDependencies, peerId: string): Promise<void> {
  await client.send(
    new UpdateCommand({
      TableName: settings.usageTableName,
      Key: dailyCounterKey({ peerId, channelId: 'slack', day: '2026-11-20' }),
      UpdateExpression: 'SET messageCount = :wrong',
      ExpressionAttributeValues: { ':wrong': 4 },
    }),
  );
}

test('within 28 days every peer is due once, each day others', () => {
  const days = Array.from({ length: SHARES }, (_, index) => addDays(TODAY, index));
  for (let number = 0; number < 200; number += 1) {
    expect(days.filter((day) => isDue(`peer_${number}`, day))).toHaveLength(1);
  }
  const perDay = days.map((day) => duePeers(day, 1)[0]);
  expect(new Set(perDay).size).toBe(SHARES);
});

test('a peer whose turn it is is audited, and what was found is kept and told', async ({
  dependencies,
  table,
}) => {
  dependencies.setClock(`${TODAY}T02:10:00.000Z`);
  const [right = '', wrong = ''] = duePeers(TODAY, 2);
  const [other = ''] = duePeers(addDays(TODAY, 1), 1);
  for (const peerId of [right, wrong, other]) await count(dependencies, peerId);
  await takeDailySnapshot(dependencies)({ through: '2026-11-20' }, NEVER);
  for (const peerId of [wrong, other]) await corrupt(dependencies, peerId);
  dependencies.published.length = 0;
  const run = await auditFigures(dependencies)(NEVER);
  expect(run).toEqual({ day: TODAY, audited: 2, differing: 1, again: 0, failed: 0, lanesLeft: 0 });
  const at = Date.parse(`${TODAY}T02:10:00.000Z`);
  expect(await itemOf(table, auditedFiguresKey(right))).toMatchObject({ at, differences: 0 });
  expect(await itemOf(table, auditedFiguresKey(wrong))).toMatchObject({ at, differences: 2 });
  expect(await itemOf(table, auditedFiguresKey(other))).toBeUndefined();
  expect(dependencies.published).toEqual([{ [METRIC.peersAudited]: 2, [METRIC.peersDiffering]: 1 }]);
  // Its turn of the day is over.
  expect(await auditFigures(dependencies)(NEVER)).toMatchObject({ audited: 0, differing: 0 });
});

test('what a night had no time for, the next one does first', async ({ dependencies, table }) => {
  dependencies.setClock(`${TODAY}T05:10:00.000Z`);
  const [peerId = ''] = duePeers(TODAY, 1);
  await count(dependencies, peerId);
  expect(await auditFigures(dependencies)(() => true)).toMatchObject({ audited: 0, lanesLeft: 8 });
  dependencies.setClock(`${addDays(TODAY, 1)}T02:10:00.000Z`);
  expect(await auditFigures(dependencies)(NEVER)).toMatchObject({ audited: 1, lanesLeft: 0 });
  expect(await itemOf(table, auditedFiguresKey(peerId))).toMatchObject({ differences: 0 });
});

test('a peer that takes longer than the run is tried again, and others have their turn', async ({
  dependencies,
}) => {
  dependencies.setClock(`${TODAY}T02:10:00.000Z`);
  const [peerId = ''] = duePeers(TODAY, 1);
  await count(dependencies, peerId);
  let isOver = false;
  const client = intercepted(dependencies.client, async (command, send) => {
    if (JSON.stringify(command.input).includes(`PEER#${peerId}`)) isOver = true;
    return send();
  });
  expect(await auditFigures({ ...dependencies, client })(() => isOver)).toMatchObject({
    audited: 0,
    again: 1,
  });
  expect(await auditFigures(dependencies)(NEVER)).toMatchObject({ audited: 1, again: 0 });
});

test('a run that could not read a peer says so once the others are audited', async ({ dependencies }) => {
  dependencies.setClock(`${TODAY}T02:10:00.000Z`);
  const [failing = '', other = ''] = duePeers(TODAY, 2);
  for (const peerId of [failing, other]) await count(dependencies, peerId);
  const client = intercepted(dependencies.client, async (command, send) => {
    if (JSON.stringify(command.input).includes(`"PEER#${failing}"`)) throw new Error('no answer');
    return send();
  });
  dependencies.published.length = 0;
  await expect(auditFigures({ ...dependencies, client })(NEVER)).rejects.toThrow(FiguresNotAuditedError);
  expect(dependencies.published).toEqual([{ [METRIC.peersAudited]: 1 }]);
});

test('nothing is kept of a peer that is being erased', async ({ dependencies, table }) => {
  dependencies.setClock(`${TODAY}T02:10:00.000Z`);
  const [peerId = ''] = duePeers(TODAY, 1);
  await count(dependencies, peerId);
  const Key = { pk: auditedFiguresKey(peerId).pk, sk: 'CHANNEL_COUNT' };
  const { client, settings } = dependencies;
  await client.send(new DeleteCommand({ TableName: settings.usageTableName, Key }));
  await auditFigures(dependencies)(NEVER);
  expect(await itemOf(table, auditedFiguresKey(peerId))).toBeUndefined();
});

test('what an audit reads grows with the counters of its peer', async ({ dependencies }) => {
  dependencies.setClock(`${TODAY}T02:10:00.000Z`);
  const [one = '', five = ''] = duePeers(TODAY, 2);
  await count(dependencies, one);
  for (let days = 0; days < 5; days += 1) await count(dependencies, five, 1, -days);
  await takeDailySnapshot(dependencies)({ through: '2026-11-20' }, NEVER);
  const meters = new Map([one, five].map((peerId) => [peerId, metered(dependencies.client)]));
  const client = intercepted(dependencies.client, async (command, send) => {
    const [, peerId = ''] = /"PEER#([^"#]*)/.exec(JSON.stringify(command.input)) ?? [];
    return meters.get(peerId)?.client.send(command) ?? send();
  });
  await auditFigures({ ...dependencies, client })(NEVER);
  // Totals, months, channels, their number, counters; and one unit more for each counter, for its archived windows.
  expect([...meters.values()].map((meter) => meter.readUnits())).toEqual([5 + 1, 5 + 5]);
  // What was found, and that the peer is not being erased.
  expect([...meters.values()].map((meter) => meter.writeUnits())).toEqual([4, 4]);
});
