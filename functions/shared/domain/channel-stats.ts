import {
  type Channel,
  type ChannelRecord,
  type ChannelStatus,
  channelNameOf,
  compareChannels,
  galleryKeyOf,
} from './channel.ts';
import type { EpochMillis, UtcDay } from './utc-day.ts';

/** What one channel was used on one day. */
export interface DayCounts {
  channelId: string;
  day: UtcDay;
  messageCount: number;
  conversationCount: number;
  lastMessageAt?: EpochMillis;
}

/** What is stored of a peer's use: its channels, and counters of the open days and of other days. */
export interface PeerUsage {
  channels: ChannelRecord[];
  days: DayCounts[];
}

/** Messages, and conversations that started. */
export interface Counts {
  conversationCount: number;
  messageCount: number;
}

/** What names a channel in an answer. */
export interface ChannelLabel {
  channelId: string;
  channelName: string;
  galleryKey?: string;
}

/** One channel in the answer of channel-stats. */
export interface ChannelStatsEntry extends ChannelLabel, Counts {
  /** Share of the messages in percent, with one decimal. */
  percentage?: number;
  /** ISO 8601; absent on a channel without messages. */
  lastMessageAt?: string;
  status?: ChannelStatus;
}

/** The answer of channel-stats. */
export interface ChannelStats {
  channels: ChannelStatsEntry[];
  total: Counts;
}

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
}

/**
 * The figures of a peer's channels, all-time or in a range of days.
 *
 * @param usage every channel, with every counter of an open day and every one of the range
 */
export function channelStats(usage: PeerUsage, query: ChannelStatsQuery): ChannelStats {
  const include = query.include ?? new Set();
  const daysByChannel = Map.groupBy(usage.days, (counts) => counts.channelId);
  const counted = listedChannels(usage, include)
    .map((channel) => {
      const days = daysByChannel.get(channel.channelId) ?? [];
      return { channel, days, channelId: channel.channelId, ...channelCounts(channel, days, query) };
    })
    .sort(compareChannels);
  const total = sumCounts(counted);
  const channels = counted.map(({ channel, days, messageCount, conversationCount }) => {
    const entry: ChannelStatsEntry = { ...labelOf(channel), conversationCount, messageCount };
    if (include.has('percentage')) entry.percentage = percentageOf(messageCount, total.messageCount);
    if (include.has('activity')) {
      const last = lastActivity(channel, days);
      if (last !== undefined) entry.lastMessageAt = new Date(last).toISOString();
      entry.status = channel.status;
    }
    return entry;
  });
  return { channels, total };
}

/** A share in percent with one decimal; 0 of nothing is 0. */
export function percentageOf(part: number, whole: number): number {
  // Integers up to the division: `part / whole * 100` would round some shares of .x5 % the wrong way.
  return whole === 0 ? 0 : Math.round((part * 1000) / whole) / 10;
}

/** The channels that an answer lists: those that are enabled, and those of the statuses asked for. */
export function listedChannels(usage: PeerUsage, include: ReadonlySet<Includable>): ChannelRecord[] {
  return usage.channels.filter(({ status }) => status === 'enabled' || include.has(status));
}

/** What names a channel in an answer. */
export function labelOf(channel: Channel): ChannelLabel {
  const galleryKey = galleryKeyOf(channel);
  return {
    channelId: channel.channelId,
    channelName: channelNameOf(channel),
    ...(galleryKey !== undefined && { galleryKey }),
  };
}

/**
 * All that channels were ever used, up to the end of a day: their all-time figures less those of later days.
 *
 * @param channels channels of the usage
 * @param usage every counter of an open day, and every one of a later day
 */
export function countsThrough(usage: PeerUsage, channels: readonly ChannelRecord[], day: UtcDay): Counts {
  const openDays = new Map(channels.map(({ channelId, totals }) => [channelId, new Set(totals.openDays)]));
  const sum = sumCounts(channels.map(({ totals }) => totals));
  for (const counts of usage.days) {
    const open = openDays.get(counts.channelId);
    if (open === undefined) continue;
    const times = Number(open.has(counts.day)) - Number(counts.day > day);
    sum.messageCount += times * counts.messageCount;
    sum.conversationCount += times * counts.conversationCount;
  }
  return sum;
}

/**
 * Whether a peer's first counted day, on whichever channel, is a day or lies before it. Figures of an
 * earlier period can be compared with only where they reach back to its first day.
 *
 * @param usage every counter of an open day, and every one of a later day
 */
export function isCountedBy(usage: PeerUsage, day: UtcDay): boolean {
  return countsThrough(usage, usage.channels, day).messageCount > 0;
}

/**
 * What channels were used in each of some periods.
 *
 * @param periods how many periods there are
 * @param periodOf the place of a day's period among them, from 0; any other number for a day in none
 * @returns by channel the counts of every period
 */
export function countsByPeriod(
  usage: PeerUsage,
  channels: readonly ChannelRecord[],
  periods: number,
  periodOf: (day: UtcDay) => number,
): Map<string, Counts[]> {
  const countsOf = new Map(
    channels.map(({ channelId }) => [
      channelId,
      Array.from({ length: periods }, () => ({ messageCount: 0, conversationCount: 0 })),
    ]),
  );
  for (const { channelId, day, messageCount, conversationCount } of usage.days) {
    const counts = countsOf.get(channelId)?.[periodOf(day)];
    if (counts === undefined) continue;
    counts.messageCount += messageCount;
    counts.conversationCount += conversationCount;
  }
  return countsOf;
}

/** The sum of counts. */
export function sumCounts(counts: readonly Counts[]): Counts {
  const sum = { conversationCount: 0, messageCount: 0 };
  for (const { messageCount, conversationCount } of counts) {
    sum.messageCount += messageCount;
    sum.conversationCount += conversationCount;
  }
  return sum;
}

function channelCounts(channel: ChannelRecord, days: readonly DayCounts[], query: ChannelStatsQuery): Counts {
  const { from, to } = query;
  if (from !== undefined || to !== undefined) {
    return sumCounts(
      days.filter(({ day }) => (from === undefined || day >= from) && (to === undefined || day <= to)),
    );
  }
  const open = new Set(channel.totals.openDays);
  return sumCounts([channel.totals, ...days.filter(({ day }) => open.has(day))]);
}

/**
 * When the last message of a channel was sent, exact to five minutes; nothing where there was none.
 *
 * @param days those of the channel: every counter of an open day
 */
export function lastActivity(channel: ChannelRecord, days: readonly DayCounts[]): EpochMillis | undefined {
  const instants = [channel.totals.lastMessageAt, ...days.map((counts) => counts.lastMessageAt)].filter(
    (instant) => instant !== undefined,
  );
  return instants.length === 0 ? undefined : Math.max(...instants);
}
