import * as z from 'zod/mini';
import { byField, ZERO } from '../../domain/metrics.ts';
import type { ExportedCounts } from '../../domain/usage-increase.ts';
import { count } from './item.ts';

const COUNTS = byField(() => z._default(count(), 0));

/** Figures as items of exports hold them; one that was not counted yet when the item was stored is 0. */
export const storedCounts = z.object(COUNTS);

/** An increase of a channel within an item. */
export const storedIncrease = z.object({ channelId: z.string(), channelName: z.string(), ...COUNTS });

const storedChannelCounts = z.object({ channelId: z.string(), ...COUNTS });

/** What an export has of the channels of a day, as a list within an item. */
export const storedExported = z.pipe(
  z.array(storedChannelCounts),
  z.transform(
    (channels): ExportedCounts => new Map(channels.map(({ channelId, ...counts }) => [channelId, counts])),
  ),
);

/** The list that `storedExported` reads. */
export function exportedList(exported: ExportedCounts) {
  return [...exported].map(([channelId, counts]) => ({ channelId, ...ZERO, ...counts }));
}
