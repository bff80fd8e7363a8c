import * as z from 'zod/mini';
import { listedInOrder } from './channel.ts';
import {
  channelStats,
  type IncludableChannels,
  isCountedBy,
  type PeerUsage,
  percentageOf,
} from './channel-stats.ts';
import { compareCounts, type TotalChange, totalChange } from './comparison.ts';
import { component, described } from './described.ts';
import { byName, byTotal, type Counts, count, countOf } from './metrics.ts';
import { daysOfMonth, MONTH_PATTERN, type Month, monthBefore, monthInWords } from './month.ts';
import type { UtcDay } from './utc-day.ts';

/** What a report covers: a month, or everything. */
export type ReportPeriod = Month | 'all';

/** What a period reads like. */
export const REPORT_PERIOD_PATTERN = new RegExp(`^all$|${MONTH_PATTERN.source}`);

export interface ReportQuery {
  peerId: string;
  period: ReportPeriod;
  include: ReadonlySet<IncludableChannels>;
  /** The reader's day. */
  today: UtcDay;
}

/** Engagement is high above so many messages per conversation. */
export const HIGH_ENGAGEMENT = 5;

const IN_PERIOD = { when: ' in the period' };

const reportChannel = component(
  'ReportChannel',
  'One channel in a report.',
  z.object({
    name: described(z.string(), 'The name of the channel.'),
    ...byName((metric) => countOf(metric, IN_PERIOD)),
    avgMessagesPerConversation: described(
      z.nullable(z.number().check(z.nonnegative())),
      'Messages per conversation with one decimal; `null` without conversations.',
    ),
    marketShare: described(
      z.string().check(z.regex(/^\d{1,3}\.\d%$/)),
      'The share of the messages listed, such as `66.2%`.',
    ),
    engagement: described(
      z.enum(['High', 'Low']),
      `\`High\` above ${HIGH_ENGAGEMENT} messages per conversation.`,
    ),
  }),
);
export type ReportChannel = z.output<typeof reportChannel>;

const reportOverview = component(
  'ReportOverview',
  'The sums of the channels listed.',
  z.object({
    ...byTotal((metric) => countOf(metric, IN_PERIOD)),
    channelCount: described(count(), 'How many channels are listed.'),
  }),
);

/** How much a peer was used in a month, or ever. */
export const reportAnswer = component(
  'UsageReport',
  'How much a peer was used in a month, or ever.',
  z.object({
    period: described(z.string(), 'The month in words, or `All time`.'),
    peer: described(z.string(), 'The `peerId`.'),
    overview: reportOverview,
    channels: described(z.array(reportChannel), listedInOrder()),
    change: described(
      z.nullable(totalChange),
      'The totals beside those of the whole month before; `null` for a report on everything.',
    ),
    complete: described(
      z.boolean(),
      'Whether the period is over, so that nothing but late messages can be added.',
    ),
  }),
);
export type Report = z.output<typeof reportAnswer>;

/** The first day whose counters a report needs: that of the month before. One on everything needs no range. */
export function firstDayOfReport(period: ReportPeriod): UtcDay | undefined {
  return period === 'all' ? undefined : daysOfMonth(monthBefore(period)).from;
}

/**
 * The report on a month, or on everything.
 *
 * @param usage every channel, with every counter of an open day and every one from `firstDayOfReport` on,
 *   also those of the days after the month
 */
export function report(usage: PeerUsage, query: ReportQuery): Report {
  const { peerId, period, include, today } = query;
  const days = period === 'all' ? undefined : daysOfMonth(period);
  const { channels, total } = channelStats(usage, { ...days, include });
  return {
    period: period === 'all' ? 'All time' : monthInWords(period),
    peer: peerId,
    overview: { ...byTotal(({ field }) => total[field]), channelCount: channels.length },
    channels: channels.map((channel) => ({
      name: channel.channelName,
      ...byName(({ field }) => channel[field]),
      avgMessagesPerConversation: messagesPerConversation(channel),
      marketShare: `${percentageOf(channel.messageCount, total.messageCount).toFixed(1)}%`,
      engagement: engagementOf(channel),
    })),
    change: period === 'all' ? null : changeOf(usage, period, include, total),
    complete: days !== undefined && days.to < today,
  };
}

function changeOf(
  usage: PeerUsage,
  month: Month,
  include: ReadonlySet<IncludableChannels>,
  current: Counts,
): TotalChange {
  const daysBefore = daysOfMonth(monthBefore(month));
  const previous = isCountedBy(usage, daysBefore.from)
    ? channelStats(usage, { ...daysBefore, include }).total
    : undefined;
  return compareCounts(current, previous);
}

/** Messages per conversation with one decimal; `null` without conversations. */
export function messagesPerConversation({ messageCount, conversationCount }: Counts): number | null {
  return conversationCount === 0 ? null : Math.round((messageCount * 10) / conversationCount) / 10;
}

/** How engaged the people of a channel are. */
export function engagementOf({ messageCount, conversationCount }: Counts): ReportChannel['engagement'] {
  return messageCount > HIGH_ENGAGEMENT * conversationCount && conversationCount > 0 ? 'High' : 'Low';
}
