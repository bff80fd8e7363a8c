import { Skeleton } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { ChannelStats } from '../../../functions/shared/domain/channel-stats.ts';
import type { Interval } from '../../../functions/shared/domain/interval.ts';
import type { UtcDay } from '../../../functions/shared/domain/utc-day.ts';
import { channelColors, MOST_COLORED } from '../../shared/channel-colors.ts';
import { allTimeQuery, usageQuery } from '../api/queries.ts';
import { problemOf } from '../api/query-state.ts';
import { isPassing } from '../api/request-problem.ts';
import { useIsLoading } from '../api/sample.ts';
import { useApi, usePoll } from '../api/session.tsx';
import { CardSection } from '../components/card-section.tsx';
import { ProblemNotice } from '../components/problem-notice.tsx';
import { Waiting } from '../components/waiting.tsx';
import { daysOf } from '../state/ranges.ts';
import type { View } from '../state/view.ts';
import { ChannelUsageCard } from './channel-usage/channel-usage-card.tsx';
import { EngagementCard } from './engagement/engagement-card.tsx';
import { GROWTH_TITLE, GrowthCard } from './growth/growth-card.tsx';
import { HealthCard } from './health/health-card.tsx';
import { LostConnection } from './live/live-state.tsx';
import { useFollow } from './live/use-follow.ts';
import { OverTime } from './over-time/over-time.tsx';
import { MissingNotice } from './trust/trust-state.tsx';

export interface PeerUsageProps {
  view: View & { peerId: string };
  today: UtcDay;
  onInterval: (interval: Interval) => void;
}

/** All that there is to see of a peer. */
export function PeerUsage({ view, today, onInterval }: PeerUsageProps) {
  const { peerId, range, interval } = view;
  const api = useApi();
  const poll = usePoll();
  const isLoading = useIsLoading(peerId);
  const days = daysOf(range, today);
  const allTime = useQuery(allTimeQuery(api, poll, peerId));
  const usage = usageQuery(api, poll, peerId, days);
  // The figures of other days stay, dimmed, until those of these days are there; where none were shown yet,
  // none are.
  const shown = useQuery({ ...usage, placeholderData: keepPreviousData });
  const { data: stats, isPlaceholderData: isStale } = shown;
  useFollow(peerId, allTime.data);
  const colors = useColors(stats?.channels ?? NO_CHANNELS);

  const problem = problemOf(shown);
  if (problem !== undefined && (stats === undefined || !isPassing(problem))) {
    const advice =
      problem.kind === 'forbidden' ? 'Another peer can be chosen, or another key used.' : undefined;
    return <ProblemNotice problem={problem} queryKey={usage.queryKey} {...(advice && { advice })} />;
  }
  if (stats === undefined) {
    return (
      <div className="columns">
        <CardSection title="Channel Usage">
          <Waiting label="Loading the figures" height={280} />
        </CardSection>
        <Skeleton height={380} radius="lg" />
      </div>
    );
  }
  const isEmpty = stats.channels.length === 0;
  return (
    <>
      <LostConnection peerId={peerId} days={days} />
      <MissingNotice peerId={peerId} today={today} />
      <div className="columns" data-single={isEmpty || undefined}>
        <div className="column">
          <ChannelUsageCard
            peerId={peerId}
            stats={stats}
            days={days}
            today={today}
            colors={colors}
            isStale={isStale}
          />
          {!isEmpty && isLoading && <LaterCard title="Health" />}
          {!isEmpty && !isLoading && <HealthCard peerId={peerId} today={today} channels={stats.channels} />}
          {!isEmpty && <EngagementCard channels={stats.channels} colors={colors} isStale={isStale} />}
        </div>
        {!isEmpty && (
          <div className="column">
            <OverTime
              peerId={peerId}
              range={range}
              interval={interval}
              today={today}
              channels={stats.channels.length}
              colors={colors}
              onInterval={onInterval}
            />
            {isLoading ? <LaterCard title={GROWTH_TITLE} /> : <GrowthCard peerId={peerId} today={today} />}
          </div>
        )}
      </div>
    </>
  );
}

/** In the place of a card that would compare figures which are not whole. */
function LaterCard({ title }: { title: string }) {
  return (
    <CardSection title={title}>
      <div className="empty">Judged when the sample is loaded.</div>
    </CardSection>
  );
}

const NO_CHANNELS: ChannelStats['channels'] = [];

/** The same colours as long as the same channels come first, in whichever order. */
function useColors(channels: ChannelStats['channels']): ReadonlyMap<string, string> {
  const first = channels
    .slice(0, MOST_COLORED)
    .map(({ channelId, galleryKey }) => ({ channelId, galleryKey }));
  const key = JSON.stringify(first.sort((one, other) => (one.channelId < other.channelId ? -1 : 1)));
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the channels.
  return useMemo(() => channelColors(channels.slice(0, MOST_COLORED)), [key]);
}
