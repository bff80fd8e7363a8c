import { describe, expect, test } from 'vitest';
import { nextAlerts, type ToldFindings } from '../../../../functions/shared/domain/alerts.ts';
import { judgedPeer } from '../../../../functions/shared/domain/health.ts';
import { DEFAULT_HEALTH_SETTINGS } from '../../../../functions/shared/domain/health-settings.ts';
import { parsePayload } from '../../../../functions/shared/domain/notification.ts';
import { usageOf } from '../../../support/usage/peer-usage.ts';

const DAY = '2026-11-21';
const NOTHING: ToldFindings = { openFindings: [], sequence: 0 };

/** A peer whose channels have had no message for long. */
function silent(channels: string[], status: Parameters<typeof usageOf>[1] = {}) {
  const usage = usageOf(
    channels.map((channelId) => [channelId, '2026-11-01', 3, 1]),
    status,
  );
  const judged = judgedPeer(usage, { through: DAY, settings: DEFAULT_HEALTH_SETTINGS });
  return { ...judged, findings: judged.findings.filter(({ code }) => code === 'inactive_channel') };
}

function next(told: ToldFindings, judged = silent([]), most = 100, more = {}) {
  const context = { peerId: 'peer_1', judged, dashboardUrl: 'https://usage.example.com/', now: 0, ...more };
  return nextAlerts(told, context, most);
}

function linesOf(alerts: ReturnType<typeof next>): string[] {
  return (alerts?.notifications ?? []).map(({ payload }) => {
    const { type, data } = parsePayload(payload);
    return `${type} ${Object(data).channelId}`;
  });
}

test('where what is found is what was told there is nothing to tell', () => {
  const first = next(NOTHING, silent(['a', 'b']));
  expect(linesOf(first)).toEqual(['finding.begun a', 'finding.begun b']);
  expect(next({ openFindings: first?.openFindings ?? [], sequence: 2 }, silent(['b', 'a']))).toBeUndefined();
  expect(next(NOTHING)).toBeUndefined();
});

test('what has ended is told before what has changed, and that before what has begun', () => {
  const open = next(NOTHING, silent(['b', 'c']))?.openFindings ?? [];
  const openFindings = open.map((finding) => ({ ...finding, severity: 'info' as const }));
  expect(linesOf(next({ openFindings, sequence: 2 }, silent(['a', 'c'])))).toEqual([
    'finding.ended b',
    'finding.changed c',
    'finding.begun a',
  ]);
});

test('as much is told at once as may be, and the rest follows from what is known then', () => {
  const judged = silent(['a', 'b', 'c', 'd', 'e']);
  const lines: string[] = [];
  let told = NOTHING;
  for (let decision = 1; decision <= 3; decision += 1) {
    const alerts = next(told, judged, 2);
    lines.push(...linesOf(alerts));
    told = {
      openFindings: alerts?.openFindings ?? [],
      sequence: told.sequence + (alerts?.notifications.length ?? 0),
    };
  }
  expect(lines).toEqual(['a', 'b', 'c', 'd', 'e'].map((channel) => `finding.begun ${channel}`));
  expect(told.openFindings.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
  expect(next(told, judged, 2)).toBeUndefined();
});

describe('ids', () => {
  const idsOf = (alerts: ReturnType<typeof next>) =>
    (alerts?.notifications ?? []).map(({ id, payload }) => ({
      id,
      findingId: Object(parsePayload(payload).data).findingId,
    }));

  test('are of 32 hexadecimal digits, and the same whenever the same is decided', () => {
    const [first] = idsOf(next(NOTHING, silent(['a'])));
    expect(first?.id).toMatch(/^[0-9a-f]{32}$/);
    expect(first?.findingId).toMatch(/^[0-9a-f]{32}$/);
    expect(idsOf(next(NOTHING, silent(['a']), 1, { now: 7 }))).toEqual([first]);
  });

  test('of findings differ by peer, channel and beginning; those of notifications always', () => {
    const one = idsOf(next(NOTHING, silent(['a', 'b'])));
    const others = [
      ...idsOf(next(NOTHING, silent(['a', 'b']), 100, { peerId: 'peer_2' })),
      ...idsOf(next({ openFindings: [], sequence: 2 }, silent(['a', 'b']))),
    ];
    const all = [...one, ...others].flatMap(({ id, findingId }) => [id, findingId]);
    expect(new Set(all).size).toBe(all.length);
  });

  test('of a finding stay the same until it ends', () => {
    const begun = next(NOTHING, silent(['a']));
    const ended = next({ openFindings: begun?.openFindings ?? [], sequence: 1 });
    expect(idsOf(ended)[0]?.findingId).toBe(idsOf(begun)[0]?.findingId);
    expect(idsOf(ended)[0]?.id).not.toBe(idsOf(begun)[0]?.id);
    expect(ended?.openFindings).toEqual([]);
  });
});

test('the link leads to the channel in the dashboard, whatever it is called', () => {
  const alerts = next(NOTHING, silent(['a&b=c#d']), 1, {
    peerId: 'ä ?',
    dashboardUrl: 'https://usage.example.com/prod/',
  });
  const { url } = Object(parsePayload(alerts?.notifications[0]?.payload ?? '').data);
  expect(url).toBe('https://usage.example.com/prod/?peer=%C3%A4+%3F&channel=a%26b%3Dc%23d');
  expect(Object.fromEntries(new URL(url).searchParams)).toEqual({ peer: 'ä ?', channel: 'a&b=c#d' });
});

test('a finding that this version of the service does not know ends', () => {
  const old = { code: 'loud_channel', channelId: 'a', severity: 'info', sequence: 1, since: DAY } as const;
  const alerts = next({ openFindings: [old], sequence: 1 }, silent(['a']));
  expect(linesOf(alerts)).toEqual(['finding.ended a', 'finding.begun a']);
  expect(parsePayload(alerts?.notifications[0]?.payload ?? '').data).toMatchObject({ code: 'loud_channel' });
});
