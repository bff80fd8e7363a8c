import type { QueryKey } from '@tanstack/react-query';
import type { RequestProblem } from '../api/request-problem.ts';
import { ProblemNotice } from './problem-notice.tsx';
import { Waiting, type WaitingProps } from './waiting.tsx';

export interface UnansweredProps extends WaitingProps {
  /** Why there is no answer; nothing while it is waited for. */
  problem: RequestProblem | undefined;
  /** Of the query that has no answer. */
  queryKey: QueryKey;
}

/** Stands where the answer of a query will be. */
export function Unanswered({ problem, queryKey, ...waiting }: UnansweredProps) {
  if (problem === undefined) return <Waiting {...waiting} />;
  return <ProblemNotice problem={problem} queryKey={queryKey} />;
}
