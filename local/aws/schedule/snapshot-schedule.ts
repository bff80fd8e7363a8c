import { Cron } from 'croner';
import { errorStack } from '../../../functions/shared/runtime/error-text.ts';
import type { Log } from '../../../functions/shared/runtime/observability.ts';
import { SNAPSHOT_SCHEDULE } from '../../../functions/take-daily-snapshot/schedule.ts';
import type { SnapshotJob } from '../../../functions/take-daily-snapshot/take-daily-snapshot.ts';

/**
 * Runs the snapshot job at once, because runs may have been missed while the host was down, and then
 * whenever the schedule says.
 *
 * @param clock milliseconds since 1970
 */
export function startSnapshotSchedule(job: SnapshotJob, clock: () => number, log: Log): SnapshotSchedule {
  const schedule = new SnapshotSchedule(job, clock, log);
  schedule.runNow();
  return schedule;
}

/** Runs of the snapshot job, in EventBridge's place. */
export class SnapshotSchedule {
  readonly #job: SnapshotJob;
  readonly #clock: () => number;
  readonly #log: Log;
  readonly #cron: Cron;
  #isStopping = false;
  /** Ends with the last run that was asked for. */
  #last: Promise<void> = Promise.resolve();

  constructor(job: SnapshotJob, clock: () => number, log: Log) {
    this.#job = job;
    this.#clock = clock;
    this.#log = log;
    const { minute } = SNAPSHOT_SCHEDULE;
    this.#cron = new Cron(`${minute} * * * *`, { timezone: 'UTC' }, (self: Cron) => {
      this.#runAt(self.currentRun() ?? new Date(clock()));
    });
  }

  /** Runs the job now, after a run that is under way. */
  runNow(): Promise<void> {
    return this.#runAt(new Date(this.#clock()));
  }

  /** Lets a run under way end with the peer it is at, and begins no other. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#cron.stop();
    await this.#last;
  }

  /** One at a time: two would be safe, and of no use. */
  #runAt(scheduledAt: Date): Promise<void> {
    this.#last = this.#last.then(async () => {
      if (this.#isStopping) return;
      try {
        await this.#job({ scheduledAt: scheduledAt.toISOString() }, () => this.#isStopping);
      } catch (error) {
        // The next run finds on the list whatever this one did not do.
        this.#log.error('the snapshot job failed', { error: errorStack(error) });
      }
    });
    return this.#last;
  }
}
