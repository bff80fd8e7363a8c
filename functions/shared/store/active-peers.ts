import type { UtcDay } from '../domain/utc-day.ts';
import { BoundedMap } from '../runtime/bounded-map.ts';
import type { OneAtATime } from '../runtime/one-at-a-time.ts';
import type { ChannelStore } from './channel-store.ts';

const REMEMBERED_PEERS = 5_000;

/** Lists peers in their directory with the last day on which they were active, and as seldom as that is enough. */
export class ActivePeers {
  readonly #channels: ChannelStore;
  readonly #proofKeyOf: (peerId: string) => Uint8Array;
  /** The latest day that is listed of a peer. */
  readonly #listed = new BoundedMap<string, UtcDay>(REMEMBERED_PEERS);

  /** @param proofKeyOf the key under which a peer's messages are proven, which is listed with it */
  constructor(channels: ChannelStore, proofKeyOf: (peerId: string) => Uint8Array) {
    this.#channels = channels;
    this.#proofKeyOf = proofKeyOf;
  }

  /** Lists a peer anew when it is raised next: it may have been erased since it was listed. */
  forget(peerId: string): void {
    this.#listed.delete(peerId);
  }

  /**
   * Returns once the peer is listed with this day or a later one. What is listed is read first: of the channels of a
   * peer, which other processes count, each but the first of a day finds it listed, and a write that is refused costs
   * five times the read.
   *
   * @param turns lets channels of the peer that are counted at the same time write once
   */
  raise(peerId: string, day: UtcDay, turns: OneAtATime): Promise<void> {
    return turns.run(`list ${peerId}`, async () => {
      const listed = this.#listed.get(peerId);
      if (listed !== undefined && listed >= day) return;
      const stored = await this.#channels.lastActiveDay(peerId);
      const isListed = stored !== undefined && stored >= day;
      if (!isListed) await this.#channels.raiseLastActiveDay(peerId, day, this.#proofKeyOf(peerId), stored);
      this.#listed.set(peerId, isListed ? stored : day);
    });
  }
}
