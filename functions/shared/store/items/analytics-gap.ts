import * as z from 'zod/mini';
import type { AnalyticsClaim, AnalyticsGap } from '../../domain/google-analytics-day.ts';
import { LANES, laneOf } from '../usage-table.ts';
import { storedCounts, storedIncrease } from './channel-increase.ts';
import { count, type Item, parseItem } from './item.ts';
import { type Key, keyPart } from './keys.ts';

// What Google Analytics may lack. Nothing sends it again.

/** What the partitions of gaps begin with. */
export const ANALYTICS_GAPS_PREFIX = 'EXPORT_GAPS#ga4#';

/** The partitions that together hold every gap once. */
export const ANALYTICS_GAPS_PARTITIONS: readonly string[] = Array.from({ length: LANES }, (_, lane) =>
  partitionOf(lane),
);

function partitionOf(lane: number): string {
  return `${ANALYTICS_GAPS_PREFIX}${lane}`;
}

const NUMBER_DIGITS = 12;

/** The key of the gap that a claim is, as long as it is not known to have arrived. */
export function analyticsGapKey({ peerId, day, number }: AnalyticsClaim): Key {
  return {
    pk: partitionOf(laneOf(peerId)),
    sk: `${keyPart(peerId)}#${day}#${String(number).padStart(NUMBER_DIGITS, '0')}`,
  };
}

const analyticsGap = z.object({
  peerId: z.string(),
  day: z.string(),
  revision: count(),
  number: count(),
  peer: z.exactOptional(z.extend(storedCounts, { channelCount: count() })),
  channels: z.array(storedIncrease),
  reason: z.string(),
});

/** What Google Analytics may lack. */
export function analyticsGapItem(gap: AnalyticsGap): Item {
  return { ...analyticsGapKey(gap), ...gap };
}

/** @throws MalformedItemError */
export function parseAnalyticsGap(item: Item): AnalyticsGap {
  return parseItem(analyticsGap, item, 'gap of Google Analytics');
}
