import * as z from 'zod/mini';
import { CHANNEL_STATUSES, type Channel } from '../../domain/channel.ts';
import { count, type Item, parseItem } from './item.ts';
import { fromKeyPart, type Key, keyPart, peerPartition } from './keys.ts';

const PREFIX = 'USAGE#CHANNEL#';

const storedChannel = z.object({
  sk: z.string(),
  number: count,
  status: z.enum(CHANNEL_STATUSES),
  registeredAt: z.int(),
  registryName: z.exactOptional(z.string()),
  registryGalleryKey: z.exactOptional(z.string()),
  messageName: z.exactOptional(z.string()),
  messageGalleryKey: z.exactOptional(z.string()),
});

/** The attributes of a channel. */
export const CHANNEL_ATTRIBUTES: readonly string[] = Object.keys(storedChannel.shape);

/** The key of a channel. */
export function channelKey(peerId: string, channelId: string): Key {
  return { pk: peerPartition(peerId), sk: `${PREFIX}${keyPart(channelId)}` };
}

/** What the sort keys of all of a peer's channels begin with. */
export function channelRange(peerId: string): { pk: string; prefix: string } {
  return { pk: peerPartition(peerId), prefix: PREFIX };
}

/** Whether an item is a channel, rather than what is counted on channels. */
export function isChannel(item: Item): boolean {
  return String(item['sk']).startsWith(PREFIX);
}

/** A channel of a peer. */
export function channelItem(peerId: string, { channelId, ...fields }: Channel): Item {
  return { ...channelKey(peerId, channelId), ...fields };
}

/** @throws MalformedItemError */
export function parseChannel(item: Item): Channel {
  const { sk, ...fields } = parseItem(storedChannel, item, 'channel');
  return { ...fields, channelId: fromKeyPart(sk.slice(PREFIX.length)) };
}
