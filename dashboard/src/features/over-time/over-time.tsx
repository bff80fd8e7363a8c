import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { ChannelStats } from '../../../../functions/shared/domain/channel-stats.ts';
import type { Interval } from '../../../../functions/shared/domain/interval.ts';
import { METRICS } from '../../../../functions/shared/domain/metrics.ts';
import type { UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import { type HiddenChannels, historyQuery } from '../../api/queries.ts';
import { problemOf } from '../../api/query-state.ts';
import { useApi } from '../../api/session.tsx';
import { CardSection } from '../../components/card-section.tsx';
import { StaleNote } from '../../components/stale-note.tsx';
import { Unanswered } from '../../components/unanswered.tsx';
import { CHART_WORDS } from '../../metric-words.ts';
import { historyOf, type Narrowing, withStatuses } from '../../state/narrowing.ts';
import type { RangeChoice } from '../../state/ranges.ts';
import { CHART_HEIGHT } from './chart-height.ts';
import { ALL_TIME_BUCKETS, type HistoryPlan, planHistory } from './history-plan.ts';
import { IntervalSwitch, OverTimeCard } from './over-time-card.tsx';
import { stackHistory } from './stack.ts';

export interface OverTimeProps {
  peerId: string;
  range: RangeChoice;
  interval: Interval;
  today: UtcDay;
  /** All channels that are listed. */
  channels: ChannelStats['channels'];
  hidden: HiddenChannels;
  narrowing: Narrowing;
  colors: ReadonlyMap<string, string>;
  onInterval: (interval: Interval) => void;
}

/** How much a peer's channels were used day by day, week by week or month by month. */
export function OverTime(props: OverTimeProps) {
  const { range, interval, today, channels, onInterval } = props;
  const plan = useMemo(
    () => planHistory(range, interval, today, channels.length),
    [range, interval, today, channels.length],
  );
  const controls = <IntervalSwitch interval={plan?.interval ?? interval} onInterval={onInterval} />;
  if (plan === undefined) {
    return (
      <CardSection title={CHART_WORDS.messages.title} controls={controls}>
        <div className="empty">This range is too long for so many channels. Choose a shorter one.</div>
      </CardSection>
    );
  }
  return <PlannedHistory {...props} plan={plan} />;
}

function PlannedHistory({ plan, ...props }: OverTimeProps & { plan: HistoryPlan }) {
  const { peerId, range, interval, today, channels, hidden, narrowing, colors, onInterval } = props;
  const api = useApi();
  const history = historyQuery(api, peerId, plan, hidden);
  const query = useQuery(history);
  const { data, isPlaceholderData } = query;
  const isAllTime = range === 'all';
  // Where no others than enabled channels are listed, their figures change far more often than anything here.
  const marked = hidden === undefined ? undefined : channels;
  const stacks = useMemo(() => {
    const answer = data && withStatuses(historyOf(data, narrowing.channelId), marked);
    return answer && stackHistory(answer, { today, fromFirstMessage: isAllTime, colors });
  }, [data, today, isAllTime, narrowing.channelId, marked, colors]);
  const controls = <IntervalSwitch interval={plan.interval} onInterval={onInterval} />;
  const problem = problemOf(query);
  // Another history can stand in for a moment, and not for as long as a problem may take.
  const standsIn = isPlaceholderData && problem !== undefined;
  if (standsIn || data === undefined || stacks === undefined) {
    return METRICS.map(({ name }) => {
      const { title } = CHART_WORDS[name];
      return (
        <CardSection key={name} title={title} controls={name === 'messages' ? controls : undefined}>
          <Unanswered
            problem={problem}
            queryKey={history.queryKey}
            label={`Loading ${title}`}
            height={CHART_HEIGHT}
          />
        </CardSection>
      );
    });
  }
  const shown = data.query.interval;
  const shownAs =
    (plan.interval !== interval
      ? `Shown by ${plan.interval}, as there are too many figures to show by ${interval}. `
      : '') + (isAllTime ? `The last ${ALL_TIME_BUCKETS[shown]} ${shown}s. ` : '');
  return METRICS.map(({ name }) => (
    <OverTimeCard
      key={name}
      {...CHART_WORDS[name]}
      stack={stacks[name]}
      interval={shown}
      isStale={isPlaceholderData}
      {...(name === 'messages' && { controls, note: shownAs + CHART_WORDS.messages.note })}
      staleNote={<StaleNote problem={problem} />}
    />
  ));
}
