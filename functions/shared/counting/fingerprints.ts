import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { Fingerprint } from '../domain/dedupe-window.ts';
import { type Digest, fingerprintIn } from '../domain/digest.ts';
import type { HistoryMark } from '../domain/history-mark.ts';
import type { Message, MessageIdentity } from '../domain/message.ts';
import type { EpochMillis } from '../domain/utc-day.ts';
import { BoundedMap } from '../runtime/bounded-map.ts';

/** The keys that stand behind the hashes of one peer. Both follow from the secret, and neither tells the other. */
interface PeerKeys {
  /** Whoever has it, and ids of messages, can tell their fingerprints: it is to be given to the peer's people. */
  proof: KeyObject;
  /** Nothing gives it away. */
  conversations: KeyObject;
}

const DIGEST_BYTES = 16;
const REMEMBERED_PEERS = 5_000;
const REMEMBERED_CONVERSATIONS = 20_000;

/**
 * The digest of one message: the first 16 bytes of HMAC-SHA-256 under the peer's proof key, over `conversationId`, a
 * line feed (which no id contains) and `messageId`, as UTF-8.
 */
export function digestUnder(
  proofKey: KeyObject,
  { conversationId, messageId }: Omit<MessageIdentity, 'peerId'>,
): Digest {
  const hash = createHmac('sha256', proofKey).update(`${conversationId}\n${messageId}`).digest();
  return hash.subarray(0, DIGEST_BYTES).toString('hex');
}

/**
 * Makes the keyed hashes that stand for messages and conversations. They are keyed because conversation
 * ids may be phone numbers or addresses, of which there are few enough to try them all.
 */
export class Fingerprints {
  // Made once: where Node makes a key of the bytes for every hash, each takes five times as long.
  readonly #secret: KeyObject;
  readonly #peers = new BoundedMap<string, PeerKeys>(REMEMBERED_PEERS);
  /** The hashes of conversations, by peer and conversation: most messages are not the first of theirs. */
  readonly #conversations = new BoundedMap<string, string>(REMEMBERED_CONVERSATIONS);

  constructor(secret: Uint8Array) {
    this.#secret = createSecretKey(secret);
  }

  /** The digest of one message. */
  digestOf(message: MessageIdentity): Digest {
    return digestUnder(this.#keysOf(message.peerId).proof, message);
  }

  /** Stands for a message of its peer. */
  ofMessage(message: MessageIdentity): Fingerprint {
    return fingerprintIn(this.digestOf(message));
  }

  /** Stands for a conversation of a peer, in 16 bytes, as base64url. */
  ofConversation(peerId: string, conversationId: string): string {
    const name = `${peerId}\n${conversationId}`;
    const known = this.#conversations.get(name);
    if (known !== undefined) return known;
    const { conversations } = this.#keysOf(peerId);
    const digest = createHmac('sha256', conversations).update(conversationId).digest();
    const hash = digest.subarray(0, 16).toString('base64url');
    this.#conversations.set(name, hash);
    return hash;
  }

  /**
   * The mark by which a message of the history is counted until an instant. It stands for all by which the message counts,
   * and for the instant; no id contains the line feeds in between.
   */
  historyMark(message: Message, until: EpochMillis): HistoryMark {
    const { peerId, conversationId, messageId, channelId, role, sentAt } = message;
    const parts = [conversationId, messageId, channelId, role, sentAt, until];
    const key = this.#derive('history', peerId);
    const hash = createHmac('sha256', key).update(parts.join('\n')).digest();
    return { until, code: hash.subarray(0, DIGEST_BYTES).toString('base64url') };
  }

  /**
   * Whether a mark was given to a message by somebody who has the secret. Whoever tries codes gets no answer whose time
   * could tell how much of one is right.
   */
  isMarkOf(message: Message, { until, code }: HistoryMark): boolean {
    return this.historyMark(message, until).code === code;
  }

  /** The key behind the fingerprints of a peer's messages, of 32 bytes. */
  proofKey(peerId: string): Uint8Array {
    return this.#keysOf(peerId).proof.export();
  }

  #keysOf(peerId: string): PeerKeys {
    const known = this.#peers.get(peerId);
    if (known !== undefined) return known;
    const keys = {
      proof: this.#derive('proof', peerId),
      conversations: this.#derive('conversations', peerId),
    };
    this.#peers.set(peerId, keys);
    return keys;
  }

  #derive(use: keyof PeerKeys | 'history', peerId: string): KeyObject {
    return createSecretKey(createHmac('sha256', this.#secret).update(`${use}\n${peerId}`).digest());
  }
}
