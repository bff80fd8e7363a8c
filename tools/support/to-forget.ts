import * as z from 'zod';
import type { MessageIdentity } from '../../functions/shared/domain/message.ts';
import type { EpochMillis } from '../../functions/shared/domain/utc-day.ts';
import type { ForgottenHashes } from '../../functions/shared/store/forgotten-register.ts';
import type { Forgotten } from '../../functions/shared/store/items/forgotten.ts';
import { keyOfImage } from '../../functions/shared/store/items/keys.ts';
import {
  type Image,
  identityOfKey,
  isMessageAttribute,
  parseMessageImage,
} from '../../functions/shared/store/items/message.ts';

/** A conversation that is to be forgotten. */
export type Conversation = Pick<MessageIdentity, 'peerId' | 'conversationId'>;

/** What the record of a stream tells of an item: its key, and what it is from then on, where it is still there. */
export interface RecordedItem {
  keys?: unknown;
  image?: Image | undefined;
}

/** What becomes of a record. One that `goes once counted` is of a conversation: its counts are to stay. */
export type Fate = 'goes' | 'goes once counted' | 'stays';

/** Who is to be forgotten. */
export interface ToForget {
  fateOf(item: RecordedItem): Fate;
}

/** Forgets one conversation. */
export function oneConversation({ peerId, conversationId }: Conversation): ToForget {
  return {
    fateOf: (item) =>
      namesIn(item).some((named) => named.peerId === peerId && named.conversationId === conversationId)
        ? 'goes once counted'
        : 'stays',
  };
}

/** Forgets a peer, as far as it sent something until an instant. */
export function onePeer(peerId: string, until: EpochMillis): ToForget {
  return {
    fateOf: (item) =>
      namesIn(item).some((named) => named.peerId === peerId) && wasSentBy(item, until) ? 'goes' : 'stays',
  };
}

/** Forgets whoever is on the register, as far as something was sent before. */
export function allOf(hashes: ForgottenHashes, entries: ReadonlyMap<string, Forgotten>): ToForget {
  return {
    fateOf(item) {
      for (const { peerId, conversationId } of namesIn(item)) {
        const peer = entries.get(hashes.ofPeer(peerId));
        if (peer !== undefined && wasSentBy(item, peer.at)) return 'goes';
        if (conversationId === undefined) continue;
        const conversation = entries.get(hashes.ofConversation({ peerId, conversationId }));
        if (conversation !== undefined && wasSentBy(item, conversation.at)) return 'goes once counted';
      }
      return 'stays';
    },
  };
}

function wasSentBy({ image }: RecordedItem, until: EpochMillis): boolean {
  // What tells no more of an item than its key is about one that is gone.
  return image === undefined || isSentBy(image, until);
}

/** Whether a message was sent by an instant. Of what is no message that cannot be told: it goes. */
export function isSentBy(image: Image, until: EpochMillis): boolean {
  const stored = parseMessageImage(image);
  return stored.kind === 'unusable' || stored.message.sentAt <= until;
}

/** A peer that is named somewhere, and a conversation of it, where one is. */
type Named = Pick<Conversation, 'peerId'> & Partial<Conversation>;

/** Between ids, in keys that somebody made up. */
const SEPARATORS = ['\n', '#', '|', '/', ':'];
const text = z.object({ S: z.string() });

/**
 * All whom an item may name. Its key tells, if it is that of a message. Whoever puts items himself may give them keys that
 * are not, and attributes that we know nothing of: `peerId` may be one, and any text may be a conversation's id.
 */
export function namesIn({ keys, image }: RecordedItem): Named[] {
  return [keys, image].flatMap((each) => (isImage(each) ? namesInImage(each) : []));
}

function isImage(value: unknown): value is Image {
  return typeof value === 'object' && value !== null;
}

function namesInImage(image: Image): Named[] {
  const texts = new Map(
    Object.entries(image).flatMap(([name, value]) => {
      const found = isMessageAttribute(name) ? undefined : text.safeParse(value).data;
      return found === undefined ? [] : [[name, found.S] as const];
    }),
  );
  const byKey = namesInKey(image);
  const peerBeside = texts.get('peerId');
  const peers = new Set([
    ...byKey.map(({ peerId }) => peerId),
    ...(peerBeside === undefined ? [] : [peerBeside]),
  ]);
  const conversations = new Set([
    ...byKey.flatMap(({ conversationId }) => conversationId ?? []),
    ...texts.values(),
  ]);
  return [...peers].flatMap((peerId): Named[] => [
    { peerId },
    ...[...conversations].map((conversationId) => ({ peerId, conversationId })),
  ]);
}

function namesInKey(image: Image): Named[] {
  const key = z.safeParse(keyOfImage(), image).data;
  if (key === undefined) return [];
  const identity = identityOfKey(key);
  if (identity !== undefined) return [identity];
  return [
    ...SEPARATORS.filter((separator) => key.pk.includes(separator)).map((separator) => {
      const end = key.pk.indexOf(separator);
      return { peerId: key.pk.slice(0, end), conversationId: key.pk.slice(end + separator.length) };
    }),
    { peerId: key.pk, conversationId: key.sk },
    { peerId: key.sk, conversationId: key.pk },
  ];
}
