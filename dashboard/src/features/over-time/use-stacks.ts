import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { ChannelStats } from '../../../../functions/shared/domain/channel-stats.ts';
import { displayNames } from '../../../../functions/shared/domain/display-names.ts';
import { byName } from '../../../../functions/shared/domain/metrics.ts';
import type { UtcDay } from '../../../../functions/shared/domain/utc-day.ts';
import { earlierHistoryQuery, type HiddenChannels, healthQuery, historyQuery } from '../../api/queries.ts';
import { problemOf } from '../../api/query-state.ts';
import { useIsLoading } from '../../api/sample.ts';
import { useApi } from '../../api/session.tsx';
import { findingsOf, historyOf, type Narrowing, withStatuses } from '../../state/narrowing.ts';
import type { RangeChoice } from '../../state/ranges.ts';
import { earlierPlan } from './earlier.ts';
import type { HistoryPlan } from './history-plan.ts';
import { marksOn, NO_MARKS } from './marks.ts';
import { type Bar, stackHistory } from './stack.ts';

/** Whose history is stacked, and of which days. */
export interface Stacked {
  peerId: string;
  range: RangeChoice;
  today: UtcDay;
  /** All channels that are listed. */
  channels: ChannelStats['channels'];
  hidden: HiddenChannels;
  narrowing: Narrowing;
  colors: ReadonlyMap<string, string>;
}

/** The history that a plan asks for as stacked charts, beside the one before it, with what is found about its days. */
export function useStacks(props: Stacked, plan: HistoryPlan) {
  const { peerId, range, today, channels, hidden, narrowing, colors } = props;
  const { channelId } = narrowing;
  const api = useApi();
  const history = historyQuery(api, peerId, plan, hidden);
  const query = useQuery(history);
  const { data, isPlaceholderData } = query;
  const isAllTime = range === 'all';
  const before = useMemo(() => (isAllTime ? undefined : earlierPlan(plan)), [isAllTime, plan]);
  const earlierQuery = useQuery({
    ...earlierHistoryQuery(api, peerId, before ?? plan, hidden),
    enabled: before !== undefined,
  });
  // Another history may stand in for the one that is asked for, and would be compared with the wrong days.
  const earlier = before === undefined || isPlaceholderData ? undefined : earlierQuery.data;
  // Where no others than enabled channels are listed, their figures change far more often than anything here.
  const marked = hidden === undefined ? undefined : channels;
  const stacks = useMemo(() => {
    const answer = data && withStatuses(historyOf(data, channelId), marked);
    const compared = earlier && historyOf(earlier, channelId);
    return answer && stackHistory(answer, { today, fromFirstMessage: isAllTime, colors, earlier: compared });
  }, [data, earlier, today, isAllTime, channelId, marked, colors]);
  return {
    stacks,
    marks: useMarks(props, stacks?.messages.bars),
    before,
    query,
    queryKey: history.queryKey,
    problem: problemOf(query),
    earlierProblem: before === undefined ? undefined : problemOf(earlierQuery),
  };
}

/** What is found about the days of a chart of messages, which are what findings judge. */
function useMarks({ peerId, today, channels, narrowing: { channelId } }: Stacked, bars = NO_BARS) {
  const api = useApi();
  const isLoading = useIsLoading(peerId);
  const { data: health } = useQuery({ ...healthQuery(api, peerId, today), enabled: !isLoading });
  const key = JSON.stringify([...displayNames(channels)]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the names of the channels.
  return useMemo(() => {
    const found = findingsOf(health?.findings ?? [], channelId === undefined ? {} : { channelId });
    const messages = found.length === 0 ? NO_MARKS : marksOn(bars, found, displayNames(channels));
    return byName(({ name }) => (name === 'messages' ? messages : NO_MARKS));
  }, [health, channelId, bars, key]);
}

const NO_BARS: readonly Bar[] = [];
