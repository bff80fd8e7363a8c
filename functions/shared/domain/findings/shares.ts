import * as z from 'zod/mini';
import { isCountedBy, percentageOf } from '../channel-stats.ts';
import { component, described } from '../described.ts';
import { lastPeriods } from '../interval.ts';
import { count } from '../metrics.ts';
import { judgedDays, messagesJudged, percentOfThreshold, sumOf } from './evidence.ts';
import type { ChannelUse, Figure, PeerUse } from './finding.ts';
import { figure, NAME, onDay, percent, type Sentence, share, told } from './sentence.ts';

// What the findings share that judge a channel's part of the messages of the last four weeks.

/** Shares are those of so many days. */
export const SHARE_DAYS = 28;

/** A channel's share of the messages of the last four weeks, of all enabled channels. */
export const shareEvidence = component(
  'ShareEvidence',
  'The numbers behind `dominant_channel` and `high_traffic`.',
  z.object({
    ...judgedDays(),
    messageCount: messagesJudged(),
    totalMessageCount: described(count(), 'Messages of users on all enabled channels, on the same days.'),
    percentage: described(
      z.number().check(z.minimum(0), z.maximum(100)),
      'The share in percent with one decimal. The exact share is above the threshold.',
    ),
    thresholdPercent: percentOfThreshold(),
    channelCount: described(count(), 'How many channels are enabled.'),
  }),
);
export type ShareEvidence = z.output<typeof shareEvidence>;

/**
 * Judges shares: none before the peer's history reaches back over all of the days, and none of a peer with one
 * channel, which has all messages whatever it is.
 *
 * @returns what judges one channel: its share where that is above the threshold
 */
export function shareAbove(
  { usage, channels, through }: PeerUse,
  thresholdPercent: number,
): (channel: ChannelUse) => ShareEvidence | undefined {
  const { from, to } = lastPeriods(SHARE_DAYS, 'day', through);
  if (channels.length < 2 || !isCountedBy(usage, from)) return () => undefined;
  const totalMessageCount = sumOf(channels.map(messagesOfShare));
  return (channel) => {
    const messageCount = messagesOfShare(channel);
    if (messageCount * 100 <= thresholdPercent * totalMessageCount) return undefined;
    return {
      from,
      to,
      messageCount,
      totalMessageCount,
      percentage: percentageOf(messageCount, totalMessageCount),
      thresholdPercent,
      channelCount: channels.length,
    };
  };
}

function messagesOfShare({ messages }: ChannelUse): number {
  return sumOf(messages.slice(0, SHARE_DAYS));
}

/**
 * What a share is.
 *
 * @param meaning what it is for one that is above the threshold, such as `it dominates`
 */
export function shareSentence(evidence: ShareEvidence, meaning: string): Sentence {
  const { from, to, messageCount, totalMessageCount, percentage, thresholdPercent } = evidence;
  return [
    ...told`${NAME} had ${share(percentage)} of all messages from ${onDay(from)} to ${onDay(to)} `,
    ...told`(${figure(messageCount)} of ${figure(totalMessageCount)}; above ${percent(thresholdPercent)} `,
    `${meaning})`,
  ];
}

/** A share, to be read by people. */
export function shareFigures(evidence: ShareEvidence): Figure[] {
  return [
    { label: 'Share', ...share(evidence.percentage) },
    { label: 'Threshold', kind: 'above percent', value: evidence.thresholdPercent },
    { label: 'Messages', kind: 'count', value: evidence.messageCount },
    { label: 'Messages of all channels', kind: 'count', value: evidence.totalMessageCount },
    { label: 'Channels', kind: 'count', value: evidence.channelCount },
    { label: 'Judged on', kind: 'range', value: evidence },
  ];
}

/** The share of the examples: so many of 1,000 messages. */
export function shareExample(messageCount: number, thresholdPercent: number) {
  return {
    channelId: 'integration_123',
    channelName: 'WebChat',
    evidence: {
      from: '2026-10-25',
      to: '2026-11-21',
      messageCount,
      totalMessageCount: 1000,
      percentage: percentageOf(messageCount, 1000),
      thresholdPercent,
      channelCount: 3,
    },
  };
}
