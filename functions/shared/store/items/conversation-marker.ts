import * as z from 'zod/mini';
import type { Fingerprint } from '../../domain/daily-counter.ts';
import type { EpochMillis, UtcDay } from '../../domain/utc-day.ts';
import {
  type Condition,
  type Expressions,
  namesOf,
  setAll,
  type Update,
  withPrefix,
} from '../expressions.ts';
import { fingerprint } from './fingerprint.ts';
import { type Item, parseItem } from './item.ts';
import { fromKeyPart, type Key, keyPart, peerPartition } from './keys.ts';

/** What the sort keys of all markers begin with. */
const SORT_KEYS_PREFIX = 'CHANNEL#';

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

const conversationMarker = z.object({
  startedBy: fingerprint,
  day: z.string(),
  sentAt: z.int(),
  claimedAt: z.int(),
});

/** The key of the marker of a conversation that was counted on a channel. */
export function conversationKey(peerId: string, conversationHash: string, channelId: string): Key {
  return {
    pk: conversationHashPartition(peerId, conversationHash),
    sk: `${SORT_KEYS_PREFIX}${keyPart(channelId)}`,
  };
}

/** The partition with what is kept of a conversation for ever, and with the quarantine notes of its messages. */
export function conversationHashPartition(peerId: string, conversationHash: string): string {
  return `${peerPartition(peerId)}#CONVERSATION#${conversationHash}`;
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
  return { ...conversationKey(peerId, conversationHash, channelId), ...z.encode(conversationMarker, start) };
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
    ...parseItem(conversationMarker, item, 'conversation'),
  };
}

/** Names another message. */
export function setNamed({ conversationHash, ...start }: ConversationStart): Update {
  return setAll(z.encode(conversationMarker, start));
}

/** Where a message is named, on its day. */
export function ifNamed({ conversationHash, ...start }: ConversationStart): Condition {
  const { startedBy, day } = z.encode(conversationMarker, start);
  return {
    ConditionExpression: '#startedBy = :named AND #day = :namedDay',
    ExpressionAttributeNames: namesOf(['startedBy', 'day']),
    ExpressionAttributeValues: { ':named': startedBy, ':namedDay': day },
  };
}
