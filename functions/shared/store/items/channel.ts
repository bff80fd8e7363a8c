import * as z from 'zod/mini';
import { CHANNEL_STATUSES, type Channel, type ChannelRecord } from '../../domain/channel.ts';
import type { CounterChange } from '../../domain/daily-counter.ts';
import { byField } from '../../domain/metrics.ts';
import type { EpochMillis, UtcDay } from '../../domain/utc-day.ts';
import { addAndDelete, type Condition, raise, type Update } from '../expressions.ts';
import { count, type Item, parseItem } from './item.ts';
import { fromKeyPart, type Key, keyPart, peerPartition } from './keys.ts';

const PREFIX = 'USAGE#CHANNEL#';

const storedChannel = z.object({
  sk: z.string(),
  status: z.enum(CHANNEL_STATUSES),
  registeredAt: z.int(),
  registryName: z.exactOptional(z.string()),
  registryGalleryKey: z.exactOptional(z.string()),
  messageName: z.exactOptional(z.string()),
  messageGalleryKey: z.exactOptional(z.string()),
});

// What is missing was not counted yet.
const storedTotals = z.object({
  ...byField(() => z._default(count, 0)),
  openDays: z._default(z.instanceof(Set<string>), () => new Set()),
  lastMessageAt: z.exactOptional(z.int()),
});

/** The attributes of a channel. */
export const CHANNEL_ATTRIBUTES: readonly string[] = [
  ...Object.keys(storedChannel.shape),
  ...Object.keys(storedTotals.shape),
];

/** The key of a channel with its totals. */
export function channelKey(peerId: string, channelId: string): Key {
  return { pk: peerPartition(peerId), sk: `${PREFIX}${keyPart(channelId)}` };
}

/** What the sort keys of all of a peer's channels begin with. */
export function channelRange(peerId: string): { pk: string; prefix: string } {
  return { pk: peerPartition(peerId), prefix: PREFIX };
}

/** Whether an item is a channel, rather than a daily counter. */
export function isChannel(item: Item): boolean {
  return String(item['sk']).startsWith(PREFIX);
}

/** A channel without counts. */
export function channelItem(peerId: string, { channelId, ...fields }: Channel): Item {
  return { ...channelKey(peerId, channelId), ...fields };
}

/** @throws MalformedItemError */
export function parseChannel(item: Item): ChannelRecord {
  const { sk, ...fields } = parseItem(storedChannel, item, 'channel');
  const { openDays, ...totals } = parseItem(storedTotals, item, 'channel');
  return {
    ...fields,
    channelId: fromKeyPart(sk.slice(PREFIX.length)),
    totals: { ...totals, openDays: [...openDays].map(String).sort() },
  };
}

/** What a change of a day's counter changes of its channel. */
export function changeByCounting(
  { openDay, addToTotals }: NonNullable<CounterChange['channel']>,
  day: UtcDay,
): Update {
  const added: Item = { ...addToTotals };
  const deleted: Item = {};
  if (openDay !== undefined) (openDay === 'add' ? added : deleted)['openDays'] = new Set([day]);
  return addAndDelete(added, deleted);
}

/** Moves the instant of the channel's last message forward. */
export function raiseLastMessageAt(instant: EpochMillis): Update & Condition {
  return raise('lastMessageAt', instant);
}
