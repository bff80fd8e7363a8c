import * as z from 'zod/mini';
import { isCountedBy } from '../channel-stats.ts';
import { component, described } from '../described.ts';
import { lastPeriods } from '../interval.ts';
import { addDays } from '../utc-day.ts';
import { daysOfThreshold, judgedDays, messagesJudged, sumOf } from './evidence.ts';
import { finding, type SettingsOf, type Threshold } from './finding.ts';
import { days, messages, NAME, onDay, told } from './sentence.ts';

export const newForDays = {
  name: 'newForDays',
  default: 7,
  least: 1,
  most: 28,
  description: 'A channel is new for so many complete days, from that of its first message on.',
} as const satisfies Threshold;

/** A channel that had its first message. */
export const newChannel = finding({
  code: 'new_channel',
  severity: 'info',
  id: 'NewChannelFinding',
  description: 'A channel that had its first message.',
  shortName: 'new channel',
  where: {
    is:
      `the first message was sent in the last ${newForDays.default} days, ` +
      'and the peer had messages before.',
  },
  evidence: component(
    'NewnessEvidence',
    'The numbers behind `new_channel`.',
    z.object({
      firstMessageDay: described(z.iso.date(), 'The day (UTC) of the first message.'),
      ...judgedDays(),
      messageCount: messagesJudged(),
      thresholdDays: daysOfThreshold(),
    }),
  ),
  reachesBack: newForDays.most,
  rule: ({ usage, through }, settings: SettingsOf<typeof newForDays>) => {
    const thresholdDays = settings.newForDays;
    const { from, to } = lastPeriods(thresholdDays, 'day', through);
    const dayBefore = addDays(from, -1);
    // A new peer's channels are no news.
    if (!isCountedBy(usage, dayBefore)) return () => undefined;
    return (use) => {
      const firstDaysAgo = use.messages.findLastIndex((count) => count > 0);
      if (firstDaysAgo === -1 || isCountedBy({ channels: [use.channel], days: use.days }, dayBefore)) {
        return undefined;
      }
      const firstMessageDay = addDays(to, -firstDaysAgo);
      return { firstMessageDay, from, to, messageCount: sumOf(use.messages), thresholdDays };
    };
  },
  several: 'channels are new',
  sentence: ({ firstMessageDay, messageCount, to, thresholdDays }) => [
    ...told`${NAME} had its first message on ${onDay(firstMessageDay)} `,
    ...told`(${messages(messageCount)} up to ${onDay(to)}; new for ${days(thresholdDays)})`,
  ],
  figures: (evidence) => [
    { label: 'First message', kind: 'day', value: evidence.firstMessageDay },
    { label: 'Messages', kind: 'count', value: evidence.messageCount },
    { label: 'New for', kind: 'days', value: evidence.thresholdDays },
    { label: 'Judged on', kind: 'range', value: evidence },
  ],
  example: {
    channelId: 'api',
    channelName: 'API',
    evidence: {
      firstMessageDay: '2026-11-18',
      from: '2026-11-15',
      to: '2026-11-21',
      messageCount: 48,
      thresholdDays: newForDays.default,
    },
  },
});
