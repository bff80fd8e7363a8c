import type { RedriveJob, RedriveRun } from '../../../functions/redrive-records/redrive-records.ts';
import { HOUR_MS, MINUTE_MS } from '../../../functions/shared/domain/utc-day.ts';
import type { Log } from '../../../functions/shared/runtime/observability.ts';
import { runRepeatedly } from './repeated-runs.ts';

const LONGEST_PAUSE_MS = HOUR_MS;

/** What feeding back on this machine works with. */
export interface RedriveLoopOptions {
  job: RedriveJob;
  /** Is told of every run that took or left something. */
  report: (run: RedriveRun) => void;
  /** Throws when it is cut short because everything has to stop. */
  pause: (milliseconds: number) => Promise<void>;
  log: Log;
}

/**
 * Feeds back what was given up, in EventBridge's place: at once, and from then on every minute, where an
 * hour is enough in the cloud, because a look into an empty folder costs nothing. As long as runs take
 * nothing of what is there, the next ones come less and less often, down to once an hour.
 *
 * @returns once it was stopped, and what was under way has ended
 */
export function runRedriveLoop(
  { job, report, pause, log }: RedriveLoopOptions,
  stop: AbortSignal,
): Promise<void> {
  let pauseMs = MINUTE_MS;
  return runRepeatedly(
    {
      name: 'feeding back',
      job: async (outOfTime) => {
        const run = await job(outOfTime);
        if (run.taken + run.left > 0) report(run);
        return run;
      },
      pauseAfter: (run) => {
        const isStuck = run === undefined || (run.taken === 0 && run.left > 0);
        pauseMs = isStuck ? Math.min(2 * pauseMs, LONGEST_PAUSE_MS) : MINUTE_MS;
        return pauseMs;
      },
      pause,
      log,
    },
    stop,
  );
}
