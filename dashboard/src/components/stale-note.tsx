import { isPassing, type RequestProblem } from '../api/request-problem.ts';

/** Says of figures that are shown that there may be newer ones, where asking for these failed. */
export function StaleNote({ problem }: { problem: RequestProblem | undefined }) {
  if (problem === undefined) return null;
  return (
    <p className="card-note" role="status">
      Not up to date. {problem.message} {isPassing(problem) && 'Trying again.'}
    </p>
  );
}
