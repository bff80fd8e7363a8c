import type { ChannelStatus, UsedChannel } from '../../../functions/shared/domain/channel.ts';
import type { DayCounts, PeerUsage } from '../../../functions/shared/domain/channel-stats.ts';
import { sum } from '../../../functions/shared/domain/metrics.ts';
import { startOf } from '../../../functions/shared/domain/utc-day.ts';

/** Counts of a day: channel, day, messages and conversations. */
export type Day = [channelId: string, day: string, messageCount: number, conversationCount: number];

/**
 * A peer as it is read: each channel with all of its days, and the days from one on.
 *
 * @param more.channels channels without counts
 * @param more.from the first day that was read, where not all were
 */
export function usageOf(
  days: Day[],
  more: { channels?: string[]; status?: Record<string, ChannelStatus>; from?: string } = {},
): PeerUsage {
  const counts = days.map(
    ([channelId, day, messageCount, conversationCount]): DayCounts => ({
      channelId,
      day,
      messageCount,
      conversationCount,
    }),
  );
  const ids = new Set([...(more.channels ?? []), ...days.map(([channelId]) => channelId)]);
  const channels = [...ids].map((channelId, index): UsedChannel => {
    const own = counts.filter((entry) => entry.channelId === channelId);
    const last = own
      .filter(({ messageCount }) => messageCount > 0)
      .map(({ day }) => day)
      .sort()
      .at(-1);
    return {
      channelId,
      number: index + 1,
      status: more.status?.[channelId] ?? 'enabled',
      registeredAt: 0,
      allTime: { ...sum(own), ...(last !== undefined && { lastMessageAt: startOf(last) }) },
    };
  });
  const { from = '' } = more;
  return { channels, days: counts.filter(({ day }) => day >= from) };
}
