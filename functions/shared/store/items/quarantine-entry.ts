import { DAY_MS, dayOf, type EpochMillis, type UtcDay } from '../../domain/utc-day.ts';
import { type Expressions, inPartition, namesOf, together } from '../expressions.ts';
import { expirySeconds, type Item } from './item.ts';
import { type Key, keyPart } from './keys.ts';

/** How long the entry of a record that was quarantined is kept. */
export const KEPT_DAYS = 30;

/** A stream record that could not be counted, and never will be as it is. */
export interface QuarantinedRecord {
  /** The stream's id of the record: it is the same whenever the record is delivered again. */
  eventId: string;
  quarantinedAt: EpochMillis;
  /** In short, such as `too_old`. */
  reason: string;
  /** In words, without values that came from outside. */
  explanation: string;
  /** The key of the item that the record is about, which stays where it is. It holds a conversation's id. */
  itemKey?: Item;
}

/** What the partitions with the quarantine entries of a day begin with. */
export const QUARANTINE_PARTITIONS_PREFIX = 'QUARANTINE#';

/** The key of the entry of a stream record that was quarantined. */
export function quarantineKey(day: UtcDay, eventId: string): Key {
  return { pk: quarantinePartition(day), sk: keyPart(eventId) };
}

/** The partition with the records of a day that were quarantined. */
function quarantinePartition(day: UtcDay): string {
  return `${QUARANTINE_PARTITIONS_PREFIX}${day}`;
}

/** @param recordedOn when the stream made the record */
export function quarantineItem(
  { eventId, quarantinedAt, reason, explanation, itemKey }: QuarantinedRecord,
  recordedOn: EpochMillis,
): Item {
  return {
    ...quarantineKey(dayOf(recordedOn), eventId),
    eventId,
    quarantinedAt: new Date(quarantinedAt).toISOString(),
    reason,
    explanation,
    ...(itemKey !== undefined && { itemKey }),
    expiresAt: expirySeconds(quarantinedAt + KEPT_DAYS * DAY_MS),
  };
}

/** The entries of a day of those records that are about items of one partition. */
export function entriesAbout(partition: string, day: UtcDay): Expressions {
  return together(inPartition(quarantinePartition(day)), {
    // The stream's own form of a key, in which each attribute carries its type.
    FilterExpression: '#itemKey.#pk.#S = :partition',
    ExpressionAttributeNames: namesOf(['itemKey', 'pk', 'S']),
    ExpressionAttributeValues: { ':partition': partition },
  });
}
