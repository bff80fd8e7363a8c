import * as z from 'zod/mini';
import { lazily } from '../../domain/lazily.ts';
import type { EpochMillis } from '../../domain/utc-day.ts';
import { type Condition, ifStill, namesOf, setAll, together, type Update } from '../expressions.ts';
import type { ErasedPeer } from './erased-peer.ts';
import { count, type Item, parseItem } from './item.ts';
import { type Key, peerPartition } from './keys.ts';

/** How many channels a peer has, and had. */
export interface ChannelCount {
  /** The last number that was given to a channel; 0 before the first one. */
  lastNumber: number;
  /** How many numbers are of channels that are no more: those take no place. */
  gone: number;
  /** When the peer was erased before, where it was: what was sent until then is refused. */
  erasedAt?: EpochMillis;
}

/** How many channels a peer has that were not purged. */
export function placesTaken({ lastNumber, gone }: ChannelCount): number {
  return lastNumber - gone;
}

/** The key of how many channels a peer has. */
export function channelCountKey(peerId: string): Key {
  return { pk: peerPartition(peerId), sk: 'CHANNEL_COUNT' };
}

const storedChannelCount = lazily(() =>
  z.object({
    channelCount: count(),
    goneCount: z.exactOptional(count()),
    erasedAt: z.exactOptional(count()),
  }),
);

/** @throws MalformedItemError */
export function parseChannelCount(item: Item): ChannelCount {
  const {
    channelCount,
    goneCount = 0,
    ...rest
  } = parseItem(storedChannelCount(), item, 'number of channels');
  return { lastNumber: channelCount, gone: goneCount, ...rest };
}

/** Begins to count the channels of a peer, with the first one. @param before what was counted before it was erased */
export function firstChannelCountItem(peerId: string, before: ErasedPeer | undefined): Item {
  const { lastNumber = 0, erasedAt } = before ?? {};
  return {
    ...channelCountKey(peerId),
    channelCount: lastNumber + 1,
    ...(lastNumber > 0 && { goneCount: lastNumber }),
    ...(erasedAt !== undefined && { erasedAt }),
  };
}

/** Notes that one more channel of a peer is no more. */
export function addGone(): Update {
  return {
    UpdateExpression: 'ADD #goneCount :one',
    ExpressionAttributeNames: namesOf(['goneCount']),
    ExpressionAttributeValues: { ':one': 1 },
  };
}

/** Counts the next channel of a peer, where nobody has counted one since the number of channels was read. */
export function countNext({ lastNumber }: ChannelCount): Update & Condition {
  return together(setAll({ channelCount: lastNumber + 1 }), ifStill('channelCount', lastNumber));
}
