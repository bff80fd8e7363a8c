import type { AnnouncementHandler } from '../../../functions/shared/announcing/consumer.ts';
import { dayChangedEvent } from '../../../functions/shared/domain/day-announcement.ts';
import { inBatches } from '../../../functions/shared/domain/in-batches.ts';
import type { SealedDay } from '../../../functions/shared/domain/sealed-day.ts';
import { Turns } from '../../../functions/shared/runtime/concurrency.ts';
import type { Dependencies } from '../../../functions/shared/runtime/dependencies.ts';
import { errorSummary } from '../../../functions/shared/runtime/error-text.ts';
import { inTime } from '../../../functions/shared/runtime/in-time.ts';
import { queueRecord } from './queue-record.ts';

/** Something that consumes announcements of days. */
export interface DayConsumer {
  /** As its function is called. */
  name: string;
  handle: AnnouncementHandler;
  /** How long one of its invocations may take. */
  timeLimitMs: number;
  /** How long before its time is over an invocation begins nothing new. */
  stopBeforeMs: number;
}

/** As many announcements come together as in the cloud. */
const BATCH_SIZE = 10;

/** With pauses from five seconds up to a minute between them, this is some five minutes. */
const MOST_ATTEMPTS = 8;

/** As few invocations at a time as an event source mapping can be held to. */
const CONCURRENT_INVOCATIONS = 2;

/** What delivering works with. */
export interface ConsumerQueueOptions extends Pick<Dependencies, 'clock' | 'waiting' | 'log'> {
  consumer: DayConsumer;
  /** Is told of each day that failed too often. */
  giveUp: (day: SealedDay) => void;
}

/**
 * Delivers announced days to a consumer, in the place of SNS, of an SQS queue and of its event source mapping. What
 * fails comes again, and is given up after some attempts.
 */
export class ConsumerQueue {
  readonly #options: ConsumerQueueOptions;
  /** How often each state of a day has failed. */
  readonly #failures = new Map<string, number>();
  readonly #turns = new Turns(CONCURRENT_INVOCATIONS);

  constructor(options: ConsumerQueueOptions) {
    this.#options = options;
  }

  /** @returns the days that have to come again */
  async deliver(days: readonly SealedDay[], outOfTime: () => boolean): Promise<ReadonlySet<SealedDay>> {
    const again = new Set<SealedDay>();
    for (const batch of inBatches(days, BATCH_SIZE)) {
      const failed = await this.#turns.take(async () =>
        outOfTime() ? batch : this.#invoke(batch, outOfTime),
      );
      for (const day of failed) again.add(day);
    }
    return again;
  }

  async #invoke(batch: readonly SealedDay[], outOfTime: () => boolean): Promise<SealedDay[]> {
    const failed = await this.#failedOf(batch, outOfTime);
    for (const day of batch.filter((one) => !failed.includes(one))) this.#failures.delete(stateOf(day));
    // What was cut short because everything has to stop is no failure of the day.
    if (outOfTime()) return failed;
    return failed.filter((day) => {
      const failures = (this.#failures.get(stateOf(day)) ?? 0) + 1;
      if (failures < MOST_ATTEMPTS) {
        this.#failures.set(stateOf(day), failures);
        return true;
      }
      this.#failures.delete(stateOf(day));
      this.#options.giveUp(day);
      return false;
    });
  }

  async #failedOf(batch: readonly SealedDay[], outOfTime: () => boolean): Promise<SealedDay[]> {
    const { consumer, clock, waiting, log } = this.#options;
    const endsAt = clock() + consumer.timeLimitMs;
    const event = {
      Records: batch.map((day, index) =>
        queueRecord(String(index), JSON.stringify(dayChangedEvent(day, '/local'))),
      ),
    };
    try {
      const { batchItemFailures } = await inTime(waiting, consumer.timeLimitMs, () =>
        consumer.handle(event, () => outOfTime() || endsAt - clock() < consumer.stopBeforeMs),
      );
      const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      return batch.filter((_, index) => failed.has(String(index)));
    } catch (error) {
      log.error('a consumer of days failed', { problem: errorSummary(error), days: batch.length });
      return [...batch];
    }
  }
}

function stateOf({ peerId, day, revision }: SealedDay): string {
  return `${peerId}\n${day}\n${revision}`;
}
