import { describe, expect } from 'vitest';
import { addDays } from '../../../functions/shared/domain/utc-day.ts';
import { NotifiedPeers } from '../../../functions/shared/store/notified-peers.ts';
import { PEER, TARGETS, test } from './alerting.ts';

// What a person is told, from the first day on to the last one.

/** Days one after the other, both included. */
function daysFrom(first: string, last: string): string[] {
  const days = [first];
  while ((days.at(-1) ?? last) < last) days.push(addDays(days.at(-1) ?? last, 1));
  return days;
}

describe('a finding', () => {
  test('is told when it begins and when it ends, and not while it lasts; where it comes back it is another one', async ({
    alerting,
  }) => {
    await alerting.count('integration_slack', ['2026-10-20', '2026-11-01'], 3);
    for (const day of daysFrom('2026-11-05', '2026-11-15')) await alerting.judge(day);
    await alerting.count('integration_slack', ['2026-11-16'], 3);
    for (const day of daysFrom('2026-11-16', '2026-11-24')) await alerting.judge(day);
    const [first, last] = ['9c0493560afe547ef6763da8970bd99b', '5f46990bc8b43e2834847213e12ff3fe'];
    const common = {
      peerId: 'peer_support',
      code: 'inactive_channel',
      severity: 'warning',
      channelId: 'integration_slack',
      channelName: 'Slack',
      url: 'https://usage.example.com/?peer=peer_support&channel=integration_slack',
    };
    const inactive = (message: string, evidence: object) => ({
      ...{ code: 'inactive_channel', severity: 'warning', channelId: 'integration_slack', message },
      evidence: { days: 7, thresholdDays: 7, registeredDay: '2026-11-22', ...evidence },
    });
    for (const target of TARGETS) {
      expect(await alerting.told(target)).toEqual([
        {
          type: 'finding.begun',
          timestamp: '2026-11-09T00:30:00Z',
          data: {
            findingId: first,
            ...{ day: '2026-11-08', since: '2026-11-08' },
            ...common,
            finding: inactive('Slack has had no message since 2026-11-01 (7 days; the limit is 7)', {
              from: '2026-11-02',
              to: '2026-11-08',
              lastMessageDay: '2026-11-01',
            }),
          },
        },
        {
          type: 'finding.ended',
          timestamp: '2026-11-17T00:30:00Z',
          data: { findingId: first, day: '2026-11-16', since: '2026-11-08', ...common },
        },
        {
          type: 'finding.begun',
          timestamp: '2026-11-24T00:30:00Z',
          data: {
            findingId: last,
            ...{ day: '2026-11-23', since: '2026-11-23' },
            ...common,
            finding: inactive('Slack has had no message since 2026-11-16 (7 days; the limit is 7)', {
              from: '2026-11-17',
              to: '2026-11-23',
              lastMessageDay: '2026-11-16',
            }),
          },
        },
      ]);
    }
    const [topic, onCall] = await Promise.all(TARGETS.map((target) => alerting.waiting(target)));
    expect(topic?.map(({ id, sequence }) => [id, sequence])).toEqual([
      ['c48ee153f7187099393e11bdd8d860fd', 1],
      ['46630410d40f5b28450687bfa4ab1680', 2],
      ['3240921e07e07401c6b3d7b612a67326', 3],
    ]);
    // The same bytes, under the same id, to everybody.
    const told = ({ id, payload }: { id: string; payload: string }) => ({ id, payload });
    expect(onCall?.map(told)).toEqual(topic?.map(told));
  });

  test('whose severity is another one than was told is told once more', async ({ alerting, table }) => {
    await alerting.count('integration_slack', ['2026-10-20', '2026-11-01'], 3);
    await alerting.judge('2026-11-08');
    const peers = new NotifiedPeers(table, TARGETS);
    const { version, sequence, ...state } = await peers.read(PEER);
    // As an earlier version of the service may have judged it.
    const openFindings = state.openFindings.map((finding) => ({ ...finding, severity: 'info' as const }));
    const read = { version, sequence, ...state };
    await peers.decide(PEER, read, { state: { ...state, openFindings }, notifications: [] }, 0);
    for (const day of ['2026-11-09', '2026-11-10']) await alerting.judge(day);
    const [begun, changed, ...others] = await alerting.told();
    expect(others).toEqual([]);
    expect(changed).toMatchObject({
      type: 'finding.changed',
      timestamp: '2026-11-10T00:30:00Z',
      data: {
        day: '2026-11-09',
        since: '2026-11-08',
        severity: 'warning',
        previousSeverity: 'info',
        finding: { evidence: { days: 8 } },
      },
    });
    expect(begun?.data).toMatchObject({ findingId: Object(changed?.data).findingId });
  });

  test('of a channel that is switched off ends', async ({ alerting, service }) => {
    await alerting.count('integration_slack', ['2026-10-20', '2026-11-01'], 3);
    await alerting.judge('2026-11-08');
    await service.setStatus(PEER, 'integration_slack', 'disabled');
    await alerting.judge('2026-11-09');
    expect((await alerting.told()).at(-1)).toMatchObject({
      type: 'finding.ended',
      data: { channelId: 'integration_slack', channelName: 'Slack' },
    });
  });
});

test('a peer that falls silent is told of, although none of its days is announced', async ({ alerting }) => {
  await alerting.count('integration_slack', daysFrom('2026-10-01', '2026-11-01'), 2);
  await alerting.count('api', daysFrom('2026-10-01', '2026-11-01'), 2);
  for (const day of daysFrom('2026-11-01', '2026-11-10')) await alerting.judge(day);
  expect(await alerting.lines()).toEqual([
    '2026-11-01: begun high_traffic api (info, since 2026-11-01)',
    '2026-11-01: begun high_traffic integration_slack (info, since 2026-11-01)',
    '2026-11-08: begun inactive_channel api (warning, since 2026-11-08)',
    '2026-11-08: begun inactive_channel integration_slack (warning, since 2026-11-08)',
  ]);
});

/** Weeks with messages on every Saturday, but for the last one, 2026-11-21, which has hardly any. */
const SATURDAYS = ['2026-10-24', '2026-10-31', '2026-11-07', '2026-11-14'];

test('a late message that ends the drop of yesterday is told when the day is announced again', async ({
  alerting,
}) => {
  await alerting.count('integration_slack', SATURDAYS, 20);
  await alerting.count('integration_slack', ['2026-11-21'], 2);
  await alerting.judge('2026-11-21');
  await alerting.count('integration_slack', ['2026-11-21'], 15);
  alerting.at('2026-11-22', '14:20');
  for (const _repetition of [1, 2]) {
    expect(await alerting.announce(['2026-11-21', '2026-11-21'])).toEqual({ batchItemFailures: [] });
  }
  await alerting.judge('2026-11-22');
  expect(await alerting.lines()).toEqual([
    '2026-11-21: begun traffic_drop integration_slack (warning, since 2026-11-21)',
    '2026-11-21: ended traffic_drop integration_slack (warning, since 2026-11-21)',
  ]);
});

test('a drop that lasts a day is told to have ended on the next one', async ({ alerting }) => {
  await alerting.count('integration_slack', SATURDAYS, 20);
  await alerting.count('integration_slack', ['2026-11-21'], 2);
  for (const day of ['2026-11-21', '2026-11-22']) await alerting.judge(day);
  expect(await alerting.lines()).toEqual([
    '2026-11-21: begun traffic_drop integration_slack (warning, since 2026-11-21)',
    '2026-11-22: ended traffic_drop integration_slack (warning, since 2026-11-21)',
  ]);
});

test('a backfill of old days raises nothing, and is not even looked at', async ({ alerting }) => {
  await alerting.behind('2026-11-21');
  await alerting.count('integration_slack', SATURDAYS, 20);
  expect(await alerting.announce(SATURDAYS)).toEqual({ batchItemFailures: [] });
  // A day that is not over cannot be announced; whatever says so is not believed.
  expect(await alerting.announce(['2026-11-22', '2027-01-01'])).toEqual({ batchItemFailures: [] });
  expect(alerting.watched.calls).toEqual([]);
  expect(await alerting.lines()).toEqual([]);
});

describe('where alerts are off', () => {
  test('nothing is told, neither what there was nor what there is; on again, what there is then is new', async ({
    alerting,
  }) => {
    await alerting.count('integration_slack', ['2026-10-20', '2026-11-01'], 3);
    await alerting.judge('2026-11-08');
    await alerting.setHealth({ alerts: false });
    for (const day of daysFrom('2026-11-09', '2026-11-11')) await alerting.judge(day);
    await alerting.setHealth({ alerts: true });
    for (const day of daysFrom('2026-11-12', '2026-11-13')) await alerting.judge(day);
    expect(await alerting.lines()).toEqual([
      '2026-11-08: begun inactive_channel integration_slack (warning, since 2026-11-08)',
      '2026-11-12: begun inactive_channel integration_slack (warning, since 2026-11-12)',
    ]);
    const ids = (await alerting.told()).map(({ data }) => Object(data).findingId);
    expect(new Set(ids).size).toBe(2);
  });

  test('what was found is forgotten in one write, and the figures are not read', async ({ alerting }) => {
    await alerting.count('integration_slack', ['2026-10-20', '2026-11-01'], 3);
    await alerting.judge('2026-11-08');
    await alerting.setHealth({ alerts: false });
    await alerting.behind('2026-11-09');
    alerting.watched.calls.length = 0;
    await alerting.announce(['2026-11-09']);
    const READ = ['GetCommand', 'GetCommand', 'GetCommand'];
    expect(alerting.watched.calls).toEqual([...READ, 'TransactWriteCommand']);
    alerting.watched.calls.length = 0;
    await alerting.announce(['2026-11-09']);
    expect(alerting.watched.calls).toEqual(READ);
  });
});

test('where counting is behind over midnight, nothing is told before it has passed the day, and then once', async ({
  alerting,
  service,
}) => {
  await alerting.count('integration_slack', SATURDAYS, 20);
  alerting.at('2026-11-21', '23:40');
  await service.passHeartbeats();
  alerting.at('2026-11-22', '00:20');
  expect(await alerting.announce(['2026-11-21'])).toEqual({ batchItemFailures: [] });
  alerting.at('2026-11-22', '00:30');
  expect(await alerting.sweep()).toMatchObject({ day: '2026-11-21', isJudged: false, visited: 0 });
  expect(await alerting.lines()).toEqual([]);
  // A part of the day's messages is counted late: the drop that there was before is none.
  await alerting.count('integration_slack', ['2026-11-21'], 12);
  alerting.at('2026-11-22', '01:30');
  await service.passHeartbeats();
  await alerting.count('api', ['2026-11-10'], 1);
  expect(await alerting.sweep()).toMatchObject({ isJudged: true, visited: 1 });
  expect(await alerting.lines()).toEqual([
    '2026-11-21: begun inactive_channel api (warning, since 2026-11-21)',
    '2026-11-21: begun dominant_channel integration_slack (warning, since 2026-11-21)',
  ]);
});
