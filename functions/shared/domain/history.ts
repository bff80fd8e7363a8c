import * as z from 'zod/mini';
import { channelLabelFields, compareChannels, labelOf, listedInOrder } from './channel.ts';
import {
  countsByPeriod,
  countsThrough,
  type IncludableChannels,
  listedChannels,
  type PeerUsage,
  totalCounts,
} from './channel-stats.ts';
import { component, described } from './described.ts';
import {
  countPeriods,
  type DayRange,
  daysBetween,
  type Interval,
  periodIndex,
  periodsOf,
} from './interval.ts';
import { byField, countOf, subtract, sum, ZERO } from './metrics.ts';
import { addDays, EARLIEST_DAY, type UtcDay } from './utc-day.ts';

/** At most so many buckets are in an answer. */
export const MAX_BUCKETS = 400;
/** At most so many channel entries are in all buckets together. */
export const MAX_CHANNEL_ENTRIES = 20_000;
/** So many days a history has where no range is asked for. */
export const DEFAULT_HISTORY_DAYS = 30;

export interface HistoryQuery extends DayRange {
  interval: Interval;
  include: ReadonlySet<IncludableChannels>;
  /** The reader's day. */
  today: UtcDay;
}

const historyEntry = component(
  'HistoryEntry',
  'The figures of one channel in a bucket.',
  z.object({
    ...channelLabelFields,
    ...byField((metric) => countOf(metric, { where: ' on this channel' })),
  }),
);

/** How much a peer was used in one day, week or month. */
export const historyBucket = component(
  'HistoryBucket',
  'One day, week or month: the figures of each channel, their `total`, and the `cumulative` figures, which ' +
    'are all-time at the end of its last day.',
  z.object({
    start: described(z.iso.date(), 'The first day, within the range.'),
    end: described(z.iso.date(), 'The last day, within the range.'),
    complete: described(
      z.boolean(),
      'Whether all its days are over and in the range. Figures of others may be those of a part.',
    ),
    channels: described(z.array(historyEntry), listedInOrder(' in this bucket')),
    total: totalCounts,
    cumulative: totalCounts,
  }),
);
export type HistoryBucket = z.output<typeof historyBucket>;

/** The range of a history: the last 30 days where neither end is given, or those up to the end. */
export function historyRange(given: { from?: UtcDay; to?: UtcDay }, today: UtcDay): DayRange {
  const { to = today } = given;
  const daysBefore = Math.min(DEFAULT_HISTORY_DAYS - 1, daysBetween(EARLIEST_DAY, to));
  return { from: given.from ?? addDays(to, -daysBefore), to };
}

/**
 * Says why an answer would be too large, or nothing where it is not.
 *
 * @param channels how many channels are listed
 */
export function historyProblem(range: DayRange, interval: Interval, channels: number): string | undefined {
  const buckets = countPeriods(range, interval);
  if (buckets > MAX_BUCKETS) {
    return `from must be later: there are ${buckets} buckets by ${interval} up to the end of the range, and at most ${MAX_BUCKETS} are answered`;
  }
  if (buckets * channels > MAX_CHANNEL_ENTRIES) {
    return `from must be later: there are ${buckets} buckets of ${channels} channels, and at most ${MAX_CHANNEL_ENTRIES} entries are answered`;
  }
  return undefined;
}

/**
 * A peer's figures over time: one bucket for every day, week or month of the range, and in each one every
 * listed channel, those with the most messages in it first.
 *
 * @param usage with every day from the range's first one on, also those after the range
 */
export function history(usage: PeerUsage, query: HistoryQuery): HistoryBucket[] {
  const { from, to, interval, include, today } = query;
  const listed = listedChannels(usage, include);
  const periods = periodsOf(query, interval);
  const inRange = { ...usage, days: usage.days.filter(({ day }) => day >= from && day <= to) };
  const byChannel = countsByPeriod(inRange, listed, periods.length, (day) =>
    periodIndex(query, interval, day),
  );
  const labels = listed.map(labelOf);
  const buckets = periods.map(({ start, end, isCut }, index): HistoryBucket => {
    const channels = labels
      .map((label) => ({ ...label, ...(byChannel.get(label.channelId)?.[index] ?? ZERO) }))
      .sort(compareChannels);
    const total = sum(channels);
    return { start, end, complete: !isCut && end < today, channels, total, cumulative: ZERO };
  });
  let cumulative = countsThrough(usage, listed, to);
  for (const bucket of buckets.toReversed()) {
    bucket.cumulative = cumulative;
    cumulative = subtract(cumulative, bucket.total);
  }
  return buckets;
}
