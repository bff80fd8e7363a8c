import {
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

/** What is stored of a peer's use: its channels, and ledgers of the open days and of other days. */
export interface PeerUsage {
  channels: ChannelRecord[];
  days: DayCounts[];
}

/** Messages, and conversations that started. */
export interface Counts {
  conversationCount: number;
  messageCount: number;
}

/** One channel in the answer of channel-stats. */
export interface ChannelStatsEntry extends Counts {
  channelId: string;
  channelName: string;
  galleryKey?: string;
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

export const INCLUDABLE = ['percentage', 'activity', 'disabled', 'removed'] as const;
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
 * @param usage every channel, with every ledger of an open day and every one of the range
 */
export function channelStats(usage: PeerUsage, query: ChannelStatsQuery): ChannelStats {
  const include = query.include ?? new Set();
  const daysByChannel = Map.groupBy(usage.days, (counts) => counts.channelId);
  const listed = usage.channels.filter(({ status }) => status === 'enabled' || include.has(status));
  const counted = listed
    .map((channel) => {
      const days = daysByChannel.get(channel.channelId) ?? [];
      return { channel, days, channelId: channel.channelId, ...channelCounts(channel, days, query) };
    })
    .sort(compareChannels);
  const total = sumCounts(counted);
  const channels = counted.map(({ channel, days, messageCount, conversationCount }) => {
    const galleryKey = galleryKeyOf(channel);
    const entry: ChannelStatsEntry = {
      channelId: channel.channelId,
      channelName: channelNameOf(channel),
      ...(galleryKey !== undefined && { galleryKey }),
      conversationCount,
      messageCount,
    };
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

/** The sum of counts. */
function sumCounts(counts: readonly Counts[]): Counts {
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

function lastActivity(channel: ChannelRecord, days: readonly DayCounts[]): EpochMillis | undefined {
  const instants = [channel.totals.lastMessageAt, ...days.map((counts) => counts.lastMessageAt)].filter(
    (instant) => instant !== undefined,
  );
  return instants.length === 0 ? undefined : Math.max(...instants);
}
