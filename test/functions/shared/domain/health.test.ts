import { expect, test } from 'vitest';
import { firstDayOfHealth } from '../../../../functions/shared/domain/health.ts';
import { addDays, startOf } from '../../../../functions/shared/domain/utc-day.ts';
import {
  ago,
  daily,
  found,
  judge,
  names,
  read,
  THROUGH,
  TODAY,
} from '../../../support/usage/judged-health.ts';
import type { Day } from '../../../support/usage/peer-usage.ts';

test('needs the four weeks before the last complete day', () => {
  expect(firstDayOfHealth(THROUGH)).toBe('2026-10-24');
});

test('a peer without channels has no findings', () => {
  expect(judge({ channels: [], days: [] })).toEqual({ status: 'ok', findings: [] });
});

test('a new peer has no findings from lack of history', () => {
  const usage = read([...daily('a', 99, 6, 0), ...daily('b', 1, 6, 0)], { channels: ['unused'] });
  for (const channel of usage.channels) channel.registeredAt = startOf(ago(6));
  expect(judge(usage)).toEqual({ status: 'ok', findings: [] });
});

/** Days of channels with findings of every kind. */
const EVERY_KIND: Day[] = [
  ...daily('b', 100, 40, 1),
  ['b', THROUGH, 1_000, 1],
  ['a', ago(28), 40, 1],
  ['a', ago(21), 40, 1],
  ['a', ago(14), 40, 1],
  ['fresh', ago(1), 1, 1],
];
const EVERY_FINDING = [
  'inactive_channel a',
  'inactive_channel unused',
  'dominant_channel b',
  'traffic_drop a',
  'traffic_spike b',
  'new_channel fresh',
];

test('warnings come first, then what is good to know; one channel may have several findings', () => {
  const result = judge(read(EVERY_KIND, { channels: ['unused'] }));
  expect({ status: result.status, findings: names(result) }).toEqual({
    status: 'attention',
    findings: EVERY_FINDING,
  });
});

test('the order does not depend on the one in which channels are read', () => {
  const usage = read(EVERY_KIND, { channels: ['unused'] });
  const reversed = { channels: usage.channels.toReversed(), days: usage.days.toReversed() };
  expect(judge(reversed)).toEqual(judge(usage));
});

test.each([
  [0, 0],
  [1_000_000, 0],
  [0, 1_000_000],
])('the day that is not over is never judged: %i messages today, %i tomorrow', (today, tomorrow) => {
  const days = ['b', 'fresh'].flatMap((channelId): Day[] => [
    [channelId, TODAY, today, 1],
    [channelId, addDays(TODAY, 1), tomorrow, 1],
  ]);
  const usage = read([...EVERY_KIND, ...days.filter(([, , messages]) => messages > 0)], {
    channels: ['unused'],
  });
  expect(judge(usage)).toEqual(judge(read(EVERY_KIND, { channels: ['unused'] })));
});

test.each(['disabled', 'removed'] as const)(
  'channels that are %s are neither judged nor in totals',
  (status) => {
    const off: Day[] = [...daily('off', 10_000, 40, 7), ['new', ago(2), 50, 1]];
    const usage = (channelStatus: typeof status | 'enabled') =>
      read([...daily('on', 10, 40, 0), ...daily('other', 10, 40, 0), ...off], {
        channels: ['unused'],
        status: { off: channelStatus, new: channelStatus, unused: channelStatus },
      });
    expect(names(judge(usage(status)))).toEqual(['high_traffic on', 'high_traffic other']);
    expect(found('high_traffic', usage(status))[0]?.evidence).toEqual({
      from: '2026-10-25',
      to: '2026-11-21',
      messageCount: 280,
      totalMessageCount: 560,
      percentage: 50,
      thresholdPercent: 30,
      channelCount: 2,
    });
    expect(names(judge(usage('enabled')))).toEqual([
      'inactive_channel off',
      'inactive_channel unused',
      'dominant_channel off',
      'traffic_drop off',
      'new_channel new',
    ]);
  },
);
