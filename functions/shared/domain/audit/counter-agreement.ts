import {
  type CounterPlace,
  type DailyCounter,
  isClosed,
  lastMessageAt,
  mayHaveExpired,
  type SealableCounter,
} from '../daily-counter.ts';
import { type Counts, countsOf, equal, ZERO } from '../metrics.ts';
import type { MonthOfSnapshots, PeerTotals } from '../peer-totals.ts';
import { DAY_MS, type EpochMillis, startOf, type UtcDay } from '../utc-day.ts';
import type { Difference, DifferenceCode, Told } from './difference.ts';

/** What totals and a month are, as the counters of its days are compared with them. */
export interface SealedState {
  totals: PeerTotals;
  month: MonthOfSnapshots;
}

/** What there is of the conversations that a counter holds. */
export interface MarkedConversations {
  /** So many markers name a message of the counter's evidence, and its day. */
  proven: number;
  /** So many name the day at all; some of their messages may not be counted yet, or have lost their proof. */
  named: number;
  /**
   * So many conversations were counted before any marker was read. A marker comes before its message is counted, so
   * that at least these are among `proven`.
   */
  least: number;
}

/** Messages are accepted that are older than they are kept by a day; their own day may have begun a day before. */
const GRACE_DAYS = 2;

/** A counter without the proof of its messages. */
export function withoutProof(counter: DailyCounter): SealableCounter {
  const { peerId, channelId, channelNumber, day, version, keepUntil, sealedIn, digest } = counter;
  const last = lastMessageAt(counter);
  return {
    ...{ peerId, channelId, channelNumber, day, version, keepUntil },
    ...countsOf(counter),
    ...(sealedIn !== undefined && { sealedIn }),
    ...(digest !== undefined && { digest }),
    ...(last !== undefined && { lastMessageAt: last }),
  };
}

/** Whether messages of a day may still come, or come again, by what is stored: those that are sent, not those of a history. */
export function mayComeAgain(day: UtcDay, now: EpochMillis, messageRetentionDays: number): boolean {
  return startOf(day) + (messageRetentionDays + GRACE_DAYS) * DAY_MS > now;
}

/**
 * Whether the proof of what a counter holds is missed where it is lost: for as long as messages of its day may come again,
 * those of a history too, which a counter takes until it is closed.
 */
export function needsProof(
  counter: SealableCounter,
  now: EpochMillis,
  messageRetentionDays: number,
): boolean {
  return mayComeAgain(counter.day, now, messageRetentionDays) || !isClosed(counter, now);
}

/** Whether a counter may be going just now, with its evidence in whatever order. */
export function isExpiring({ keepUntil, sealedIn }: SealableCounter, now: EpochMillis): boolean {
  return sealedIn !== undefined && keepUntil <= now;
}

/**
 * Where a counter does not agree with the totals and the snapshot of its day, all of one moment.
 *
 * @param counter nothing where there is none
 */
export function compareWithSnapshot(
  place: CounterPlace,
  counter: SealableCounter | undefined,
  { totals, month }: SealedState,
  now: EpochMillis,
): Difference[] {
  const snapshot = month.days.get(place.day);
  const held = countsOf(snapshot?.channels.get(place.channelNumber) ?? ZERO);
  const written = {
    writtenIn: snapshot?.revision ?? totals.revision,
    writtenAt: snapshot?.changedAt ?? totals.changedAt,
  };
  const differs = (code: DifferenceCode, expected: Told, found: Told): Difference => {
    return { ...differenceAt(code, place, expected, found), ...written };
  };
  if (counter === undefined) {
    const isLost = !equal(held, ZERO) && !mayHaveExpired(place.day, now);
    return isLost ? [differs('counter_lost', held, { messageCount: null })] : [];
  }
  if (isExpiring(counter, now)) return [];
  const counted = countsOf(counter);
  const { sealedIn } = counter;
  if (sealedIn === undefined) {
    return equal(held, ZERO) ? [] : [differs('snapshot_too_early', ZERO, held)];
  }
  const differences = equal(held, counted) ? [] : [differs('snapshot_differs', counted, held)];
  return [...differences, ...compareSealedIn(counter, totals)];
}

/** Where a counter was sealed with a revision that the totals of the same moment do not have. */
export function compareSealedIn(
  counter: CounterPlace & Pick<SealableCounter, 'sealedIn'>,
  { revision, changedAt }: PeerTotals,
): Difference[] {
  const { sealedIn } = counter;
  if (sealedIn === undefined || sealedIn <= revision) return [];
  const [expected, found] = [{ revision: sealedIn }, { revision }];
  const difference = differenceAt('counter_newer_than_totals', counter, expected, found);
  return [{ ...difference, writtenIn: revision, writtenAt: changedAt }];
}

/**
 * Where a counter does not hold as many messages as there is proof of, or the proof is not found.
 *
 * @param proven how many different fingerprints there are in its window and in its archived ones
 * @param hidden so many of them are not found by whoever looks for them
 * @param isNeeded whether its proof is missed where it is lost
 */
export function compareWithEvidence(
  counter: SealableCounter,
  { proven, hidden }: { proven: number; hidden: number },
  isNeeded: boolean,
): Difference[] {
  const { messageCount } = counter;
  const found = { messageCount: proven - hidden };
  const isHidden = hidden > 0 && isNeeded;
  const unseen = isHidden ? [differenceAt('evidence_hidden', counter, { messageCount: proven }, found)] : [];
  if (proven === messageCount || (proven < messageCount && !isNeeded)) return unseen;
  const code = proven < messageCount ? 'evidence_missing' : 'evidence_uncounted';
  return [...unseen, differenceAt(code, counter, { messageCount: proven }, { messageCount })];
}

/** Where a window of a counter holds the proof of a message more than once. */
export function compareDoubled(counter: CounterPlace, doubled: number): Difference[] {
  if (doubled === 0) return [];
  return [differenceAt('evidence_doubled', counter, { doubled: 0 }, { doubled })];
}

/** Where a counter does not hold the conversations that are marked as started by its messages. */
export function compareWithMarkers(
  counter: SealableCounter,
  { proven, least }: MarkedConversations,
  isNeeded: boolean,
): Difference[] {
  const { conversationCount } = counter;
  const differs = (code: DifferenceCode): Difference =>
    differenceAt(code, counter, { conversationCount: proven }, { conversationCount });
  if (proven > conversationCount) return [differs('conversations_uncounted')];
  if (proven < Math.min(least, conversationCount) && isNeeded) return [differs('conversations_unmarked')];
  return [];
}

/**
 * What a counter has to hold. Evidence comes first: a message whose proof is gone comes again, and counts then, as long
 * as it is stored; a conversation whose marker is gone cannot be told from the others, and stays counted.
 *
 * @param proven how many different fingerprints there are
 * @param isNeeded whether messages of its day may come again; where none can, what was counted stays
 */
export function mendedCounts(
  counted: Counts,
  proven: number,
  markers: MarkedConversations,
  isNeeded: boolean,
): Counts {
  const isProofLost = isNeeded && proven < counted.messageCount;
  const messageCount = isProofLost ? proven : Math.max(proven, counted.messageCount);
  // Of the markers whose message is not proven some had theirs proven by what was lost.
  const comingAgain = isProofLost ? markers.named - markers.proven : 0;
  const conversationCount = Math.max(markers.proven, counted.conversationCount - comingAgain);
  return { messageCount, conversationCount: Math.min(conversationCount, messageCount) };
}

/** A difference at a counter. */
function differenceAt(
  code: DifferenceCode,
  { peerId, channelId, channelNumber, day }: CounterPlace,
  expected: Told,
  found: Told,
): Difference {
  return { code, peerId, day, channelId, channelNumber, expected: { ...expected }, found: { ...found } };
}
