import type { IncludableChannels } from '../../../../functions/shared/domain/channel-stats.ts';
import { type Trust, trustAnswer } from '../../../../functions/shared/domain/trust.ts';
import type { UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import type { ApiRequests } from './api-requests.ts';
import { pathOf } from './usage-service.ts';

/** Which figures of a peer are shown. */
export interface StatsQuery {
  peerId: string;
  from?: UtcDay;
  to?: UtcDay;
  include?: readonly IncludableChannels[];
  compare?: boolean;
}

/** Where the figures are asked for. */
export function statsPath({ peerId, from, to, include = [], compare = false }: StatsQuery): string {
  return pathOf(
    'getChannelStats',
    { peerId },
    {
      ...{ from, to },
      include: ['percentage', ...(include.length > 0 ? ['activity', ...include] : [])],
      compare: compare ? 'previous' : undefined,
    },
  );
}

/** How far the figures of a peer may be trusted. */
export function askTrust(service: ApiRequests, peerId: string): Promise<Trust> {
  return service.ask({ path: pathOf('getTrust', { peerId }) }, trustAnswer);
}
