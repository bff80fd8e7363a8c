import * as z from 'zod/mini';
import type { Notification } from '../../domain/notification.ts';
import type { EpochMillis } from '../../domain/utc-day.ts';
import { LANES, laneOf } from '../usage-table.ts';
import { count, type Item, parseItem } from './item.ts';
import { fromKeyPart, type Key, keyPart } from './keys.ts';

// What is to be told, and was not taken yet by the target that it is for.

/** What the partitions of notifications that wait begin with. */
export const NOTIFICATIONS_PREFIX = 'NOTIFICATIONS#';

const SEQUENCE_DIGITS = 12;

/** Which of a peer's notifications one is, and for whom. */
export interface NotificationPlace {
  /** The name of the target. */
  target: string;
  peerId: string;
  /** Its number among all notifications of the peer, from 1: what was decided first has the lowest. */
  sequence: number;
}

/** A notification that waits for its target. */
export interface WaitingNotification extends NotificationPlace, Notification {
  /** Since when it waits. */
  createdAt: EpochMillis;
  /** How often somebody began to send it. */
  attempts: number;
  /** When it is to be sent next. */
  dueAt: EpochMillis;
  /** What became of the last attempt. */
  problem?: string;
}

/** A notification that waits from now on, and was not sent yet. */
export function newlyWaiting(
  { target, peerId, sequence }: NotificationPlace,
  { id, payload }: Notification,
  now: EpochMillis,
): WaitingNotification {
  return { target, peerId, sequence, id, payload, createdAt: now, attempts: 0, dueAt: now };
}

/** The partitions with a target's notifications, which together hold each once. */
export function notificationPartitions(target: string): string[] {
  return Array.from({ length: LANES }, (_, lane) => partitionOf(target, lane));
}

function partitionOf(target: string, lane: number): string {
  return `${NOTIFICATIONS_PREFIX}${target}#${lane}`;
}

/** The key of a notification that waits. Those of a peer are in the order in which they were decided. */
export function waitingNotificationKey({ target, peerId, sequence }: NotificationPlace): Key {
  return {
    pk: partitionOf(target, laneOf(peerId)),
    sk: `${keyPart(peerId)}#${String(sequence).padStart(SEQUENCE_DIGITS, '0')}`,
  };
}

const waitingNotification = z.object({
  pk: z.string(),
  sk: z.string(),
  id: z.string(),
  payload: z.string(),
  createdAt: count(),
  attempts: count(),
  dueAt: count(),
  problem: z.exactOptional(z.string()),
});

/** A notification that waits. */
export function waitingNotificationItem(waiting: WaitingNotification): Item {
  const { target, peerId, sequence, ...attributes } = waiting;
  return { ...waitingNotificationKey({ target, peerId, sequence }), ...attributes };
}

/** The last part of the key, which tells peer and number. */
export function placeInPartition(sk: string): Pick<NotificationPlace, 'peerId' | 'sequence'> {
  const [peer = '', sequence = ''] = sk.split('#');
  return { peerId: fromKeyPart(peer), sequence: Number(sequence) };
}

/** @throws MalformedItemError */
export function parseWaitingNotification(item: Item): WaitingNotification {
  const { pk, sk, ...attributes } = parseItem(waitingNotification, item, 'notification that waits');
  const target = pk.slice(NOTIFICATIONS_PREFIX.length, pk.lastIndexOf('#'));
  return { ...attributes, target, ...placeInPartition(sk) };
}
