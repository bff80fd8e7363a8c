import * as z from 'zod/mini';
import { lazily } from '../../domain/lazily.ts';
import { DAY_MS, startOf, type UtcDay } from '../../domain/utc-day.ts';
import { between, type Expressions, namesOf } from '../expressions.ts';
import { count, expirySeconds, type Item, parseItem } from './item.ts';
import { type Key, peerPartition } from './keys.ts';
import { KEPT_DAYS, OLDEST_RECORD_DAYS } from './quarantine-entry.ts';

// How many records of a peer, that the stream made on a day, have a quarantine entry: one small item each, so that
// nobody has to read the entries of all peers to tell.

/** The key of the number of records of a peer and a day that were quarantined. */
function quarantineCountKey(peerId: string, day: UtcDay): Key {
  return { pk: peerPartition(peerId), sk: `QUARANTINE_COUNT#${day}` };
}

/** The numbers of a peer's days, both included. */
export function quarantineCounts(peerId: string, from: UtcDay, to: UtcDay): Expressions {
  const { pk, sk } = quarantineCountKey(peerId, from);
  return between({ pk, from: sk, to: quarantineCountKey(peerId, to).sk });
}

/** Adds entries to a number, or takes them away. The number goes when all of its entries have. */
export function addToQuarantineCount(peerId: string, day: UtcDay, entries: number) {
  const goesAt = startOf(day) + (KEPT_DAYS + OLDEST_RECORD_DAYS + 1) * DAY_MS;
  return {
    Key: quarantineCountKey(peerId, day),
    UpdateExpression: 'ADD #records :entries SET #expiresAt = :goesAt',
    ExpressionAttributeNames: namesOf(['records', 'expiresAt']),
    ExpressionAttributeValues: { ':entries': entries, ':goesAt': expirySeconds(goesAt) },
  };
}

const quarantineCount = lazily(() => z.object({ records: count() }));

/** @throws MalformedItemError */
export function parseQuarantineCount(item: Item): number {
  return parseItem(quarantineCount(), item, 'number of records quarantined').records;
}
