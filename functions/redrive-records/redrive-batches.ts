import type { DynamoDBRecord } from 'aws-lambda';
import type { GivenUpHandler } from '../shared/counting/count-messages.ts';
import { DAY_MS, type EpochMillis } from '../shared/domain/utc-day.ts';
import { peerOfImage } from '../shared/store/items/message.ts';
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
  /** How many messages of each peer are not counted in it, where some have to be tried again. */
  notCounted?: ReadonlyMap<string, number>;
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
  handler: GivenUpHandler,
  now: EpochMillis,
  outOfTime: () => boolean = () => false,
): AsyncGenerator<RedrivenDocument> {
  for (const name of await source.list()) {
    if (outOfTime()) yield { name, outcome: 'not_reached', reason: REASONS.not_reached };
    else yield { name, ...(await redriveIfUsable(source, name, handler, now)) };
  }
}

/** What became of one document: the others can be used also where this one cannot. */
async function redriveIfUsable(...redriven: Parameters<typeof redrive>): ReturnType<typeof redrive> {
  try {
    return await redrive(...redriven);
  } catch (error) {
    if (error instanceof FailedBatchError) return { outcome: 'unusable', reason: error.message };
    throw error;
  }
}

async function redrive(
  source: FailedBatchSource,
  name: string,
  handler: GivenUpHandler,
  now: EpochMillis,
): Promise<Omit<RedrivenDocument, 'name'>> {
  const batch = parseFailedBatch(await source.read(name));
  if (batch === undefined) return { outcome: 'unreadable', reason: REASONS.unreadable };
  if (batch.givenUpAt < now - REDRIVEN_FOR_DAYS * DAY_MS) {
    return { outcome: 'too_old', reason: REASONS.too_old };
  }
  // What ends the function in an error, and is logged by it, was not taken.
  const left = await handler(batch.records).catch(() => batch.records);
  if (left.length > 0) return { outcome: 'kept', reason: REASONS.kept, notCounted: byPeer(left) };
  await source.remove(name);
  return { outcome: 'taken' };
}

function byPeer(records: readonly DynamoDBRecord[]): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const record of records) {
    const peerId = peerOfImage(record.dynamodb?.NewImage ?? {});
    if (peerId !== undefined) numbers.set(peerId, (numbers.get(peerId) ?? 0) + 1);
  }
  return numbers;
}
