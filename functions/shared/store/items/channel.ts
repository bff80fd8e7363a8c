import * as z from 'zod/mini';
import { CHANNEL_STATUSES, type Channel, type PurgedChannel } from '../../domain/channel.ts';
import { lazily } from '../../domain/lazily.ts';
import { type Condition, namesOf, type Update } from '../expressions.ts';
import { count, type Item, parseItem } from './item.ts';
import { fromKeyPart, type Key, keyPart, peerPartition } from './keys.ts';

const PREFIX = 'USAGE#CHANNEL#';

const everyChannel = lazily(() => ({ sk: z.string(), number: count(), registeredAt: z.int() }));

const storedChannel = lazily(() =>
  z.object({
    ...everyChannel(),
    status: z.enum(CHANNEL_STATUSES),
    registryName: z.exactOptional(z.string()),
    registryGalleryKey: z.exactOptional(z.string()),
    messageName: z.exactOptional(z.string()),
    messageGalleryKey: z.exactOptional(z.string()),
    erasedAt: z.exactOptional(count()),
  }),
);

const purgedChannel = lazily(() => z.object({ ...everyChannel(), status: z.literal('purged') }));

/** The attributes of a channel. */
export const channelAttributes = lazily((): readonly string[] => Object.keys(storedChannel().shape));

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

/** Takes all away of a channel but that it was purged, where it was not. */
export function purging(): Update & Condition {
  const taken = channelAttributes().filter((name) => !(name in purgedChannel().shape));
  return {
    UpdateExpression: `SET #status = :purged REMOVE ${taken.map((name) => `#${name}`).join(', ')}`,
    ...IF_NOT_PURGED,
    ExpressionAttributeNames: namesOf(['status', 'pk', ...taken]),
  };
}

/** Where a channel is there, and was not purged. */
export const IF_NOT_PURGED: Condition = {
  ConditionExpression: 'attribute_exists(#pk) AND #status <> :purged',
  ExpressionAttributeNames: namesOf(['status', 'pk']),
  ExpressionAttributeValues: { ':purged': 'purged' },
};

/** A channel of a peer. */
export function channelItem(peerId: string, { channelId, ...fields }: Channel): Item {
  return { ...channelKey(peerId, channelId), ...fields };
}

/** A channel, or what is left of one that was purged. @throws MalformedItemError */
export function parseChannel(item: Item): Channel | PurgedChannel {
  if (item['status'] === 'purged') {
    const { sk, ...fields } = parseItem(purgedChannel(), item, 'channel');
    return { ...fields, channelId: fromKeyPart(sk.slice(PREFIX.length)) };
  }
  const { sk, ...fields } = parseItem(storedChannel(), item, 'channel');
  return { ...fields, channelId: fromKeyPart(sk.slice(PREFIX.length)) };
}
