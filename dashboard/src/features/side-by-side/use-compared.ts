import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { ChannelStats } from '../../../../functions/shared/domain/channel-stats.ts';
import type { Finding } from '../../../../functions/shared/domain/findings/findings.ts';
import type { GrowthWeek } from '../../../../functions/shared/domain/growth.ts';
import type { UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import { growthQuery, healthQuery, usageQuery } from '../../api/queries.ts';
import { useApi, usePoll } from '../../api/session.tsx';
import { findingsOf, narrowed, statsOf, weeksOf } from '../../state/narrowing.ts';
import { daysOf } from '../../state/ranges.ts';
import type { View } from '../../state/view.ts';
import { useListing } from '../narrowing/use-listing.ts';

/** What a peer is compared by; nothing of what is not known. */
export interface ComparedPeer {
  peerId: string;
  /** The figures of what is shown. */
  stats: ChannelStats | undefined;
  /** The figures of all channels. */
  all: ChannelStats | undefined;
  /** The last complete week. */
  week: GrowthWeek | undefined;
  findings: readonly Finding[] | undefined;
}

/** What a peer is compared by: all of it is asked for by its cards already. */
export function useCompared(view: View & { peerId: string }, today: UtcDay): ComparedPeer {
  const { peerId, range, narrowing } = view;
  const api = useApi();
  const poll = usePoll();
  const { hidden, channelId } = useListing(peerId, view);
  const days = narrowing.days ?? daysOf(range, today);
  const usage = useQuery({
    ...usageQuery(api, poll, peerId, days, hidden),
    placeholderData: keepPreviousData,
  });
  const enabled = usage.data !== undefined;
  const growth = useQuery({ ...growthQuery(api, peerId, today, hidden), enabled });
  const health = useQuery({ ...healthQuery(api, peerId, today), enabled });
  return {
    peerId,
    all: usage.data,
    stats: usage.data && statsOf(usage.data, channelId),
    week: growth.data && weeksOf(growth.data.weeks, channelId)[0],
    findings: health.data?.findings && findingsOf(health.data.findings, narrowed(narrowing, { channelId })),
  };
}
