import type { EpochMillis } from '../../functions/shared/domain/utc-day.ts';
import type { PollerProgress } from '../aws/stream/stream-poller.ts';
import type { NoticesOptions } from './notices.ts';

/** For how long nothing may get through, while something waits, before people are told. */
const BEHIND_AFTER_MS = 15_000;

const BEHIND =
  `counting is behind: nothing of what waits has been counted for ${BEHIND_AFTER_MS / 1000} seconds. ` +
  'What is recorded is kept, and counted later: ' +
  'docs/how-to/run-locally.md#what-it-says-and-what-to-do tells what to do';
const CAUGHT_UP = 'counting has caught up: nothing waits any longer';

/** What watching works with. */
export interface CountingWatchOptions extends NoticesOptions {
  clock: () => EpochMillis;
}

/**
 * Tells the people at the terminal when counting does not get through although something waits, and again when
 * it has caught up. Much to count is no reason, as long as some of it gets through.
 */
export class CountingWatch implements PollerProgress {
  readonly #options: CountingWatchOptions;
  /** Since when nothing got through; nothing where nothing waits. */
  #stuckSince: EpochMillis | undefined;
  #willLook = false;
  #isTold = false;
  #hasStopped = false;

  constructor(options: CountingWatchOptions) {
    this.#options = options;
  }

  waits(): void {
    if (this.#stuckSince !== undefined) return;
    this.#stuckSince = this.#options.clock();
    this.#lookIn(BEHIND_AFTER_MS);
  }

  advances(): void {
    if (this.#stuckSince !== undefined) this.#stuckSince = this.#options.clock();
  }

  caughtUp(): void {
    this.#stuckSince = undefined;
    if (!this.#isTold) return;
    this.#isTold = false;
    this.#options.tell(CAUGHT_UP);
  }

  /** Tells nothing any more: what is not counted when the host stops is counted by the next one. */
  stop(): void {
    this.#hasStopped = true;
  }

  #lookIn(milliseconds: number): void {
    if (this.#willLook) return;
    this.#willLook = true;
    this.#options.later(milliseconds, () => {
      this.#willLook = false;
      this.#look();
    });
  }

  #look(): void {
    if (this.#stuckSince === undefined || this.#isTold || this.#hasStopped) return;
    const left = this.#stuckSince + BEHIND_AFTER_MS - this.#options.clock();
    if (left > 0) {
      this.#lookIn(left);
    } else {
      this.#isTold = true;
      this.#options.tell(BEHIND);
    }
  }
}
