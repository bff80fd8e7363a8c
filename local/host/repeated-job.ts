import { setTimeout as pause } from 'node:timers/promises';
import type { Log } from '../../functions/shared/runtime/observability.ts';
import { type RepeatedRunsOptions, runRepeatedly } from '../aws/schedule/repeated-runs.ts';
import { stopInTime } from './stop-in-time.ts';

/** A job that runs time and again, from its making until it is stopped. */
export class RepeatedJob<Run> {
  readonly #log: Log;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;

  constructor(options: Omit<RepeatedRunsOptions<Run>, 'pause'>) {
    const { signal } = this.#stopping;
    this.#log = options.log;
    this.#running = runRepeatedly(
      { ...options, pause: (milliseconds) => pause(milliseconds, undefined, { signal }) },
      signal,
    );
  }

  /** Resolves when what was under way is done. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await stopInTime(this.#running, this.#log);
  }
}
