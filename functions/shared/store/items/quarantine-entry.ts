import * as z from 'zod/mini';
import { lazily } from '../../domain/lazily.ts';
import { DAY_MS, dayOf, type EpochMillis, type UtcDay } from '../../domain/utc-day.ts';
import { type Expressions, inPartition, only } from '../expressions.ts';
import { expirySeconds, type Item, parseItem } from './item.ts';
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
  /** The peer that the record names; missing where it names none. */
  peerId?: string;
  /** The key of the item that the record is about, which stays where it is. It holds a conversation's id. */
  itemKey?: Item;
}

/** A record may come from the stream or, kept for as long, from the failure destination. */
export const OLDEST_RECORD_DAYS = 31;

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
  { eventId, quarantinedAt, reason, explanation, peerId, itemKey }: QuarantinedRecord,
  recordedOn: EpochMillis,
): Item {
  return {
    ...quarantineKey(dayOf(recordedOn), eventId),
    eventId,
    quarantinedAt: new Date(quarantinedAt).toISOString(),
    reason,
    explanation,
    ...(peerId !== undefined && { peerId }),
    ...(itemKey !== undefined && { itemKey }),
    expiresAt: expirySeconds(quarantinedAt + KEPT_DAYS * DAY_MS),
  };
}

/** The entries of a day. */
export function entriesOn(day: UtcDay): Expressions {
  return inPartition(quarantinePartition(day));
}

const countedEntry = lazily(() =>
  z.object({ pk: z.string(), sk: z.string(), peerId: z.exactOptional(z.string()) }),
);

/** The key of an entry, and where it is counted, if it is. @throws MalformedItemError */
export function parseQuarantineEntry(item: Item): {
  key: Key;
  countedAt: { peerId: string; day: UtcDay } | undefined;
} {
  const { peerId, ...key } = parseItem(countedEntry(), item, 'record quarantined');
  const day = key.pk.slice(QUARANTINE_PARTITIONS_PREFIX.length);
  return { key, countedAt: peerId === undefined ? undefined : { peerId, day } };
}

/** The attributes of an entry that tell where it is counted, and which item it is about. */
export const countedEntryAlone = lazily(() => only([...Object.keys(countedEntry().shape), 'itemKey']));
