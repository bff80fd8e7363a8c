import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { DayRange } from '../../../../functions/shared/domain/interval.ts';
import { type HiddenChannels, usageQuery } from '../../api/queries.ts';
import { problemOf } from '../../api/query-state.ts';
import { isPassing, type RequestProblem } from '../../api/request-problem.ts';
import { useApi, usePoll } from '../../api/session.tsx';
import { ProblemNotice } from '../../components/problem-notice.tsx';
import { useEnvironment } from '../../environment.ts';
import './live-state.css';

/** Whether the figures follow what happens, and of when they are. */
export function LiveState({ peerId }: { peerId: string }) {
  const { dates } = useEnvironment();
  const { dataUpdatedAt, problem } = useUsage(peerId, undefined);
  const isLost = problem !== undefined;
  // Told to screen readers only when it has changed; the time of the figures is not.
  const [wasLost, setWasLost] = useState(false);
  if (isLost && !wasLost) setWasLost(true);
  const hasFigures = dataUpdatedAt > 0;
  return (
    <div className="live-state" data-state={isLost ? 'lost' : hasFigures ? 'live' : 'loading'}>
      <span data-testid="live-state">
        <span className="live-dot" />
        {isLost ? sayState(problem) : hasFigures ? 'Live' : 'Loading'}
        {hasFigures && <span className="live-time">Updated {dates.time(dataUpdatedAt)}</span>}
      </span>
      <span role="status" className="visually-hidden">
        {!isLost && wasLost && 'Connected again'}
      </span>
    </div>
  );
}

function sayState(problem: RequestProblem): string {
  if (problem.kind === 'unreachable') return 'Connection lost, retrying';
  return isPassing(problem) ? 'No new figures, retrying' : 'No figures';
}

export interface LostConnectionProps {
  peerId: string;
  /** The days that figures are shown of; nothing for all time. */
  days: DayRange | undefined;
  hidden: HiddenChannels;
}

/** Says above the figures why they do not follow any more. */
export function LostConnection({ peerId, days, hidden }: LostConnectionProps) {
  const { dates } = useEnvironment();
  const inRange = useUsage(peerId, days, hidden);
  const allTime = useUsage(peerId, undefined);
  // While the all-time figures are the same, so are those of the range, however long ago they were asked for.
  const failing = [inRange, allTime].find(({ problem }) => problem !== undefined);
  if (failing?.problem === undefined) return null;
  const { problem, queryKey, dataUpdatedAt } = failing;
  const advice =
    dataUpdatedAt > 0
      ? `The figures are those of ${dates.time(dataUpdatedAt)}.`
      : 'The figures are those of other days.';
  return <ProblemNotice problem={problem} advice={advice} queryKey={queryKey} />;
}

/** Looks at figures, and leaves it to those who show them to ask for new ones. */
function useUsage(peerId: string, days: DayRange | undefined, hidden?: HiddenChannels) {
  const api = useApi();
  const options = usageQuery(api, usePoll(), peerId, days, hidden);
  const { dataUpdatedAt, error, failureReason } = useQuery(options);
  return { queryKey: options.queryKey, dataUpdatedAt, problem: problemOf({ error, failureReason }) };
}
