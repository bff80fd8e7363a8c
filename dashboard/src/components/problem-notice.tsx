import { Button } from '@mantine/core';
import { type QueryKey, useQueryClient } from '@tanstack/react-query';
import { askAgain } from '../api/ask-again.ts';
import { isPassing, type ProblemKind, type RequestProblem } from '../api/request-problem.ts';
import { Notice } from './notice.tsx';

const TITLES: Record<ProblemKind, string> = {
  unauthenticated: 'The API key does not work',
  forbidden: 'Not allowed with this API key',
  not_found: 'Nothing is here',
  refused: 'This cannot be shown',
  busy: 'The service is busy',
  failed: 'Something went wrong',
  unreachable: 'No connection',
};

export interface ProblemNoticeProps {
  problem: RequestProblem;
  /** What can be done about it here, or what is shown meanwhile. */
  advice?: string;
  /** Of the query that has the problem, to ask again when the reader wants it. */
  queryKey: QueryKey;
}

/** Says why there is nothing to see, or nothing new, and what happens next. */
export function ProblemNotice({ problem, advice, queryKey }: ProblemNoticeProps) {
  const client = useQueryClient();
  const { kind, message, requestId } = problem;
  const passes = isPassing(problem);
  return (
    <Notice tone={passes ? 'warning' : 'error'} title={TITLES[kind]}>
      <p>
        {message} {advice} {passes && 'Trying again.'}
      </p>
      {kind === 'failed' && requestId !== undefined && (
        <p>
          Request <code>{requestId}</code>
        </p>
      )}
      {passes && (
        <Button variant="default" size="xs" onClick={() => askAgain(client, queryKey)}>
          Try again now
        </Button>
      )}
    </Notice>
  );
}
