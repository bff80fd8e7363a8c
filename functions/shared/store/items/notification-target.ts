import * as z from 'zod/mini';
import type { EpochMillis } from '../../domain/utc-day.ts';
import { type Expressions, inPartition } from '../expressions.ts';
import { count, type Item, parseItem } from './item.ts';
import type { Key } from './keys.ts';

// What is known of each target of notifications, beside what infrastructure sets.

/** The partition with all targets that there ever were. */
export const NOTIFICATION_TARGET_PARTITION = 'NOTIFICATION_TARGET';

/** What is known of a target. */
export interface KnownTarget {
  name: string;
  /** A hash of where it is reached: what is known of it holds for this place alone. */
  placeHash: string;
  /** When it said that it wants nothing any more. */
  disabledAt?: EpochMillis;
  /** It asked to be left alone until then. */
  pausedUntil?: EpochMillis;
}

/** The key of what is known of a target. */
export function notificationTargetKey(name: string): Key {
  return { pk: NOTIFICATION_TARGET_PARTITION, sk: name };
}

/** All targets that there ever were. */
export const ALL_NOTIFICATION_TARGETS: Expressions = inPartition(NOTIFICATION_TARGET_PARTITION);

const notificationTarget = z.object({
  sk: z.string(),
  placeHash: z.string(),
  disabledAt: z.exactOptional(count()),
  pausedUntil: z.exactOptional(count()),
});

/** What is known of a target. */
export function notificationTargetItem({ name, ...known }: KnownTarget): Item {
  return { ...notificationTargetKey(name), ...known };
}

/** @throws MalformedItemError */
export function parseNotificationTarget(item: Item): KnownTarget {
  const { sk: name, ...known } = parseItem(notificationTarget, item, 'target of notifications');
  return { name, ...known };
}
