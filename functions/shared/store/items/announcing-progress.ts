import * as z from 'zod/mini';
import type { EpochMillis } from '../../domain/utc-day.ts';
import { type Item, parseItem } from './item.ts';
import type { Key } from './keys.ts';

// How far those have come who follow the changes of days, each in an item for each lane.

/** What the partitions begin with in which whoever follows changes keeps how far it has come, and nothing else. */
export const FOLLOWERS_PREFIX = 'FOLLOWER#';

/** How far a follower has come in a lane. */
export interface AnnouncingProgress {
  /** Every change up to this instant has been announced. */
  through: EpochMillis;
  /**
   * Of a pass through the changes since then that is not at its end: all that had changed of the peers whose last
   * change is not later has been announced as well.
   */
  peersThrough?: EpochMillis | undefined;
}

const progress = z.object({ through: z.int(), peersThrough: z.exactOptional(z.int()) });

/** The attributes that may be missing. */
export const PROGRESS_ATTRIBUTES: readonly (keyof AnnouncingProgress)[] = ['peersThrough'];

/** The key of a follower's progress in a lane. */
export function progressKey(follower: string, lane: number): Key {
  return { pk: `${FOLLOWERS_PREFIX}${follower}`, sk: `LANE#${lane}` };
}

/** The item of a follower's progress in a lane. */
export function progressItem(
  follower: string,
  lane: number,
  { through, peersThrough }: AnnouncingProgress,
): Item {
  const stored = { through, ...(peersThrough !== undefined && { peersThrough }) };
  return { ...progressKey(follower, lane), ...stored };
}

/** @throws MalformedItemError */
export function parseProgress(item: Item): AnnouncingProgress {
  return parseItem(progress, item, 'progress of announcing');
}
