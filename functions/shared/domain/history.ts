import { compareChannels } from './channel.ts';
import {
  type ChannelLabel,
  type Counts,
  countsByPeriod,
  countsThrough,
  type IncludableChannels,
  labelOf,
  listedChannels,
  type PeerUsage,
  sumCounts,
} from './channel-stats.ts';
import {
  countPeriods,
  type DayRange,
  daysBetween,
  type Interval,
  periodIndex,
  periodsOf,
} from './interval.ts';
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

/** What a peer was used in one day, week or month. */
export interface Bucket {
  /** The first and the last day, clipped to the range. */
  start: UtcDay;
  end: UtcDay;
  /** Whether the day, week or month is over, and whole. */
  complete: boolean;
  channels: (ChannelLabel & Counts)[];
  total: Counts;
  /** All-time figures at the end of the last day. */
  cumulative: Counts;
}

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
 * @param usage every channel, with every counter of an open day and every one from the range's first day on,
 *   also those of the days after the range
 */
export function history(usage: PeerUsage, query: HistoryQuery): Bucket[] {
  const { from, to, interval, include, today } = query;
  const listed = listedChannels(usage, include);
  const periods = periodsOf(query, interval);
  const inRange = { ...usage, days: usage.days.filter(({ day }) => day >= from && day <= to) };
  const countsOf = countsByPeriod(inRange, listed, periods.length, (day) =>
    periodIndex(query, interval, day),
  );
  const labels = listed.map(labelOf);
  const buckets = periods.map(({ start, end, isCut }, index): Bucket => {
    const channels = labels
      .map((label) => ({ ...label, ...(countsOf.get(label.channelId)?.[index] ?? NOTHING) }))
      .sort(compareChannels);
    const total = inOrder(sumCounts(channels));
    return { start, end, complete: !isCut && end < today, channels, total, cumulative: NOTHING };
  });
  let cumulative = inOrder(countsThrough(usage, listed, to));
  for (const bucket of buckets.toReversed()) {
    bucket.cumulative = cumulative;
    cumulative = {
      messageCount: cumulative.messageCount - bucket.total.messageCount,
      conversationCount: cumulative.conversationCount - bucket.total.conversationCount,
    };
  }
  return buckets;
}

const NOTHING: Counts = { messageCount: 0, conversationCount: 0 };

/** Messages come first in a history. */
function inOrder({ messageCount, conversationCount }: Counts): Counts {
  return { messageCount, conversationCount };
}
