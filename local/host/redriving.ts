import { setTimeout as pause } from 'node:timers/promises';
import { redriveRecords } from '../../functions/redrive-records/redrive-records.ts';
import type { Dependencies } from '../../functions/shared/runtime/dependencies.ts';
import { runRedriveLoop } from '../aws/schedule/redrive-loop.ts';
import { FailedBatchesInFolder } from '../aws/stream/failed-batches.ts';
import type { DataFolder } from './data-folder.ts';
import type { Notices } from './notices.ts';
import { stopInTime } from './stop-in-time.ts';

/** What feeding back works with. */
export interface RedrivingOptions {
  /** Those of redrive-records. */
  dependencies: Dependencies;
  folder: Pick<DataFolder, 'failedBatchesFolder'>;
  notices: Notices;
}

/** Feeds back what counting gave up, from its making until it is stopped. */
export class Redriving {
  readonly #options: RedrivingOptions;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;

  constructor(options: RedrivingOptions) {
    const { dependencies, folder, notices } = options;
    const { signal } = this.#stopping;
    this.#options = options;
    this.#running = runRedriveLoop(
      {
        job: redriveRecords(dependencies, new FailedBatchesInFolder(folder.failedBatchesFolder)),
        report: ({ taken }) => notices.note('fedBack', taken),
        pause: (milliseconds) => pause(milliseconds, undefined, { signal }),
        log: dependencies.log,
      },
      signal,
    );
  }

  /** Resolves when the batch that was under way is done. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await stopInTime(this.#running, this.#options.dependencies.log);
  }
}
