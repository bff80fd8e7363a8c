import { createHash } from 'node:crypto';
import { dayNumber, type UtcDay } from '../shared/domain/utc-day.ts';

/** In so many days every peer is audited. */
export const SHARES = 28;

/** Whether a peer is one of those that are audited on a day: of 28 days in a row it is so on one. */
export function isDue(peerId: string, day: UtcDay): boolean {
  // Not the digits that tell its lane: each lane has some peers of each share.
  const share = createHash('sha256').update(peerId).digest().readUInt32BE(4) % SHARES;
  return share === dayNumber(day) % SHARES;
}
