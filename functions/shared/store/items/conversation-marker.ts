import * as z from 'zod/mini';
import type { Fingerprint } from '../../domain/daily-counter.ts';
import type { UtcDay } from '../../domain/utc-day.ts';
import { fingerprint } from './fingerprint.ts';
import { type Item, parseItem } from './item.ts';
import { type Key, keyPart, peerPartition } from './keys.ts';

/** A conversation on a channel, and the message that started it. */
export interface ConversationStart {
  /** The keyed hash of the conversation's id. */
  conversationHash: string;
  startedBy: Fingerprint;
  day: UtcDay;
}

const conversationMarker = z.object({ startedBy: fingerprint, day: z.string() });
const storedMarker = z.extend(conversationMarker, { pk: z.string() });

/** The key of the marker of a conversation that was counted on a channel. */
export function conversationKey(peerId: string, conversationHash: string, channelId: string): Key {
  return {
    pk: `${peerPartition(peerId)}#CONVERSATION#${conversationHash}`,
    sk: `CHANNEL#${keyPart(channelId)}`,
  };
}

/** The marker of a conversation. */
export function conversationItem(
  peerId: string,
  channelId: string,
  { conversationHash, ...start }: ConversationStart,
): Item {
  return { ...conversationKey(peerId, conversationHash, channelId), ...z.encode(conversationMarker, start) };
}

/** @throws MalformedItemError */
export function parseConversation(item: Item): ConversationStart {
  const { pk, ...start } = parseItem(storedMarker, item, 'conversation');
  return { conversationHash: pk.slice(pk.lastIndexOf('#') + 1), ...start };
}
