import * as z from 'zod/mini';
import type { DailyCounterKey } from '../../domain/daily-counter.ts';
import type { EpochMillis, UtcDay } from '../../domain/utc-day.ts';
import { type Expressions, namesOf, type Update } from '../expressions.ts';
import { DIRTY_DAYS_INDEX, laneOf } from '../usage-table.ts';
import { expirySeconds } from './item.ts';
import { fromKeyPart, type Key, keyPart, peerOfPartition, peerPartition } from './keys.ts';

const SORT_KEY = /^USAGE#(\d{4}-\d{2}-\d{2})#(.+)$/s;

/** The schema of a daily counter's sort key. */
export const dailyCounterSortKey = z.string().check(z.regex(SORT_KEY));

/** The key of a daily counter. */
export function dailyCounterKey({ peerId, channelId, day }: DailyCounterKey): Key {
  return { pk: peerPartition(peerId), sk: `USAGE#${day}#${keyPart(channelId)}` };
}

/** The daily counter that a key is of. */
export function dailyCounterKeyOf({ pk, sk }: Key): DailyCounterKey {
  return { peerId: peerOfPartition(pk), ...channelDayOf(sk) };
}

/** The channel and the day that a daily counter's sort key is of. */
export function channelDayOf(sk: string): Pick<DailyCounterKey, 'channelId' | 'day'> {
  const [, day = '', channelId = ''] = SORT_KEY.exec(sk) ?? [];
  return { channelId: fromKeyPart(channelId), day };
}

/**
 * The range of sort keys that holds a peer's daily counters from one day to another, both included. Without
 * a last day it holds all later counters and, behind them, every channel: digits sort before letters.
 */
export function usageRange(
  peerId: string,
  from: UtcDay,
  to?: UtcDay,
): { pk: string; from: string; to: string } {
  return {
    pk: peerPartition(peerId),
    from: `USAGE#${from}#`,
    // `$` follows `#`.
    to: to === undefined ? 'USAGE#CHANNEL$' : `USAGE#${to}$`,
  };
}

/** The lane of the index of dirty days in which a peer's counters are listed. */
export function dirtyLane(peerId: string): string {
  return lanePartition(laneOf(peerId));
}

function lanePartition(lane: number): string {
  return `DIRTY#${lane}`;
}

/** Takes a counter off the list of dirty days, and lets it expire. */
export function unmarkDirty(expiresAt: EpochMillis): Update {
  return {
    UpdateExpression: 'SET #expiresAt = :expiresAt REMOVE #dirtyLane',
    ExpressionAttributeNames: namesOf(['expiresAt', 'dirtyLane']),
    ExpressionAttributeValues: { ':expiresAt': expirySeconds(expiresAt) },
  };
}

/** The counters of the days before a day, in a lane of the index of dirty days. */
export function dirtyBefore(lane: number, day: UtcDay): Expressions & { IndexName: string } {
  return {
    IndexName: DIRTY_DAYS_INDEX.name,
    KeyConditionExpression: '#lane = :lane AND #sk < :before',
    ExpressionAttributeNames: { '#lane': DIRTY_DAYS_INDEX.partitionKey, '#sk': DIRTY_DAYS_INDEX.sortKey },
    ExpressionAttributeValues: { ':lane': lanePartition(lane), ':before': `USAGE#${day}` },
  };
}
