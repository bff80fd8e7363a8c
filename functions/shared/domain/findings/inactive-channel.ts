import * as z from 'zod/mini';
import type { UsedChannel } from '../channel.ts';
import { component, described } from '../described.ts';
import { daysBetween, lastPeriods } from '../interval.ts';
import { count } from '../metrics.ts';
import { dayOf, type UtcDay } from '../utc-day.ts';
import { daysOfThreshold, judgedDays } from './evidence.ts';
import { finding, type SettingsOf, type Threshold } from './finding.ts';
import { days as daysTold, figure, NAME, onDay, told } from './sentence.ts';

export const inactiveAfterDays = {
  name: 'inactiveAfterDays',
  default: 7,
  least: 1,
  most: 365,
  description: 'A channel is inactive after so many complete days without a message.',
} as const satisfies Threshold;

/** A channel without messages for some time. */
export const inactiveChannel = finding({
  code: 'inactive_channel',
  severity: 'warning',
  id: 'InactiveChannelFinding',
  description: 'A channel without messages for some time.',
  shortName: 'inactive',
  where: { is: `no message for ${inactiveAfterDays.default} days, or ever.` },
  evidence: component(
    'InactivityEvidence',
    'The numbers behind `inactive_channel`.',
    z.object({
      ...judgedDays(),
      days: described(
        count(),
        'Complete days since the last message or, where there never was one, since registration.',
      ),
      thresholdDays: daysOfThreshold(),
      lastMessageDay: described(
        z.nullable(z.iso.date()),
        'The day (UTC) of the last message; `null` where there never was one.',
      ),
      registeredDay: described(z.iso.date(), 'The day (UTC) on which the channel was registered.'),
    }),
  ),
  reachesBack: 0,
  rule:
    ({ through }, settings: SettingsOf<typeof inactiveAfterDays>) =>
    ({ channel }) => {
      const thresholdDays = settings.inactiveAfterDays;
      const registeredDay = dayOf(channel.registeredAt);
      const lastDay = lastMessageDay(channel);
      const silentDays = daysBetween(lastDay ?? registeredDay, through);
      if (silentDays < thresholdDays) return undefined;
      return {
        ...lastPeriods(thresholdDays, 'day', through),
        days: silentDays,
        thresholdDays,
        lastMessageDay: lastDay ?? null,
        registeredDay,
      };
    },
  several: 'channels are inactive',
  sentence: ({ days, thresholdDays, lastMessageDay, registeredDay }) => [
    ...(lastMessageDay === null
      ? told`${NAME} has had no message since it was registered on ${onDay(registeredDay)}`
      : told`${NAME} has had no message since ${onDay(lastMessageDay)}`),
    ...told` (${daysTold(days)}; the limit is ${figure(thresholdDays)})`,
  ],
  figures: (evidence) => [
    {
      label: 'Last message',
      ...(evidence.lastMessageDay === null ? { kind: 'never' } : onDay(evidence.lastMessageDay)),
    },
    { label: 'Registered', kind: 'day', value: evidence.registeredDay },
    { label: 'Without a message for', kind: 'days', value: evidence.days },
    { label: 'Inactive from', kind: 'days', value: evidence.thresholdDays },
    { label: 'Judged on', kind: 'range', value: evidence },
  ],
  example: {
    channelId: 'integration_456',
    channelName: 'Slack',
    evidence: {
      from: '2026-11-15',
      to: '2026-11-21',
      days: 20,
      thresholdDays: inactiveAfterDays.default,
      lastMessageDay: '2026-11-01',
      registeredDay: '2025-03-10',
    },
  },
});

function lastMessageDay({ allTime: { lastMessageAt } }: UsedChannel): UtcDay | undefined {
  return lastMessageAt === undefined ? undefined : dayOf(lastMessageAt);
}
