import * as z from 'zod/mini';
import { channelLabelFields, compareChannels, labelOf, listedInOrder } from './channel.ts';
import {
  countsByPeriod,
  firstCountedDay,
  hasBegunBy,
  type IncludableChannels,
  listedChannels,
  type PeerUsage,
} from './channel-stats.ts';
import { compareCounts, comparisonFields, totalChange } from './comparison.ts';
import { component, described } from './described.ts';
import { daysBetween } from './interval.ts';
import { type Counts, sum, ZERO } from './metrics.ts';
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

const growthEntry = component(
  'GrowthEntry',
  'The figures of one channel in a week.',
  z.object({ ...channelLabelFields, ...comparisonFields }),
);

/** Seven complete days, compared with the seven before. */
export const growthWeek = component(
  'GrowthWeek',
  'Seven complete days, compared with the seven before.',
  z.object({
    start: described(z.iso.date(), 'The first day.'),
    end: described(z.iso.date(), 'The last day.'),
    channels: described(z.array(growthEntry), listedInOrder(' in this week')),
    total: totalChange,
  }),
);
export type GrowthWeek = z.output<typeof growthWeek>;

/** The first day whose counters growth needs: that of the week before the oldest one. */
export function firstDayOfGrowth({ weeks, through }: Pick<GrowthQuery, 'weeks' | 'through'>): UtcDay {
  return addDays(through, 1 - (weeks + 1) * DAYS_A_WEEK);
}

/**
 * Week over week, newest first: each week is the seven complete days before the next one.
 *
 * @param usage with every day from `firstDayOfGrowth` on, also those after the newest week
 */
export function growth(usage: PeerUsage, query: GrowthQuery): GrowthWeek[] {
  const { weeks, through, include } = query;
  const listed = listedChannels(usage, include);
  // One more: the oldest week is compared as well.
  const byChannel = countsByPeriod(usage, listed, weeks + 1, (day) =>
    Math.floor(daysBetween(day, through) / DAYS_A_WEEK),
  );
  const countsIn = (channelId: string, weeksAgo: number) => byChannel.get(channelId)?.[weeksAgo] ?? ZERO;
  const labels = listed.map(labelOf);
  const firstDay = firstCountedDay(usage);
  return Array.from({ length: weeks }, (_, weeksAgo): GrowthWeek => {
    const end = addDays(through, -weeksAgo * DAYS_A_WEEK);
    const start = addDays(end, 1 - DAYS_A_WEEK);
    const hasHistory = hasBegunBy(firstDay, addDays(start, -DAYS_A_WEEK));
    const compared = (current: Counts, previous: Counts) =>
      compareCounts(current, hasHistory ? previous : undefined);
    const channels = labels
      .map((label) => ({ label, channelId: label.channelId, ...countsIn(label.channelId, weeksAgo) }))
      .sort(compareChannels)
      .map(({ label, ...current }) => ({
        ...label,
        ...compared(current, countsIn(label.channelId, weeksAgo + 1)),
      }));
    const totalIn = (week: number) => sum(labels.map(({ channelId }) => countsIn(channelId, week)));
    return { start, end, channels, total: compared(totalIn(weeksAgo), totalIn(weeksAgo + 1)) };
  });
}
