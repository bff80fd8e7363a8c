import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { Fingerprint } from '../domain/daily-counter.ts';
import type { MessageIdentity } from '../domain/message.ts';
import { FINGERPRINT_BYTES } from '../store/items/fingerprint.ts';
import { messageKey } from '../store/items/message.ts';

/**
 * Makes the keyed hashes that stand for messages and conversations. They are keyed because conversation
 * ids may be phone numbers or addresses, of which there are few enough to try them all.
 */
export class Fingerprints {
  // Made once: where Node makes a key of the bytes for every hash, each takes five times as long.
  readonly #secret: KeyObject;

  constructor(secret: Uint8Array) {
    this.#secret = createSecretKey(secret);
  }

  /** Stands for a message; it follows from the message's identity alone. */
  ofMessage(identity: MessageIdentity): Fingerprint {
    const { pk, sk } = messageKey(identity);
    // The separator occurs in neither part, so that no two identities give the same text.
    const digest = createHmac('sha256', this.#secret).update(`message\n${pk}\n${sk}`).digest();
    return digest.subarray(0, FINGERPRINT_BYTES).toString('hex');
  }

  /** Stands for a conversation of a peer, in 16 bytes, as base64url. */
  ofConversation(peerId: string, conversationId: string): string {
    const { pk } = messageKey({ peerId, conversationId, messageId: '' });
    const digest = createHmac('sha256', this.#secret).update(`conversation\n${pk}`).digest();
    return digest.subarray(0, 16).toString('base64url');
  }
}
