import type { HeartbeatJob } from '../../../functions/send-heartbeats/send-heartbeats.ts';
import { errorStack } from '../../../functions/shared/runtime/error-text.ts';
import type { Log } from '../../../functions/shared/runtime/observability.ts';

/** What sending heartbeats on this machine works with. */
export interface HeartbeatLoopOptions {
  job: HeartbeatJob;
  everySeconds: number;
  /** Throws when it is cut short because everything has to stop. */
  pause: (milliseconds: number) => Promise<void>;
  log: Log;
}

/**
 * Sends heartbeats, in EventBridge's place: at once, and from then on time and again.
 *
 * @returns once it was stopped, and what was under way has ended
 */
export async function runHeartbeatLoop(
  { job, everySeconds, pause, log }: HeartbeatLoopOptions,
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    await job().catch((error: unknown) => {
      log.error('sending heartbeats failed', { error: errorStack(error) });
    });
    await pause(everySeconds * 1_000).catch((error: unknown) => {
      if (!stop.aborted) throw error;
    });
  }
}
