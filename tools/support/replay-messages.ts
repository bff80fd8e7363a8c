import { DynamoDBServiceException } from '@aws-sdk/client-dynamodb';
import type { CountOutcome } from '../../functions/shared/counting/day-counting.ts';
import type { MarkCheck } from '../../functions/shared/counting/history-marks.ts';
import type { MessageCounter } from '../../functions/shared/counting/message-counter.ts';
import { ContentionError } from '../../functions/shared/domain/errors.ts';
import type { EpochMillis } from '../../functions/shared/domain/utc-day.ts';
import { isUnavailable } from '../../functions/shared/store/availability.ts';
import type { ScannedPage } from '../../functions/shared/store/stored-messages.ts';
import type { Progress } from '../../local/support/progress.ts';
import { CountingTogether } from './counting-together.ts';
import { readSegments, type SegmentReading } from './read-segments.ts';
import { addFigures, NO_FIGURES, type ReplayFigures } from './replay-figures.ts';
import type { PageDone, ReplayProgress } from './replay-progress.ts';
import { type ChosenMessages, judgeItems, type StoredItem } from './stored-items.ts';

/** What a replay works with. */
export interface ReplayDependencies extends Omit<SegmentReading, 'peerId'> {
  counter: Pick<MessageCounter, 'count'>;
  clock: () => EpochMillis;
  /** How long messages are stored, in days. */
  retentionDays: number;
  /** Tells which older messages an operator has imported as history. */
  marks: MarkCheck;
  /** Is told how many of the table's items have been read. */
  shown: Pick<Progress, 'update'>;
}

/** Some messages could not be counted: the page that they are on is to be counted again. */
export class ReplayStoppedError extends Error {
  override name = 'ReplayStoppedError';
  readonly failed: number;

  constructor(failed: number, cause: unknown) {
    super(`${failed} messages could not be counted`, { cause });
    this.failed = failed;
  }
}

/**
 * Counts stored messages again, as the stream does: those that were counted are recognised. The segments of the table
 * are read beside one another, and what they bring is counted together, peer beside peer.
 *
 * Where messages of a peer cannot be counted, and that is of this peer alone, all others go on where the messages of
 * all peers were chosen: it is told in the figures. Otherwise the replay stops.
 *
 * @param progress where it goes on; it is told of every page that was dealt with
 * @throws ReplayStoppedError
 */
export async function replayMessages(
  dependencies: ReplayDependencies,
  chosen: ChosenMessages,
  progress: Pick<ReplayProgress, 'segments' | 'examined' | 'keep'>,
): Promise<void> {
  const { messages, pace, counter, clock, retentionDays, marks, shown } = dependencies;
  const { peerId } = chosen;
  const counting = new CountingTogether(counter);
  const reading: SegmentReading = { messages, pace, ...(peerId !== undefined && { peerId }) };
  await readSegments(reading, progress.segments, async (page, segment) => {
    const items = judgeItems(page.images, chosen, clock(), retentionDays, marks);
    const messagesOf = items.flatMap((item) => (item.kind === 'message' ? [item.message] : []));
    const outcomes = messagesOf.length === 0 ? [] : await counting.count(messagesOf);
    requireCounted(outcomes, peerId === undefined);
    await progress.keep(pageDone(segment, page, items, outcomes));
    shown.update(progress.examined);
  });
}

/** @throws ReplayStoppedError where to go on would pass messages over that can be counted later */
function requireCounted(outcomes: readonly CountOutcome[], isOfAllPeers: boolean): void {
  const errors = outcomes.flatMap((outcome) => (outcome.kind === 'failed' ? [outcome.error] : []));
  const fatal = errors.find((error) => !isOfAllPeers || !isOfOnePeer(error));
  if (fatal !== undefined) throw new ReplayStoppedError(errors.length, fatal);
}

/** Whether an error tells of the items of a peer rather than of the database, or of the permission to use it. */
function isOfOnePeer(error: unknown): boolean {
  if (error instanceof ContentionError) return true;
  if (error instanceof DynamoDBServiceException) return error.name === 'ValidationException';
  return !isUnavailable(error);
}

function pageDone(
  segment: number,
  page: ScannedPage,
  items: readonly StoredItem[],
  outcomes: readonly CountOutcome[],
): PageDone {
  const peers = new Map<string, ReplayFigures>();
  const left = [...outcomes];
  for (const item of items) {
    const figures = item.kind === 'message' ? figuresOfOutcome(left.shift()) : figuresOfItem(item);
    peers.set(item.peerId, addFigures(peers.get(item.peerId) ?? NO_FIGURES, figures));
  }
  const { examined, readUnits, next } = page;
  return { segment, after: next ?? null, examined, readUnits, peers: [...peers] };
}

function figuresOfItem(item: Exclude<StoredItem, { kind: 'message' }>): ReplayFigures {
  if (item.kind === 'not_counted') return { ...NO_FIGURES, notCounted: 1 };
  return { ...NO_FIGURES, skipped: { [item.reason]: 1 } };
}

function figuresOfOutcome(outcome: CountOutcome | undefined): ReplayFigures {
  switch (outcome?.kind) {
    case 'counted':
      return { ...NO_FIGURES, counted: 1 };
    case 'duplicate':
      return { ...NO_FIGURES, duplicate: 1 };
    case 'quarantined':
      return { ...NO_FIGURES, skipped: { [outcome.reason]: 1 } };
    case 'purged':
      return { ...NO_FIGURES, skipped: { channel_purged: 1 } };
    case 'erased':
      return { ...NO_FIGURES, skipped: { peer_erased: 1 } };
    case 'failed':
    case undefined:
      return { ...NO_FIGURES, failed: 1 };
  }
}
