import { Cron } from 'croner';
import { errorStack } from '../../../functions/shared/runtime/error-text.ts';
import type { Log } from '../../../functions/shared/runtime/observability.ts';
import { SNAPSHOT_SCHEDULE } from '../../../functions/take-daily-snapshot/schedule.ts';
import type { SnapshotJob } from '../../../functions/take-daily-snapshot/take-daily-snapshot.ts';

/** Runs of the snapshot job, in EventBridge's place. */
export interface SnapshotSchedule {
  /** Runs the job now, after a run that is under way. */
  runNow(): Promise<void>;
  /** Lets a run under way end with the peer it is at, and begins no other. */
  stop(): Promise<void>;
}

/**
 * Runs the snapshot job at once, because runs may have been missed while the host was down, and then
 * whenever the schedule says.
 *
 * @param clock milliseconds since 1970
 */
export function startSnapshotSchedule(job: SnapshotJob, clock: () => number, log: Log): SnapshotSchedule {
  let isStopping = false;
  let last: Promise<void> = Promise.resolve();

  function run(scheduledAt: Date): Promise<void> {
    // One at a time: two would be safe, and of no use.
    last = last.then(async () => {
      if (isStopping) return;
      try {
        await job({ scheduledAt: scheduledAt.toISOString() }, () => isStopping);
      } catch (error) {
        // The next run finds on the list whatever this one did not do.
        log.error('the snapshot job failed', { error: errorStack(error) });
      }
    });
    return last;
  }

  const { minute } = SNAPSHOT_SCHEDULE;
  const cron = new Cron(`${minute} * * * *`, { timezone: 'UTC' }, (self: Cron) => {
    run(self.currentRun() ?? new Date(clock()));
  });
  const runNow = () => run(new Date(clock()));
  runNow();
  return {
    runNow,
    async stop() {
      isStopping = true;
      cron.stop();
      await last;
    },
  };
}
