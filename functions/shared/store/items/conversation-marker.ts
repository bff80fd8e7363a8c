import * as z from 'zod/mini';
import type { Fingerprint } from '../../domain/dedupe-window.ts';
import { lazily } from '../../domain/lazily.ts';
import type { EpochMillis, UtcDay } from '../../domain/utc-day.ts';
import {
  type Condition,
  type Expressions,
  namesOf,
  only,
  setAll,
  together,
  type Update,
  withPrefix,
} from '../expressions.ts';
import { fingerprint } from './fingerprint.ts';
import { type Item, parseItem } from './item.ts';
import {
  fromKeyPart,
  type Key,
  keyPart,
  PEER_PARTITIONS_PREFIX,
  peerOfPartition,
  peerPartition,
} from './keys.ts';

/** What the sort keys of all markers begin with. */
const SORT_KEYS_PREFIX = 'CHANNEL#';
/** What stands in their partitions between the peer and the conversation. */
const CONVERSATION = '#CONVERSATION#';

/** A conversation on a channel, and the message that starts it. */
export interface ConversationStart {
  /** The keyed hash of the conversation's id. */
  conversationHash: string;
  startedBy: Fingerprint;
  /** The day on which that message counts, and when it was sent: they tell where its proof is. */
  day: UtcDay;
  sentAt: EpochMillis;
  /** When the message was named. */
  claimedAt: EpochMillis;
}

const conversationMarker = lazily(() =>
  z.object({
    startedBy: fingerprint(),
    day: z.string(),
    sentAt: z.int(),
    claimedAt: z.int(),
  }),
);

/** The key of the marker of a conversation that was counted on a channel. */
export function conversationKey(peerId: string, conversationHash: string, channelId: string): Key {
  return {
    pk: conversationHashPartition(peerId, conversationHash),
    sk: `${SORT_KEYS_PREFIX}${keyPart(channelId)}`,
  };
}

/** The partition with what is kept of a conversation for ever, and with the quarantine notes of its messages. */
export function conversationHashPartition(peerId: string, conversationHash: string): string {
  return `${peerPartition(peerId)}${CONVERSATION}${conversationHash}`;
}

/** The markers of a conversation, on all channels. */
export function markersOf(peerId: string, conversationHash: string): Expressions {
  return withPrefix({ pk: conversationHashPartition(peerId, conversationHash), prefix: SORT_KEYS_PREFIX });
}

/** The channel that the key of a marker is of. */
export function channelOfMarker(item: Item): string {
  return fromKeyPart(String(item['sk']).slice(SORT_KEYS_PREFIX.length));
}

/** The marker of a conversation. */
export function conversationItem(
  peerId: string,
  channelId: string,
  { conversationHash, ...start }: ConversationStart,
): Item {
  return {
    ...conversationKey(peerId, conversationHash, channelId),
    ...z.encode(conversationMarker(), start),
  };
}

/** The conversation that the key of a marker is of. */
export function conversationHashOf(item: Item): string {
  const pk = String(item['pk']);
  return pk.slice(pk.lastIndexOf('#') + 1);
}

/** @throws MalformedItemError */
export function parseConversation(item: Item): ConversationStart {
  return {
    conversationHash: conversationHashOf(item),
    ...parseItem(conversationMarker(), item, 'conversation'),
  };
}

/** The peer, the channel and the message that an item names as the first of a conversation. */
export interface NamedStart extends Pick<ConversationStart, 'startedBy' | 'day'> {
  peerId: string;
  channelId: string;
}

/** What the markers of a table are found by, of one peer or of all of them, with no attribute but those that name. */
export function markersInTable(peerId: string | undefined): Expressions {
  const partitions =
    peerId === undefined ? PEER_PARTITIONS_PREFIX : `${peerPartition(peerId)}${CONVERSATION}`;
  return together(
    {
      FilterExpression: 'begins_with(#sk, :markers) AND begins_with(#pk, :partitions)',
      ExpressionAttributeNames: namesOf(['pk', 'sk']),
      ExpressionAttributeValues: { ':markers': SORT_KEYS_PREFIX, ':partitions': partitions },
    },
    only(['pk', 'sk', ...Object.keys(conversationMarker().shape)]),
  );
}

/** The peer that the key of a marker is of. */
export function peerOfMarker(item: Item): string {
  const pk = String(item['pk']);
  return peerOfPartition(pk.slice(0, pk.lastIndexOf(CONVERSATION)));
}

/** @throws MalformedItemError */
export function parseNamedStart(item: Item): NamedStart {
  const { startedBy, day } = parseConversation(item);
  return { peerId: peerOfMarker(item), channelId: channelOfMarker(item), startedBy, day };
}

/** Names another message. */
export function setNamed({ conversationHash, ...start }: ConversationStart): Update {
  return setAll(z.encode(conversationMarker(), start));
}

/** Where a message is named, on its day. */
export function ifNamed({ conversationHash, ...start }: ConversationStart): Condition {
  const { startedBy, day } = z.encode(conversationMarker(), start);
  return {
    ConditionExpression: '#startedBy = :named AND #day = :namedDay',
    ExpressionAttributeNames: namesOf(['startedBy', 'day']),
    ExpressionAttributeValues: { ':named': startedBy, ':namedDay': day },
  };
}
