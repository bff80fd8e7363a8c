import { errorStack } from '../../../functions/shared/runtime/error-text.ts';
import type { Log } from '../../../functions/shared/runtime/observability.ts';

/** What running a job time and again works with. */
export interface RepeatedRunsOptions<Run> {
  /** What is run, as the log calls it. */
  name: string;
  job: (outOfTime: () => boolean) => Promise<Run>;
  /** How long to wait after a run, in milliseconds; after one that failed, it is given none. */
  pauseAfter: (run: Run | undefined) => number;
  /** Throws when it is cut short because everything has to stop. */
  pause: (milliseconds: number) => Promise<void>;
  log: Log;
}

/**
 * Runs a job in EventBridge's place: at once, and from then on time and again.
 *
 * @returns once it was stopped, and what was under way has ended
 */
export async function runRepeatedly<Run>(
  { name, job, pauseAfter, pause, log }: RepeatedRunsOptions<Run>,
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    const run = await job(() => stop.aborted).catch((error: unknown) => {
      log.error(`${name} failed`, { error: errorStack(error) });
      return undefined;
    });
    await pause(pauseAfter(run)).catch((error: unknown) => {
      if (!stop.aborted) throw error;
    });
  }
}
