import { channelStats } from '../shared/domain/channel-stats.ts';
import { dayOf, type EpochMillis } from '../shared/domain/utc-day.ts';
import type { PeerRequest } from '../shared/http/http.ts';
import { parseQuery } from '../shared/http/request-parsing.ts';
import type { UsageReader } from '../shared/store/usage-reader.ts';
import { type ChannelStatsAnswer, channelStatsQuery } from './contract.ts';

/** Answers with the figures of a peer's channels, all-time or in a range of days. */
export function getChannelStats(
  reader: Pick<UsageReader, 'read'>,
  clock: () => EpochMillis,
): (request: PeerRequest) => Promise<ChannelStatsAnswer> {
  return async ({ peerId, query }) => {
    const { from, to, include } = parseQuery(channelStatsQuery, query);
    const range = {
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
    };
    const usage = await reader.read(peerId, dayOf(clock()), range);
    return channelStats(usage, { ...range, ...(include !== undefined && { include }) });
  };
}
