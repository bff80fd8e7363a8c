import * as z from 'zod/mini';
import { judge, parseStoredMessage } from '../../functions/count-messages/stream-record.ts';
import type { UserMessage } from '../../functions/shared/domain/message.ts';
import { dayOf, type EpochMillis, type UtcDay } from '../../functions/shared/domain/utc-day.ts';

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

const expiry = z.object({ expiresAt: z.object({ N: z.string() }) });

/**
 * Sorts stored items of a peer by the rules by which they are counted from the stream.
 *
 * What is past its retention is skipped: the proof that it was counted may be gone. That is so with what
 * is too old at this instant, and with what has expired but was not deleted yet, which may have been
 * stored while the retention was shorter. Items that are no messages have no day, and so are named
 * whatever the days.
 *
 * @param images the items' attributes, each with its type
 * @param now the instant against which their age is judged
 * @param retentionDays how long messages are stored, in days
 */
export function sortItems(
  images: readonly Readonly<Record<string, unknown>>[],
  { peerId, from, to }: PeerDays,
  now: EpochMillis,
  retentionDays: number,
): SortedItems {
  const sorted: SortedItems = { messages: [], notCounted: 0, skipped: {} };
  for (const image of images) {
    const stored = parseStoredMessage(image);
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

function hasExpired(image: Readonly<Record<string, unknown>>, now: EpochMillis): boolean {
  const result = z.safeParse(expiry, image);
  return result.success && Number(result.data.expiresAt.N) * 1_000 <= now;
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
