import { Skeleton } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import type { ChannelStats } from '../../../functions/shared/domain/channel-stats.ts';
import type { DayRange, Interval } from '../../../functions/shared/domain/interval.ts';
import type { UtcDay } from '../../../functions/shared/domain/utc-day.ts';
import { channelColors, MOST_COLORED } from '../../shared/channel-colors.ts';
import { historyQuery, usageQuery } from '../api/queries.ts';
import { problemOf } from '../api/query-state.ts';
import { isPassing } from '../api/request-problem.ts';
import { useIsLoading } from '../api/sample.ts';
import { useApi, usePoll } from '../api/session.tsx';
import { CardSection } from '../components/card-section.tsx';
import { ProblemNotice } from '../components/problem-notice.tsx';
import { Waiting } from '../components/waiting.tsx';
import { messagesByChannel } from '../state/messages-by-channel.ts';
import { type Narrowing, type NarrowingChange, narrowed, statsOf } from '../state/narrowing.ts';
import { daysOf } from '../state/ranges.ts';
import type { View } from '../state/view.ts';
import { ChannelUsageCard } from './channel-usage/channel-usage-card.tsx';
import { EngagementCard } from './engagement/engagement-card.tsx';
import { GROWTH_TITLE, GrowthCard } from './growth/growth-card.tsx';
import { HealthCard } from './health/health-card.tsx';
import { LostConnection } from './live/live-state.tsx';
import { useFollow } from './live/use-follow.ts';
import { NarrowingStrip } from './narrowing/narrowing-strip.tsx';
import { type Listing, useListing } from './narrowing/use-listing.ts';
import { planHistory } from './over-time/history-plan.ts';
import { OverTime } from './over-time/over-time.tsx';
import { MissingNotice } from './trust/trust-state.tsx';

export interface PeerUsageProps {
  view: View & { peerId: string };
  today: UtcDay;
  onInterval: (interval: Interval) => void;
  onNarrow: (change: NarrowingChange) => void;
  onShowDisabled: (shows: boolean) => void;
}

/** All that there is to see of a peer. */
export function PeerUsage(props: PeerUsageProps) {
  const { view, today } = props;
  const { peerId, range, narrowing } = view;
  const api = useApi();
  const poll = usePoll();
  const listing = useListing(peerId, view);
  const days = narrowing.days ?? daysOf(range, today);
  const usage = usageQuery(api, poll, peerId, days, listing.hidden);
  // The figures of other days stay, dimmed, until those of these days are there; where none were shown yet,
  // none are.
  const shown = useQuery({ ...usage, placeholderData: keepPreviousData });
  const { data: stats, isPlaceholderData: isStale } = shown;
  useFollow(peerId, listing.followed);

  const problem = problemOf(shown);
  if (problem !== undefined && (stats === undefined || !isPassing(problem))) {
    const advice =
      problem.kind === 'forbidden' ? 'Another peer can be chosen, or another key used.' : undefined;
    return <ProblemNotice problem={problem} queryKey={usage.queryKey} {...(advice && { advice })} />;
  }
  if (stats === undefined || listing.isSought) {
    return (
      <div className="columns">
        <CardSection title="Channel Usage">
          <Waiting label="Loading the figures" height={280} />
        </CardSection>
        <Skeleton height={380} radius="lg" />
      </div>
    );
  }
  return (
    <>
      <LostConnection peerId={peerId} days={days} hidden={listing.hidden} />
      <MissingNotice peerId={peerId} today={today} />
      <UsageCards {...props} listing={listing} stats={stats} days={days} isStale={isStale} />
    </>
  );
}

interface UsageCardsProps extends PeerUsageProps {
  listing: Listing;
  /** The figures of all channels that are listed. */
  stats: ChannelStats;
  days: DayRange | undefined;
  isStale: boolean;
}

function UsageCards(props: UsageCardsProps) {
  const { view, listing, stats, onNarrow, onShowDisabled } = props;
  const { narrowing, showsDisabled } = view;
  const { channelId } = listing;
  const colors = useColors(stats.channels);
  const about = useMemo(() => narrowed(narrowing, { channelId }), [narrowing, channelId]);
  const onChannel = useCallback(
    (chosen: string) => onNarrow({ channelId: chosen === channelId ? undefined : chosen }),
    [onNarrow, channelId],
  );
  const isEmpty = stats.channels.length === 0;
  const parts = { ...props, colors, about, onChannel };
  return (
    <>
      <NarrowingStrip
        listing={listing}
        days={narrowing.days}
        showsDisabled={showsDisabled}
        channels={stats.channels}
        colors={colors}
        onNarrow={onNarrow}
        onShowDisabled={onShowDisabled}
      />
      <div className="columns" data-single={isEmpty || undefined}>
        <UsageColumn {...parts} />
        {!isEmpty && <DevelopmentColumn {...parts} />}
      </div>
    </>
  );
}

interface ColumnProps extends UsageCardsProps {
  colors: ReadonlyMap<string, string>;
  /** What is shown alone, as far as the peer has it. */
  about: Narrowing;
  onChannel: (channelId: string) => void;
}

/** How much the channels were used in the days that are shown. */
function UsageColumn(props: ColumnProps) {
  const { view, today, stats, days, isStale, colors, about, onChannel, onNarrow, onShowDisabled } = props;
  const { peerId, showsDisabled } = view;
  const { channelId } = about;
  const isLoading = useIsLoading(peerId);
  const only = useMemo(() => statsOf(stats, channelId), [stats, channelId]);
  const daily = useDaily(props);
  const card = { peerId, today, colors, daily, isStale };
  return (
    <div className="column">
      <ChannelUsageCard
        {...card}
        stats={only}
        all={stats.channels}
        channelId={channelId}
        days={days}
        onChannel={onChannel}
        onShowDisabled={showsDisabled ? undefined : onShowDisabled}
      />
      {stats.channels.length > 0 && (
        <>
          {isLoading ? (
            <LaterCard title="Health" />
          ) : (
            <HealthCard
              peerId={peerId}
              today={today}
              channels={stats.channels}
              narrowing={about}
              onNarrow={onNarrow}
            />
          )}
          <EngagementCard channels={only.channels} colors={colors} isStale={isStale} />
        </>
      )}
    </div>
  );
}

/** The messages of each channel over time, by the answer that the charts ask for; nothing where no range was chosen. */
function useDaily({
  view,
  today,
  listing,
  stats,
}: ColumnProps): ReadonlyMap<string, readonly number[]> | undefined {
  const { peerId, range, interval } = view;
  const api = useApi();
  const plan = useMemo(
    () => (range === 'all' ? undefined : planHistory(range, interval, today, stats.channels.length)),
    [range, interval, today, stats.channels.length],
  );
  const { data, isPlaceholderData } = useQuery({
    ...historyQuery(api, peerId, plan ?? { from: today, to: today, interval }, listing.hidden),
    enabled: plan !== undefined,
  });
  return useMemo(
    () =>
      plan === undefined || data === undefined || isPlaceholderData ? undefined : messagesByChannel(data),
    [plan, data, isPlaceholderData],
  );
}

/** How their use develops. */
function DevelopmentColumn(props: ColumnProps) {
  const { view, today, listing, stats, colors, about, onInterval, onNarrow, onChannel } = props;
  const { peerId, range, interval } = view;
  const shared = { peerId, today, hidden: listing.hidden, narrowing: about };
  return (
    <div className="column">
      <OverTime
        {...shared}
        range={range}
        interval={interval}
        channels={stats.channels}
        colors={colors}
        onInterval={onInterval}
        onBar={({ start, end }) => onNarrow({ days: { from: start, to: end } })}
        onChannel={onChannel}
      />
      {useIsLoading(peerId) ? <LaterCard title={GROWTH_TITLE} /> : <GrowthCard {...shared} />}
    </div>
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

/** The same colours as long as the same channels come first, in whichever order. */
function useColors(channels: ChannelStats['channels']): ReadonlyMap<string, string> {
  const first = channels
    .slice(0, MOST_COLORED)
    .map(({ channelId, galleryKey }) => ({ channelId, galleryKey }));
  const key = JSON.stringify(first.sort((one, other) => (one.channelId < other.channelId ? -1 : 1)));
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the channels.
  return useMemo(() => channelColors(channels.slice(0, MOST_COLORED)), [key]);
}
