import * as z from 'zod/mini';
import type { Notification } from '../../domain/notification.ts';
import { DAY_MS, type EpochMillis } from '../../domain/utc-day.ts';
import { type Expressions, inPartition } from '../expressions.ts';
import { count, expirySeconds, type Item, parseItem } from './item.ts';
import type { Key } from './keys.ts';
import { type NotificationPlace, placeInPartition, waitingNotificationKey } from './waiting-notification.ts';

// What was to be told, and was not taken by the target that it was for, however often it was sent.

/** What the partitions of notifications that were given up begin with. */
export const GIVEN_UP_NOTIFICATIONS_PREFIX = 'NOTIFICATIONS_FAILED#';

const KEPT_DAYS = 90;

/** A notification that was given up. */
export interface GivenUpNotification extends NotificationPlace, Notification {
  createdAt: EpochMillis;
  attempts: number;
  givenUpAt: EpochMillis;
  /** What became of the last attempt, or why there was none. */
  reason: string;
}

/** The key of a notification that was given up. */
export function givenUpNotificationKey(place: NotificationPlace): Key {
  const { sk } = waitingNotificationKey(place);
  return { pk: `${GIVEN_UP_NOTIFICATIONS_PREFIX}${place.target}`, sk };
}

/** All that were given up of a target, in the order of their peers and numbers. */
export function givenUpNotificationsOf(target: string): Expressions {
  return inPartition(`${GIVEN_UP_NOTIFICATIONS_PREFIX}${target}`);
}

const givenUpNotification = z.object({
  pk: z.string(),
  sk: z.string(),
  id: z.string(),
  payload: z.string(),
  createdAt: count(),
  attempts: count(),
  givenUpAt: count(),
  reason: z.string(),
});

/** A notification that was given up. It is kept for 90 days. */
export function givenUpNotificationItem({
  target,
  peerId,
  sequence,
  ...attributes
}: GivenUpNotification): Item {
  return {
    ...givenUpNotificationKey({ target, peerId, sequence }),
    ...attributes,
    expiresAt: expirySeconds(attributes.givenUpAt + KEPT_DAYS * DAY_MS),
  };
}

/** @throws MalformedItemError */
export function parseGivenUpNotification(item: Item): GivenUpNotification {
  const { pk, sk, ...attributes } = parseItem(givenUpNotification, item, 'notification that was given up');
  return { ...attributes, target: pk.slice(GIVEN_UP_NOTIFICATIONS_PREFIX.length), ...placeInPartition(sk) };
}
