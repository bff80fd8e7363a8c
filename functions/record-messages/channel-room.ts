import { MAX_CHANNELS_PER_PEER } from '../shared/domain/channel.ts';
import { BoundedMap } from '../shared/runtime/bounded-map.ts';
import type { ChannelStore } from '../shared/store/channel-store.ts';

const REMEMBERED_CHANNELS = 5_000;

/** Knows which channels a peer has no room for any more. */
export class ChannelRoom {
  readonly #channels: Pick<ChannelStore, 'count' | 'findRegistered'>;
  /** Channels that are registered: they stay so. */
  readonly #registered = new BoundedMap<string, true>(REMEMBERED_CHANNELS);

  constructor(channels: Pick<ChannelStore, 'count' | 'findRegistered'>) {
    this.#channels = channels;
  }

  /**
   * Those of some channels that a peer cannot have beside the ones that it has. Nothing is reserved: of two
   * requests at a time each may get the last place, and counting then refuses one.
   *
   * It costs no read where this instance knows all of them, and otherwise one of their number, and one for
   * every hundred that it does not know.
   *
   * @param channelIds in the order in which they would be registered
   */
  async withoutPlace(peerId: string, channelIds: Iterable<string>): Promise<ReadonlySet<string>> {
    const nameOf = (channelId: string) => `${peerId}\n${channelId}`;
    const unknown = [...new Set(channelIds)].filter((channelId) => !this.#registered.get(nameOf(channelId)));
    if (unknown.length === 0) return new Set();
    // Before the channels themselves: one that is registered in between is found, and needs no place.
    const taken = await this.#channels.count(peerId);
    const found = await this.#channels.findRegistered(peerId, unknown);
    for (const channelId of found) this.#registered.set(nameOf(channelId), true);
    const missing = unknown.filter((channelId) => !found.has(channelId));
    return new Set(missing.slice(Math.max(0, MAX_CHANNELS_PER_PEER - taken)));
  }
}
