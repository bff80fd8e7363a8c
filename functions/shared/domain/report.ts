import {
  channelStats,
  type IncludableChannels,
  isCountedBy,
  type PeerUsage,
  percentageOf,
} from './channel-stats.ts';
import { type Comparison, compareFigures } from './comparison.ts';
import { daysOfMonth, MONTH_PATTERN, type Month, monthBefore, monthInWords } from './month.ts';
import type { UtcDay } from './utc-day.ts';

export const REPORT_FORMATS = ['json', 'csv', 'markdown', 'html'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

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

/** One channel in a report. */
export interface ReportChannel {
  name: string;
  messages: number;
  /** Conversations that started in the period. */
  conversations: number;
  /** With one decimal; `null` without conversations. */
  avgMessagesPerConversation: number | null;
  /** The share of the messages listed, such as `66.2%`. */
  marketShare: string;
  engagement: Engagement;
}

/** Whether people write more than a few messages in a conversation. */
export type Engagement = 'High' | 'Low';

/** What a peer was used in a month, or ever. */
export interface Report {
  /** In words: `October 2025`, or `All time`. */
  period: string;
  peer: string;
  overview: { totalMessages: number; totalConversations: number; channelCount: number };
  channels: ReportChannel[];
  /** The totals beside those of the month before; `null` for a report on everything. */
  change: { messages: Comparison; conversations: Comparison } | null;
  /** Whether the period is over. */
  complete: boolean;
}

/** Engagement is high above so many messages per conversation. */
const HIGH_ENGAGEMENT = 5;

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
    overview: {
      totalMessages: total.messageCount,
      totalConversations: total.conversationCount,
      channelCount: channels.length,
    },
    channels: channels.map(({ channelName, messageCount, conversationCount }) => ({
      name: channelName,
      messages: messageCount,
      conversations: conversationCount,
      avgMessagesPerConversation: messagesPerConversation(messageCount, conversationCount),
      marketShare: `${percentageOf(messageCount, total.messageCount).toFixed(1)}%`,
      engagement: engagementOf(messageCount, conversationCount),
    })),
    change: period === 'all' ? null : changeOf(usage, period, include, total),
    complete: days !== undefined && days.to < today,
  };
}

function changeOf(
  usage: PeerUsage,
  month: Month,
  include: ReadonlySet<IncludableChannels>,
  current: { messageCount: number; conversationCount: number },
): NonNullable<Report['change']> {
  const daysBefore = daysOfMonth(monthBefore(month));
  const previous = isCountedBy(usage, daysBefore.from)
    ? channelStats(usage, { ...daysBefore, include }).total
    : undefined;
  return {
    messages: compareFigures(current.messageCount, previous?.messageCount),
    conversations: compareFigures(current.conversationCount, previous?.conversationCount),
  };
}

/** Messages per conversation with one decimal; `null` without conversations. */
export function messagesPerConversation(messages: number, conversations: number): number | null {
  return conversations === 0 ? null : Math.round((messages * 10) / conversations) / 10;
}

/** How engaged the people of a channel are. */
export function engagementOf(messages: number, conversations: number): Engagement {
  return messages > HIGH_ENGAGEMENT * conversations && conversations > 0 ? 'High' : 'Low';
}
