import { useMemo } from 'react';
import { displayNames } from '../../../../functions/shared/domain/display-names.ts';
import type { Interval } from '../../../../functions/shared/domain/interval.ts';
import { METRICS } from '../../../../functions/shared/domain/metrics.ts';
import { CardSection } from '../../components/card-section.tsx';
import { StaleNote } from '../../components/stale-note.tsx';
import { Unanswered } from '../../components/unanswered.tsx';
import { CHART_WORDS } from '../../metric-words.ts';
import { daysOf } from '../../state/ranges.ts';
import { CHART_HEIGHT } from './chart-height.ts';
import { ALL_TIME_BUCKETS, type HistoryPlan, planHistory } from './history-plan.ts';
import { IntervalSwitch, OverTimeCard } from './over-time-card.tsx';
import type { Bar } from './stack.ts';
import { type Stacked, useStacks } from './use-stacks.ts';

export interface OverTimeProps extends Stacked {
  interval: Interval;
  onInterval: (interval: Interval) => void;
  /** Called with the days of a bar that a reader wants to see alone. */
  onBar?: (bar: Bar) => void;
  /** Called with a channel that a reader wants to see alone. */
  onChannel?: (channelId: string) => void;
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
      <CardSection title={CHART_WORDS.messages.title} controls={controls} leads>
        <div className="empty">This range is too long for so many channels. Choose a shorter one.</div>
      </CardSection>
    );
  }
  return <PlannedHistory {...props} plan={plan} />;
}

function PlannedHistory({ plan, ...props }: OverTimeProps & { plan: HistoryPlan }) {
  const { range, interval, onInterval, onBar, onChannel } = props;
  const { stacks, marks, before, query, queryKey, problem, earlierProblem } = useStacks(props, plan);
  const { data, isPlaceholderData } = query;
  const controls = <IntervalSwitch interval={plan.interval} onInterval={onInterval} />;
  // Another history can stand in for a moment, and not for as long as a problem may take.
  const standsIn = isPlaceholderData && problem !== undefined;
  if (standsIn || data === undefined || stacks === undefined) {
    return METRICS.map(({ name }) => {
      const { title } = CHART_WORDS[name];
      return (
        <CardSection key={name} title={title} {...(name === 'messages' && { controls, leads: true })}>
          <Unanswered
            problem={problem}
            queryKey={queryKey}
            label={`Loading ${title}`}
            height={CHART_HEIGHT}
          />
        </CardSection>
      );
    });
  }
  const shown = data.query.interval;
  const shownAs = [
    ...(plan.interval === interval
      ? []
      : [`Shown by ${plan.interval}, as there are too many figures to show by ${interval}.`]),
    ...(range === 'all' ? [allTimeNote(stacks.messages.bars.length, shown)] : []),
    ...(earlierProblem === undefined ? [] : ['What to compare with could not be had.']),
    CHART_WORDS.messages.note,
  ].join(' ');
  const subject = subjectOf(props);
  return METRICS.map(({ name }) => (
    <OverTimeCard
      key={name}
      {...CHART_WORDS[name]}
      stack={stacks[name]}
      interval={shown}
      marks={marks[name]}
      before={before}
      subject={{ ...subject, metric: name }}
      isStale={isPlaceholderData}
      {...(name === 'messages' && { controls, leads: true, note: shownAs })}
      staleNote={<StaleNote problem={problem} />}
      alone={props.narrowing.days}
      onBar={onBar}
      onChannel={onChannel}
    />
  ));
}

/** Whose figures the charts show, and which of them. */
function subjectOf({ peerId, range, today, channels, hidden, narrowing: { channelId } }: Stacked) {
  const nameOf = (id: string) => displayNames(channels).get(id) ?? { name: id };
  return {
    peerId,
    days: daysOf(range, today),
    today,
    only: channelId === undefined ? undefined : { channelId, name: nameOf(channelId) },
    showsDisabled: hidden !== undefined,
  };
}

/** Which of all days, weeks or months are shown. */
function allTimeNote(shown: number, interval: Interval): string {
  const most = ALL_TIME_BUCKETS[interval];
  return shown < most ? `All ${interval}s since the first message.` : `The last ${most} ${interval}s.`;
}
