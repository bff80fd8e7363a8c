import * as z from 'zod/mini';
import type { MixpanelDay } from '../../domain/mixpanel-day.ts';
import type { UtcDay } from '../../domain/utc-day.ts';
import { exportedList, storedExported, storedIncrease } from './channel-increase.ts';
import { count, type Item, parseItem } from './item.ts';
import { type Key, peerPartition } from './keys.ts';

/** The key of what was sent of a peer's day to Mixpanel. */
export function mixpanelDayKey(peerId: string, day: UtcDay): Key {
  return { pk: peerPartition(peerId), sk: `EXPORT#mixpanel#${day}` };
}

const mixpanelDay = z.object({
  version: count(),
  exported: storedExported,
  pending: z.array(z.extend(storedIncrease, { insertId: z.string() })),
});

/** A day on its way to Mixpanel. */
export function mixpanelDayItem(
  peerId: string,
  day: UtcDay,
  { version, exported, pending }: MixpanelDay,
): Item {
  return {
    ...mixpanelDayKey(peerId, day),
    version,
    exported: exportedList(exported),
    // The key says whose they are.
    pending: pending.map(({ peerId: _peerId, day: _day, ...row }) => row),
  };
}

/** @throws MalformedItemError */
export function parseMixpanelDay(peerId: string, day: UtcDay, item: Item): MixpanelDay {
  const { pending, ...rest } = parseItem(mixpanelDay, item, 'day on its way to Mixpanel');
  return { ...rest, pending: pending.map((row) => ({ ...row, peerId, day })) };
}
