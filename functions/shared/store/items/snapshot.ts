import * as z from 'zod/mini';
import type { DailySnapshot, SnapshotChannel } from '../../domain/daily-snapshot.ts';
import { byField, type Counts, METRICS } from '../../domain/metrics.ts';
import type { UtcDay } from '../../domain/utc-day.ts';
import { count, type Item, parseItem } from './item.ts';
import { type Key, peerPartition } from './keys.ts';

const PREFIX = 'SNAPSHOT#';

// One tuple a channel, its cumulative counts before those of the day: an item with five hundred of them stays
// far below DynamoDB's limit.
const channelTuple = z.tuple([z.string()], count).check(z.length(1 + 2 * METRICS.length));
const channel = z.codec(channelTuple, z.custom<SnapshotChannel>(), {
  decode: ([channelId, ...figures]) => ({
    channelId,
    cumulative: countsFrom(figures.slice(0, METRICS.length)),
    day: countsFrom(figures.slice(METRICS.length)),
  }),
  encode: ({ channelId, cumulative, day }): z.output<typeof channelTuple> => [
    channelId,
    ...METRICS.map(({ field }) => cumulative[field]),
    ...METRICS.map(({ field }) => day[field]),
  ],
});

/** @param figures one for each metric, in their order */
function countsFrom(figures: readonly number[]): Counts {
  return byField((metric) => figures[METRICS.indexOf(metric)] ?? 0);
}

const snapshot = z.object({ channels: z.array(channel) });
const storedSnapshot = z.extend(snapshot, { sk: z.string() });

/** The key of a daily snapshot. */
export function snapshotKey(peerId: string, day: UtcDay): Key {
  return { pk: peerPartition(peerId), sk: `${PREFIX}${day}` };
}

/** The range of sort keys with a peer's snapshots from one day, or from the first on, to another, both included. */
export function snapshotRange(
  peerId: string,
  from: UtcDay | undefined,
  to: UtcDay,
): { pk: string; from: string; to: string } {
  return { pk: peerPartition(peerId), from: `${PREFIX}${from ?? ''}`, to: `${PREFIX}${to}` };
}

/** A peer's snapshot of a day. */
export function snapshotItem(peerId: string, { day, ...taken }: DailySnapshot): Item {
  return { ...snapshotKey(peerId, day), ...z.encode(snapshot, taken) };
}

/** @throws MalformedItemError */
export function parseSnapshot(item: Item): DailySnapshot {
  const { sk, channels } = parseItem(storedSnapshot, item, 'snapshot');
  return { day: sk.slice(PREFIX.length), channels };
}
