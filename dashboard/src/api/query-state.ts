import { RequestProblem } from './request-problem.ts';

/** What a query says of its last requests. */
export interface QueryFailures {
  error: Error | null;
  failureReason: Error | null;
}

/** What keeps a query from its answer, for good or for now. */
export function problemOf({ error, failureReason }: QueryFailures): RequestProblem | undefined {
  const problem = error ?? failureReason;
  if (problem === null) return undefined;
  if (problem instanceof RequestProblem) return problem;
  return new RequestProblem('failed', 'Something went wrong in this page.', { cause: problem });
}
