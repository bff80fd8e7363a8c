import { Cron } from 'croner';
import type { Dependencies } from '../../../functions/shared/runtime/dependencies.ts';
import { errorStack } from '../../../functions/shared/runtime/error-text.ts';
import { inTime } from '../../../functions/shared/runtime/in-time.ts';
import { TIME_LIMIT_SECONDS } from '../../../functions/shared/runtime/time-limits.ts';
import { SNAPSHOT_SCHEDULE, STOP_BEFORE_MS } from '../../../functions/take-daily-snapshot/schedule.ts';
import type { SnapshotJob } from '../../../functions/take-daily-snapshot/take-daily-snapshot.ts';

/** What the schedule works with beside the job. */
type ScheduleDependencies = Pick<Dependencies, 'clock' | 'log' | 'waiting'>;

const TIME_LIMIT_MS = TIME_LIMIT_SECONDS['take-daily-snapshot'] * 1000;

/**
 * Runs the snapshot job at once, because runs may have been missed while the host was down, and then
 * whenever the schedule says. A run has the time that it has in Lambda, and is left to itself when that is
 * over.
 */
export function startSnapshotSchedule(
  job: SnapshotJob,
  dependencies: ScheduleDependencies,
): SnapshotSchedule {
  const schedule = new SnapshotSchedule(job, dependencies);
  schedule.runNow();
  return schedule;
}

/** Runs of the snapshot job, in EventBridge's place. */
export class SnapshotSchedule {
  readonly #job: SnapshotJob;
  readonly #dependencies: ScheduleDependencies;
  readonly #cron: Cron;
  #isStopping = false;
  /** Ends with the last run that was asked for. */
  #last: Promise<void> = Promise.resolve();

  constructor(job: SnapshotJob, dependencies: ScheduleDependencies) {
    this.#job = job;
    this.#dependencies = dependencies;
    const { minute } = SNAPSHOT_SCHEDULE;
    this.#cron = new Cron(`${minute} * * * *`, { timezone: 'UTC' }, (self: Cron) => {
      this.#runAt(self.currentRun() ?? new Date(dependencies.clock()));
    });
  }

  /** Runs the job now, after a run that is under way. */
  runNow(): Promise<void> {
    return this.#runAt(new Date(this.#dependencies.clock()));
  }

  /** Lets a run under way end with the peer it is at, and begins no other. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#cron.stop();
    await this.#last;
  }

  /** One at a time: two would be safe, and of no use. */
  #runAt(scheduledAt: Date): Promise<void> {
    const { clock, log, waiting } = this.#dependencies;
    this.#last = this.#last.then(async () => {
      if (this.#isStopping) return;
      const endsAt = clock() + TIME_LIMIT_MS;
      const outOfTime = () => this.#isStopping || endsAt - clock() < STOP_BEFORE_MS;
      const request = { scheduledAt: scheduledAt.toISOString() };
      try {
        await inTime(waiting, TIME_LIMIT_MS, () => this.#job(request, outOfTime));
      } catch (error) {
        // The next run finds on the list whatever this one did not do.
        log.error('the snapshot job failed', { error: errorStack(error) });
      }
    });
    return this.#last;
  }
}
