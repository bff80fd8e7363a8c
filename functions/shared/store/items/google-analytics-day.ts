import * as z from 'zod/mini';
import type { GoogleAnalyticsDay } from '../../domain/google-analytics-day.ts';
import type { UtcDay } from '../../domain/utc-day.ts';
import { exportedList, storedCounts, storedExported } from './channel-increase.ts';
import { count, type Item, parseItem } from './item.ts';
import { type Key, peerPartition } from './keys.ts';

/** The key of what was claimed of a peer's day for Google Analytics. */
export function googleAnalyticsDayKey(peerId: string, day: UtcDay): Key {
  return { pk: peerPartition(peerId), sk: `EXPORT#ga4#${day}` };
}

const googleAnalyticsDay = z.object({ version: count(), total: storedCounts, exported: storedExported });

/** What was claimed of a day. */
export function googleAnalyticsDayItem(
  peerId: string,
  day: UtcDay,
  { version, total, exported }: GoogleAnalyticsDay,
): Item {
  return { ...googleAnalyticsDayKey(peerId, day), version, total, exported: exportedList(exported) };
}

/** @throws MalformedItemError */
export function parseGoogleAnalyticsDay(item: Item): GoogleAnalyticsDay {
  return parseItem(googleAnalyticsDay, item, 'day claimed for Google Analytics');
}
