import { judge } from '../../functions/shared/counting/stream-record.ts';
import type { UserMessage } from '../../functions/shared/domain/message.ts';
import { dayOf, type EpochMillis, type UtcDay } from '../../functions/shared/domain/utc-day.ts';
import { hasExpired, type Image, parseMessageImage } from '../../functions/shared/store/items/message.ts';

/** Days of a peer, both included. */
export interface PeerDays {
  peerId: string;
  from: UtcDay;
  to: UtcDay;
}

/** Items of a peer, by what they turned out to be. */
export interface SortedItems {
  /** To be counted, or counted already. */
  messages: UserMessage[];
  /** Messages of roles that do not count. */
  notCounted: number;
  /** How many were passed over, by reason. */
  skipped: Record<string, number>;
}

/**
 * Sorts stored items of a peer by the rules by which they are counted from the stream.
 *
 * What is past its retention is skipped: the proof that it was counted may be gone. That is so with what
 * is too old at this instant, and with what has expired but was not deleted yet, which may have been
 * stored while the retention was shorter. Items that are no messages have no day, and so are named
 * whatever the days.
 *
 * @param now the instant against which their age is judged
 * @param retentionDays how long messages are stored, in days
 */
export function sortItems(
  images: readonly Image[],
  { peerId, from, to }: PeerDays,
  now: EpochMillis,
  retentionDays: number,
): SortedItems {
  const sorted: SortedItems = { messages: [], notCounted: 0, skipped: {} };
  for (const image of images) {
    const stored = parseMessageImage(image);
    if (stored.kind === 'unusable') {
      skip(sorted, stored.reason);
      continue;
    }
    const day = dayOf(stored.message.sentAt);
    if (stored.message.peerId !== peerId || day < from || day > to) continue;
    const judged = judge(stored.message, now, retentionDays);
    if (judged.kind === 'not_counted') sorted.notCounted += 1;
    else if (judged.kind === 'unusable') skip(sorted, judged.reason);
    else if (hasExpired(image, now)) skip(sorted, 'expired');
    else sorted.messages.push(judged.message);
  }
  return sorted;
}

function skip({ skipped }: SortedItems, reason: string): void {
  skipped[reason] = (skipped[reason] ?? 0) + 1;
}

/** Adds numbers under their names. */
export function addUp(
  one: Readonly<Record<string, number>>,
  other: Readonly<Record<string, number>>,
): Record<string, number> {
  const sum: Record<string, number> = { ...one };
  for (const [name, value] of Object.entries(other)) sum[name] = (sum[name] ?? 0) + value;
  return sum;
}
