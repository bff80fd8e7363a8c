import * as z from 'zod/mini';
import type { DayCounts } from '../../domain/channel-stats.ts';
import type { DailyCounter, DailyCounterKey } from '../../domain/daily-counter.ts';
import { byField, type Counts } from '../../domain/metrics.ts';
import type { EpochMillis, UtcDay } from '../../domain/utc-day.ts';
import { type Expressions, namesOf, only, type Update } from '../expressions.ts';
import { DIRTY_DAYS_INDEX, DIRTY_LANES_PREFIX, laneOf } from '../usage-table.ts';
import { fingerprints } from './fingerprint.ts';
import { count, expirySeconds, type Item, parseItem } from './item.ts';
import { fromKeyPart, type Key, keyPart, peerOfPartition, peerPartition } from './keys.ts';

const SORT_KEY = /^USAGE#(\d{4}-\d{2}-\d{2})#(.+)$/s;

/** The schema of a daily counter's sort key. */
const dailyCounterSortKey = z.string().check(z.regex(SORT_KEY));

const COUNTS = byField(() => count);

const ATTRIBUTES = {
  ...COUNTS,
  version: count,
  rolledUp: z.exactOptional(z.boolean()),
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
  return `${DIRTY_LANES_PREFIX}${lane}`;
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

/**
 * A counter after a change: the whole item, so that it loses its expiry, and joins the list of dirty days,
 * with every change.
 */
export function dailyCounterItem({ window, rolledUp, ...counter }: DailyCounter): Item {
  return {
    ...dailyCounterKey(counter),
    dirtyLane: dirtyLane(counter.peerId),
    ...z.encode(dailyCounter, {
      ...counter,
      ...(rolledUp && { rolledUp }),
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
  const counter: DailyCounter = { ...key, rolledUp: false, ...fields };
  if (window !== undefined && windowFrom !== undefined && windowThrough !== undefined) {
    counter.window = { fingerprints: window, from: windowFrom, through: windowThrough };
  }
  return counter;
}

/** What sealing has to know of a counter. */
export interface CounterState extends DailyCounterKey, Counts {
  version: number;
  rolledUp: boolean;
  /** Whether it changed since it was sealed last. */
  dirty: boolean;
}

const counterState = z.object({
  pk: z.string(),
  sk: dailyCounterSortKey,
  ...COUNTS,
  version: ATTRIBUTES.version,
  rolledUp: ATTRIBUTES.rolledUp,
  dirtyLane: z.exactOptional(z.string()),
});

/** What sealing has to know of counters: not their fingerprints, which are most of an open counter. */
export const COUNTER_STATE: Expressions = only(Object.keys(counterState.shape));

/** @throws MalformedItemError */
export function parseCounterState(item: Item): CounterState {
  const { pk, sk, dirtyLane: lane, ...state } = parseItem(counterState, item, 'daily counter');
  return { ...dailyCounterKeyOf({ pk, sk }), rolledUp: false, ...state, dirty: lane !== undefined };
}

const dayCounts = z.object({
  sk: dailyCounterSortKey,
  ...COUNTS,
  archivedThrough: ATTRIBUTES.archivedThrough,
  windowThrough: ATTRIBUTES.windowThrough,
});

/** The attributes that tell what was counted on a day. */
export const DAY_COUNTS_ATTRIBUTES: readonly string[] = Object.keys(dayCounts.shape);

/** @throws MalformedItemError */
export function parseDayCounts(item: Item): DayCounts {
  const { sk, archivedThrough, windowThrough, ...counted } = parseItem(dayCounts, item, 'daily counter');
  const counts: DayCounts = { ...channelDayOf(sk), ...counted };
  const instants = [archivedThrough, windowThrough].filter((instant) => instant !== undefined);
  if (instants.length > 0) counts.lastMessageAt = Math.max(...instants);
  return counts;
}

const dirtyDay = z.object({ pk: z.string(), sk: dailyCounterSortKey });

/** @throws MalformedItemError */
export function parseDirtyDay(item: Item): DailyCounterKey {
  return dailyCounterKeyOf(parseItem(dirtyDay, item, 'entry of a dirty day'));
}
