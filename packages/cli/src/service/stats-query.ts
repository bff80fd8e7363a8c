import {
  type ChannelStats,
  channelStatsAnswer,
  type IncludableChannels,
} from '../../../../functions/shared/domain/channel-stats.ts';
import { type Trust, trustAnswer } from '../../../../functions/shared/domain/trust.ts';
import type { UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import type { ChannelUsageClient } from '../../../client/src/index.ts';
import { type Answer, answerTo } from './usage-client.ts';

/** Which figures of a peer are shown. */
export interface StatsQuery {
  peerId: string;
  from?: UtcDay;
  to?: UtcDay;
  include?: readonly IncludableChannels[];
  compare?: boolean;
}

/** How much each channel of a peer was used. */
export function askStats(
  client: ChannelUsageClient,
  query: StatsQuery,
  signal?: AbortSignal,
): Promise<Answer<ChannelStats>> {
  const { peerId, from, to, include = [], compare = false } = query;
  const asked = {
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    include: ['percentage' as const, ...(include.length > 0 ? (['activity', ...include] as const) : [])],
    ...(compare && { compare: 'previous' as const }),
  };
  const asking = client.getChannelStats(peerId, asked, { signal });
  return answerTo(asking, channelStatsAnswer);
}

/** How far the figures of a peer may be trusted. */
export function askTrust(client: ChannelUsageClient, peerId: string): Promise<Answer<Trust>> {
  return answerTo(client.getTrust(peerId), trustAnswer);
}
