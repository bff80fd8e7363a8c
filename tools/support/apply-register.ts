import * as z from 'zod';
import { ErasedPeers } from '../../functions/shared/store/erased-peers.ts';
import type { ForgottenHashes } from '../../functions/shared/store/forgotten-register.ts';
import type { Forgotten } from '../../functions/shared/store/items/forgotten.ts';
import type { Item } from '../../functions/shared/store/items/item.ts';
import {
  type Key,
  keyOfImage,
  PEER_PARTITIONS_PREFIX,
  peerOfPartition,
} from '../../functions/shared/store/items/keys.ts';
import { DIRECTORY_PARTITIONS_PREFIX } from '../../functions/shared/store/items/peer-directory-entry.ts';
import { StoredMessages } from '../../functions/shared/store/stored-messages.ts';
import { WholeTable } from '../../functions/shared/store/whole-table.ts';
import { type ErasingDependencies, erasePeer } from './erase-peer.ts';
import { forgetQuarantined } from './forget-conversation.ts';
import type { Removed } from './purge-channel.ts';
import { type Conversation, isSentBy, namesIn, type RecordedItem } from './to-forget.ts';

/** The register, as it was read. */
export interface Register {
  hashes: ForgottenHashes;
  entries: ReadonlyMap<string, Forgotten>;
}

const quarantined = z.object({ peerId: z.string().optional(), itemKey: z.unknown() });

/**
 * Forgets again whoever is on the register, in tables that were restored to an earlier state. Of an erased peer that goes
 * which was recorded before it was erased, and what came later, as a new peer's, stays.
 */
export class RegisterApplication {
  readonly #dependencies: ErasingDependencies;
  readonly #register: Register;
  readonly #peers = new Map<string, Forgotten>();
  readonly #conversations = new Map<string, Conversation>();
  /** Peers that are not on the register; as many as are remembered at a time. */
  #others = new Set<string>();
  #messages = 0;

  constructor(dependencies: ErasingDependencies, register: Register) {
    this.#dependencies = dependencies;
    this.#register = register;
  }

  /** @returns how much was removed */
  async apply(): Promise<Removed> {
    const { usage, paced, progress } = this.#dependencies;
    await this.#lookThroughMessages();
    for await (const { items, readUnits } of new WholeTable(usage).parts()) {
      for (const item of items) this.#lookAt(item);
      progress(items.length);
      await paced(readUnits);
    }
    const removed = { peers: 0, conversations: 0, messages: this.#messages, items: 0 };
    for (const [peerId, { at }] of this.#peers) {
      const { erased } = await new ErasedPeers(usage).read(peerId);
      // In tables of a later state than that of its erasing, only what a new peer of this name has sent is left.
      if ((erased?.erasedAt ?? 0) >= at) continue;
      const { removed: ofPeer } = await erasePeer(this.#dependencies, peerId, at);
      removed.peers += 1;
      removed.messages += ofPeer['messages'] ?? 0;
      removed.items += ofPeer['items'] ?? 0;
    }
    for (const conversation of this.#conversations.values()) {
      removed.conversations += 1;
      removed.items += await forgetQuarantined(usage, conversation, this.#dependencies);
    }
    return removed;
  }

  /** Removes messages of erased peers and forgotten conversations that were sent before. */
  async #lookThroughMessages(): Promise<void> {
    const { messages, waiting, paced, progress } = this.#dependencies;
    const stored = new StoredMessages(messages);
    let after: Key | undefined;
    do {
      const page = await stored.scanAll(after);
      const gone = page.images.filter((image) => {
        // What was sent since, of a conversation that went on or of a new peer, stays: it may be counted nowhere yet.
        return this.#find({ image }).some((entry) => isSentBy(image, entry.at));
      });
      await stored.remove(
        gone.map((image) => z.parse(keyOfImage(), image)),
        waiting.pause,
      );
      this.#messages += gone.length;
      after = page.next;
      progress(page.examined);
      await paced(page.readUnits);
    } while (after !== undefined);
  }

  #lookAt(item: Item): void {
    const [pk, sk] = [String(item['pk']), String(item['sk'])];
    const ofPeer = pk.startsWith(DIRECTORY_PARTITIONS_PREFIX) ? sk : pk;
    if (ofPeer.startsWith(PEER_PARTITIONS_PREFIX)) {
      const [peerId = ''] = ofPeer.slice(PEER_PARTITIONS_PREFIX.length).split('#');
      this.#findPeer(peerOfPartition(`${PEER_PARTITIONS_PREFIX}${peerId}`));
    }
    const entry = quarantined.safeParse(item).data;
    if (entry?.peerId !== undefined) this.#findPeer(entry.peerId);
    this.#find({ keys: entry?.itemKey });
  }

  /** Finds all on the register whom an item names. */
  #find(item: RecordedItem): Forgotten[] {
    return namesIn(item).flatMap(
      ({ peerId, conversationId }) =>
        (conversationId === undefined
          ? this.#findPeer(peerId)
          : this.#findConversation({ peerId, conversationId })) ?? [],
    );
  }

  #findPeer(peerId: string): Forgotten | undefined {
    const found = this.#peers.get(peerId);
    if (found !== undefined || this.#others.has(peerId)) return found;
    const { hashes, entries } = this.#register;
    const entry = entries.get(hashes.ofPeer(peerId));
    if (entry !== undefined) this.#peers.set(peerId, entry);
    else {
      if (this.#others.size >= REMEMBERED_PEERS) this.#others = new Set();
      this.#others.add(peerId);
    }
    return entry;
  }

  #findConversation({ peerId, conversationId }: Conversation): Forgotten | undefined {
    const { hashes, entries } = this.#register;
    const hash = hashes.ofConversation({ peerId, conversationId });
    const entry = entries.get(hash);
    if (entry !== undefined) this.#conversations.set(hash, { peerId, conversationId });
    return entry;
  }
}

const REMEMBERED_PEERS = 50_000;
