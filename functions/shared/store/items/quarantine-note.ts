import * as z from 'zod/mini';
import type { Fingerprint } from '../../domain/dedupe-window.ts';
import { lazily } from '../../domain/lazily.ts';
import { DAY_MS, type EpochMillis } from '../../domain/utc-day.ts';
import { type Expressions, withPrefix } from '../expressions.ts';
import { conversationHashPartition } from './conversation-marker.ts';
import { count, expirySeconds, type Item, parseItem } from './item.ts';
import type { Key } from './keys.ts';
import { KEPT_DAYS } from './quarantine-entry.ts';

/** What names a message by keyed hashes alone. */
export interface HashedMessage {
  peerId: string;
  /** The keyed hash of its conversation's id. */
  conversationHash: string;
  fingerprint: Fingerprint;
}

/** Why a message was quarantined. It holds no id, so that it may outlive the message. */
export interface QuarantineNote {
  quarantinedAt: EpochMillis;
  /** In short, such as `too_old`. */
  reason: string;
  /** In words, without values that came from outside. */
  explanation: string;
}

const quarantineNote = lazily(() =>
  z.object({ quarantinedAt: count(), reason: z.string(), explanation: z.string() }),
);

const SORT_KEYS_PREFIX = 'QUARANTINED#';

/** The key of the note that a message was quarantined. */
export function quarantineNoteKey({ peerId, conversationHash, fingerprint }: HashedMessage): Key {
  return {
    pk: conversationHashPartition(peerId, conversationHash),
    sk: `${SORT_KEYS_PREFIX}${fingerprint}`,
  };
}

/** The notes of a conversation's messages. */
export function notesOf({ peerId, conversationHash }: Omit<HashedMessage, 'fingerprint'>): Expressions {
  return withPrefix({ pk: conversationHashPartition(peerId, conversationHash), prefix: SORT_KEYS_PREFIX });
}

/** The note of a message; a message that is quarantined again has the note of the last time. */
export function quarantineNoteItem(message: HashedMessage, note: QuarantineNote): Item {
  return {
    ...quarantineNoteKey(message),
    ...z.encode(quarantineNote(), note),
    expiresAt: expirySeconds(note.quarantinedAt + KEPT_DAYS * DAY_MS),
  };
}

/** @throws MalformedItemError */
export function parseQuarantineNote(item: Item): QuarantineNote {
  return parseItem(quarantineNote(), item, 'quarantine note');
}
