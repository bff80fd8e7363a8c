import { describe, expect } from 'vitest';
import { PeersNotJudgedError } from '../../../functions/raise-alerts/raise-alerts.ts';
import { addDays } from '../../../functions/shared/domain/utc-day.ts';
import { healthSettingsKey } from '../../../functions/shared/store/items/health-settings.ts';
import { NOT_NOTIFIED, notifiedPeerKey } from '../../../functions/shared/store/items/notified-peer.ts';
import { NotifiedPeers } from '../../../functions/shared/store/notified-peers.ts';
import { SweepProgressStore } from '../../../functions/shared/store/sweep-progress-store.ts';
import { LANES } from '../../../functions/shared/store/usage-table.ts';
import { takeDailySnapshot } from '../../../functions/take-daily-snapshot/take-daily-snapshot.ts';
import { areUnitsBilled, metered } from '../../support/database/capacity.ts';
import { intercepted } from '../../support/database/intercepted-client.ts';
import { itemOf, putRaw } from '../shared/store/table-contents.ts';
import { Alerting, PEER, TARGETS, test } from './alerting.ts';

const DAY = '2026-11-21';

function namesOf(howMany: number, what: string): string[] {
  return Array.from({ length: howMany }, (_, number) => `${what}_${String(number).padStart(3, '0')}`);
}

describe('what it takes', () => {
  test('nothing is written where nothing has changed, and what is read is the state, the settings and the figures', async ({
    alerting,
  }) => {
    await alerting.count('integration_slack', ['2026-10-20', '2026-11-01'], 3);
    await alerting.behind(DAY);
    await alerting.announce([DAY]);
    alerting.watched.calls.length = 0;
    await alerting.announce([DAY, DAY]);
    // How far counting has come, the state, the settings; the figures of open days, and of the months.
    expect(alerting.watched.calls).toEqual([
      ...['GetCommand', 'GetCommand', 'GetCommand'],
      ...Array.from({ length: 3 }, () => 'QueryCommand'),
    ]);
  });

  test('a sweep that was through with the day reads how far it came, and no peer', async ({ alerting }) => {
    await alerting.count('integration_slack', ['2026-10-20', '2026-11-01'], 3);
    await alerting.judge(DAY);
    alerting.watched.calls.length = 0;
    expect(await alerting.sweep()).toMatchObject({ visited: 0, lanesLeft: 0 });
    expect(alerting.watched.calls).toEqual(Array.from({ length: 9 }, () => 'GetCommand'));
  });

  test('the figures are read after the state, and consistently', async ({
    dependencies,
    service,
    table,
    alerting,
  }) => {
    await alerting.count('integration_slack', ['2026-10-20', '2026-11-01'], 3);
    const reads: string[] = [];
    const client = intercepted(dependencies.client, (command, send) => {
      const { Key: key, ConsistentRead: consistent, KeyConditionExpression: query } = Object(command.input);
      if (key === undefined && query === undefined) return send();
      reads.push(
        `${query === undefined ? key?.sk : 'figures'}${consistent === true ? '' : ', as they may be'}`,
      );
      return send();
    });
    const watched = new Alerting({ ...dependencies, client }, service, table);
    await watched.behind(DAY);
    await watched.announce([DAY]);
    expect(reads.slice(0, 4)).toEqual(['PASSED_HEARTBEATS', 'NOTIFIED', 'HEALTH_SETTINGS', 'figures']);
    expect(reads.filter((read) => read.includes(','))).toEqual([]);
  });

  test.for([
    { what: 'one that is silent', days: ['2026-10-20', '2026-11-01'], channels: 1, perPeer: 5 },
    {
      what: 'one of four channels',
      days: ['2026-11-01', '2026-11-20', DAY],
      channels: 4,
      perPeer: 4,
    },
  ])(
    'to judge a peer costs $perPeer read units, and no write: $what',
    async ({ days, channels, perPeer }, { dependencies, service, table, alerting }) => {
      const peers = namesOf(10, 'peer');
      for (const peer of peers) {
        for (const channel of namesOf(channels, 'channel')) await alerting.count(channel, days, 1, peer);
      }
      dependencies.setClock('2026-11-22T00:05:00.000Z');
      await takeDailySnapshot(dependencies)({ through: DAY }, () => false);
      await alerting.judge(DAY);
      const meter = metered(dependencies.client);
      const measured = new Alerting({ ...dependencies, client: meter.client }, service, table);
      const unitsOf = async (act: () => Promise<unknown>) => {
        const before = meter.readUnits();
        await act();
        return meter.readUnits() - before;
      };
      const nothingToDo = await unitsOf(() => measured.sweep());
      for (let lane = 0; lane < LANES; lane += 1) {
        const progress = { period: '2026-11-20', isThrough: true, again: [] };
        await new SweepProgressStore(table, 'alerts').store(lane, progress);
      }
      const all = await unitsOf(() => measured.sweep());
      expect(meter.calls.get('TransactWriteCommand')).toBeUndefined();
      if (!areUnitsBilled) return;
      // How far each lane has come, and counting; then a page of the directory for each lane.
      expect(nothingToDo).toBe(LANES + 1);
      expect((all - nothingToDo - LANES / 2) / peers.length).toBe(perPeer);
    },
  );
});

describe('a peer that cannot be judged', () => {
  const BROKEN = 'peer_broken';

  test('delays no other one, is reported, and is judged by the next sweep once it is mended', async ({
    alerting,
    dependencies,
    table,
  }) => {
    const peers = namesOf(12, 'peer');
    for (const peer of [...peers, BROKEN]) {
      await alerting.count('integration_slack', ['2026-10-20', '2026-11-01'], 1, peer);
    }
    await putRaw(table, { ...healthSettingsKey(BROKEN), inactiveAfterDays: 'often' });
    await expect(alerting.judge(DAY)).rejects.toThrow(
      new PeersNotJudgedError('1 peers and 0 lanes could not be judged'),
    );
    const told = await alerting.told();
    expect(told.map(({ data }) => Object(data).peerId).sort()).toEqual(peers);
    expect(dependencies.published).toContainEqual({
      PeersJudged: 12,
      PeersNotJudged: 1,
      AlertsRaised: 12,
    });
    expect(dependencies.published).toContainEqual({ AlertSweepsCompleted: 0 });
    expect(dependencies.logged).toContainEqual({
      level: 'error',
      message: 'a peer could not be dealt with in a sweep',
      fields: {
        job: 'alerts',
        peerId: BROKEN,
        problem: expect.stringContaining(
          'MalformedItemError: stored health settings at "PEER#peer_broken HEALTH_SETTINGS" is malformed',
        ),
      },
    });
    await alerting.setHealth({}, BROKEN);
    expect(await alerting.sweep()).toMatchObject({ visited: 1, raised: 1, failed: 0 });
    expect(dependencies.published.at(-1)).toEqual({ AlertSweepsCompleted: 1 });
  });

  test('comes again where it was announced, and alone', async ({ alerting, table, dependencies }) => {
    await alerting.count('integration_slack', ['2026-10-20', '2026-11-01'], 1);
    await putRaw(table, { ...notifiedPeerKey(PEER), version: 'new' });
    await alerting.behind(DAY);
    expect(await alerting.announce(['2026-11-20', DAY])).toEqual({
      batchItemFailures: [{ itemIdentifier: '1' }],
    });
    expect(dependencies.published).toEqual([
      { PeersJudged: 0, PeersNotJudged: 1, AlertsRaised: 0 },
      { AnnouncementsConsumed: 1, AnnouncementsReturned: 1 },
    ]);
  });
});

test('announcements for which there is no time come again', async ({ alerting }) => {
  await alerting.behind(DAY);
  const answer = await alerting.announce([DAY, '2026-11-20'], PEER, () => true);
  expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '0' }] });
});

test('more than fits into one transaction is told in several, and what a crash left is told by the next one', async ({
  dependencies,
  service,
  table,
  alerting,
}) => {
  const channels = namesOf(60, 'channel');
  for (const channel of channels) await alerting.count(channel, ['2026-11-01'], 1);
  let decisions = 0;
  const client = intercepted(dependencies.client, (command, send) => {
    if (command.constructor.name === 'TransactWriteCommand') decisions += 1;
    if (decisions === 2) throw new Error('the process died');
    return send();
  });
  const dying = new Alerting({ ...dependencies, client }, service, table);
  await dying.behind(DAY);
  await dying.announce([DAY]);
  expect(await alerting.waiting()).toHaveLength(49);
  await alerting.announce([DAY]);
  await alerting.announce([DAY]);
  for (const target of TARGETS) {
    const waiting = await alerting.waiting(target);
    expect(waiting.map(({ sequence }) => sequence)).toEqual(channels.map((_, index) => index + 1));
    const told = await alerting.told(target);
    expect(told.map(({ data }) => Object(data).channelId).sort()).toEqual(channels);
  }
});

test('who judges an earlier day than was judged changes nothing', async ({ alerting, table }) => {
  await alerting.count('integration_slack', ['2026-10-20', '2026-11-01'], 1);
  const peers = new NotifiedPeers(table, TARGETS);
  const state = { openFindings: [], judgedDay: addDays(DAY, 1) };
  await peers.decide(PEER, NOT_NOTIFIED, { state, notifications: [] }, 0);
  await alerting.judge(DAY);
  expect(await alerting.lines()).toEqual([]);
  expect(await itemOf(table, notifiedPeerKey(PEER))).toMatchObject({ judgedDay: '2026-11-22', version: 1 });
});

test('what else is known of a peer stays as it is', async ({ alerting, table }) => {
  await alerting.count('integration_slack', ['2026-10-20', '2026-11-01'], 1);
  const peers = new NotifiedPeers(table, TARGETS);
  const state = { openFindings: [], reportedMonth: '2026-10' };
  await peers.decide(PEER, NOT_NOTIFIED, { state, notifications: [] }, 0);
  await alerting.judge(DAY);
  expect(await peers.read(PEER)).toMatchObject({ reportedMonth: '2026-10', judgedDay: DAY, sequence: 1 });
});
