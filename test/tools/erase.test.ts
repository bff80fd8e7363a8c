import { readdirSync } from 'node:fs';
import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import { countMessages } from '../../functions/shared/counting/count-messages.ts';
import type { Message } from '../../functions/shared/domain/message.ts';
import type { Table } from '../../functions/shared/store/dynamodb.ts';
import { ForgottenRegister } from '../../functions/shared/store/forgotten-register.ts';
import { analyticsGapItem } from '../../functions/shared/store/items/analytics-gap.ts';
import { apiKeyItem, shareLinkItem } from '../../functions/shared/store/items/api-key.ts';
import { auditedFiguresItem } from '../../functions/shared/store/items/audited-figures.ts';
import { givenUpCountItem } from '../../functions/shared/store/items/given-up-count.ts';
import { givenUpNotificationItem } from '../../functions/shared/store/items/given-up-notification.ts';
import { googleAnalyticsDayItem } from '../../functions/shared/store/items/google-analytics-day.ts';
import { healthSettingsItem } from '../../functions/shared/store/items/health-settings.ts';
import type { Item } from '../../functions/shared/store/items/item.ts';
import { KINDS, kindFor } from '../../functions/shared/store/items/kinds.ts';
import { messageItem } from '../../functions/shared/store/items/message.ts';
import { mixpanelDayItem } from '../../functions/shared/store/items/mixpanel-day.ts';
import { NOT_NOTIFIED, notifiedPeerItem } from '../../functions/shared/store/items/notified-peer.ts';
import { refusedRowItem } from '../../functions/shared/store/items/refused-row.ts';
import { shareLinksItem } from '../../functions/shared/store/items/share-links.ts';
import { sweepProgressItem } from '../../functions/shared/store/items/sweep-progress.ts';
import {
  newlyWaiting,
  waitingNotificationItem,
} from '../../functions/shared/store/items/waiting-notification.ts';
import { UsageReader } from '../../functions/shared/store/usage-reader.ts';
import { takeDailySnapshot } from '../../functions/take-daily-snapshot/take-daily-snapshot.ts';
import { forgetCommand } from '../../tools/commands/forget.ts';
import { streamRecord } from '../faults/history.ts';
import { contentsOf } from '../functions/shared/store/table-contents.ts';
import { test as fixture } from '../support/fixture.ts';
import { allTablesOf, runOn } from './tool-run.ts';

// Ids that are found wherever they stand, also as parts of keys.
const PEER = 'erased+peer';
const OTHER = `${PEER}2`;
const CONVERSATION = '+49 170 0000001';
const DAY = '2026-11-20';
const TODAY = '2026-11-22';

/** How items of each file are those of a peer. A new file has to be put here, and its partitions into `KINDS`. */
const OF_A_PEER = [
  'analytics-gap',
  'api-key',
  'archived-window',
  'audited-figures',
  'channel',
  'channel-count',
  'conversation-marker',
  'daily-counter',
  'given-up-count',
  'given-up-notification',
  'google-analytics-day',
  'health-settings',
  'message',
  'mixpanel-day',
  'month-of-snapshots',
  'notified-peer',
  'peer-directory-entry',
  'peer-totals',
  'quarantine-count',
  'quarantine-entry',
  'quarantine-note',
  'refused-row',
  'share-links',
  'sweep-progress',
  'waiting-notification',
];
const NOT_OF_A_PEER = [
  // Keyed hashes alone, in a table of their own and here.
  'audit-entry',
  'erased-peer',
  'forgotten',
  'announcing-progress',
  'hash-secret',
  'heartbeat',
  'notification-target',
  'passed-heartbeats',
  // No items, but parts of them.
  'channel-increase',
  'digest',
  'fingerprint',
  'item',
  'keys',
  'kinds',
  'packed',
  'packed-counts',
];

const LINKS = ['link0000000000000001', 'link0000000000000002'] as const;

const SMALL_WINDOWS = { windowCapacity: 1, fingerprintsPerWindow: 1, windowsTogether: 2 };

let sequenceNumber = 0;

function message(peerId: string, number: number, day: string, changes: Partial<Message> = {}): Message {
  return {
    peerId,
    conversationId: CONVERSATION,
    channelId: 'erased+peer channel',
    messageId: `m-${day}-${number}`,
    role: 'user',
    sentAt: Date.parse(`${day}T08:00:00Z`) + number,
    channelName: `desk of ${peerId}`,
    ...changes,
  };
}

const key = { secretHash: Uint8Array.from([1]), scopes: [], createdAt: 0 };

function otherItems(peerId: string): Item[] {
  const place = { target: 'topic', peerId, sequence: 1 };
  const told = { id: 'n1', payload: JSON.stringify({ data: { peerId } }) };
  const row = {
    peerId,
    day: DAY,
    insertId: 'i1',
    channelId: 'c',
    channelName: peerId,
    messageCount: 1,
    conversationCount: 1,
  };
  const counts = { messageCount: 1, conversationCount: 1 };
  const exported = new Map([['c', counts]]);
  const waiting = newlyWaiting(place, told, 0);
  return [
    analyticsGapItem({ peerId, day: DAY, revision: 1, number: 1, channels: [], reason: 'x' }),
    refusedRowItem({ row, reason: 'x' }),
    waitingNotificationItem(waiting),
    givenUpNotificationItem({ ...place, ...told, createdAt: 0, attempts: 1, givenUpAt: 0, reason: 'x' }),
    givenUpCountItem(peerId, 2),
    shareLinkItem({ ...key, keyId: LINKS[peerId === PEER ? 0 : 1], peers: [peerId], expiresAtInstant: 1 }),
    shareLinksItem(peerId, { revision: 1, links: [] }),
    auditedFiguresItem(peerId, { at: 1, differences: 0 }),
    healthSettingsItem(peerId, {}),
    notifiedPeerItem(peerId, { ...NOT_NOTIFIED, version: 1, sequence: 4 }),
    mixpanelDayItem(peerId, DAY, { version: 1, exported, pending: [row] }),
    googleAnalyticsDayItem(peerId, DAY, { version: 1, total: counts, exported }),
  ];
}

/** What names both peers. */
const SHARED: Item[] = [
  apiKeyItem({ ...key, keyId: 'own', peers: [PEER] }),
  apiKeyItem({ ...key, keyId: 'both', peers: [PEER, OTHER] }),
  sweepProgressItem('alerts', 1, { period: DAY, after: PEER, isThrough: false, again: [OTHER, PEER] }),
];

const test = fixture
  .extend('deliver', ({ dependencies, messagesTable }) => {
    const handler = countMessages(dependencies, { ...SMALL_WINDOWS, windowCapacity: 1 });
    return async (messages: readonly Message[], isPoison = false, counting = handler) => {
      for (const each of messages) await put(messagesTable, messageItem(each, 400));
      const records = messages.map((each) => {
        sequenceNumber += 1;
        return streamRecord(each, sequenceNumber, isPoison);
      });
      expect(await counting({ Records: records })).toEqual({ batchItemFailures: [] });
    };
  })
  /** A full life of two peers: each kind of item of both. */
  .extend('lives', async ({ dependencies, deliver, table }) => {
    for (const peerId of [PEER, OTHER]) {
      await deliver([1, 2, 3].map((number) => message(peerId, number, DAY)));
      for (const item of otherItems(peerId)) await put(table, item);
    }
    const run = await takeDailySnapshot(dependencies)({ scheduledAt: `${TODAY}T00:10:00Z` }, () => false);
    expect(run.failed).toBe(0);
    for (const peerId of [PEER, OTHER]) {
      await deliver([4, 5].map((number) => message(peerId, number, DAY)));
      await deliver([1, 2, 3].map((number) => message(peerId, number, TODAY)));
      await deliver([message(peerId, 9, TODAY)], true);
    }
    for (const item of SHARED) await put(table, item);
  })
  .extend(
    'forget',
    ({ database, dependencies }) =>
      (options: readonly string[]) =>
        runOn(dependencies, forgetCommand, [...options, ...allTablesOf(database, dependencies), '--yes']),
  )
  .extend(
    'usage',
    ({ table }) =>
      (peerId: string) =>
        new UsageReader(table).read(peerId, TODAY, { from: '2025-01-01', consistent: true }),
  );

async function put({ client, tableName }: Table, item: Item): Promise<void> {
  await client.send(new PutCommand({ TableName: tableName, Item: item }));
}

test('every kind of item is known to be that of a peer, or not', () => {
  const files = readdirSync('functions/shared/store/items').map((file) => file.replace(/\.ts$/, ''));
  expect(files.sort()).toEqual([...OF_A_PEER, ...NOT_OF_A_PEER].sort());
  const kinds = [...otherItems(PEER), ...SHARED].map((item) => kindFor(item, PEER));
  expect(new Set(kinds)).toEqual(new Set(['its own', 'names peers']));
  expect(new Set(otherItems(OTHER).map((item) => kindFor(item, PEER)))).toEqual(new Set(['of others']));
  expect(kindFor({ pk: 'NEW#kind', sk: 'x' }, PEER)).toBe('unknown');
});

test('nothing names an erased peer any more, and others stay as they were', async ({
  lives: _,
  forget,
  usage,
  table,
  messagesTable,
  auditTable,
}) => {
  const before = await contentsOf(table);
  for (const { begins } of KINDS.filter(({ of }) => typeof of === 'function')) {
    expect(before.filter(({ pk }) => String(pk).startsWith(begins)).length, begins).toBeGreaterThan(1);
  }
  const ofOther = await usage(OTHER);
  expect(await forget(['--peer', PEER, '--all'])).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(
      /^messages removed {2}9\nitems {4}removed {2}\d+\napiKeys {2}removed {2}2\n$/,
    ),
  });
  const left = [
    ...(await contentsOf(table)),
    ...(await contentsOf(messagesTable)),
    ...(await contentsOf(auditTable)),
  ];
  const naming = left.filter((item) => JSON.stringify(item).replaceAll(OTHER, '').includes(`${PEER}"`));
  expect(naming).toEqual([]);
  expect(left.filter((item) => kindFor(item, PEER) === 'its own')).toEqual([]);
  expect(await usage(OTHER)).toEqual(ofOther);
  expect(await usage(PEER)).toEqual({ channels: [], days: [] });
  // What names others too stays without the peer.
  expect(left).toContainEqual(apiKeyItem({ ...key, keyId: 'both', peers: [OTHER] }));
  expect(left).toContainEqual(
    sweepProgressItem('alerts', 1, { period: DAY, isThrough: false, again: [OTHER] }),
  );
});

test('what was sent before is refused on every way, and what is sent later is that of a new peer', async ({
  lives: _,
  forget,
  usage,
  deliver,
  dependencies,
  table,
}) => {
  await forget(['--peer', PEER, '--all']);
  const items = await contentsOf(table);
  const old = [message(PEER, 1, DAY), message(PEER, 7, DAY), message(PEER, 1, TODAY)];
  for (const counting of [undefined, countMessages(dependencies, { ...SMALL_WINDOWS, windowCapacity: 1 })]) {
    await deliver(old, false, counting);
    expect(await contentsOf(table)).toEqual(items);
  }
  dependencies.setClock('2026-11-22T20:00:00Z');
  const later = Date.parse('2026-11-22T19:00:00Z');
  await deliver([message(PEER, 1, TODAY, { sentAt: later }), ...old, message(OTHER, 8, TODAY)]);
  await deliver(old, false, countMessages(dependencies, { ...SMALL_WINDOWS, windowCapacity: 1 }));
  const { channels, days } = await usage(PEER);
  expect(days).toMatchObject([{ day: TODAY, messageCount: 1, conversationCount: 1 }]);
  expect(channels).toMatchObject([{ number: 2, allTime: { messageCount: 1 } }]);
  // Whatever counts up goes on above what it may have come to.
  const born = (await contentsOf(table)).filter(({ pk }) => pk === `PEER#${PEER}`);
  const from = Math.ceil(dependencies.clock() / 1_000) - 10 * 3_600;
  expect(born).toContainEqual(expect.objectContaining({ sk: 'USAGE#TOTALS', revision: from }));
  expect(born).toContainEqual(expect.objectContaining({ sk: 'NOTIFIED', version: 1, sequence: from }));
});

test('after a restore of an earlier state nobody comes back, and a new peer of the name stays', async ({
  lives: _,
  forget,
  usage,
  deliver,
  dependencies,
  table,
  messagesTable,
  auditTable,
}) => {
  const forgotten = message(OTHER, 1, DAY, { conversationId: 'forgotten one' });
  await deliver([forgotten]);
  const [usageBefore, messagesBefore] = [await contentsOf(table), await contentsOf(messagesTable)];
  await forget(['--peer', OTHER, '--conversation', 'forgotten one']);
  await forget(['--peer', PEER, '--all']);
  const registered = [];
  for await (const page of new ForgottenRegister(auditTable, dependencies.randomBytes).entries())
    registered.push(...page);
  expect(registered.map(({ kind, isThrough }) => [kind, isThrough]).sort()).toEqual([
    ['conversation', true],
    ['peer', true],
  ]);
  const ofOther = await usage(OTHER);
  for (const item of await contentsOf(table))
    if (String(item['pk']).startsWith('ERASED#')) await remove(table, item);
  for (const item of usageBefore) await put(table, item);
  for (const item of messagesBefore) await put(messagesTable, item);
  dependencies.setClock('2026-11-22T20:00:00Z');
  const later = message(PEER, 1, TODAY, {
    sentAt: Date.parse('2026-11-22T19:00:00Z'),
    conversationId: 'new one',
  });
  await put(messagesTable, messageItem(later, 400));
  expect(await forget(['--register'])).toMatchObject({ exitCode: 0 });
  expect(await usage(PEER)).toEqual({ channels: [], days: [] });
  expect(await usage(OTHER)).toEqual(ofOther);
  const left = await contentsOf(messagesTable);
  expect(left.filter(({ pk }) => pk === `${OTHER}\nforgotten one`)).toEqual([]);
  expect(left.filter(({ pk }) => String(pk).startsWith(`${PEER}\n`))).toMatchObject([
    { pk: `${PEER}\nnew one` },
  ]);
  // Its messages count, and those that were sent before are refused.
  await deliver([later, message(PEER, 1, DAY)]);
  expect((await usage(PEER)).days).toMatchObject([{ day: TODAY, messageCount: 1 }]);
  // Once more, it finds nothing that has to go.
  expect(await forget(['--register'])).toMatchObject({
    stdout: expect.stringMatching(/^peers +removed +0\n/),
  });
  expect((await usage(PEER)).days).toMatchObject([{ day: TODAY, messageCount: 1 }]);
});

async function remove({ client, tableName }: Table, { pk, sk }: Item): Promise<void> {
  await client.send(new DeleteCommand({ TableName: tableName, Key: { pk, sk } }));
}

test('it is said what is missing, or too much', async ({ forget }) => {
  for (const [options, problem] of [
    [['--all'], '--peer says whose conversation'],
    [['--peer', 'p'], 'say which --conversation, or --all'],
    [['--peer', 'p', '--all', '--conversation', 'c'], 'either --conversation or --all'],
    [['--register', '--peer', 'p'], '--register stands alone'],
  ] as const) {
    expect(await forget(options)).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(problem) });
  }
});
