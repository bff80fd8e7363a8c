import type { ChannelRecord, ChannelStatus } from '../../../functions/shared/domain/channel.ts';
import type { DayCounts, PeerUsage } from '../../../functions/shared/domain/channel-stats.ts';
import { addDays } from '../../../functions/shared/domain/utc-day.ts';

/** Counts of a day: channel, day, messages and conversations. */
export type Day = [channelId: string, day: string, messageCount: number, conversationCount: number];

/**
 * A peer whose days before yesterday are rolled up.
 *
 * @param more.channels channels without counts
 * @param more.from the first day whose counters were read, where not all were
 */
export function usageOf(
  days: Day[],
  today: string,
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
  const isOpen = ({ day }: DayCounts) => day >= addDays(today, -1);
  const ids = new Set([...(more.channels ?? []), ...days.map(([channelId]) => channelId)]);
  const channels = [...ids].map((channelId): ChannelRecord => {
    const own = counts.filter((entry) => entry.channelId === channelId);
    const rolledUp = own.filter((entry) => !isOpen(entry));
    const sum = (name: 'messageCount' | 'conversationCount') =>
      rolledUp.reduce((total, entry) => total + entry[name], 0);
    return {
      channelId,
      status: more.status?.[channelId] ?? 'enabled',
      registeredAt: 0,
      totals: {
        messageCount: sum('messageCount'),
        conversationCount: sum('conversationCount'),
        openDays: own.filter(isOpen).map(({ day }) => day),
      },
    };
  });
  const { from = '' } = more;
  return { channels, days: counts.filter((entry) => isOpen(entry) || entry.day >= from) };
}
