import { setTimeout as pause } from 'node:timers/promises';
import { announceDays } from '../../functions/announce-days/announce-days.ts';
import type { SealedDay } from '../../functions/shared/domain/sealed-day.ts';
import type { Dependencies } from '../../functions/shared/runtime/dependencies.ts';
import { runAnnouncingLoop } from '../aws/announcing/announcing-loop.ts';
import { ConsumerQueue, type DayConsumer } from '../aws/announcing/consumer-queue.ts';
import { JsonLines } from '../support/json-lines.ts';
import type { DataFolder } from './data-folder.ts';
import type { Notices } from './notices.ts';
import { stopInTime } from './stop-in-time.ts';

/** What announcing works with. */
export interface AnnouncingOptions {
  /** Those of announce-days. */
  dependencies: Dependencies;
  consumers: readonly DayConsumer[];
  folder: Pick<DataFolder, 'failedAnnouncementsFile'>;
  notices: Notices;
  /** Tells the person at the terminal that days that were given up cannot be noted. */
  complain: (problem: string) => void;
}

/**
 * Announces days to each consumer by itself, from its making until it is stopped: each has its own progress, so that
 * one that hangs or fails keeps no other from them.
 */
export class Announcing {
  readonly #options: AnnouncingOptions;
  readonly #failed: JsonLines;
  readonly #stopping = new AbortController();
  readonly #running: Promise<unknown>;

  constructor(options: AnnouncingOptions) {
    this.#options = options;
    this.#failed = new JsonLines(options.folder.failedAnnouncementsFile, options.complain);
    this.#running = Promise.all(options.consumers.map((consumer) => this.#announceTo(consumer)));
  }

  /** Resolves when what was being consumed is. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await stopInTime(
      this.#running.then(() => {}),
      this.#options.dependencies.log,
    );
    this.#failed.close();
  }

  #announceTo(consumer: DayConsumer): Promise<void> {
    const { dependencies } = this.#options;
    const { signal } = this.#stopping;
    const queue = new ConsumerQueue({
      ...dependencies,
      consumer,
      giveUp: (day) => this.#giveUp(consumer, day),
    });
    return runAnnouncingLoop(
      {
        ...dependencies,
        job: announceDays(dependencies, {
          name: consumer.name,
          announce: (days, outOfTime) => queue.deliver(days, outOfTime),
        }),
        pause: (milliseconds) => pause(milliseconds, undefined, { signal }),
      },
      signal,
    );
  }

  #giveUp({ name }: DayConsumer, { peerId, day, revision }: SealedDay): void {
    const { dependencies, notices } = this.#options;
    const failed = { consumer: name, peerId, day, revision };
    dependencies.log.error('an announced day was given up', failed);
    this.#failed.add({ failedAt: new Date(dependencies.clock()).toISOString(), ...failed });
    notices.note('daysGivenUp', 1);
  }
}
