import type { MarkCheck } from '../../functions/shared/counting/history-marks.ts';
import { judge } from '../../functions/shared/counting/stream-record.ts';
import type { UserMessage } from '../../functions/shared/domain/message.ts';
import { dayOf, type EpochMillis, type UtcDay } from '../../functions/shared/domain/utc-day.ts';
import { isHeartbeatImage } from '../../functions/shared/store/items/heartbeat.ts';
import {
  hasExpired,
  type Image,
  parseMessageImage,
  peerOfImage,
} from '../../functions/shared/store/items/message.ts';

/** Which stored messages are meant, by the time at which they were sent; what is left out limits nothing. */
export interface ChosenMessages {
  peerId?: string;
  /** The first UTC day. */
  from?: UtcDay;
  /** The last UTC day. */
  to?: UtcDay;
}

/** In the place of a peer, where an item has a key that names none. No peer's id is empty. */
export const NO_PEER = '';

/** What a stored item turned out to be. */
export type StoredItem = { peerId: string } & (
  | { kind: 'message'; message: UserMessage }
  /** A message of a role that does not count. */
  | { kind: 'not_counted' }
  | { kind: 'skipped'; reason: string }
);

/**
 * Judges stored items by the rules by which they are counted from the stream, and leaves out what was not chosen.
 *
 * What is past its retention is skipped: the proof that it was counted may be gone. That is so with what
 * is too old at this instant, and with what has expired but was not deleted yet, which may have been
 * stored while the retention was shorter. Items that are no messages have no day, and so are named
 * whatever the days.
 *
 * @param now the instant against which their age is judged
 * @param retentionDays how long messages are stored, in days
 * @param marks tells history marks that hold; without it none does
 */
export function judgeItems(
  images: readonly Image[],
  chosen: ChosenMessages,
  now: EpochMillis,
  retentionDays: number,
  marks?: MarkCheck,
): StoredItem[] {
  return images
    .filter((image) => !isHeartbeatImage(image))
    .flatMap((image) => judgeItem(image, chosen, now, retentionDays, marks) ?? []);
}

function judgeItem(
  image: Image,
  { peerId: chosen, from, to }: ChosenMessages,
  now: EpochMillis,
  retentionDays: number,
  marks?: MarkCheck,
): StoredItem | undefined {
  const stored = parseMessageImage(image);
  if (stored.kind === 'unusable') {
    return { peerId: peerOfImage(image) ?? NO_PEER, kind: 'skipped', reason: stored.reason };
  }
  const { peerId } = stored.message;
  const day = dayOf(stored.message.sentAt);
  if (peerId !== (chosen ?? peerId)) return undefined;
  if ((from !== undefined && day < from) || (to !== undefined && day > to)) return undefined;
  const judged = judge(stored, now, retentionDays, marks);
  if (judged.kind === 'not_counted') return { peerId, kind: 'not_counted' };
  if (judged.kind === 'unusable') return { peerId, kind: 'skipped', reason: judged.reason };
  if (hasExpired(image, now)) return { peerId, kind: 'skipped', reason: 'expired' };
  return { peerId, kind: 'message', message: judged.message };
}
