import type { AnnouncingJob } from '../../../functions/announce-days/announce-days.ts';
import { type Backoff, backoff } from '../../../functions/shared/domain/backoff.ts';
import type { EpochMillis } from '../../../functions/shared/domain/utc-day.ts';
import { errorSummary } from '../../../functions/shared/runtime/error-text.ts';
import type { Log } from '../../../functions/shared/runtime/observability.ts';

const PAUSES: Backoff = { firstMs: 5_000, longestMs: 60_000 };

/** Looking for changes takes a fifth of the time at most. */
const PAUSE_PER_WORK = 4;

/** What announcing on this machine works with. */
export interface AnnouncingLoopOptions {
  job: AnnouncingJob;
  clock: () => EpochMillis;
  /** Throws when it is cut short because everything has to stop. */
  pause: (milliseconds: number) => Promise<void>;
  log: Log;
}

/**
 * Announces days to one consumer, in EventBridge's place: at once, and from then on every few seconds, where twice an
 * hour is enough in the cloud. As long as it fails, it does so less and less often, down to once a minute.
 *
 * @returns once it was stopped, and what was under way has ended
 */
export async function runAnnouncingLoop(
  { job, clock, pause, log }: AnnouncingLoopOptions,
  stop: AbortSignal,
): Promise<void> {
  let failures = 0;
  while (!stop.aborted) {
    const begunAt = clock();
    try {
      await job(() => stop.aborted);
      failures = 0;
    } catch (error) {
      failures += 1;
      log.warn('not all changed days were taken', { problem: errorSummary(error), runs: failures });
    }
    const worked = Math.max(0, clock() - begunAt);
    const pauseMs = Math.max(
      backoff(PAUSES, Math.max(1, failures)),
      failures === 0 ? PAUSE_PER_WORK * worked : 0,
    );
    await pause(pauseMs).catch((error: unknown) => {
      if (!stop.aborted) throw error;
    });
  }
}
