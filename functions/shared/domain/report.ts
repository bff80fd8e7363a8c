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
import { type DayRange, daysOfMonth, sameDaysOfMonthBefore } from './interval.ts';
import { byName, byTotal, type Counts, count, countOf } from './metrics.ts';
import { MONTH_PATTERN, type Month, monthBefore, monthInWords } from './month.ts';
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
    name: described(z.string(), 'The name of the channel. Others may have the same one.'),
    channelId: described(z.string(), 'The channel.'),
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
    range: described(
      component(
        'ReportRange',
        'The days that the figures of a report are of, both included.',
        z.object({
          from: described(z.nullable(z.iso.date()), 'The first day; `null` for a report on everything.'),
          to: described(z.iso.date(), 'The last day: the last one of the month, or today.'),
        }),
      ),
      'The days that the figures are of. Those of a month that is not over end with today, which is not over ' +
        'either.',
    ),
    timezone: described(z.literal('UTC'), 'In which days are counted.'),
    overview: reportOverview,
    channels: described(z.array(reportChannel), listedInOrder()),
    previousRange: described(
      z.nullable(
        component(
          'DayRange',
          'Days, both included.',
          z.object({
            from: described(z.iso.date(), 'The first day.'),
            to: described(z.iso.date(), 'The last day.'),
          }),
        ),
      ),
      'The days that `change` compares with: the whole month before or, where the month is not over, the same ' +
        'days of it, as many as it has. `null` for a report on everything.',
    ),
    change: described(
      z.nullable(totalChange),
      'The totals beside those of `previousRange`; `null` for a report on everything.',
    ),
    complete: described(
      z.boolean(),
      'Whether the period is over, so that nothing but late messages can be added. Where it is not, the last ' +
        'day of the range is a part of a day.',
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
 * @param usage with every day from `firstDayOfReport` on, also those after the month
 */
export function report(usage: PeerUsage, query: ReportQuery): Report {
  const { peerId, period, include, today } = query;
  const days = period === 'all' ? undefined : daysUpTo(period, today);
  const { channels, total } = channelStats(usage, { ...days?.range, include });
  return {
    period: period === 'all' ? 'All time' : monthInWords(period),
    peer: peerId,
    range: days?.range ?? { from: null, to: today },
    timezone: 'UTC',
    overview: { ...byTotal(({ field }) => total[field]), channelCount: channels.length },
    channels: channels.map((channel) => ({
      name: channel.channelName,
      channelId: channel.channelId,
      ...byName(({ field }) => channel[field]),
      avgMessagesPerConversation: messagesPerConversation(channel),
      marketShare: `${percentageOf(channel.messageCount, total.messageCount).toFixed(1)}%`,
      engagement: engagementOf(channel),
    })),
    previousRange: days?.previousRange ?? null,
    change: days === undefined ? null : changeOf(usage, days.previousRange, include, total),
    complete: days?.complete ?? false,
  };
}

interface ReportedDays {
  range: DayRange;
  previousRange: DayRange;
  complete: boolean;
}

/** The days of a month that a report is on, and those that they are compared with. */
function daysUpTo(month: Month, today: UtcDay): ReportedDays {
  const range = daysOfMonth(month);
  if (range.to < today) return { range, previousRange: daysOfMonth(monthBefore(month)), complete: true };
  // A part of a month beside a whole one would look like a fall.
  return {
    range: { from: range.from, to: today },
    previousRange: sameDaysOfMonthBefore(today),
    complete: false,
  };
}

function changeOf(
  usage: PeerUsage,
  previousRange: DayRange,
  include: ReadonlySet<IncludableChannels>,
  current: Counts,
): TotalChange {
  const previous = isCountedBy(usage, previousRange.from)
    ? channelStats(usage, { ...previousRange, include }).total
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
