import { compareChannels } from './channel.ts';
import {
  type ChannelLabel,
  type Counts,
  countsByPeriod,
  type IncludableChannels,
  isCountedBy,
  labelOf,
  listedChannels,
  type PeerUsage,
  sumCounts,
} from './channel-stats.ts';
import { type Comparison, compareFigures } from './comparison.ts';
import { daysBetween } from './interval.ts';
import { addDays, type UtcDay } from './utc-day.ts';

/** How many weeks an answer compares. */
export const GROWTH_WEEKS = { least: 1, most: 52, default: 4 } as const;

const DAYS_A_WEEK = 7;

export interface GrowthQuery {
  weeks: number;
  /** The last day of the newest week: the last one that is over. */
  through: UtcDay;
  include: ReadonlySet<IncludableChannels>;
}

/** Messages and conversations of a week, each beside those of the week before. */
export interface WeekFigures {
  messages: Comparison;
  conversations: Comparison;
}

/** Seven complete days, compared with the seven before. */
export interface GrowthWeek {
  start: UtcDay;
  end: UtcDay;
  channels: (ChannelLabel & WeekFigures)[];
  total: WeekFigures;
}

/** The first day whose counters growth needs: that of the week before the oldest one. */
export function firstDayOfGrowth({ weeks, through }: Pick<GrowthQuery, 'weeks' | 'through'>): UtcDay {
  return addDays(through, 1 - (weeks + 1) * DAYS_A_WEEK);
}

/**
 * Week over week, newest first: each week is the seven complete days before the next one.
 *
 * @param usage every channel, with every counter of an open day and every one from `firstDayOfGrowth` on,
 *   also those of the days after the newest week
 */
export function growth(usage: PeerUsage, query: GrowthQuery): GrowthWeek[] {
  const { weeks, through, include } = query;
  const listed = listedChannels(usage, include);
  // One more: the oldest week is compared as well.
  const countsOf = countsByPeriod(usage, listed, weeks + 1, (day) =>
    Math.floor(daysBetween(day, through) / DAYS_A_WEEK),
  );
  const countsIn = (channelId: string, weeksAgo: number) => countsOf.get(channelId)?.[weeksAgo] ?? NOTHING;
  const labels = listed.map(labelOf);
  return Array.from({ length: weeks }, (_, weeksAgo): GrowthWeek => {
    const end = addDays(through, -weeksAgo * DAYS_A_WEEK);
    const start = addDays(end, 1 - DAYS_A_WEEK);
    const hasHistory = isCountedBy(usage, addDays(start, -DAYS_A_WEEK));
    const figuresOf = (current: Counts, previous: Counts): WeekFigures => ({
      messages: compareFigures(current.messageCount, hasHistory ? previous.messageCount : undefined),
      conversations: compareFigures(
        current.conversationCount,
        hasHistory ? previous.conversationCount : undefined,
      ),
    });
    const channels = labels
      .map((label) => ({ label, channelId: label.channelId, ...countsIn(label.channelId, weeksAgo) }))
      .sort(compareChannels)
      .map(({ label, ...current }) => ({
        ...label,
        ...figuresOf(current, countsIn(label.channelId, weeksAgo + 1)),
      }));
    const totalIn = (week: number) => sumCounts(labels.map(({ channelId }) => countsIn(channelId, week)));
    return { start, end, channels, total: figuresOf(totalIn(weeksAgo), totalIn(weeksAgo + 1)) };
  });
}

const NOTHING: Counts = { messageCount: 0, conversationCount: 0 };
