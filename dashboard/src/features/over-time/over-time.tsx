import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { Interval } from '../../../../functions/shared/domain/interval.ts';
import type { UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import { historyQuery } from '../../api/queries.ts';
import { problemOf } from '../../api/query-state.ts';
import { useApi } from '../../api/session.tsx';
import { CardSection } from '../../components/card-section.tsx';
import { StaleNote } from '../../components/stale-note.tsx';
import { Unanswered } from '../../components/unanswered.tsx';
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
  /** How many channels are listed. */
  channels: number;
  colors: ReadonlyMap<string, string>;
  onInterval: (interval: Interval) => void;
}

const MESSAGES = 'Messages over time';
const CONVERSATIONS = 'New conversations';

/** How much a peer's channels were used day by day, week by week or month by month. */
export function OverTime(props: OverTimeProps) {
  const { range, interval, today, channels, onInterval } = props;
  const plan = useMemo(
    () => planHistory(range, interval, today, channels),
    [range, interval, today, channels],
  );
  const controls = <IntervalSwitch interval={plan?.interval ?? interval} onInterval={onInterval} />;
  if (plan === undefined) {
    return (
      <CardSection title={MESSAGES} controls={controls}>
        <div className="empty">This range is too long for so many channels. Choose a shorter one.</div>
      </CardSection>
    );
  }
  return <PlannedHistory {...props} plan={plan} />;
}

function PlannedHistory({ plan, ...props }: OverTimeProps & { plan: HistoryPlan }) {
  const { peerId, range, interval, today, colors, onInterval } = props;
  const api = useApi();
  const history = historyQuery(api, peerId, plan);
  const query = useQuery(history);
  const { data, isPlaceholderData } = query;
  const isAllTime = range === 'all';
  const options = useMemo(() => ({ today, fromFirstMessage: isAllTime, colors }), [today, isAllTime, colors]);
  const messages = useMemo(
    () => data && stackHistory(data, { ...options, figure: 'messageCount' }),
    [data, options],
  );
  const conversations = useMemo(
    () => data && stackHistory(data, { ...options, figure: 'conversationCount' }),
    [data, options],
  );
  const controls = <IntervalSwitch interval={plan.interval} onInterval={onInterval} />;
  const problem = problemOf(query);
  // Another history can stand in for a moment, and not for as long as a problem may take.
  const standsIn = isPlaceholderData && problem !== undefined;
  if (standsIn || data === undefined || messages === undefined || conversations === undefined) {
    return [MESSAGES, CONVERSATIONS].map((title) => (
      <CardSection key={title} title={title} controls={title === MESSAGES ? controls : undefined}>
        <Unanswered
          problem={problem}
          queryKey={history.queryKey}
          label={`Loading ${title}`}
          height={CHART_HEIGHT}
        />
      </CardSection>
    ));
  }
  const shown = data.query.interval;
  const staleNote = <StaleNote problem={problem} />;
  return (
    <>
      <OverTimeCard
        title={MESSAGES}
        noun="messages"
        stack={messages}
        interval={shown}
        isStale={isPlaceholderData}
        controls={controls}
        note={
          <>
            {plan.interval !== interval &&
              `Shown by ${plan.interval}, as there are too many figures to show by ${interval}. `}
            {isAllTime && `The last ${ALL_TIME_BUCKETS[shown]} ${shown}s. `}Days are UTC.
          </>
        }
        staleNote={staleNote}
      />
      <OverTimeCard
        title={CONVERSATIONS}
        noun="new conversations"
        stack={conversations}
        interval={shown}
        isStale={isPlaceholderData}
        note="A conversation is counted once, when it started."
        staleNote={staleNote}
      />
    </>
  );
}
