import * as z from 'zod/mini';
import {
  CHANNEL_STATUSES,
  channelLabelFields,
  compareChannels,
  labelOf,
  listedInOrder,
  type UsedChannel,
} from './channel.ts';
import { type ComparedRange, previousRange } from './compared-range.ts';
import { compareCounts, type TotalChange, totalChange } from './comparison.ts';
import { component, described } from './described.ts';
import type { DayRange } from './interval.ts';
import {
  add,
  type ByField,
  byField,
  type Counts,
  countOf,
  countsOf,
  subtract,
  sum,
  ZERO,
} from './metrics.ts';
import { EARLIEST_DAY, type EpochMillis, type UtcDay } from './utc-day.ts';

/** How much one channel was used on one day. */
export interface DayCounts extends Counts {
  channelId: string;
  day: UtcDay;
  lastMessageAt?: EpochMillis;
}

/** How much a peer was used: each of its channels ever, and on days. */
export interface PeerUsage {
  channels: UsedChannel[];
  days: DayCounts[];
}

/** How much the channels of a peer were ever used, and from when to when that is known. */
export interface UsageExtent {
  /** All channels, and no more days than had to be read. */
  usage: PeerUsage;
  /** The first day with a counted message; missing where there is none. */
  firstCountedDay?: UtcDay;
  /** The last day that is over up to which all that was counted is sealed; missing where there is none. */
  sealedThrough?: UtcDay;
}

/** Reads what is stored of the use of peers. */
export interface UsageSource {
  /**
   * All channels of a peer and, where a range of days is given, the counts of every day of it.
   *
   * @param today the reader's day
   * @param options.from without it, but with `to`, the range begins with the earliest day
   * @param options.to without it, the range has no end
   * @param options.consistent reads consistently: all that was counted before is in the answer
   */
  read(
    peerId: string,
    today: UtcDay,
    options?: { from?: UtcDay; to?: UtcDay; consistent?: boolean },
  ): Promise<PeerUsage>;

  /**
   * All channels of a peer, and from when to when they were used, read consistently.
   *
   * @param today the reader's day
   */
  readExtent(peerId: string, today: UtcDay): Promise<UsageExtent>;
}

/** The order of channel-stats and of totals: messages come last. */
export function messagesLast<Value>({ messageCount, ...others }: Readonly<ByField<Value>>): ByField<Value> {
  return { ...others, messageCount };
}

/** The counts of all channels of an answer. */
export const totalCounts = component(
  'Counts',
  'Messages of users, and conversations that started with one, of all channels listed.',
  z.object(messagesLast(byField((metric) => countOf(metric)))),
);

/** The figures of a range beside those of the days before. */
const previous = () =>
  described(
    z.exactOptional(totalChange),
    'The same figures beside those of `previousRange`. With `compare=previous`.',
  );

/** One channel in the answer of channel-stats. */
export const channelStatsEntry = component(
  'ChannelStatsEntry',
  'The figures of one channel.',
  z.object({
    ...channelLabelFields,
    ...messagesLast(
      byField((metric) =>
        countOf(metric, { where: ' on this channel', when: ', in the range where one was asked for' }),
      ),
    ),
    percentage: described(
      z.exactOptional(z.number().check(z.minimum(0), z.maximum(100))),
      "This channel's share of the messages listed, in percent with one decimal; 0 where there are none. " +
        'Rounded shares need not add to 100. With `include=percentage`.',
    ),
    lastMessageAt: described(
      z.exactOptional(z.iso.datetime()),
      'When the last message was sent; left out where there was none. With `include=activity`.',
    ),
    status: described(z.exactOptional(z.enum(CHANNEL_STATUSES)), 'With `include=activity`.'),
    previous: previous(),
  }),
);
export type ChannelStatsEntry = z.output<typeof channelStatsEntry>;

/** The answer of channel-stats. */
export const channelStatsAnswer = component(
  'ChannelStats',
  'The figures of a peer, by channel and in total.',
  z.object({
    channels: described(z.array(channelStatsEntry), listedInOrder()),
    total: component(
      'ChannelStatsTotal',
      'The sums of all channels listed.',
      z.object({ ...totalCounts.shape, previous: previous() }),
    ),
    previousRange: described(
      z.exactOptional(previousRange),
      'The days that the range is compared with. With `compare=previous`.',
    ),
    complete: described(
      z.exactOptional(z.boolean()),
      'Whether the days of the range are over. `false`: what there is of it so far is compared with whole days. ' +
        'With `compare=previous`.',
    ),
  }),
);
export type ChannelStats = z.output<typeof channelStatsAnswer>;

/** The channels that are listed only where they are asked for, by their status. */
export const INCLUDABLE_CHANNELS = ['disabled', 'removed'] as const;
export type IncludableChannels = (typeof INCLUDABLE_CHANNELS)[number];

export const INCLUDABLE = ['percentage', 'activity', ...INCLUDABLE_CHANNELS] as const;
export type Includable = (typeof INCLUDABLE)[number];

export interface ChannelStatsQuery {
  /** Days, both included; without either, all days count. */
  from?: UtcDay;
  to?: UtcDay;
  include?: ReadonlySet<Includable>;
  /** How the range is compared; without it, it is not. */
  compared?: ComparedRange;
}

/**
 * The figures of a peer's channels, all-time or in a range of days.
 *
 * @param usage with every day of the range; where it is compared, from the first day that it is compared with on
 */
export function channelStats(usage: PeerUsage, query: ChannelStatsQuery): ChannelStats {
  const include = query.include ?? new Set();
  const { compared } = query;
  const before = compared === undefined ? undefined : countsBefore(usage, compared.previousRange);
  const daysByChannel = Map.groupBy(usage.days, (counts) => counts.channelId);
  const counted = listedChannels(usage, include)
    .map((channel) => {
      const days = daysByChannel.get(channel.channelId) ?? [];
      return { channel, channelId: channel.channelId, ...channelCounts(channel, days, query) };
    })
    .sort(compareChannels);
  const total = messagesLast(sum(counted));
  const changeOf = (current: Counts, channelIds: readonly string[]) =>
    before === undefined ? {} : { previous: before(current, channelIds) };
  const channels = counted.map(({ channel, ...counts }) => {
    const entry: ChannelStatsEntry = { ...labelOf(channel), ...messagesLast(countsOf(counts)) };
    if (include.has('percentage')) entry.percentage = percentageOf(counts.messageCount, total.messageCount);
    if (include.has('activity')) {
      const { lastMessageAt } = channel.allTime;
      if (lastMessageAt !== undefined) entry.lastMessageAt = new Date(lastMessageAt).toISOString();
      entry.status = channel.status;
    }
    return { ...entry, ...changeOf(counts, [channel.channelId]) };
  });
  const listed = counted.map(({ channelId }) => channelId);
  return { channels, total: { ...total, ...changeOf(total, listed) }, ...compared };
}

/**
 * Compares figures with those that the same channels had before.
 *
 * @param usage with every day from the first one of the range on
 */
function countsBefore(
  usage: PeerUsage,
  range: DayRange,
): (current: Counts, channelIds: readonly string[]) => TotalChange {
  const hasHistory = isCountedBy(usage, range.from);
  const byChannel = countsByPeriod(usage, usage.channels, 1, (day) =>
    day >= range.from && day <= range.to ? 0 : -1,
  );
  return (current, channelIds) => {
    const earlier = sum(channelIds.map((channelId) => byChannel.get(channelId)?.[0] ?? ZERO));
    return compareCounts(current, hasHistory ? earlier : undefined);
  };
}

/** A share in percent with one decimal; 0 of nothing is 0. */
export function percentageOf(part: number, whole: number): number {
  // Integers up to the division: `part / whole * 100` would round some shares of .x5 % the wrong way.
  return whole === 0 ? 0 : Math.round((part * 1000) / whole) / 10;
}

/** The channels that an answer lists: those that are enabled, and those of the statuses asked for. */
export function listedChannels(usage: PeerUsage, include: ReadonlySet<Includable>): UsedChannel[] {
  return usage.channels.filter(({ status }) => status === 'enabled' || include.has(status));
}

/**
 * How much channels were ever used, up to the end of a day: their all-time figures less those of later days.
 *
 * @param channels channels of the usage
 * @param usage with every later day
 */
export function countsThrough(usage: PeerUsage, channels: readonly UsedChannel[], day: UtcDay): Counts {
  const listed = new Set(channels.map(({ channelId }) => channelId));
  const later = usage.days.filter((counts) => counts.day > day && listed.has(counts.channelId));
  return subtract(sum(channels.map(({ allTime }) => allTime)), sum(later));
}

/**
 * The first day on which a peer was counted, on whichever channel, as far as the days of its usage tell: the earliest that
 * there is, where it was counted before them; nothing, where it never was.
 */
export function firstCountedDay({ channels, days }: PeerUsage): UtcDay | undefined {
  const known = new Set(channels.map(({ channelId }) => channelId));
  let before = sum(channels.map(({ allTime }) => allTime)).messageCount;
  let first: UtcDay | undefined;
  for (const { channelId, day, messageCount } of days) {
    if (messageCount === 0 || !known.has(channelId)) continue;
    before -= messageCount;
    if (first === undefined || day < first) first = day;
  }
  return before > 0 ? EARLIEST_DAY : first;
}

/**
 * Whether a peer's first counted day, on whichever channel, is a day or lies before it. Figures of an
 * earlier period can be compared with only where they reach back to its first day.
 *
 * @param usage with every later day
 */
export function isCountedBy(usage: PeerUsage, day: UtcDay): boolean {
  return hasBegunBy(firstCountedDay(usage), day);
}

/** Whether a first counted day is a day or lies before it. */
export function hasBegunBy(firstCounted: UtcDay | undefined, day: UtcDay): boolean {
  return firstCounted !== undefined && firstCounted <= day;
}

/**
 * How much channels were used in each of some periods.
 *
 * @param periods how many periods there are
 * @param periodOf the place of a day's period among them, from 0; any other number for a day in none
 * @returns by channel the counts of every period
 */
export function countsByPeriod(
  usage: PeerUsage,
  channels: readonly UsedChannel[],
  periods: number,
  periodOf: (day: UtcDay) => number,
): Map<string, Counts[]> {
  const byChannel = new Map(
    channels.map(({ channelId }) => [channelId, Array.from({ length: periods }, () => ZERO)]),
  );
  // Those of a day stand together.
  let [day, period]: [UtcDay | undefined, number] = [undefined, -1];
  for (const counts of usage.days) {
    const ofChannel = byChannel.get(counts.channelId);
    if (counts.day !== day) [day, period] = [counts.day, periodOf(counts.day)];
    const before = ofChannel?.[period];
    if (ofChannel !== undefined && before !== undefined) ofChannel[period] = add(before, counts);
  }
  return byChannel;
}

function channelCounts(channel: UsedChannel, days: readonly DayCounts[], query: ChannelStatsQuery): Counts {
  const { from, to } = query;
  if (from !== undefined || to !== undefined) {
    return sum(
      days.filter(({ day }) => (from === undefined || day >= from) && (to === undefined || day <= to)),
    );
  }
  return countsOf(channel.allTime);
}
