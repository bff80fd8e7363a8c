import { MAX_CHANNELS_PER_PEER } from '../shared/domain/channel.ts';
import { type EpochMillis, MINUTE_MS } from '../shared/domain/utc-day.ts';
import { BoundedMap } from '../shared/runtime/bounded-map.ts';
import type { ChannelStore } from '../shared/store/channel-store.ts';

const REMEMBERED_CHANNELS = 5_000;

/** For so long at most a channel is taken for registered that may have been purged since. */
const REMEMBERED_MS = 5 * MINUTE_MS;

/** Why messages of a channel are not recorded. */
export type NoPlace = 'too_many_channels' | 'channel_purged';

/** Knows which channels a peer has no room for any more. */
export class ChannelRoom {
  readonly #channels: Pick<ChannelStore, 'count' | 'findRegistered'>;
  readonly #clock: () => EpochMillis;
  /** When channels were seen to be registered. */
  readonly #registered = new BoundedMap<string, EpochMillis>(REMEMBERED_CHANNELS);

  constructor(channels: Pick<ChannelStore, 'count' | 'findRegistered'>, clock: () => EpochMillis) {
    this.#channels = channels;
    this.#clock = clock;
  }

  /**
   * Those of some channels that were purged, or that a peer cannot have beside the ones that it has, and why. Nothing
   * is reserved: of two requests at a time each may get the last place, and counting then refuses one.
   *
   * It costs no read where this instance has seen all of them in the last five minutes, and otherwise one of their
   * number, and one for every hundred that it has not seen.
   *
   * @param channelIds in the order in which they would be registered
   */
  async withoutPlace(peerId: string, channelIds: Iterable<string>): Promise<ReadonlyMap<string, NoPlace>> {
    const now = this.#clock();
    const nameOf = (channelId: string) => `${peerId}\n${channelId}`;
    const unknown = [...new Set(channelIds)].filter((channelId) => {
      const seenAt = this.#registered.get(nameOf(channelId));
      return seenAt === undefined || now - seenAt >= REMEMBERED_MS;
    });
    if (unknown.length === 0) return new Map();
    // Before the channels themselves: one that is registered in between is found, and needs no place.
    const taken = await this.#channels.count(peerId);
    const found = await this.#channels.findRegistered(peerId, unknown);
    const refused = new Map<string, NoPlace>();
    for (const [channelId, wasPurged] of found) {
      if (wasPurged) refused.set(channelId, 'channel_purged');
      else this.#registered.set(nameOf(channelId), now);
    }
    const missing = unknown.filter((channelId) => !found.has(channelId));
    for (const channelId of missing.slice(Math.max(0, MAX_CHANNELS_PER_PEER - taken))) {
      refused.set(channelId, 'too_many_channels');
    }
    return refused;
  }
}
