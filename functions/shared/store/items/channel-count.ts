import * as z from 'zod/mini';
import { MAX_CHANNELS_PER_PEER } from '../../domain/channel.ts';
import { type Condition, namesOf, type Update } from '../expressions.ts';
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

/** Counts one more channel of the peer, where it may have one more. */
export const COUNT_CHANNEL: Update & Condition = {
  UpdateExpression: 'ADD #channelCount :one',
  ConditionExpression: 'attribute_not_exists(#channelCount) OR #channelCount < :most',
  ExpressionAttributeNames: namesOf(['channelCount']),
  ExpressionAttributeValues: { ':one': 1, ':most': MAX_CHANNELS_PER_PEER },
};
