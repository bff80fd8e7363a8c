import type { StreamHandler } from '../shared/counting/count-messages.ts';
import { DAY_MS, type EpochMillis } from '../shared/domain/utc-day.ts';
import { FailedBatchError, type FailedBatchSource, parseFailedBatch } from './failed-batches.ts';

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
  | 'unreadable'
  /** It could not be read, or not be removed. */
  | 'unusable'
  /** There was no time left for it. */
  | 'not_reached';

/** Why a batch is left, of those outcomes that always mean the same. */
const REASONS = {
  kept: 'some of its records could not be counted',
  too_old: 'it was given up more than 30 days ago: its messages could count twice',
  unreadable: 'it is not a failed batch',
  not_reached: 'there was no time left for it',
} as const;

/** A document with what became of it. */
export interface RedrivenDocument {
  name: string;
  outcome: RedriveOutcome;
  /** Why it is left, where it is. */
  reason?: string;
}

/**
 * Gives the batches that were given up to what counts messages, once more. A document goes when all of its
 * records were taken, and not before; those that were counted already are recognised.
 *
 * @param outOfTime tells when to begin no further batch
 * @returns every document, as soon as it is known what became of it
 * @throws FailedBatchError where the documents cannot be listed
 */
export async function* redriveBatches(
  source: FailedBatchSource,
  handler: StreamHandler,
  now: EpochMillis,
  outOfTime: () => boolean = () => false,
): AsyncGenerator<RedrivenDocument> {
  for (const name of await source.list()) {
    const document = outOfTime() ? 'not_reached' : await redriveIfUsable(source, name, handler, now);
    if (typeof document === 'object') yield { name, outcome: 'unusable', reason: document.message };
    else if (document === 'taken') yield { name, outcome: document };
    else yield { name, outcome: document, reason: REASONS[document] };
  }
}

/** Gives an error in the place of an outcome where one document cannot be used: the others can all the same. */
async function redriveIfUsable(
  ...redriven: Parameters<typeof redrive>
): Promise<Awaited<ReturnType<typeof redrive>> | FailedBatchError> {
  try {
    return await redrive(...redriven);
  } catch (error) {
    if (error instanceof FailedBatchError) return error;
    throw error;
  }
}

async function redrive(
  source: FailedBatchSource,
  name: string,
  handler: StreamHandler,
  now: EpochMillis,
): Promise<'taken' | keyof typeof REASONS> {
  const batch = parseFailedBatch(await source.read(name));
  if (batch === undefined) return 'unreadable';
  if (batch.givenUpAt < now - REDRIVEN_FOR_DAYS * DAY_MS) return 'too_old';
  if (!(await isTaken(handler, batch.records))) return 'kept';
  await source.remove(name);
  return 'taken';
}

/** Whether every record was taken. What ends the function in an error, and is logged by it, was not. */
async function isTaken(
  handler: StreamHandler,
  records: Parameters<StreamHandler>[0]['Records'],
): Promise<boolean> {
  try {
    const { batchItemFailures } = await handler({ Records: records });
    return batchItemFailures.length === 0;
  } catch {
    return false;
  }
}
