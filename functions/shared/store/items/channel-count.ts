import * as z from 'zod/mini';
import { type Condition, ifStill, setAll, together, type Update } from '../expressions.ts';
import { count, type Item, parseItem } from './item.ts';
import { type Key, peerPartition } from './keys.ts';

/** The key of how many channels a peer has. */
export function channelCountKey(peerId: string): Key {
  return { pk: peerPartition(peerId), sk: 'CHANNEL_COUNT' };
}

const storedChannelCount = z.object({ channelCount: count });

/** @throws MalformedItemError */
export function parseChannelCount(item: Item): number {
  return parseItem(storedChannelCount, item, 'number of channels').channelCount;
}

/** Counts the next channel of a peer, where nobody has counted one since the number of channels was read. */
export function countNext(channelCount: number): Update & Condition {
  return together(setAll({ channelCount: channelCount + 1 }), ifStill('channelCount', channelCount));
}
