import * as z from 'zod/mini';
import type { DailyCounter, DailyCounterKey } from '../../domain/daily-counter.ts';
import { byField } from '../../domain/metrics.ts';
import type { NumberedDayCounts } from '../../domain/stored-usage.ts';
import type { UtcDay } from '../../domain/utc-day.ts';
import type { Expressions } from '../expressions.ts';
import { DIRTY_DAYS_INDEX, DIRTY_LANES_PREFIX, laneOf, USAGE_TABLE } from '../usage-table.ts';
import { fingerprints } from './fingerprint.ts';
import { count, expirySeconds, type Item, parseItem } from './item.ts';
import { fromKeyPart, type Key, keyPart, peerOfPartition, peerPartition } from './keys.ts';
import { TOTALS_SORT_KEY } from './peer-totals.ts';

const SORT_KEY = /^USAGE#(\d{4}-\d{2}-\d{2})#(.+)$/s;

/** The schema of a daily counter's sort key. */
const dailyCounterSortKey = z.string().check(z.regex(SORT_KEY));

const COUNTS = byField(() => count);

const ATTRIBUTES = {
  ...COUNTS,
  version: count,
  channelNumber: count,
  keepUntil: count,
  sealedIn: z.exactOptional(count),
  archivedWindows: count,
  archivedThrough: z.exactOptional(z.int()),
  lastArchivedThrough: z.exactOptional(z.int()),
  window: z.exactOptional(fingerprints),
  windowFrom: z.exactOptional(z.int()),
  windowThrough: z.exactOptional(z.int()),
};

const dailyCounter = z
  .object(ATTRIBUTES)
  // A window that is passed over would let its messages count again.
  .check(
    z.refine(
      ({ window, windowFrom, windowThrough }) =>
        new Set([window, windowFrom, windowThrough].map((part) => part === undefined)).size === 1,
      { error: 'must come with windowFrom and windowThrough', path: ['window'] },
    ),
  );

/** The key of a daily counter. */
export function dailyCounterKey({ peerId, channelId, day }: DailyCounterKey): Key {
  return { pk: peerPartition(peerId), sk: `USAGE#${day}#${keyPart(channelId)}` };
}

/** The daily counter that a key is of. */
function dailyCounterKeyOf({ pk, sk }: Key): DailyCounterKey {
  return { peerId: peerOfPartition(pk), ...channelDayOf(sk) };
}

/** The channel and the day that a daily counter's sort key is of. */
function channelDayOf(sk: string): Pick<DailyCounterKey, 'channelId' | 'day'> {
  const [, day = '', channelId = ''] = SORT_KEY.exec(sk) ?? [];
  return { channelId: fromKeyPart(channelId), day };
}

/**
 * The range of sort keys that holds a peer's daily counters from one day to another, both included. Without
 * a last day it holds all later counters and, behind them, every channel and the totals: digits sort before letters.
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
    to: to === undefined ? TOTALS_SORT_KEY : `USAGE#${to}$`,
  };
}

/** The lane of the index of dirty days in which a peer's counters are listed. */
export function dirtyLane(peerId: string): string {
  return lanePartition(laneOf(peerId));
}

function lanePartition(lane: number): string {
  return `${DIRTY_LANES_PREFIX}${lane}`;
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

/** The attributes of a daily counter, beside its key. */
export const COUNTER_ATTRIBUTES: readonly string[] = [
  ...Object.keys(ATTRIBUTES),
  DIRTY_DAYS_INDEX.partitionKey,
  USAGE_TABLE.timeToLive,
];

/** A counter, on the list of dirty days until it is sealed, and from then on with the instant at which it may go. */
export function dailyCounterItem({ window, ...counter }: DailyCounter): Item {
  return {
    ...dailyCounterKey(counter),
    ...(counter.sealedIn === undefined
      ? { [DIRTY_DAYS_INDEX.partitionKey]: dirtyLane(counter.peerId) }
      : { expiresAt: expirySeconds(counter.keepUntil) }),
    ...z.encode(dailyCounter, {
      ...counter,
      ...(window !== undefined && {
        window: window.fingerprints,
        windowFrom: window.from,
        windowThrough: window.through,
      }),
    }),
  };
}

/** @throws MalformedItemError */
export function parseDailyCounter(key: DailyCounterKey, item: Item): DailyCounter {
  const { window, windowFrom, windowThrough, ...fields } = parseItem(dailyCounter, item, 'daily counter');
  const counter: DailyCounter = { ...key, ...fields };
  if (window !== undefined && windowFrom !== undefined && windowThrough !== undefined) {
    counter.window = { fingerprints: window, from: windowFrom, through: windowThrough };
  }
  return counter;
}

const keyed = z.object({ pk: z.string(), sk: dailyCounterSortKey });

/** A daily counter together with what its key says. @throws MalformedItemError */
export function parseKeyedCounter(item: Item): DailyCounter {
  return parseDailyCounter(dailyCounterKeyOf(parseItem(keyed, item, 'daily counter')), item);
}

const dayCounts = z.object({
  sk: dailyCounterSortKey,
  channelNumber: ATTRIBUTES.channelNumber,
  ...COUNTS,
  archivedThrough: ATTRIBUTES.archivedThrough,
  windowThrough: ATTRIBUTES.windowThrough,
});

/** The attributes that tell what was counted on a day. */
export const DAY_COUNTS_ATTRIBUTES: readonly string[] = Object.keys(dayCounts.shape);

/** @throws MalformedItemError */
export function parseDayCounts(item: Item): NumberedDayCounts {
  const { sk, archivedThrough, windowThrough, ...counted } = parseItem(dayCounts, item, 'daily counter');
  const counts: NumberedDayCounts = { ...channelDayOf(sk), ...counted };
  const instants = [archivedThrough, windowThrough].filter((instant) => instant !== undefined);
  if (instants.length > 0) counts.lastMessageAt = Math.max(...instants);
  return counts;
}

/** @throws MalformedItemError */
export function parseDirtyDay(item: Item): DailyCounterKey {
  return dailyCounterKeyOf(parseItem(keyed, item, 'entry of a dirty day'));
}
