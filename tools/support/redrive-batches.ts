import type { StreamHandler } from '../../functions/shared/counting/count-messages.ts';
import { DAY_MS, type EpochMillis } from '../../functions/shared/domain/utc-day.ts';
import { type FailedBatchSource, parseFailedBatch } from './failed-batches.ts';

/** So long after a batch was given up the proof of what was counted is there for certain. */
const REDRIVEN_FOR_DAYS = 30;

/** What became of a failed batch. */
export type RedriveOutcome =
  /** Every record was taken, and the document removed. */
  | 'taken'
  /** Some record has to be tried again. */
  | 'kept'
  /** Given up so long ago that its records could count twice. */
  | 'too_old'
  | 'unreadable';

/**
 * Gives the batches that were given up to the function that counts messages, once more. A document goes
 * when all of its records were taken, and not before; those that were counted already are recognised.
 *
 * @param report is told of every document what became of it
 */
export async function redriveBatches(
  source: FailedBatchSource,
  handler: StreamHandler,
  now: EpochMillis,
  report: (name: string, outcome: RedriveOutcome) => void,
): Promise<void> {
  for (const name of await source.list()) report(name, await redrive(source, name, handler, now));
}

async function redrive(
  source: FailedBatchSource,
  name: string,
  handler: StreamHandler,
  now: EpochMillis,
): Promise<RedriveOutcome> {
  const batch = parseFailedBatch(await source.read(name));
  if (batch === undefined) return 'unreadable';
  if (batch.givenUpAt < now - REDRIVEN_FOR_DAYS * DAY_MS) return 'too_old';
  const { batchItemFailures } = await handler({ Records: batch.records });
  if (batchItemFailures.length > 0) return 'kept';
  await source.remove(name);
  return 'taken';
}
